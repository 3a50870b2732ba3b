package billiard

import (
	"context"
	"sync"
)

// A flow is what one goroutine at a time does with something that has a descriptor, such as the sending
// half of a connection. Those that wait cost no thread: the first is parked in the netpoller, the others
// wait for their turn.
type flow struct {
	object *core
	events uint32
	fd     func(handle uintptr, fd *int32, cerr *uintptr) int32
	place  chan struct{}
	watch  *watch
}

// watch is the readiness of a flow, which the first wait makes. It is apart from the flow, since what
// frees it must not lead to its object.
type watch struct {
	once  sync.Once
	ready *readiness
	err   error
}

func newFlow(object *core, watch *watch, events uint32,
	fd func(handle uintptr, fd *int32, cerr *uintptr) int32) *flow {
	return &flow{object: object, events: events, fd: fd, place: make(chan struct{}, 1), watch: watch}
}

// close is called when nobody uses the flow any more.
func (watch *watch) close() {
	if watch.ready != nil {
		watch.ready.close()
	}
}

// run tries until an attempt ends in anything but ErrTimeout, or the context ends, or the object is
// closed. Attempts must not wait. `late` is the status of a passed deadline.
func (f *flow) run(ctx context.Context, late Status, attempt func() error) error {
	if ctx.Err() != nil {
		return waitEnded(ctx, late)
	}
	if !f.object.life.use() {
		return f.object.errClosed()
	}
	defer f.object.life.done()
	if err := f.take(ctx, late); err != nil {
		return err
	}
	defer f.give()
	err := attempt()
	if statusOf(err) != ErrTimeout {
		return err
	}
	ready, err := f.prepare()
	if err != nil {
		return err
	}
	tried := ready.wait(func() bool {
		err = attempt()
		return statusOf(err) != ErrTimeout
	}, ctx, f.object.closing)
	switch {
	case tried:
		return err
	case f.object.closing.Err() != nil:
		return f.object.errClosed()
	}
	return waitEnded(ctx, late)
}

// now runs a call that never waits, unless another goroutine is at it: then it is ErrTimeout.
func (f *flow) now(attempt func() error) error {
	if !f.object.life.use() {
		return f.object.errClosed()
	}
	defer f.object.life.done()
	select {
	case f.place <- struct{}{}:
	default:
		return &Error{Status: ErrTimeout, Message: "another goroutine uses the " + f.object.kind}
	}
	defer f.give()
	return attempt()
}

// take waits for the goroutines that came before.
func (f *flow) take(ctx context.Context, late Status) error {
	select {
	case f.place <- struct{}{}:
		return nil
	case <-ctx.Done():
		return waitEnded(ctx, late)
	case <-f.object.closing.Done():
		return f.object.errClosed()
	}
}

func (f *flow) give() { <-f.place }

func (f *flow) prepare() (*readiness, error) {
	f.watch.once.Do(func() {
		var fd int32
		var cerr uintptr
		if f.watch.err = takeError(f.fd(f.object.handle, &fd, &cerr), cerr); f.watch.err == nil {
			f.watch.ready, f.watch.err = newReadiness(f.events, int(fd))
		}
	})
	return f.watch.ready, f.watch.err
}
