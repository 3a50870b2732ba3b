package billiard

import (
	"billiard/internal/native"
)

// Value is one typed value in shared memory, with a lock or Raw, for programs in all languages;
// SharedValue is one for a Go type.
//
// The type is a text: a typecode
//
//	c char   b B 8 bits   h H 16 bits   i I 32 bits   l L long   q Q 64 bits (capitals: unsigned)
//	u wchar_t   f float32   d float64   ? bool
//
// or a structure of named fields, such as "x:d,n:i". The methods of Cell read and write a scalar,
// and those of Field("x") a field of a structure. They do not take the lock, which a Value has as an
// OwnedLock.
type Value struct {
	OwnedLock
	Cell
}

var (
	valueKind  = kind{"value", native.Bp_value_attach, native.Bp_value_id, native.Bp_value_release}
	valueLock  = ownedCalls{native.Bp_value_acquire, native.Bp_value_unlock}
	valueCells = cellCalls{
		getInt: func(handle uintptr, _ int64, field uint, out *int64, cerr *uintptr) int32 {
			return native.Bp_value_get_int(handle, field, out, cerr)
		},
		getUint: func(handle uintptr, _ int64, field uint, out *uint64, cerr *uintptr) int32 {
			return native.Bp_value_get_uint(handle, field, out, cerr)
		},
		getFloat: func(handle uintptr, _ int64, field uint, out *float64, cerr *uintptr) int32 {
			return native.Bp_value_get_double(handle, field, out, cerr)
		},
		setInt: func(handle uintptr, _ int64, field uint, number int64, cerr *uintptr) int32 {
			return native.Bp_value_set_int(handle, field, number, cerr)
		},
		setUint: func(handle uintptr, _ int64, field uint, number uint64, cerr *uintptr) int32 {
			return native.Bp_value_set_uint(handle, field, number, cerr)
		},
		setFloat: func(handle uintptr, _ int64, field uint, number float64, cerr *uintptr) int32 {
			return native.Bp_value_set_double(handle, field, number, cerr)
		},
		fetchAdd: func(handle uintptr, _ int64, field uint, number int64, out *int64, cerr *uintptr) int32 {
			return native.Bp_value_fetch_add(handle, field, number, out, cerr)
		},
		exchange: func(handle uintptr, _ int64, field uint, number int64, out *int64, cerr *uintptr) int32 {
			return native.Bp_value_exchange(handle, field, number, out, cerr)
		},
		compareExchange: func(handle uintptr, _ int64, field uint, old, number int64, out *int64, cerr *uintptr) int32 {
			return native.Bp_value_compare_exchange(handle, field, old, number, out, cerr)
		},
		wait: func(handle uintptr, _ int64, field uint, old, timeout int64, token uintptr, cerr *uintptr) int32 {
			return native.Bp_value_wait(handle, field, old, timeout, token, cerr)
		},
		wake: func(handle uintptr, _ int64, field uint, count int, cerr *uintptr) int32 {
			return native.Bp_value_wake(handle, field, count, cerr)
		},
		fieldIndex: native.Bp_value_field_index,
	}
)

// NewValue makes a value of that type, zeroed or WithBytes. Options: InSegment, Raw, Wrapping,
// WithLock, WithRLock, WithBytes. Blocks: never. Errors: ErrInvalid, ErrNoMemory, ErrOS.
func NewValue(typeText string, options ...ObjectOption) (*Value, error) {
	if hasNul(typeText) {
		return nil, invalid("type: %q has a NUL byte", typeText)
	}
	return asValue(valueKind.makeObject(options, func(wishes *objectOptions, made uintptr, out, cerr *uintptr) int32 {
		return native.Bp_value_create(typeText, wishes.initial, made, out, cerr)
	}))
}

// OpenValue opens the value of that name, or makes it; see OpenLock. One that exists keeps its
// contents. Errors also: ErrExists (it has another type).
func OpenValue(name, typeText string, options ...ObjectOption) (*Value, error) {
	return NewValue(typeText, named(name, options)...)
}

