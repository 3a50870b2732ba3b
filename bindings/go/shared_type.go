package billiard

import (
	"reflect"
	"strings"
)

// typeCodes are the scalars that have the same meaning in Go and in shared memory.
var typeCodes = map[reflect.Kind]string{
	reflect.Bool: "?", reflect.Int8: "b", reflect.Uint8: "B", reflect.Int16: "h", reflect.Uint16: "H",
	reflect.Int32: "i", reflect.Uint32: "I", reflect.Int64: "q", reflect.Uint64: "Q",
	reflect.Float32: "f", reflect.Float64: "d",
}

// typeText returns the type text of a Go type: a scalar of fixed size, int or uint where these have
// 64 bits, or a struct of such, whose fields are named by their `billiard:"name"` tag or as they are.
func typeText[T any]() (string, error) {
	of := reflect.TypeOf((*T)(nil)).Elem()
	if code := scalarCode(of); code != "" {
		return code, nil
	}
	if of.Kind() != reflect.Struct || of.NumField() == 0 {
		return "", invalid("type: %v is neither a number, bool nor a struct of such", of)
	}
	var fields []string
	end, largest := uintptr(0), uintptr(1)
	for i := 0; i < of.NumField(); i++ {
		field := of.Field(i)
		code := scalarCode(field.Type)
		if code == "" {
			return "", invalid("type: field %s of %v is neither a number nor bool", field.Name, of)
		}
		name := field.Name
		if tag := field.Tag.Get("billiard"); tag != "" {
			name = tag
		}
		size := field.Type.Size()
		if field.Offset != (end+size-1)/size*size {
			return "", invalid("type: %v is laid out otherwise in shared memory", of)
		}
		end = field.Offset + size
		if size > largest {
			largest = size
		}
		fields = append(fields, name+":"+code)
	}
	if of.Size() != (end+largest-1)/largest*largest {
		return "", invalid("type: %v is laid out otherwise in shared memory", of)
	}
	return strings.Join(fields, ","), nil
}

func scalarCode(of reflect.Type) string {
	switch {
	case of.Kind() == reflect.Int && of.Size() == 8:
		return "q"
	case of.Kind() == reflect.Uint && of.Size() == 8:
		return "Q"
	}
	return typeCodes[of.Kind()]
}
