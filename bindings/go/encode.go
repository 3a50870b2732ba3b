package billiard

import (
	"bytes"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"
)

// encodeArguments makes the payload of a call: one array.
func encodeArguments(args []any) ([]byte, error) {
	var payload bytes.Buffer
	encoder := newEncoder(&payload)
	defer msgpack.PutEncoder(encoder)
	if err := encoder.EncodeArrayLen(len(args)); err != nil {
		return nil, err
	}
	for i, arg := range args {
		if err := encoder.Encode(arg); err != nil {
			return nil, &EncodingError{What: fmt.Sprintf("argument %d", i+1), Err: err}
		}
	}
	return payload.Bytes(), nil
}

// encodeEntryArguments makes the data of an entry: one array of the arguments, with what stands for files
// and connections.
func encodeEntryArguments(args []any, handing *handing) ([]byte, error) {
	plain := make([]any, len(args))
	for i, arg := range args {
		var err error
		if plain[i], err = handing.replace(arg); err != nil {
			return nil, &EncodingError{What: fmt.Sprintf("argument %d", i+1), Err: err}
		}
	}
	return encodeArguments(plain)
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
