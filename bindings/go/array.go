package billiard

import "billiard/internal/native"

// Array is an array of typed elements in shared memory, with a lock or Raw, for programs in all
// languages; SharedArray is one for a Go type. Types and locks are those of Value.
type Array struct{ OwnedLock }

var (
	arrayKind  = kind{"array", native.Bp_array_attach, native.Bp_array_id, native.Bp_array_release}
	arrayLock  = ownedCalls{native.Bp_array_acquire, native.Bp_array_unlock}
	arrayCells = cellCalls{
		getInt:          native.Bp_array_get_int,
		getUint:         native.Bp_array_get_uint,
		getFloat:        native.Bp_array_get_double,
		setInt:          native.Bp_array_set_int,
		setUint:         native.Bp_array_set_uint,
		setFloat:        native.Bp_array_set_double,
		fetchAdd:        native.Bp_array_fetch_add,
		exchange:        native.Bp_array_exchange,
		compareExchange: native.Bp_array_compare_exchange,
		wait:            native.Bp_array_wait,
		wake:            native.Bp_array_wake,
		fieldIndex:      native.Bp_array_field_index,
	}
)

// NewArray makes an array of so many elements of that type, zeroed or WithBytes. Options: as
// NewValue. Blocks: never. Errors: ErrInvalid, ErrTooLarge (over 1 GiB), ErrNoMemory, ErrOS.
func NewArray(typeText string, length int, options ...ObjectOption) (*Array, error) {
	if hasNul(typeText) {
		return nil, invalid("type: %q has a NUL byte", typeText)
	}
	return asArray(arrayKind.makeObject(options, func(wishes *objectOptions, made uintptr, out, cerr *uintptr) int32 {
		return native.Bp_array_create(typeText, int64(length), wishes.initial, made, out, cerr)
	}))
}

// OpenArray opens the array of that name, or makes it; see OpenLock. One that exists keeps its
// contents. Errors also: ErrExists (it has another type or length).
func OpenArray(name, typeText string, length int, options ...ObjectOption) (*Array, error) {
	return NewArray(typeText, length, named(name, options)...)
}

// AttachArray makes a handle to the array of that id, with its lock; see AttachLock.
func AttachArray(segment *Segment, id ID) (*Array, error) {
	return asArray(arrayKind.attachTo(segment, id))
}

func asArray(made *core, err error) (*Array, error) {
	if err != nil {
		return nil, err
	}
	return &Array{newOwnedLock(made, &arrayLock)}, nil
}

// Copy makes a raw array with the same type and contents. Options: InSegment. Blocks: never.
// Errors: ErrInvalid, ErrNoMemory, ErrOS, ErrClosed.
func (array *Array) Copy(options ...ObjectOption) (*Array, error) {
	return asArray(arrayKind.derive(array.core, options, native.Bp_array_copy))
}

// Synchronize makes a second handle to a raw array, with a lock: the one of the options, or a new
// RLock. Blocks: never. Errors: ErrState (it has a lock), ErrInvalid, ErrNoMemory, ErrClosed.
func (array *Array) Synchronize(options ...ObjectOption) (*Array, error) {
	return asArray(arrayKind.derive(array.core, options, native.Bp_array_synchronize))
}

// Type returns the type text of the elements; "" after Close.
func (array *Array) Type() string { return read(array.core, native.Bp_array_type) }

// Len returns the number of elements; 0 after Close.
func (array *Array) Len() int { return int(read(array.core, native.Bp_array_length)) }

// ElementSize returns the bytes of one element; 0 after Close.
func (array *Array) ElementSize() int { return int(read(array.core, native.Bp_array_element_size)) }

// Fields returns the names of an element's fields; one empty name for scalars.
func (array *Array) Fields() []string {
	return read(array.core, func(handle uintptr) []string {
		names := make([]string, native.Bp_array_fields(handle))
		for i := range names {
			names[i] = native.Bp_array_field_name(handle, uint(i))
		}
		return names
	})
}

// At returns an element; a negative index counts from the end. The calls on one that does not exist
// return ErrInvalid.
func (array *Array) At(index int) Cell {
	return Cell{core: array.core, calls: &arrayCells, index: int64(index)}
}

// Read returns a copy of the bytes of so many elements; each field is whole, and all together are
// under the lock. Errors: ErrInvalid (start or count out of range), ErrNoMemory, ErrClosed.
func (array *Array) Read(start, count int) ([]byte, error) {
	return array.core.copyOut(func(handle uintptr, out *native.Buffer, cerr *uintptr) int32 {
		return native.Bp_array_read(handle, int64(start), int64(count), out, cerr)
	})
}

// Write copies whole elements into the array. Errors: ErrInvalid (out of range), ErrClosed.
func (array *Array) Write(start int, data []byte) error {
	return array.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_array_write(handle, int64(start), data, cerr)
	})
}

// Fill sets so many elements to that one. Errors: ErrInvalid (out of range, or element is not one),
// ErrClosed.
func (array *Array) Fill(start, count int, element []byte) error {
	return array.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_array_fill(handle, int64(start), int64(count), element, cerr)
	})
}

// Text returns what an array of type "c" holds up to its first NUL. Errors: ErrInvalid (another
// type), ErrNoMemory, ErrClosed.
func (array *Array) Text() (string, error) {
	text, err := array.core.copyOut(native.Bp_array_get_text)
	return string(text), err
}

// SetText sets it, and a NUL behind it when there is room. Errors: ErrInvalid (another type, or too
// long), ErrClosed.
func (array *Array) SetText(text string) error {
	return array.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_array_set_text(handle, []byte(text), cerr)
	})
}

// Bytes returns the bytes of all elements in place; see Memory.Bytes. SharedArray has them as a
// slice of numbers.
func (array *Array) Bytes() []byte { return array.core.view(native.Bpi_go_array_memory) }

// RLock returns a handle to the array's lock. Errors: ErrNotFound (it is a Lock, or none), ErrClosed.
func (array *Array) RLock() (*RLock, error) { return array.rlock(native.Bp_array_get_rlock) }

// Lock returns a handle to the array's lock, when it was made WithLock. Errors: ErrNotFound,
// ErrClosed.
func (array *Array) Lock() (*Lock, error) { return array.lock(native.Bp_array_get_lock) }

// String returns "<SynchronizedArray wrapper for i[10]>", "<i[10]>" when it is raw.
func (array *Array) String() string { return array.core.describe(native.Bp_array_describe) }
