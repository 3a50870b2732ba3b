package billiard

import (
	"context"

	"billiard/internal/native"
)

// Semaphore counts units that processes and goroutines take and give back.
//
// However many goroutines wait for a unit, they hold one thread at most. Units of a process that
// dies are gone, unless the semaphore is Tracked.
type Semaphore struct{ Object }

// BoundedSemaphore is a Semaphore that never has more units than it was made with.
type BoundedSemaphore struct{ Semaphore }

var semaphoreKind = kind{"semaphore", native.Bp_semaphore_attach, native.Bp_semaphore_id, native.Bp_semaphore_release}

// NewSemaphore makes a semaphore with so many units. Options: InSegment, Tracked. Blocks: never.
// Errors: ErrInvalid (value below 0, or over 2147483647, or 65536 when tracked), ErrNoMemory, ErrOS.
func NewSemaphore(value int, options ...ObjectOption) (*Semaphore, error) {
	return asSemaphore(semaphoreKind.makeObject(options, func(_ *objectOptions, made uintptr, out, cerr *uintptr) int32 {
		return native.Bp_semaphore_create(int64(value), made, out, cerr)
	}))
}

// OpenSemaphore opens the semaphore of that name, or makes it; see OpenLock. One that exists keeps
// its units. Errors also: ErrExists (it is tracked and was not meant to be, or the other way round).
func OpenSemaphore(name string, value int, options ...ObjectOption) (*Semaphore, error) {
	return NewSemaphore(value, named(name, options)...)
}

// AttachSemaphore makes a handle to the semaphore, of any sort, of that id; see AttachLock.
func AttachSemaphore(segment *Segment, id ID) (*Semaphore, error) {
	return asSemaphore(semaphoreKind.attachTo(segment, id))
}

// NewBoundedSemaphore makes a semaphore with so many units, and never more. Otherwise it is
// NewSemaphore.
func NewBoundedSemaphore(value int, options ...ObjectOption) (*BoundedSemaphore, error) {
	made, err := asSemaphore(semaphoreKind.makeObject(options, func(_ *objectOptions, made uintptr, out, cerr *uintptr) int32 {
		return native.Bp_bounded_semaphore_create(int64(value), made, out, cerr)
	}))
	if err != nil {
		return nil, err
	}
	return &BoundedSemaphore{*made}, nil
}

// OpenBoundedSemaphore opens the bounded semaphore of that name, or makes it; see OpenSemaphore.
// Errors also: ErrExists (it has another bound).
func OpenBoundedSemaphore(name string, value int, options ...ObjectOption) (*BoundedSemaphore, error) {
	return NewBoundedSemaphore(value, named(name, options)...)
}

func asSemaphore(made *core, err error) (*Semaphore, error) {
	if err != nil {
		return nil, err
	}
	return &Semaphore{Object{made}}, nil
}

// Acquire takes one unit. Blocks: while there is none. Errors: the context's, ErrClosed.
func (semaphore *Semaphore) Acquire(ctx context.Context) error {
	return semaphore.core.acquire(ctx, nil, native.Bp_semaphore_acquire)
}

// TryAcquire takes one unit if there is one. Blocks: never. Errors: ErrClosed.
func (semaphore *Semaphore) TryAcquire() (bool, error) {
	return semaphore.core.tryAcquire(nil, native.Bp_semaphore_acquire)
}

// Release gives one unit back. Blocks: never. Errors: ErrState (over the bound; tracked: this
// process holds none), ErrClosed.
func (semaphore *Semaphore) Release() error { return semaphore.ReleaseMany(1) }

// ReleaseMany gives so many units back, all or none. Otherwise it is Release.
func (semaphore *Semaphore) ReleaseMany(units int) error {
	return semaphore.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_semaphore_post(handle, int64(units), cerr)
	})
}

// With runs the function with one unit, and gives it back also when the function panics.
func (semaphore *Semaphore) With(ctx context.Context, body func() error) error {
	if err := semaphore.Acquire(ctx); err != nil {
		return err
	}
	return withRelease(semaphore.Release, body)
}

// Value returns how many units are free now; 0 after Close.
func (semaphore *Semaphore) Value() int { return int(read(semaphore.core, native.Bp_semaphore_value)) }

// Bound returns the largest value; 2147483647 where there is no other; 0 after Close.
func (semaphore *Semaphore) Bound() int { return int(read(semaphore.core, native.Bp_semaphore_bound)) }

// Returned tells how many units came back because the process that held them died (Tracked).
func (semaphore *Semaphore) Returned() uint64 {
	return read(semaphore.core, native.Bp_semaphore_returned)
}

// String returns "<Semaphore(value=1)>" or "<BoundedSemaphore(value=1, maxvalue=2)>".
func (semaphore *Semaphore) String() string {
	return semaphore.core.describe(native.Bp_semaphore_describe)
}
