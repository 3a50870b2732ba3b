package billiard

import (
	"unsafe"

	"billiard/internal/native"
)

// SharedArray is an Array of a Go type; see SharedValue for which.
type SharedArray[T any] struct{ *Array }

// NewSharedArray makes an array of so many zeroed elements. Otherwise it is NewArray.
func NewSharedArray[T any](length int, options ...ObjectOption) (*SharedArray[T], error) {
	text, err := typeText[T]()
	if err != nil {
		return nil, err
	}
	return asSharedArray[T](NewArray(text, length, options...))
}

// SharedArrayOf makes an array with a copy of the elements.
func SharedArrayOf[T any](elements []T, options ...ObjectOption) (*SharedArray[T], error) {
	if len(elements) > 0 {
		options = append(options, WithBytes(bytesOf(&elements[0], len(elements))))
	}
	return NewSharedArray[T](len(elements), options...)
}

// OpenSharedArray opens the array of that name, or makes it. Otherwise it is OpenArray.
func OpenSharedArray[T any](name string, length int, options ...ObjectOption) (*SharedArray[T], error) {
	return NewSharedArray[T](length, named(name, options)...)
}

// AttachSharedArray is AttachArray. Errors also: ErrInvalid (its elements are of another type than T).
func AttachSharedArray[T any](segment *Segment, id ID) (*SharedArray[T], error) {
	text, err := typeText[T]()
	if err != nil {
		return nil, err
	}
	array, err := AttachArray(segment, id)
	if err == nil && array.Type() != text {
		err = invalid("id: the array is of type %q, not %q", array.Type(), text)
		array.Close()
	}
	return asSharedArray[T](array, err)
}

func asSharedArray[T any](array *Array, err error) (*SharedArray[T], error) {
	if err != nil {
		return nil, err
	}
	return &SharedArray[T]{array}, nil
}

// Get reads an element; a negative index counts from the end. Errors: ErrInvalid (index out of
// range), ErrClosed.
func (array *SharedArray[T]) Get(index int) (element T, err error) {
	start, err := array.place(index)
	if err != nil {
		return element, err
	}
	err = array.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_array_read_into(handle, start, 1, bytesOf(&element, 1), cerr)
	})
	return element, err
}

// Set writes an element. Errors: as Get.
func (array *SharedArray[T]) Set(index int, element T) error {
	start, err := array.place(index)
	if err != nil {
		return err
	}
	return array.Write(int(start), []T{element})
}

// place counts a negative index from the end.
func (array *SharedArray[T]) place(index int) (int64, error) {
	length := array.Len()
	at := index
	if at < 0 {
		at += length
	}
	if at < 0 || at >= length {
		if !array.core.life.use() {
			return 0, array.core.errClosed()
		}
		array.core.life.done()
		return 0, invalid("index %d is out of range: the array has %d elements", index, length)
	}
	return int64(at), nil
}

// Read copies so many elements out; each number is whole, and all together are under the lock.
// Errors: ErrInvalid (start or count out of range), ErrClosed.
func (array *SharedArray[T]) Read(start, count int) ([]T, error) {
	if count < 0 || count > array.Len() {
		_, err := array.Array.Read(start, count)
		return nil, err
	}
	elements := make([]T, count)
	return elements, array.ReadInto(start, elements)
}

// ReadInto copies as many elements out as the slice has places. Otherwise it is Read.
func (array *SharedArray[T]) ReadInto(start int, elements []T) error {
	var room []byte
	if len(elements) > 0 {
		room = bytesOf(&elements[0], len(elements))
	} else {
		room = make([]byte, 1)
	}
	return array.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_array_read_into(handle, int64(start), int64(len(elements)), room, cerr)
	})
}

// Write copies the elements into the array. Errors: ErrInvalid (out of range), ErrClosed.
func (array *SharedArray[T]) Write(start int, elements []T) error {
	if len(elements) == 0 {
		return array.Array.Write(start, []byte{})
	}
	return array.Array.Write(start, bytesOf(&elements[0], len(elements)))
}

// Fill sets so many elements to that one. Errors: ErrInvalid (out of range), ErrClosed.
func (array *SharedArray[T]) Fill(start, count int, element T) error {
	return array.Array.Fill(start, count, bytesOf(&element, 1))
}

// Slice returns the elements in place: no copy, and no check of who else writes, which is the lock's
// part. The slice may be used while the SharedArray is reachable and open (a program that keeps only
// the slice needs runtime.KeepAlive); nil after Close.
func (array *SharedArray[T]) Slice() []T {
	data := array.Bytes()
	if len(data) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&data[0])), array.Len())
}
