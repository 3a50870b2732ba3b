package billiard

import (
	"context"

	"billiard/internal/native"
)

// Condition is a condition variable between processes and goroutines, with its lock. A notification
// goes to a waiter that lives, and no wake-up is spurious.
//
// Each goroutine that waits for a notification holds a thread.
type Condition struct{ OwnedLock }

var (
	conditionKind = kind{
		"condition", native.Bp_condition_attach, native.Bp_condition_id, native.Bp_condition_release,
	}
	conditionCalls = ownedCalls{native.Bp_condition_acquire, native.Bp_condition_unlock}
)

// NewCondition makes a condition. Options: InSegment, WithLock, WithRLock; a new RLock is its lock
// otherwise. Blocks: never. Errors: ErrInvalid, ErrNoMemory, ErrOS.
func NewCondition(options ...ObjectOption) (*Condition, error) {
	return asCondition(conditionKind.makeObject(options, func(_ *objectOptions, made uintptr, out, cerr *uintptr) int32 {
		return native.Bp_condition_create(made, out, cerr)
	}))
}

// OpenCondition opens the condition of that name, or makes it; see OpenLock.
func OpenCondition(name string, options ...ObjectOption) (*Condition, error) {
	return NewCondition(named(name, options)...)
}

// AttachCondition makes a handle to the condition of that id; see AttachLock.
func AttachCondition(segment *Segment, id ID) (*Condition, error) {
	return asCondition(conditionKind.attachTo(segment, id))
}

func asCondition(made *core, err error) (*Condition, error) {
	if err != nil {
		return nil, err
	}
	return &Condition{newOwnedLock(made, &conditionCalls)}, nil
}

// Wait gives the lock back completely, waits for a notification, and takes the lock again as often
// as it was held, whatever the outcome: nil when it was notified.
//
// Blocks: for a notification, until the context ends; then for the lock, without limit.
// Errors: the context's, ErrState (the owner does not have the lock), ErrInvalid, ErrClosed.
func (condition *Condition) Wait(ctx context.Context, owner Owner) error {
	if err := owner.check(); err != nil {
		return err
	}
	if !condition.core.life.use() {
		return condition.core.errClosed()
	}
	defer condition.core.life.done()
	var waiter, cerr uintptr
	status := native.Bp_condition_begin_wait(condition.core.handle, owner.token, &waiter, &cerr)
	if status < 0 {
		return takeError(status, cerr)
	}
	defer native.Bp_waiter_release(waiter)
	ended := condition.core.wait(ctx, ErrTimeout, func(token uintptr) error {
		var cerr uintptr
		status := native.Bp_waiter_wait(waiter, native.BP_FOREVER, token, &cerr)
		return takeError(status, cerr)
	})
	notified, err := condition.retake(waiter)
	if err != nil || notified {
		return err
	}
	return ended
}

// retake takes the lock again, and tells whether the waiter was notified, also at the last moment.
func (condition *Condition) retake(waiter uintptr) (notified bool, err error) {
	var told int32
	var cerr uintptr
	status := native.Bp_waiter_end(waiter, native.BP_FOREVER, 0, &told, &cerr)
	if status == ownerDied {
		condition.recovered.Store(true)
	}
	return told != 0, takeError(status, cerr)
}

// WaitFor waits until the predicate holds. It is asked first, after each notification, and at the
// end, always with the lock held. Otherwise it is Wait.
func (condition *Condition) WaitFor(ctx context.Context, owner Owner, predicate func() bool) error {
	for !predicate() {
		err := condition.Wait(ctx, owner)
		switch err.(type) {
		case nil:
		case *waitError:
			if predicate() {
				return nil
			}
			return err
		default:
			return err
		}
	}
	return nil
}

// Notify wakes up to so many waiters, those that wait longest. Blocks: never.
// Errors: ErrState (the owner does not have the lock), ErrInvalid (count below 1), ErrClosed.
func (condition *Condition) Notify(owner Owner, count int) error {
	if err := owner.check(); err != nil {
		return err
	}
	return condition.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_condition_notify(handle, owner.token, int64(count), cerr)
	})
}

// NotifyAll wakes all waiters. Otherwise it is Notify.
func (condition *Condition) NotifyAll(owner Owner) error {
	if err := owner.check(); err != nil {
		return err
	}
	return condition.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_condition_notify_all(handle, owner.token, cerr)
	})
}

// Waiters returns how many wait and are not notified yet; 0 after Close.
func (condition *Condition) Waiters() int {
	return int(read(condition.core, native.Bp_condition_waiters))
}

// RLock returns a handle to the condition's lock. Errors: ErrNotFound (it is a Lock), ErrClosed.
func (condition *Condition) RLock() (*RLock, error) {
	return condition.rlock(native.Bp_condition_get_rlock)
}

// Lock returns a handle to the condition's lock, when it was made WithLock. Errors: ErrNotFound (it
// is an RLock), ErrClosed.
func (condition *Condition) Lock() (*Lock, error) {
	return condition.lock(native.Bp_condition_get_lock)
}

// String returns "<Condition(<RLock(None, 0)>, 0)>": the lock, and the number of waiters.
func (condition *Condition) String() string {
	return condition.core.describe(func(handle uintptr, text []byte) int64 {
		return native.Bp_condition_describe(handle, Owner{}.seen(), "", text)
	})
}

func (lock OwnedLock) rlock(get func(handle uintptr, out, cerr *uintptr) int32) (*RLock, error) {
	return asRLock(rlockKind.part(lock.core, get))
}

func (lock OwnedLock) lock(get func(handle uintptr, out, cerr *uintptr) int32) (*Lock, error) {
	return asLock(lockKind.part(lock.core, get))
}

// part makes a handle to an object that belongs to another one.
func (kind *kind) part(of *core, get func(handle uintptr, out, cerr *uintptr) int32) (*core, error) {
	var handle uintptr
	err := of.call(func(whole uintptr, cerr *uintptr) int32 { return get(whole, &handle, cerr) })
	if err != nil {
		return nil, err
	}
	part := kind.own(handle)
	part.isPartOf(of)
	return part, nil
}
