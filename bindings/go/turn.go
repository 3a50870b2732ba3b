package billiard

import (
	"context"

	"billiard/internal/native"
)

// A turn lets one goroutine at a time wait inside the library, with an interrupt token that its
// context raises. The others wait in Go, where waiting costs no thread.
type turn struct {
	place chan struct{}
	token uintptr
}

func newTurn() (*turn, error) {
	var token, cerr uintptr
	if status := native.Bp_interrupt_create(&token, &cerr); status < 0 {
		return nil, takeError(status, cerr)
	}
	return &turn{place: make(chan struct{}, 1), token: token}, nil
}

// release frees the token; nobody may be in wait any more. A nil turn is ignored.
func (t *turn) release() {
	if t != nil {
		native.Bp_interrupt_release(t.token)
	}
}

// wait runs a blocking call until it ends by anything but an interrupt, or until ctx ends. `late`
// is the status of a passed deadline.
//
// A raise of this turn comes after ctx ended, and the token is lowered before ctx is looked at, so
// a raise is never lost. A late raise of an earlier turn costs one more round.
func (t *turn) wait(ctx context.Context, late Status, call func(token uintptr) error) error {
	select {
	case t.place <- struct{}{}:
	case <-ctx.Done():
		return waitEnded(ctx, late)
	}
	defer func() { <-t.place }()

	defer onDone(ctx, func() { native.Bp_interrupt_raise(t.token) })()
	for {
		native.Bp_interrupt_reset(t.token)
		if ctx.Err() != nil {
			return waitEnded(ctx, late)
		}
		if err := call(t.token); statusOf(err) != ErrInterrupted {
			return err
		}
	}
}

// statusOf returns the Status of an error that takeError made, and 0 for others.
func statusOf(err error) Status {
	if failure, ok := err.(*Error); ok {
		return failure.Status
	}
	return 0
}
