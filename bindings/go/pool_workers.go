package billiard

import (
	"context"
	"fmt"
	"math"
	"os"
	"syscall"
	"time"

	"billiard/internal/native"
)

// Grow starts so many more workers in a group ("": the first). 0 changes nothing.
//
// Blocks: never. Errors: ErrInvalid (group, count), ErrFull (MaxWorkers), ErrState (ending or closed),
// ErrPoolFailed, ErrRestartLimit.
func (pool *Pool) Grow(group string, count int) error {
	if err := checkGroupAndCount(group, count); err != nil {
		return err
	}
	return pool.tell(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_pool_grow(handle, group, count, cerr)
	})
}

// Shrink asks so many workers of a group ("": the first) to leave for good, when so many have no job;
// else it changes nothing. One worker stays. 0 changes nothing.
//
// Blocks: never; a worker leaves within milliseconds. Errors: ErrInvalid (group, count), ErrState (too
// many are busy; or ending or closed), ErrPoolFailed, ErrRestartLimit.
func (pool *Pool) Shrink(group string, count int) error { return pool.shrink(group, count, 0) }

// ShrinkDraining is Shrink also of busy workers: those leave after their job.
func (pool *Pool) ShrinkDraining(group string, count int) error { return pool.shrink(group, count, 1) }

func (pool *Pool) shrink(group string, count, drain int) error {
	if err := checkGroupAndCount(group, count); err != nil {
		return err
	}
	return pool.tell(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_pool_shrink(handle, group, count, drain, cerr)
	})
}

func checkGroupAndCount(group string, count int) error {
	switch {
	case hasNul(group):
		return invalid("group: bad name %q", group)
	case count < 0 || count > math.MaxInt32:
		return invalid("count is %d, out of range", count)
	}
	return nil
}

// Restart replaces every worker: idle ones now, busy ones after their job. No job is lost.
//
// Blocks: never. Errors: ErrState (ending or closed), ErrPoolFailed, ErrRestartLimit.
func (pool *Pool) Restart() error { return pool.tell(native.Bp_pool_restart) }

// Maintain says by an error whether the pool can go on. It needs not be called: workers that end are
// replaced without.
//
// Blocks: never. Errors: ErrPoolFailed and ErrRestartLimit with the reason, ErrState (after Close).
func (pool *Pool) Maintain() error { return pool.tell(native.Bp_pool_maintain) }

// DidStartOK says whether no worker has ended since the pool was made; false after Close.
func (pool *Pool) DidStartOK() bool {
	if !pool.life.use() {
		return false
	}
	defer pool.life.done()
	return native.Bp_pool_did_start_ok(pool.handle) == 1
}

// Slots returns how many slots are free, and how many there are; see PoolOptions.Slots.
//
// Blocks: never. Errors: ErrState (after Close).
func (pool *Pool) Slots() (free, bound int, err error) {
	var freeSlots, slots int64
	err = pool.tell(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_pool_get_slots(handle, &freeSlots, &slots, cerr)
	})
	return int(freeSlots), int(slots), err
}

// TerminateJob ends the worker with this pid by a signal (0: SIGTERM), and by SIGKILL after
// PoolOptions.TerminateGrace, with all its descendants; the job that it runs ends in ErrTerminated, and
// the worker is replaced. With a job's id, not NoJob, it does so only if the worker runs that job. No
// worker with the pid, or another job, is no error. See also Result.Terminate.
//
// Blocks: never. Errors: ErrInvalid (signal), ErrState (after Close).
func (pool *Pool) TerminateJob(pid int, signal syscall.Signal, job uint64) error {
	if !fitsInt32(pid) {
		return nil
	}
	return pool.tell(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_pool_terminate_job(handle, pid, int(signal), job, cerr)
	})
}

// WaitWorker waits until the worker process with this pid has ended.
//
// Blocks: the goroutine, no thread. Errors: the context's, ErrNotFound (no worker has this pid),
// ErrState (after Close), ErrOS.
func (pool *Pool) WaitWorker(ctx context.Context, pid int) error {
	sentinel := int32(-1)
	err := pool.tell(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bpi_pool_worker_sentinel(handle, pid, &sentinel, cerr)
	})
	if err != nil {
		return err
	}
	return waitReadable(ctx, int(sentinel))
}

// waitReadable waits in the netpoller until a descriptor is readable, and closes it.
func waitReadable(ctx context.Context, fd int) error {
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return fmt.Errorf("billiard: a worker's descriptor: %w", err)
	}
	file := os.NewFile(uintptr(fd), "billiard worker")
	defer file.Close()
	readable, err := file.SyscallConn()
	if err != nil {
		return fmt.Errorf("billiard: a worker's descriptor: %w", err)
	}
	defer onDone(ctx, func() { file.SetReadDeadline(time.Unix(1, 0)) })()
	asked := false
	err = readable.Read(func(uintptr) bool {
		again := asked // after the poller's word
		asked = true
		return again
	})
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return waitEnded(ctx, ErrTimeout)
	}
	return fmt.Errorf("billiard: a worker's descriptor: %w", err)
}
