package billiard

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"billiard/internal/native"
)

// Pool is a pool of worker processes. All methods may be called by any number of goroutines.
//
// A pool is ended by Close, or by Shutdown and then Close. A pool that is forgotten without is
// closed by the garbage collector at some time; when the program ends, however it ends, the workers
// do too.
type Pool struct {
	handle   uintptr
	life     lifetime
	finished *dispatcher
	turns    *poolTurns
	closing  sync.Once

	waitForSlot bool // of PoolOptions
	synack      bool
}

// poolTurns is apart from the pool, so that what frees the pool does not refer to it.
type poolTurns struct {
	full  *turn // of submissions that wait for a place
	slot  *turn // of submissions that wait for a slot, perhaps for long
	ready *turn
	join  *turn
}

// NewPool makes a pool and starts its workers. They need not be ready when it returns: jobs wait
// for them, and so does WaitReady.
//
// Blocks: for the start of one small program; ctx is looked at before.
// Errors: ErrInvalid (the message names the option), ErrStartFailed, ErrNoMemory, ErrOS.
func NewPool(ctx context.Context, options PoolOptions) (*Pool, error) {
	if ctx.Err() != nil {
		return nil, waitEnded(ctx, ErrTimeout)
	}
	turns, err := newPoolTurns()
	if err != nil {
		return nil, err
	}
	handle, err := options.create()
	if err != nil {
		turns.release()
		return nil, err
	}
	pool := &Pool{handle: handle, turns: turns, waitForSlot: options.WaitForSlot, synack: options.Synack}
	pool.life.free = func() {
		native.Bp_pool_release(handle)
		turns.release()
	}
	if pool.finished, err = newDispatcher(handle, &callbacks{}, options.OnEvent); err != nil {
		pool.life.end()
		return nil, err
	}
	runtime.SetFinalizer(pool, func(forgotten *Pool) { go forgotten.Close() })
	return pool, nil
}

func newPoolTurns() (*poolTurns, error) {
	turns := &poolTurns{}
	for _, place := range []**turn{&turns.full, &turns.slot, &turns.ready, &turns.join} {
		made, err := newTurn()
		if err != nil {
			turns.release()
			return nil, err
		}
		*place = made
	}
	return turns, nil
}

func (turns *poolTurns) release() {
	for _, each := range []*turn{turns.full, turns.slot, turns.ready, turns.join} {
		each.release()
	}
}

// WaitReady waits until every worker is ready for jobs.
//
// Errors: the context's, ErrPoolFailed (the message has the reason), ErrState (closed).
func (pool *Pool) WaitReady(ctx context.Context) error {
	return pool.waitFor(ctx, pool.turns.ready, native.Bp_pool_wait_ready)
}

// Shutdown ends the pool in good order: no more submissions, the queued jobs are completed, then
// the workers leave. It waits for that until ctx ends; the pool goes on ending then, and Close cuts
// it short. Close is called afterwards all the same.
//
// Errors: the context's, ErrState (after Close).
func (pool *Pool) Shutdown(ctx context.Context) error {
	if err := pool.tell(native.Bp_pool_close); err != nil {
		return err
	}
	return pool.Join(ctx)
}

// Terminate ends the pool now and does not wait: jobs that are not finished end in ErrTerminated,
// workers are killed with all their descendants. Close does the same and waits.
//
// Errors: ErrState (after Close).
func (pool *Pool) Terminate() error { return pool.tell(native.Bp_pool_terminate) }

// Join waits for the end of a pool that Shutdown or Terminate has begun to end. All results have
// their outcome then.
//
// Errors: the context's, ErrState (the pool is not ending; or after Close).
func (pool *Pool) Join(ctx context.Context) error {
	err := pool.waitFor(ctx, pool.turns.join, native.Bp_pool_join)
	if err == nil {
		pool.finished.settle()
	}
	return err
}

// Close ends the pool now, waits until all its processes are gone, and frees it. Results keep their
// values; jobs that were not finished have ended in ErrTerminated. Later calls do nothing.
//
// Blocks: usually some milliseconds; at most about 1 s, for workers that do not react.
// Errors: none today.
func (pool *Pool) Close() error {
	var err error
	pool.closing.Do(func() {
		runtime.SetFinalizer(pool, nil)
		if err = pool.Terminate(); err == nil {
			err = pool.Join(context.Background())
		}
		pool.finished.stop()
		pool.life.end()
	})
	return err
}

// MarshalBinary refuses: a pool can not be passed between processes, also not as an argument of a job.
func (pool *Pool) MarshalBinary() ([]byte, error) { return nil, errPoolStays }

var errPoolStays = errors.New("billiard: pool objects cannot be passed between processes")

// tell runs a call that does not wait.
func (pool *Pool) tell(call func(pool uintptr, cerr *uintptr) int32) error {
	if !pool.life.use() {
		return errPoolClosed
	}
	defer pool.life.done()
	var cerr uintptr
	return takeError(call(pool.handle, &cerr), cerr)
}

// waitFor runs a call that waits, without holding a thread for more than one goroutine.
func (pool *Pool) waitFor(ctx context.Context, place *turn,
	call func(pool uintptr, timeout int64, token uintptr, cerr *uintptr) int32) error {
	if !pool.life.use() {
		return errPoolClosed
	}
	defer pool.life.done()
	return place.wait(ctx, ErrTimeout, func(token uintptr) error {
		var cerr uintptr
		return takeError(call(pool.handle, native.BP_FOREVER, token, &cerr), cerr)
	})
}

var errPoolClosed = &Error{Status: ErrState, Message: "the pool is closed"}
