package billiard

import (
	"fmt"
	"math"
	"reflect"
)

func isNumber(kind reflect.Kind) bool {
	return kind >= reflect.Int && kind <= reflect.Float64 && kind != reflect.Uintptr
}

// storeNumber stores what decodeAny returned in an integer or float that can hold it.
func storeNumber(value any, to reflect.Value) error {
	switch kind := to.Kind(); {
	case kind <= reflect.Int64:
		number, ok := asInt64(value)
		if ok && !to.OverflowInt(number) {
			to.SetInt(number)
			return nil
		}
	case kind <= reflect.Uint64:
		number, ok := asUint64(value)
		if ok && !to.OverflowUint(number) {
			to.SetUint(number)
			return nil
		}
	default:
		if number, ok := asFloat64(value); ok {
			to.SetFloat(number)
			return nil
		}
	}
	return fmt.Errorf("%s does not fit in %v", describe(value), to.Type())
}

// describe names a decoded value; of one that can be long, its type alone.
func describe(value any) string {
	switch value.(type) {
	case nil, bool, int64, uint64, float64:
		return fmt.Sprint(value)
	}
	return fmt.Sprintf("a %T", value)
}

// asInt64 takes floats too when they are whole: Lua and JSON-like languages write 3 as 3.0.
func asInt64(value any) (int64, bool) {
	switch number := value.(type) {
	case int64:
		return number, true
	case float64:
		whole := number == math.Trunc(number) && number >= -1<<63 && number < 1<<63
		return int64(number), whole
	}
	return 0, false
}

func asUint64(value any) (uint64, bool) {
	switch number := value.(type) {
	case uint64:
		return number, true
	case int64:
		return uint64(number), number >= 0
	case float64:
		whole := number == math.Trunc(number) && number >= 0 && number < 1<<64
		return uint64(number), whole
	}
	return 0, false
}

func asFloat64(value any) (float64, bool) {
	switch number := value.(type) {
	case float64:
		return number, true
	case int64:
		return float64(number), true
	case uint64:
		return float64(number), true
	}
	return 0, false
}
