package billiard

import (
	"errors"
	"fmt"
	"math"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// Values nested deeper are refused: they come from another process, and would end this one by a
// stack overflow, which nothing can recover from.
const maxDepth = 1000

var errTooDeep = fmt.Errorf("nested deeper than %d", maxDepth)

// decodeAny decodes the next value into nil, bool, int64 (uint64 above its range), float64, string,
// []byte, []any, map[string]any, map[any]any (when a key is no text), or the codec's extension
// types.
func decodeAny(decoder *msgpack.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	code, err := decoder.PeekCode()
	if err != nil {
		return nil, err
	}
	switch {
	case isArray(code):
		return decodeArray(decoder, depth)
	case isMap(code):
		return decodeMap(decoder, depth)
	case code == msgpcode.Float || code == msgpcode.Double:
		return decoder.DecodeFloat64()
	}
	value, err := decoder.DecodeInterface()
	if err != nil {
		return nil, err
	}
	return widen(value), nil
}

func isArray(code byte) bool {
	return msgpcode.IsFixedArray(code) || code == msgpcode.Array16 || code == msgpcode.Array32
}

func isMap(code byte) bool {
	return msgpcode.IsFixedMap(code) || code == msgpcode.Map16 || code == msgpcode.Map32
}

// widen makes one type of the many that an integer comes in.
func widen(value any) any {
	switch number := value.(type) {
	case int8:
		return int64(number)
	case int16:
		return int64(number)
	case int32:
		return int64(number)
	case uint8:
		return int64(number)
	case uint16:
		return int64(number)
	case uint32:
		return int64(number)
	case uint64:
		if number <= math.MaxInt64 {
			return int64(number)
		}
	}
	return value
}

func decodeArray(decoder *msgpack.Decoder, depth int) (any, error) {
	length, err := decoder.DecodeArrayLen()
	if err != nil {
		return nil, err
	}
	values := []any{} // grows with what is really there, whatever the length claims
	for i := 0; i < length; i++ {
		value, err := decodeAny(decoder, depth+1)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}

func decodeMap(decoder *msgpack.Decoder, depth int) (any, error) {
	length, err := decoder.DecodeMapLen()
	if err != nil {
		return nil, err
	}
	texts, others := map[string]any{}, map[any]any{}
	for i := 0; i < length; i++ {
		key, err := decodeKey(decoder, depth+1)
		if err != nil {
			return nil, err
		}
		value, err := decodeAny(decoder, depth+1)
		if err != nil {
			return nil, err
		}
		if text, ok := key.(string); ok {
			texts[text] = value
		} else {
			others[key] = value
		}
	}
	if len(others) == 0 {
		return texts, nil
	}
	for text, value := range texts {
		others[text] = value
	}
	return others, nil
}

// decodeKey decodes a key, which must be something that a Go map can have as a key.
func decodeKey(decoder *msgpack.Decoder, depth int) (any, error) {
	key, err := decodeAny(decoder, depth)
	if err != nil {
		return nil, err
	}
	switch key := key.(type) {
	case []byte:
		return string(key), nil
	case nil, bool, int64, uint64, float64, string:
		return key, nil
	}
	return nil, errors.New("a map has a key that is no scalar")
}
