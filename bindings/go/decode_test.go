package billiard

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
)

func encoded(t *testing.T, value any) []byte {
	t.Helper()
	data, err := encodeValue("value", value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEveryKindOfValueComesBack(t *testing.T) {
	values := []any{
		nil, true, false, int64(0), int64(127), int64(128), int64(-1), int64(-32768), int64(1) << 32,
		int64(math.MaxInt64), int64(math.MinInt64), uint64(math.MaxUint64), 1.5, 1e300, math.Inf(-1),
		"", "é€", "\xff\xfe", []byte{0, 255, 128}, []any{}, map[string]any{},
		[]any{int64(1), []any{int64(2), "a"}, false},
		map[string]any{"a": int64(1), "b": []any{true}},
		map[any]any{int64(1): "one", "two": int64(2)},
	}
	for _, value := range values {
		var back any
		if err := decodeInto("value", FormatMessagePack, encoded(t, value), &back); err != nil {
			t.Errorf("%#v: %v", value, err)
		}
		if !reflect.DeepEqual(back, value) {
			t.Errorf("%#v came back as %#v", value, back)
		}
	}
}

func TestAnIntegerThatDoesNotFitIsRefused(t *testing.T) {
	var small int8
	var unsigned uint
	var whole int
	for _, bad := range []struct {
		value any
		to    any
		text  string
	}{
		{300, &small, "300 does not fit in int8"},
		{-1, &unsigned, "-1 does not fit in uint"},
		{2.5, &whole, "2.5 does not fit in int"},
		{math.NaN(), &whole, "NaN does not fit in int"},
		{1e30, &whole, "1e+30 does not fit in int"},
		{uint64(math.MaxUint64), &whole, "18446744073709551615 does not fit in int"},
		{"3", &whole, "a string does not fit in int"},
		{nil, &whole, "<nil> does not fit in int"},
	} {
		err := decodeInto("value", FormatMessagePack, encoded(t, bad.value), bad.to)
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), bad.text) {
			t.Errorf("%v into %T: %v", bad.value, bad.to, err)
		}
	}
}

func TestAWholeFloatFitsInAnInteger(t *testing.T) {
	var whole int
	if err := decodeInto("value", FormatMessagePack, encoded(t, 3.0), &whole); err != nil || whole != 3 {
		t.Errorf("got %d, %v", whole, err)
	}
}

func TestTextAndBytesFitInEachOther(t *testing.T) {
	var text string
	if err := decodeInto("value", FormatMessagePack, encoded(t, []byte("ab")), &text); err != nil || text != "ab" {
		t.Errorf("got %q, %v", text, err)
	}
	var data []byte
	if err := decodeInto("value", FormatMessagePack, encoded(t, "ab"), &data); err != nil || string(data) != "ab" {
		t.Errorf("got %q, %v", data, err)
	}
}

func TestRawBytesAreCopied(t *testing.T) {
	source := []byte("abc")
	var data []byte
	var anything any
	var text string
	for _, to := range []any{&data, &anything, &text} {
		if err := decodeInto("value", FormatRaw, source, to); err != nil {
			t.Fatal(err)
		}
	}
	source[0] = 'x'
	if string(data) != "abc" || string(anything.([]byte)) != "abc" || text != "abc" {
		t.Errorf("got %q, %q, %q", data, anything, text)
	}
	var number int
	if err := decodeInto("value", FormatRaw, source, &number); !errors.Is(err, ErrInvalid) {
		t.Errorf("raw bytes into an int: %v", err)
	}
}

func TestADestinationMustBeAPointer(t *testing.T) {
	var nowhere *int
	for _, to := range []any{5, nowhere, "text"} {
		if err := decodeInto("value", FormatMessagePack, encoded(t, 1), to); !errors.Is(err, ErrInvalid) {
			t.Errorf("into %#v: %v", to, err)
		}
	}
	if err := decodeInto("value", FormatMessagePack, encoded(t, 1), nil); err != nil {
		t.Errorf("into nothing: %v", err)
	}
}

func TestForeignFormatsAreNamed(t *testing.T) {
	var value any
	err := decodeInto("message", FormatRubyMarshal, []byte{4, 8, 48}, &value)
	if err == nil || !strings.Contains(err.Error(), "Ruby Marshal") {
		t.Errorf("got %v", err)
	}
}

func TestDamagedBytesAreErrorsAndNothingElse(t *testing.T) {
	good := encoded(t, []any{map[string]any{"a": []byte("bytes"), "b": 1.5}, "text", int64(1) << 40})
	for cut := 0; cut < len(good); cut++ {
		var value any
		if err := decodeInto("value", FormatMessagePack, good[:cut], &value); err == nil {
			t.Errorf("%d of %d bytes were enough", cut, len(good))
		}
	}
	var value any
	if err := decodeInto("value", FormatMessagePack, append(good, 1), &value); !errors.Is(err, errTrailing) {
		t.Errorf("a byte too much: %v", err)
	}
	if err := decodeInto("value", FormatMessagePack, []byte{0xdd, 255, 255, 255, 255}, &value); err == nil {
		t.Error("an array of 4 G items without any was read")
	}
	deep := bytes.Repeat([]byte{0x91}, 1<<20)
	if err := decodeInto("value", FormatMessagePack, deep, &value); !errors.Is(err, errTooDeep) {
		t.Errorf("a million arrays in each other: %v", err)
	}
	if err := decodeInto("value", FormatMessagePack, []byte{0x81, 0x90, 1}, &value); err == nil {
		t.Error("a map with an array as key was read")
	}
}

func TestAStructIsAMap(t *testing.T) {
	type point struct {
		X int `msgpack:"x"`
		Y int `msgpack:"y"`
	}
	data := encoded(t, point{1, 2})
	var plain map[string]any
	if err := decodeInto("value", FormatMessagePack, data, &plain); err != nil ||
		!reflect.DeepEqual(plain, map[string]any{"x": int64(1), "y": int64(2)}) {
		t.Errorf("got %v, %v", plain, err)
	}
	var back point
	if err := decodeInto("value", FormatMessagePack, data, &back); err != nil || back != (point{1, 2}) {
		t.Errorf("got %v, %v", back, err)
	}
}

func TestAnArgumentWithoutEncodingIsNamed(t *testing.T) {
	_, err := encodeArguments([]any{1, make(chan int)})
	var failure *EncodingError
	if !errors.As(err, &failure) || failure.What != "argument 2" || !errors.Is(err, ErrInvalid) {
		t.Errorf("got %v", err)
	}
}