// AttachValue makes a handle to the value of that id, with its lock; see AttachLock.
func AttachValue(segment *Segment, id ID) (*Value, error) {
	return asValue(valueKind.attachTo(segment, id))
}

func asValue(made *core, err error) (*Value, error) {
	if err != nil {
		return nil, err
	}
	return &Value{newOwnedLock(made, &valueLock), Cell{core: made, calls: &valueCells}}, nil
}

// Copy makes a raw value with the same type and contents. Options: InSegment. Blocks: never.
// Errors: ErrInvalid, ErrNoMemory, ErrOS, ErrClosed.
func (value *Value) Copy(options ...ObjectOption) (*Value, error) {
	return asValue(valueKind.derive(value.core, options, native.Bp_value_copy))
}

// Synchronize makes a second handle to a raw value, with a lock: the one of the options, or a new
// RLock. Blocks: never. Errors: ErrState (it has a lock), ErrInvalid, ErrNoMemory, ErrClosed.
func (value *Value) Synchronize(options ...ObjectOption) (*Value, error) {
	return asValue(valueKind.derive(value.core, options, native.Bp_value_synchronize))
}

// derive makes an object from another one.
func (kind *kind) derive(from *core, options []ObjectOption,
	call func(handle, options uintptr, out, cerr *uintptr) int32) (*core, error) {
	if !from.life.use() {
		return nil, from.errClosed()
	}
	defer from.life.done()
	derived, err := kind.makeObject(options, func(_ *objectOptions, made uintptr, out, cerr *uintptr) int32 {
		return call(from.handle, made, out, cerr)
	})
	if err == nil {
		derived.isPartOf(from)
	}
	return derived, err
}

// Type returns the type text; "" after Close.
func (value *Value) Type() string { return read(value.core, native.Bp_value_type) }

// Fields returns the names of the fields; one empty name for a scalar.
func (value *Value) Fields() []string {
	return read(value.core, func(handle uintptr) []string {
		names := make([]string, native.Bp_value_fields(handle))
		for i := range names {
			names[i] = native.Bp_value_field_name(handle, uint(i))
		}
		return names
	})
}

// Read returns a copy of the value's bytes; each field is whole, and a structure is under the lock.
// Errors: ErrClosed, ErrNoMemory.
func (value *Value) Read() ([]byte, error) {
	return value.core.copyOut(native.Bp_value_get_bytes)
}

// Write sets the value's bytes, as many as it has. Errors: ErrInvalid, ErrClosed.
func (value *Value) Write(data []byte) error {
	return value.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_value_set_bytes(handle, data, cerr)
	})
}

// copyOut takes the buffer that a call fills.
func (object *core) copyOut(fill func(handle uintptr, out *native.Buffer, cerr *uintptr) int32) ([]byte, error) {
	var buffer native.Buffer
	err := object.call(func(handle uintptr, cerr *uintptr) int32 { return fill(handle, &buffer, cerr) })
	if err != nil {
		return nil, err
	}
	defer native.Bp_buffer_free(&buffer)
	return append([]byte{}, buffer.Bytes()...), nil
}

// Bytes returns the value's bytes in place; see Memory.Bytes.
func (value *Value) Bytes() []byte { return value.core.view(native.Bpi_go_value_memory) }

// RLock returns a handle to the value's lock. Errors: ErrNotFound (it is a Lock, or none), ErrClosed.
func (value *Value) RLock() (*RLock, error) { return value.rlock(native.Bp_value_get_rlock) }

// Lock returns a handle to the value's lock, when it was made WithLock. Errors: ErrNotFound,
// ErrClosed.
func (value *Value) Lock() (*Lock, error) { return value.lock(native.Bp_value_get_lock) }

// String returns "<Synchronized wrapper for i(5)>", "<i(5)>" when it is raw; a structure is
// "<Synchronized<Struct> wrapper for x:d,n:i(0.5, 3)>".
func (value *Value) String() string { return value.core.describe(native.Bp_value_describe) }
