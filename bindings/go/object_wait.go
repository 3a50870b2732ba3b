package billiard

import (
	"context"
	"sync"
	"sync/atomic"

	"billiard/internal/native"
)

// tokens keeps the interrupt tokens that no wait uses. onDone never raises one after its wait.
var tokens struct {
	mu   sync.Mutex
	free []uintptr
}

func takeToken() (uintptr, error) {
	tokens.mu.Lock()
	defer tokens.mu.Unlock()
	if last := len(tokens.free) - 1; last >= 0 {
		token := tokens.free[last]
		tokens.free = tokens.free[:last]
		return token, nil
	}
	var token, cerr uintptr
	status := native.Bp_interrupt_create(&token, &cerr)
	return token, takeError(status, cerr)
}

func giveToken(token uintptr) {
	tokens.mu.Lock()
	defer tokens.mu.Unlock()
	tokens.free = append(tokens.free, token)
}

// interruptibly runs a blocking call until it ends by anything but an interrupt, or one of the contexts
// ends. It holds a thread. `late` is the status of a passed deadline.
func interruptibly(ctx context.Context, late Status, call func(token uintptr) error, others ...context.Context) error {
	token, err := takeToken()
	if err != nil {
		return err
	}
	defer giveToken(token)
	ends := append(others, ctx)
	for _, end := range ends {
		defer onDone(end, func() { native.Bp_interrupt_raise(token) })()
	}
	for {
		native.Bp_interrupt_reset(token)
		for _, end := range ends {
			if end.Err() != nil {
				return waitEnded(end, late)
			}
		}
		if err := call(token); statusOf(err) != ErrInterrupted {
			return err
		}
	}
}

// wait runs a blocking call until it ends by anything but an interrupt, the context ends, or the
// object is closed. It holds a thread. `late` is the status of a passed deadline.
func (object *core) wait(ctx context.Context, late Status, call func(token uintptr) error) error {
	err := interruptibly(ctx, late, call, object.closing)
	if _, ended := err.(*waitError); ended && object.closing.Err() != nil {
		return object.errClosed()
	}
	return err
}

// waitInTurn is wait for calls of which one at a time is enough: the other goroutines wait in Go, in
// the order in which they came, where waiting costs no thread.
func (object *core) waitInTurn(ctx context.Context, late Status, call func(token uintptr) error) error {
	select {
	case object.place <- struct{}{}:
	case <-ctx.Done():
		return waitEnded(ctx, late)
	case <-object.closing.Done():
		return object.errClosed()
	}
	defer func() { <-object.place }()
	return object.wait(ctx, late, call)
}

// taking is a call of the library that takes a lock or a unit.
type taking func(handle uintptr, timeout int64, token uintptr, cerr *uintptr) int32

const ownerDied = 1 // BP_OWNER_DIED: taken, after the death of the last holder

// acquire takes within the context; `recovered`, when not nil, notes the death of the last holder.
func (object *core) acquire(ctx context.Context, recovered *atomic.Bool, take taking) error {
	if ctx.Err() != nil {
		return waitEnded(ctx, ErrTimeout)
	}
	if !object.life.use() {
		return object.errClosed()
	}
	defer object.life.done()
	err := object.takeWithin(0, 0, recovered, take)
	if statusOf(err) == ErrTimeout {
		err = object.waitInTurn(ctx, ErrTimeout, func(token uintptr) error {
			return object.takeWithin(native.BP_FOREVER, token, recovered, take)
		})
	}
	return err
}

// tryAcquire takes without waiting; false when that can not be.
func (object *core) tryAcquire(recovered *atomic.Bool, take taking) (bool, error) {
	if !object.life.use() {
		return false, object.errClosed()
	}
	defer object.life.done()
	err := object.takeWithin(0, 0, recovered, take)
	if statusOf(err) == ErrTimeout {
		return false, nil
	}
	return err == nil, err
}

func (object *core) takeWithin(timeout int64, token uintptr, recovered *atomic.Bool, take taking) error {
	var cerr uintptr
	status := take(object.handle, timeout, token, &cerr)
	if status == ownerDied && recovered != nil {
		recovered.Store(true)
	}
	return takeError(status, cerr)
}
