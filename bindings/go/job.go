package billiard

import (
	"math"
	"time"

	"billiard/internal/native"
)

// Job is one call of a task. Zero in a field means its default.
//
// The functions are called one at a time, in a goroutine of the pool: for one job OnAccepted comes
// first, then OnTimeLimit, and at the end one of OnSuccess and OnFailure, when the result is done. They
// may use the pool, also close it. A panic in one is logged, in OnAccepted it is an error.
type Job struct {
	// Task is the name of the task.
	Task string
	// Args are the arguments; each is encoded as MessagePack.
	Args []any
	// Raw, when it is not nil, is the payload instead of Args: bytes that go as they are.
	Raw []byte
	// Group names the group of workers that is to run it; default: the first that knows the task.
	Group string

	// SoftTimeLimit, from the job's begin: then the task's context ends, see SoftLimitReached. Default:
	// the pool's; negative: none.
	SoftTimeLimit time.Duration
	// TimeLimit, from the job's begin: then it ends in ErrTimeLimit, and its worker is killed with all
	// its descendants and replaced. Default: the pool's; negative: none.
	TimeLimit time.Duration
	// Expires: a job that has not begun so long after its submission ends in ErrExpired. Default: never.
	Expires time.Duration
	// MaxRetries is how often the job is run again when its worker dies. Default: it is not.
	MaxRetries int

	// Priority of the job in its group, from 3 (first) to -3 (last); default: 0.
	Priority int
	// Slot says whether the submission waits for one of PoolOptions.Slots.
	Slot SlotUse
	// CorrelationID is what Result.CorrelationID returns.
	CorrelationID string

	// OnAccepted is called when a worker has taken the job, with its pid. An error refuses the job: in a
	// pool with Synack it is not begun and ends in ErrRejected; without, the error is logged.
	OnAccepted func(pid int, at time.Time) error
	// OnTimeLimit is called when a limit passes, soft or hard.
	OnTimeLimit func(soft bool, limit time.Duration)
	// OnSuccess is called with the job's result, when it has a value.
	OnSuccess func(result *Result)
	// OnFailure is called with the job's error.
	OnFailure func(err error)
}

// SlotUse says whether a job takes a slot. Those of maps and iterations never do.
type SlotUse int

// Choices for Job.Slot.
const (
	// SlotAsPool: as PoolOptions.WaitForSlot says.
	SlotAsPool SlotUse = 0
	// WithSlot: the submission waits for a slot.
	WithSlot SlotUse = 1
	// WithoutSlot: it takes none.
	WithoutSlot SlotUse = -1
)

// options makes what the library wants to know, to be freed by the caller.
func (job *Job) options(format Format) (uintptr, error) {
	switch {
	case job.Expires < 0:
		return 0, invalid("job: Expires is %v, out of range", job.Expires)
	case job.MaxRetries < 0 || job.MaxRetries > math.MaxInt32:
		return 0, invalid("job: MaxRetries is %d, out of range", job.MaxRetries)
	case job.Priority < -3 || job.Priority > 3:
		return 0, invalid("job: Priority is %d, not within -3...3", job.Priority)
	case job.Slot < WithoutSlot || job.Slot > WithSlot:
		return 0, invalid("job: Slot is %d, no SlotUse", job.Slot)
	}
	options := native.Bpi_job_options_new()
	if options == 0 {
		return 0, ErrNoMemory
	}
	native.Bpi_job_options_set_format(options, uint(format))
	native.Bpi_job_options_set_notify(options, 1)
	if job.Group != "" {
		native.Bpi_job_options_set_group(options, job.Group)
	}
	if job.SoftTimeLimit != 0 {
		native.Bpi_job_options_set_soft_time_limit(options, limitOf(job.SoftTimeLimit))
	}
	if job.TimeLimit != 0 {
		native.Bpi_job_options_set_time_limit(options, limitOf(job.TimeLimit))
	}
	if job.Expires != 0 {
		native.Bpi_job_options_set_expiry(options, int64(job.Expires))
	}
	if job.MaxRetries != 0 {
		native.Bpi_job_options_set_max_retries(options, job.MaxRetries)
	}
	if job.Priority != 0 {
		native.Bpi_job_options_set_priority(options, job.Priority)
	}
	if job.Slot != SlotAsPool {
		native.Bpi_job_options_set_wait_for_slot(options, int(job.Slot))
	}
	if job.OnAccepted != nil {
		native.Bpi_job_options_set_notify_accepted(options, 1)
	}
	return options, nil
}

// limitOf translates a limit, where negative means none.
func limitOf(limit time.Duration) int64 {
	if limit < 0 {
		return -1
	}
	return int64(limit)
}
