package billiard

import (
	"context"
	"sync/atomic"

	"billiard/internal/native"
)

// Lock is a lock between processes and goroutines. It is taken by a process, not by a goroutine, and
// anybody may release it. When a process dies with the lock, the next one gets it.
//
// However many goroutines wait for a lock, they hold one thread at most.
type Lock struct {
	Object
	recovered *atomic.Bool
}

var lockKind = kind{"lock", native.Bp_lock_attach, native.Bp_lock_id, native.Bp_lock_release}

// NewLock makes a lock that is free. Options: InSegment, Fair. Blocks: never.
// Errors: ErrInvalid, ErrNoMemory, ErrOS.
func NewLock(options ...ObjectOption) (*Lock, error) {
	return asLock(lockKind.makeObject(options, func(_ *objectOptions, made uintptr, out, cerr *uintptr) int32 {
		return native.Bp_lock_create(made, out, cerr)
	}))
}

// OpenLock opens the lock of that name (1 to 200 bytes, no '/' and no NUL), and makes it when no
// living process has it. Only processes of the same user can open it; the name goes away with the
// last of them. Blocks: only while another process is making it.
// Errors: ErrInvalid, ErrCorrupt (something foreign has that name), ErrNoMemory, ErrOS.
func OpenLock(name string, options ...ObjectOption) (*Lock, error) {
	return NewLock(named(name, options)...)
}

// AttachLock makes a handle to the lock of that id; a nil segment is the default one.
// Errors: ErrNotFound (it is gone), ErrInvalid (another kind of object), ErrNoMemory, ErrOS.
func AttachLock(segment *Segment, id ID) (*Lock, error) {
	return asLock(lockKind.attachTo(segment, id))
}

func asLock(made *core, err error) (*Lock, error) {
	if err != nil {
		return nil, err
	}
	return &Lock{Object{made}, new(atomic.Bool)}, nil
}

// Acquire takes the lock. Blocks: while it is held. Errors: the context's, ErrClosed.
func (lock *Lock) Acquire(ctx context.Context) error {
	return lock.core.acquire(ctx, lock.recovered, native.Bp_lock_acquire)
}

// TryAcquire takes the lock if it is free. Blocks: never. Errors: ErrClosed.
func (lock *Lock) TryAcquire() (bool, error) {
	return lock.core.tryAcquire(lock.recovered, native.Bp_lock_acquire)
}

// Release gives the lock back, whoever took it. Blocks: never.
// Errors: ErrState (it is free), ErrClosed.
func (lock *Lock) Release() error { return lock.core.call(native.Bp_lock_unlock) }

// With runs the function with the lock held, and releases it also when the function panics.
func (lock *Lock) With(ctx context.Context, body func() error) error {
	if err := lock.Acquire(ctx); err != nil {
		return err
	}
	return withRelease(lock.Release, body)
}

// Recovered reports whether the lock came to this handle from a holder that died, so that what it
// guards may be half done. It tells once: it forgets when asked.
func (lock *Lock) Recovered() bool { return lock.recovered.Swap(false) }

// Holder returns the process that holds the lock, 0 when it is free.
func (lock *Lock) Holder() int { return read(lock.core, native.Bpi_lock_holder_pid) }

// String returns "<Lock(owner=None)>", or the holder: this process's name, SomeOtherProcess, or
// unknown when it has died.
func (lock *Lock) String() string {
	return lock.core.describe(func(handle uintptr, text []byte) int64 {
		return native.Bp_lock_describe(handle, "", text)
	})
}

// withRelease runs the function and releases afterwards; the function's error comes first.
func withRelease(release func() error, body func() error) (err error) {
	defer func() {
		if failed := release(); err == nil {
			err = failed
		}
	}()
	return body()
}
