package billiard

import (
	"context"
	"time"

	"billiard/internal/native"
)

// Barrier is a place where a fixed number of processes and goroutines wait for each other, again and
// again. A participant that dies breaks the barrier, instead of keeping the others waiting.
//
// Each goroutine that waits holds a thread.
type Barrier struct{ Object }

var barrierKind = kind{"barrier", native.Bp_barrier_attach, native.Bp_barrier_id, native.Bp_barrier_release}

// NewBarrier makes a barrier for so many participants. Options: InSegment, WithTimeout. Blocks:
// never. Errors: ErrInvalid (parties below 1 or over 4096), ErrNoMemory, ErrOS.
func NewBarrier(parties int, options ...ObjectOption) (*Barrier, error) {
	return asBarrier(barrierKind.makeObject(options, func(wishes *objectOptions, made uintptr, out, cerr *uintptr) int32 {
		return native.Bp_barrier_create(int64(parties), int64(wishes.timeout), made, out, cerr)
	}))
}

// OpenBarrier opens the barrier of that name, or makes it; see OpenLock. Errors also: ErrExists (it
// has other parties).
func OpenBarrier(name string, parties int, options ...ObjectOption) (*Barrier, error) {
	return NewBarrier(parties, named(name, options)...)
}

// AttachBarrier makes a handle to the barrier of that id; see AttachLock.
func AttachBarrier(segment *Segment, id ID) (*Barrier, error) {
	return asBarrier(barrierKind.attachTo(segment, id))
}

func asBarrier(made *core, err error) (*Barrier, error) {
	if err != nil {
		return nil, err
	}
	return &Barrier{Object{made}}, nil
}

// Wait arrives, and waits until all have. It returns the place in the order of arrival, from 0. A
// context that ends first breaks the barrier for all; one that has ended before is no hindrance to
// the last participant, who need not wait.
//
// Blocks: until all have arrived, the context ends, or, when that has no deadline, the barrier's own
// limit has passed. Errors: ErrBroken (also when the context or the limit ended the wait; then the
// context's too), ErrClosed (which breaks the barrier), ErrNoMemory, and the context's alone when it
// ended before there was a place, because an action of the cycle before was still running.
func (barrier *Barrier) Wait(ctx context.Context) (int, error) { return barrier.WaitThen(ctx, nil) }

// WaitThen is Wait where the last to arrive runs the action before anybody goes on. An error or a
// panic of the action breaks the barrier; the error is returned as it is.
func (barrier *Barrier) WaitThen(ctx context.Context, action func() error) (int, error) {
	object := barrier.core
	if !object.life.use() {
		return 0, object.errClosed()
	}
	defer object.life.done()
	ctx, cancel := barrier.limited(ctx)
	defer cancel()
	arrival, err := object.arrive(ctx)
	if err != nil {
		return 0, err
	}
	defer native.Bp_arrival_release(arrival) // which breaks the barrier after a panic of the action
	index := int(native.Bp_arrival_index(arrival))
	if native.Bp_arrival_is_last(arrival) != 0 {
		return index, open(arrival, action)
	}
	return index, object.awaitOpening(ctx, arrival)
}

// limited gives a context without a deadline the barrier's limit.
func (barrier *Barrier) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := native.Bp_barrier_default_timeout(barrier.core.handle)
	if _, has := ctx.Deadline(); has || limit < 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, time.Duration(limit))
}

// arrive takes the next place; it waits only while the action of the cycle before runs.
func (object *core) arrive(ctx context.Context) (arrival uintptr, err error) {
	within := func(timeout int64, token uintptr) error {
		var cerr uintptr
		status := native.Bp_barrier_arrive(object.handle, timeout, token, &arrival, &cerr)
		return takeError(status, cerr)
	}
	err = within(0, 0)
	if statusOf(err) == ErrTimeout {
		err = object.wait(ctx, ErrTimeout, func(token uintptr) error {
			return within(native.BP_FOREVER, token)
		})
	}
	return arrival, err
}

// open ends the wait of all, by the last to arrive.
func open(arrival uintptr, action func() error) error {
	var cerr uintptr
	if action != nil {
		if err := action(); err != nil {
			native.Bp_error_release(giveUp(arrival))
			return err
		}
	}
	return takeError(native.Bp_arrival_open(arrival, &cerr), cerr)
}

// giveUp breaks a barrier that is still closed, and returns the C error.
func giveUp(arrival uintptr) (cerr uintptr) {
	native.Bp_arrival_give_up(arrival, &cerr)
	return cerr
}

func (object *core) awaitOpening(ctx context.Context, arrival uintptr) error {
	ended := object.wait(ctx, ErrBroken, func(token uintptr) error {
		var cerr uintptr
		return takeError(native.Bp_arrival_wait(arrival, native.BP_FOREVER, token, &cerr), cerr)
	})
	if ended == nil || statusOf(ended) == ErrBroken {
		return ended
	}
	// The end of the caller's patience, unless the barrier was opened first.
	var cerr uintptr
	status := native.Bp_arrival_give_up(arrival, &cerr)
	native.Bp_error_release(cerr)
	if status >= 0 {
		return nil
	}
	if late, ok := ended.(*waitError); ok {
		late.status = ErrBroken
	}
	return ended
}

// Abort breaks the barrier: all who wait get ErrBroken, and so does everybody until a Reset. Blocks:
// never. Errors: ErrClosed.
func (barrier *Barrier) Abort() error { return barrier.core.call(native.Bp_barrier_abort) }

// Reset makes the barrier empty and whole again; all who wait get ErrBroken. Blocks: never.
// Errors: ErrClosed.
func (barrier *Barrier) Reset() error { return barrier.core.call(native.Bp_barrier_reset) }

// Parties returns the number of participants; 0 after Close.
func (barrier *Barrier) Parties() int { return int(read(barrier.core, native.Bp_barrier_parties)) }

// Waiting returns how many have arrived and wait; 0 after Close.
func (barrier *Barrier) Waiting() int { return int(read(barrier.core, native.Bp_barrier_waiting)) }

// Broken reports whether the barrier is broken; false after Close.
func (barrier *Barrier) Broken() bool { return read(barrier.core, native.Bp_barrier_broken) != 0 }
