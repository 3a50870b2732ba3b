package billiard

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"

	"github.com/vmihailenco/msgpack/v5"
)

var errTrailing = errors.New("bytes after the end of the value")

// decodeInto reads the value of a result or message into `to`, a pointer, or nowhere when it is
// nil.
func decodeInto(what string, format Format, data []byte, to any) error {
	if to == nil {
		return nil
	}
	destination := reflect.ValueOf(to)
	if destination.Kind() != reflect.Pointer || destination.IsNil() {
		return invalid("%s: destination must be a pointer that is not nil, not %T", what, to)
	}
	var err error
	switch format {
	case FormatRaw:
		err = storeBytes(data, destination.Elem())
	case FormatMessagePack:
		err = decodeWhole(data, destination.Elem())
	default:
		err = fmt.Errorf("%v can not be read by Go", format)
	}
	if err != nil {
		return &EncodingError{What: what, Err: err}
	}
	return nil
}

// storeBytes stores a copy of raw bytes in a []byte, string or any.
func storeBytes(data []byte, to reflect.Value) error {
	switch {
	case to.Kind() == reflect.String:
		to.SetString(string(data))
	case isByteSlice(to.Type()):
		to.SetBytes(append([]byte{}, data...))
	case isAny(to.Type()):
		to.Set(reflect.ValueOf(append([]byte{}, data...)))
	default:
		return fmt.Errorf("raw bytes do not fit in %v", to.Type())
	}
	return nil
}

func isByteSlice(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

func isAny(t reflect.Type) bool {
	return t.Kind() == reflect.Interface && t.NumMethod() == 0
}

// decodeWhole decodes data, which must hold one value and nothing else.
func decodeWhole(data []byte, to reflect.Value) error {
	reader := bytes.NewReader(data)
	if err := decodeOne(newDecoder(reader), to); err != nil {
		return err
	}
	if reader.Len() > 0 {
		return errTrailing
	}
	return nil
}

func newDecoder(reader *bytes.Reader) *msgpack.Decoder {
	decoder := msgpack.NewDecoder(reader)
	decoder.SetMapDecoder(func(decoder *msgpack.Decoder) (any, error) {
		return decodeMap(decoder, 0)
	})
	decoder.UseLooseInterfaceDecoding(true)
	return decoder
}

// decodeOne decodes one value. Numbers are checked, which the codec does not do: it would cut 300
// down to fit in an int8, and 2.5 to fit in an int.
func decodeOne(decoder *msgpack.Decoder, to reflect.Value) error {
	switch {
	case isNumber(to.Kind()):
		value, err := decodeAny(decoder, 0)
		if err != nil {
			return err
		}
		return storeNumber(value, to)
	case isAny(to.Type()), to.Type() == anySlice, to.Type() == anyMap:
		value, err := decodeAny(decoder, 0)
		if err != nil {
			return err
		}
		return storeAny(value, to)
	}
	return decoder.Decode(to.Addr().Interface())
}

var (
	anySlice = reflect.TypeOf([]any(nil))
	anyMap   = reflect.TypeOf(map[string]any(nil))
)

func storeAny(value any, to reflect.Value) error {
	switch {
	case value == nil:
		to.Set(reflect.Zero(to.Type()))
	case reflect.TypeOf(value).AssignableTo(to.Type()):
		to.Set(reflect.ValueOf(value))
	default:
		return fmt.Errorf("%s does not fit in %v", describe(value), to.Type())
	}
	return nil
}
