package billiard

import (
	"context"
	"sync/atomic"

	"billiard/internal/native"
)

// Owner is who takes an RLock, or the lock of a Condition, Value or Array. In Go a goroutine has no
// name, so the owner is passed along: code that is given the same Owner may take the lock again.
type Owner struct{ token uint64 }

var lastOwner atomic.Uint64

// NewOwner makes an owner that no other part of this process is.
func NewOwner() Owner { return Owner{token: lastOwner.Add(1)} }

// OwnedLock is a lock that an Owner takes, as often as it likes, and gives back as often: what an
// RLock is, and what Conditions, Values and Arrays have. One that was made WithLock is taken by
// the process instead, once, whoever the owner is.
//
// However many goroutines wait for it, they hold one thread at most. When a process dies with the
// lock, the next owner gets it.
type OwnedLock struct {
	Object
	calls     *ownedCalls
	recovered *atomic.Bool
}

type ownedCalls struct {
	acquire func(handle uintptr, owner uint64, timeout int64, token uintptr, cerr *uintptr) int32
	unlock  func(handle uintptr, owner uint64, cerr *uintptr) int32
}

func newOwnedLock(made *core, calls *ownedCalls) OwnedLock {
	return OwnedLock{Object{made}, calls, new(atomic.Bool)}
}

func (lock OwnedLock) taking(owner Owner) taking {
	return func(handle uintptr, timeout int64, token uintptr, cerr *uintptr) int32 {
		return lock.calls.acquire(handle, owner.token, timeout, token, cerr)
	}
}

// check refuses the zero Owner, which the library would take for the thread.
func (owner Owner) check() error {
	if owner.token == 0 {
		return invalid("owner: is the zero Owner, not one of NewOwner")
	}
	return nil
}

// Acquire takes the lock, once more when the owner has it. Blocks: while another owner has it.
// Errors: the context's, ErrInvalid (the zero Owner), ErrState (taken too often, or there is no
// lock), ErrClosed.
func (lock OwnedLock) Acquire(ctx context.Context, owner Owner) error {
	if err := owner.check(); err != nil {
		return err
	}
	return lock.core.acquire(ctx, lock.recovered, lock.taking(owner))
}

// TryAcquire is Acquire that never waits; false when another owner has the lock.
func (lock OwnedLock) TryAcquire(owner Owner) (bool, error) {
	if err := owner.check(); err != nil {
		return false, err
	}
	return lock.core.tryAcquire(lock.recovered, lock.taking(owner))
}

// Release gives the lock back once. Blocks: never. Errors: ErrState (the owner does not have it),
// ErrInvalid, ErrClosed.
func (lock OwnedLock) Release(owner Owner) error {
	if err := owner.check(); err != nil {
		return err
	}
	return lock.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return lock.calls.unlock(handle, owner.token, cerr)
	})
}

// With runs the function with the lock held, and releases it also when the function panics.
func (lock OwnedLock) With(ctx context.Context, owner Owner, body func() error) error {
	if err := lock.Acquire(ctx, owner); err != nil {
		return err
	}
	return withRelease(func() error { return lock.Release(owner) }, body)
}

// Recovered reports whether the lock came to this handle from a holder that died, so that what it
// guards may be half done. It tells once: it forgets when asked.
func (lock OwnedLock) Recovered() bool { return lock.recovered.Swap(false) }

// RLock is a lock between processes and goroutines that its owner may take again.
type RLock struct{ OwnedLock }

var (
	rlockKind  = kind{"rlock", native.Bp_rlock_attach, native.Bp_rlock_id, native.Bp_rlock_release}
	rlockCalls = ownedCalls{native.Bp_rlock_acquire, native.Bp_rlock_unlock}
)

// NewRLock makes an RLock that is free. Options: InSegment. Blocks: never.
// Errors: ErrInvalid, ErrNoMemory, ErrOS.
func NewRLock(options ...ObjectOption) (*RLock, error) {
	return asRLock(rlockKind.makeObject(options, func(_ *objectOptions, made uintptr, out, cerr *uintptr) int32 {
		return native.Bp_rlock_create(made, out, cerr)
	}))
}

// OpenRLock opens the RLock of that name, or makes it; see OpenLock.
func OpenRLock(name string, options ...ObjectOption) (*RLock, error) {
	return NewRLock(named(name, options)...)
}

// AttachRLock makes a handle to the RLock of that id; see AttachLock. The id of a condition, value
// or array that has an RLock of its own gives that.
func AttachRLock(segment *Segment, id ID) (*RLock, error) {
	return asRLock(rlockKind.attachTo(segment, id))
}

func asRLock(made *core, err error) (*RLock, error) {
	if err != nil {
		return nil, err
	}
	return &RLock{newOwnedLock(made, &rlockCalls)}, nil
}

// Count returns how often its owner has taken it and not given it back; 0 when it is free.
func (lock *RLock) Count() uint64 { return read(lock.core, native.Bp_rlock_count) }

// Holder returns the process whose owner has the lock, 0 when it is free.
func (lock *RLock) Holder() int { return read(lock.core, native.Bpi_rlock_holder_pid) }

// Describe returns "<RLock(None, 0)>", or who owns it, and how often: this process's name when it is
// that owner, "SomeOtherThread, nonzero", "SomeOtherProcess, nonzero", or "unknown, nonzero".
func (lock *RLock) Describe(owner Owner) string {
	return lock.core.describe(func(handle uintptr, text []byte) int64 {
		return native.Bp_rlock_describe(handle, owner.seen(), "", text)
	})
}

// String is Describe for somebody who owns nothing.
func (lock *RLock) String() string { return lock.Describe(Owner{}) }

// seen is the token to look with: the zero Owner is nobody, and not the thread.
func (owner Owner) seen() uint64 {
	if owner.token == 0 {
		return 1<<63 - 1
	}
	return owner.token
}
