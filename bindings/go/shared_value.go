package billiard

import "unsafe"

// SharedValue is a Value of a Go type: a number of fixed size, int, uint, bool, or a struct of such,
// whose fields other languages see by their `billiard:"name"` tag, or by their Go name.
type SharedValue[T any] struct{ *Value }

// NewSharedValue makes a value. Otherwise it is NewValue.
func NewSharedValue[T any](initial T, options ...ObjectOption) (*SharedValue[T], error) {
	text, err := typeText[T]()
	if err != nil {
		return nil, err
	}
	return asShared[T](NewValue(text, append(options, WithBytes(bytesOf(&initial, 1)))...))
}

// OpenSharedValue opens the value of that name, or makes it with `initial`. Otherwise it is OpenValue.
func OpenSharedValue[T any](name string, initial T, options ...ObjectOption) (*SharedValue[T], error) {
	return NewSharedValue(initial, named(name, options)...)
}

// AttachSharedValue is AttachValue. Errors also: ErrInvalid (the value is of another type than T).
func AttachSharedValue[T any](segment *Segment, id ID) (*SharedValue[T], error) {
	text, err := typeText[T]()
	if err != nil {
		return nil, err
	}
	value, err := AttachValue(segment, id)
	if err == nil && value.Type() != text {
		err = invalid("id: the value is of type %q, not %q", value.Type(), text)
		value.Close()
	}
	return asShared[T](value, err)
}

func asShared[T any](value *Value, err error) (*SharedValue[T], error) {
	if err != nil {
		return nil, err
	}
	return &SharedValue[T]{value}, nil
}

// Load reads the value; a number is always whole, a struct is under the lock. Errors: ErrClosed,
// ErrNoMemory.
func (value *SharedValue[T]) Load() (loaded T, err error) {
	data, err := value.Read()
	if err == nil {
		copy(bytesOf(&loaded, 1), data)
	}
	return loaded, err
}

// Store writes the value. Errors: ErrClosed.
func (value *SharedValue[T]) Store(stored T) error { return value.Write(bytesOf(&stored, 1)) }

// bytesOf shows numbers as bytes.
func bytesOf[T any](first *T, count int) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(first)), count*int(unsafe.Sizeof(*first)))
}
