package billiard

import (
	"context"

	"billiard/internal/native"
)

// Waitable is what Wait waits for: a *Connection (something to read, or the end), a *Listener (Accept may
// get on), a *Process (its end), the syscall.RawConn of an *os.File or a net.Conn, or a FileDescriptor.
type Waitable interface {
	// Control runs the function with the object's descriptor, which is open as long as it runs.
	Control(use func(fd uintptr)) error
}

// FileDescriptor is one that its owner keeps open.
type FileDescriptor int

// Control runs the function.
func (fd FileDescriptor) Control(use func(fd uintptr)) error {
	use(uintptr(fd))
	return nil
}

// Wait waits until one of the objects can be read, has ended or hung up, and returns all that can, in
// their order; one that is given twice is there twice. Without objects it waits for the end of the
// context. A context that has ended already allows one look.
//
// Blocks: without a thread. Errors: the context's (and no objects), ErrInvalid ("invalid file descriptor
// <n>"), ErrClosed (an object was closed, before or meanwhile), ErrOS.
func Wait(ctx context.Context, objects ...Waitable) (ready []Waitable, err error) {
	fds := native.Bpi_fds_new()
	defer native.Bpi_fds_free(fds)
	numbers := []int{}
	err = withOpen(objects, &numbers, func() error {
		for _, fd := range numbers {
			native.Bpi_fds_add(fds, fd)
		}
		ready, err = awaitAny(ctx, objects, numbers, fds)
		return err
	})
	return ready, err
}

// withOpen runs the call while all the objects are open.
func withOpen(objects []Waitable, fds *[]int, call func() error) error {
	if len(objects) == 0 {
		return call()
	}
	var failed error
	err := objects[0].Control(func(fd uintptr) {
		*fds = append(*fds, int(fd))
		failed = withOpen(objects[1:], fds, call)
	})
	if err != nil {
		return err
	}
	return failed
}

func awaitAny(ctx context.Context, objects []Waitable, numbers []int, fds uintptr) (ready []Waitable, err error) {
	look := func() bool {
		ready, err = readyOf(objects, fds)
		return err != nil || len(ready) > 0
	}
	if look() {
		return ready, err
	}
	if ctx.Err() != nil {
		return nil, waitEnded(ctx, ErrTimeout)
	}
	set, err := newReadiness(toRead, numbers...)
	if err != nil {
		return nil, err
	}
	defer set.close()
	ends, closings := []context.Context{ctx}, []*core{}
	for _, object := range objects {
		if own, ok := object.(interface{ closable() *core }); ok {
			ends = append(ends, own.closable().closing)
			closings = append(closings, own.closable())
		}
	}
	if set.wait(look, ends...) {
		return ready, err
	}
	for _, object := range closings {
		if object.closing.Err() != nil {
			return nil, object.errClosed()
		}
	}
	return nil, waitEnded(ctx, ErrTimeout)
}

// readyOf looks without waiting.
func readyOf(objects []Waitable, fds uintptr) (ready []Waitable, err error) {
	var cerr uintptr
	if status := native.Bpi_wait_readable(fds, 0, 0, &cerr); status < 0 {
		return nil, takeError(status, cerr)
	}
	for i, object := range objects {
		if native.Bpi_fds_ready(fds, int64(i)) != 0 {
			ready = append(ready, object)
		}
	}
	return ready, nil
}
