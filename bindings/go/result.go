package billiard

import (
	"context"
	"fmt"
	"sync"
	"syscall"

	"billiard/internal/native"
)

// Result is the outcome of one job, now or later. It has one outcome, which never changes; any
// number of goroutines may wait for it and read it. Nothing needs to be released.
type Result struct {
	pool *Pool // kept from being collected while somebody wants the result
	job  uint64
	task string
	name string // CorrelationID

	hooks *jobHooks // nil when the job has none

	mu        sync.Mutex
	handle    uintptr // 0 once the job has ended
	pid       int
	discarded bool

	done   chan struct{} // closed when the following are set
	format Format
	data   []byte
	err    error
}

func newResult(pool *Pool, job *Job, handle uintptr) *Result {
	return &Result{
		pool:   pool,
		job:    native.Bp_result_job(handle),
		task:   job.Task,
		name:   job.CorrelationID,
		hooks:  job.hooks(pool),
		handle: handle,
		done:   make(chan struct{}),
	}
}

// JobID returns the job's id: unique in this process, rising over all pools.
func (result *Result) JobID() uint64 { return result.job }

// Task returns the name of the task.
func (result *Result) Task() string { return result.task }

// CorrelationID returns Job.CorrelationID.
func (result *Result) CorrelationID() string { return result.name }

// Done returns a channel that is closed when the outcome is there.
func (result *Result) Done() <-chan struct{} { return result.done }

// String describes the result: job, task and state.
func (result *Result) String() string {
	return fmt.Sprintf("Result(job %d, task %q, accepted: %t, ready: %t)",
		result.job, result.task, result.Accepted(), isClosed(result.done))
}

// PID returns the worker process that began the job, or 0 while none has.
func (result *Result) PID() int {
	result.mu.Lock()
	defer result.mu.Unlock()
	if result.handle != 0 {
		return native.Bp_result_pid(result.handle)
	}
	return result.pid
}

// Wait waits until there is an outcome, good or bad, or ctx ends. The job goes on in any case, and
// the result can be waited for again. An outcome that is there is seen also when ctx has ended.
//
// Blocks: the goroutine, no thread. Errors: the context's.
func (result *Result) Wait(ctx context.Context) error {
	return waitClosed(ctx, result.done)
}

func isClosed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// waitClosed waits until a channel is closed; when it is, also an ended context does not matter.
func waitClosed(ctx context.Context, done <-chan struct{}) error {
	if isClosed(done) {
		return nil
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return waitEnded(ctx, ErrTimeout)
	}
}

// Value waits for the outcome and decodes its value into `to`, a pointer, or nowhere when it is
// nil. Into an `any` it decodes nil, bool, int64, uint64 (above the range of int64), float64,
// string, []byte, []any, map[string]any or map[any]any. A raw value fits in a []byte, string or
// any.
//
// Errors: the context's; *EncodingError (the value does not fit); or the job's own: *TaskError,
// *WorkerLostError, ErrTimeLimit, ErrMemoryLimit, ErrExpired, ErrRejected, ErrTerminated, ErrUnknownTask,
// ErrPoolFailed, ErrRestartLimit.
func (result *Result) Value(ctx context.Context, to any) error {
	if err := result.Wait(ctx); err != nil {
		return err
	}
	if result.err != nil {
		return result.err
	}
	return decodeInto(fmt.Sprintf("result of task %q", result.task), result.format, result.data, to)
}

// Bytes waits for the outcome and returns the bytes of the value and their format. They are shared
// with other callers: read them only.
//
// Errors: as Value.
func (result *Result) Bytes(ctx context.Context) ([]byte, Format, error) {
	if err := result.Wait(ctx); err != nil {
		return nil, 0, err
	}
	return result.data, result.format, result.err
}

// Get waits for a result and returns its value. See Result.Value.
func Get[T any](ctx context.Context, result *Result) (T, error) {
	var value T
	err := result.Value(ctx, &value)
	return value, err
}

// Accepted says whether a worker has begun the job.
func (result *Result) Accepted() bool { return result.PID() != 0 }

// Terminate ends the job in ErrTerminated: a queued one is never begun; of a running one exactly its
// worker is ended, by that signal (0: SIGTERM) and SIGKILL after PoolOptions.TerminateGrace, with all
// its descendants. One that has its outcome keeps it.
//
// Blocks: never. Errors: ErrInvalid (signal).
func (result *Result) Terminate(signal syscall.Signal) error {
	result.mu.Lock()
	defer result.mu.Unlock()
	if result.handle == 0 {
		return nil
	}
	var cerr uintptr
	return takeError(native.Bp_result_terminate(result.handle, int(signal), &cerr), cerr)
}

// Cancel refuses a job before it begins: it ends in ErrRejected. It is possible only in a pool with
// Synack, for a job with OnAccepted that a worker has taken, until that has returned.
//
// Blocks: never. Errors: ErrState (too late, or not such a job).
func (result *Result) Cancel() error {
	result.mu.Lock()
	defer result.mu.Unlock()
	if result.handle == 0 {
		return &Error{Status: ErrState, Message: "the job has ended"}
	}
	var cerr uintptr
	return takeError(native.Bp_result_cancel(result.handle, &cerr), cerr)
}

// Discard forgets the outcome: it is dropped when the job ends, and of the job's functions none is
// called any more. Waits for the result end with ErrState. An outcome that is there stays.
func (result *Result) Discard() {
	result.mu.Lock()
	defer result.mu.Unlock()
	if result.handle == 0 || result.discarded {
		return
	}
	result.discarded = true
	result.err = errDiscarded
	close(result.done)
}

var errDiscarded = &Error{Status: ErrState, Message: "the result was discarded"}

// hear takes the events of the job from the dispatcher.
func (result *Result) hear(event *native.PoolEvent) bool {
	last := event.Kind == int32(native.BP_EVENT_JOB_DONE)
	if last {
		result.collect()
	}
	if result.hooks != nil {
		result.hooks.hear(result, event)
	}
	return last
}

// end is called when the pool has ended, and with it the job.
func (result *Result) end() {
	result.hear(&native.PoolEvent{Kind: int32(native.BP_EVENT_JOB_DONE), Job: result.job})
}

func (result *Result) isDiscarded() bool {
	result.mu.Lock()
	defer result.mu.Unlock()
	return result.discarded
}

// collect moves the outcome out of shared memory, which frees the job's place in the pool. It is
// called once, when the job has ended.
func (result *Result) collect() {
	result.mu.Lock()
	defer result.mu.Unlock()
	result.pid = native.Bp_result_pid(result.handle)
	if !result.discarded {
		result.readOutcome()
		close(result.done)
	}
	native.Bp_result_release(result.handle)
	result.handle = 0
}

func (result *Result) readOutcome() {
	var view native.View
	var cerr uintptr
	result.err = takeError(native.Bp_result_get(result.handle, 0, 0, &view, &cerr), cerr)
	if result.err == nil {
		result.format = Format(view.Format)
		result.data = append([]byte{}, view.Bytes()...)
	}
}
