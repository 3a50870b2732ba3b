package billiard

import (
	"context"

	"billiard/internal/native"
)

// Submit hands a call of the task to the pool and returns at once with its result-to-be.
//
// Owner: arguments are copied. Blocks: only while MaxJobs is reached, or for a slot.
// Errors: the context's, ErrUnknownTask, ErrInvalid (an *EncodingError when an argument has no
// encoding), ErrTooLarge, ErrNoMemory, ErrState (the pool is ending or closed), ErrPoolFailed.
func (pool *Pool) Submit(ctx context.Context, task string, args ...any) (*Result, error) {
	return pool.SubmitJob(ctx, Job{Task: task, Args: args})
}

// SubmitRaw is Submit with bytes that go to the task as they are.
func (pool *Pool) SubmitRaw(ctx context.Context, task string, payload []byte) (*Result, error) {
	if payload == nil {
		payload = []byte{}
	}
	return pool.SubmitJob(ctx, Job{Task: task, Raw: payload})
}

// SubmitJob is Submit with all choices.
func (pool *Pool) SubmitJob(ctx context.Context, job Job) (*Result, error) {
	payload, format, err := job.encode()
	if err != nil {
		return nil, err
	}
	var handle uintptr
	var result *Result
	err = pool.submitWith(ctx, submission{
		job:    &job,
		format: format,
		call: func(options uintptr, timeout int64, token uintptr, cerr *uintptr) int32 {
			return native.Bpi_apply_with(pool.handle, job.Task, payload, options, timeout, token, &handle, cerr)
		},
		made: func() (uint64, listener) {
			result = newResult(pool, &job, handle)
			return result.job, result
		},
	})
	return result, err
}

// Apply submits a call and waits for its value, which it decodes into `to` (see Result.Value). When
// ctx ends before, the job is not stopped; its outcome is dropped.
//
// Errors: those of Submit and Result.Value.
func (pool *Pool) Apply(ctx context.Context, to any, task string, args ...any) error {
	result, err := pool.Submit(ctx, task, args...)
	if err != nil {
		return err
	}
	return result.Value(ctx, to)
}

// Apply submits a call to the pool and returns its value. See Pool.Apply.
func Apply[T any](ctx context.Context, pool *Pool, task string, args ...any) (T, error) {
	var value T
	err := pool.Apply(ctx, &value, task, args...)
	return value, err
}

func (job *Job) encode() ([]byte, Format, error) {
	if err := job.checkNames(); err != nil {
		return nil, 0, err
	}
	switch {
	case job.Raw != nil && job.Args != nil:
		return nil, 0, invalid("job: has both Args and Raw")
	case job.Raw != nil:
		return job.Raw, FormatRaw, nil
	}
	payload, err := encodeArguments(job.Args)
	return payload, FormatMessagePack, err
}

func (job *Job) checkNames() error {
	switch {
	case job.Task == "" || hasNul(job.Task):
		return invalid("task: bad name %q", job.Task)
	case hasNul(job.Group):
		return invalid("group: bad name %q", job.Group)
	}
	return nil
}

// A submission is a call of the library that makes jobs, and may have to wait for places in the pool.
type submission struct {
	job    *Job
	format Format
	call   func(options uintptr, timeout int64, token uintptr, cerr *uintptr) int32
	// made takes what was made, and says who hears the events of which id; nil when there are none.
	made func() (uint64, listener)
}

func (pool *Pool) submitWith(ctx context.Context, what submission) error {
	if ctx.Err() != nil {
		return waitEnded(ctx, ErrTimeout)
	}
	options, err := what.job.options(what.format)
	if err != nil {
		return err
	}
	defer native.Bpi_job_options_free(options)
	if !pool.life.use() {
		return errPoolClosed
	}
	defer pool.life.done()
	pool.finished.begin()
	if err := pool.enter(ctx, what, options); err != nil {
		pool.finished.abandon()
		return err
	}
	if id, to := what.made(); to != nil {
		pool.finished.expect(id, to)
	} else {
		pool.finished.abandon()
	}
	return nil
}

// atOnce is a time limit that lets a submission succeed only when it need not wait.
const atOnce = 1

// enter submits; only when the pool is full it waits for its turn to wait for a place.
func (pool *Pool) enter(ctx context.Context, what submission, options uintptr) error {
	submit := func(timeout int64, token uintptr) error {
		var cerr uintptr
		return takeError(what.call(options, timeout, token, &cerr), cerr)
	}
	err := submit(atOnce, 0)
	if statusOf(err) == ErrFull {
		err = pool.turnOf(what.job).wait(ctx, ErrFull, func(token uintptr) error {
			return submit(native.BP_FOREVER, token)
		})
	}
	return err
}

// turnOf says where a job waits: a job that needs a place alone does not wait for one that needs a slot.
func (pool *Pool) turnOf(job *Job) *turn {
	if job.Slot == WithSlot || job.Slot == SlotAsPool && pool.waitForSlot {
		return pool.turns.slot
	}
	return pool.turns.full
}
