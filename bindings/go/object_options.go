package billiard

import (
	"time"

	"billiard/internal/native"
)

// ObjectOption is a wish for a new object in shared memory. One that the kind of object does not
// know is ErrInvalid.
type ObjectOption func(options *objectOptions)

// InSegment makes the object in that segment instead of the default one. A named object has a
// segment of its own.
func InSegment(segment *Segment) ObjectOption {
	return func(options *objectOptions) { options.borrow(&options.segment, segment.core) }
}

// Fair makes a lock whose waiters get it in the order in which they came; it is slower.
func Fair() ObjectOption { return flag(1) }

// Tracked makes a semaphore that notes which process holds its units, so that units of a process
// that dies come back.
func Tracked() ObjectOption { return flag(2) }

// Raw makes a value or array without a lock.
func Raw() ObjectOption { return flag(4) }

// Wrapping makes a value or array whose integers wrap when they are out of range, instead of
// ErrInvalid. It belongs to the object: whoever attaches to it has it.
func Wrapping() ObjectOption { return flag(8) }

// WithLock gives a condition, value or array that lock, of the same segment, instead of a new RLock.
func WithLock(lock *Lock) ObjectOption {
	return func(options *objectOptions) { options.borrow(&options.lock, lock.core) }
}

// WithRLock gives a condition, value or array that RLock, of the same segment.
func WithRLock(lock *RLock) ObjectOption {
	return func(options *objectOptions) { options.borrow(&options.rlock, lock.core) }
}

// WithTimeout gives a barrier the limit of waits whose context has no deadline.
func WithTimeout(limit time.Duration) ObjectOption {
	return func(options *objectOptions) {
		options.timeout = limit
		if limit < 0 {
			options.refuse("WithTimeout: %v is negative", limit)
		}
	}
}

// WithBytes gives a new Value or Array its contents, as many bytes as it has. The bytes are copied.
func WithBytes(data []byte) ObjectOption {
	return func(options *objectOptions) { options.initial = data }
}

type objectOptions struct {
	segment, lock, rlock uintptr
	name                 string
	flags                uint
	initial              []byte
	timeout              time.Duration
	held                 []*core
	err                  error
}

func flag(bit uint) ObjectOption {
	return func(options *objectOptions) { options.flags |= bit }
}

func named(name string, options []ObjectOption) []ObjectOption {
	return append([]ObjectOption{func(options *objectOptions) {
		options.name = name
		if name == "" || hasNul(name) {
			options.refuse("name: %q is empty or has a NUL byte", name)
		}
	}}, options...)
}

func (options *objectOptions) refuse(format string, args ...any) {
	if options.err == nil {
		options.err = invalid(format, args...)
	}
}

// borrow keeps another object open until the call is over.
func (options *objectOptions) borrow(to *uintptr, object *core) {
	if !object.life.use() {
		if options.err == nil {
			options.err = object.errClosed()
		}
		return
	}
	options.held = append(options.held, object)
	*to = object.handle
}

// withOptions runs a call that takes a bp_object_options*.
func withOptions(wishes []ObjectOption, call func(options *objectOptions, handle uintptr, cerr *uintptr) int32) error {
	options := objectOptions{timeout: -1}
	defer func() {
		for _, object := range options.held {
			object.life.done()
		}
	}()
	for _, wish := range wishes {
		wish(&options)
	}
	if options.err != nil {
		return options.err
	}
	made := native.Bpi_object_options_new(options.segment, options.name, options.flags, options.lock, options.rlock)
	defer native.Bpi_object_options_free(made)
	var cerr uintptr
	return takeError(call(&options, native.Bpi_object_options_get(made), &cerr), cerr)
}

// makeObject makes a handle by one of the library's create calls.
func (kind *kind) makeObject(wishes []ObjectOption,
	create func(options *objectOptions, handle uintptr, out, cerr *uintptr) int32) (*core, error) {
	var handle uintptr
	var name string
	var elsewhere bool
	err := withOptions(wishes, func(options *objectOptions, made uintptr, cerr *uintptr) int32 {
		name, elsewhere = options.name, options.segment != 0
		return create(options, made, &handle, cerr)
	})
	if err != nil {
		return nil, err
	}
	object := kind.own(handle)
	object.name, object.elsewhere = name, elsewhere
	return object, nil
}
