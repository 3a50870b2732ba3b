package billiard

import (
	"bytes"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"
)

// encodeArguments makes the payload of a call: one array.
func encodeArguments(args []any) ([]byte, error) { return encodeList(args, 1) }

// encodeList encodes an array; errors number its elements from `first`.
func encodeList(args []any, first int) ([]byte, error) {
	var payload bytes.Buffer
	encoder := newEncoder(&payload)
	defer msgpack.PutEncoder(encoder)
	if err := encoder.EncodeArrayLen(len(args)); err != nil {
		return nil, err
	}
	for i, arg := range args {
		if err := encoder.Encode(arg); err != nil {
			return nil, &EncodingError{What: fmt.Sprintf("argument %d", i+first), Err: err}
		}
	}
	return payload.Bytes(), nil
}

// encodeEntryArguments makes the data of an entry: an array of how many files and connections are among
// the arguments, and the arguments, with what stands for those.
func encodeEntryArguments(args []any, handing *handing) ([]byte, error) {
	replaced := []any{0}
	for i, arg := range args {
		plain, err := handing.replace(arg)
		if err != nil {
			return nil, &EncodingError{What: fmt.Sprintf("argument %d", i+1), Err: err}
		}
		replaced = append(replaced, plain)
	}
	replaced[0] = handing.streams
	return encodeList(replaced, 0)
}

// encodeValue encodes one value; `what` names it in errors.
func encodeValue(what string, value any) ([]byte, error) {
	var payload bytes.Buffer
	encoder := newEncoder(&payload)
	defer msgpack.PutEncoder(encoder)
	if err := encoder.Encode(value); err != nil {
		return nil, &EncodingError{What: what, Err: err}
	}
	return payload.Bytes(), nil
}

func newEncoder(to *bytes.Buffer) *msgpack.Encoder {
	encoder := msgpack.GetEncoder()
	encoder.Reset(to)
	encoder.UseCompactInts(true)
	return encoder
}
