package billiard

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"

	"billiard/internal/native"
)

// ErrSoftTimeLimit is the cause of the end of a task's context when the job runs past its soft time
// limit (context.Cause, from Go 1.20). In the host errors.Is finds it in the *TaskError of a job that
// gave up because of the limit.
var ErrSoftTimeLimit = errors.New("billiard: the soft time limit has passed")

// softLimitClass is the class of that failure, the same in all languages.
const softLimitClass = "SoftTimeLimitExceeded"

// SoftLimitReached says, in a task, whether the context ended because the job runs past its soft time
// limit. The task may clean up and return a value all the same.
func SoftLimitReached(ctx context.Context) bool {
	limit, ok := ctx.Value(softLimitKey{}).(*softLimit)
	return ok && limit.reached.Load()
}

type softLimitKey struct{}

// softLimit is that of one job, in its worker.
type softLimit struct {
	reached atomic.Bool
	cancel  func(cause error)
}

// taskContext makes the context of one job.
func taskContext() (context.Context, *softLimit) {
	ctx, cancel := withCause(context.Background())
	limit := &softLimit{cancel: cancel}
	return context.WithValue(ctx, softLimitKey{}, limit), limit
}

// gaveUp says whether the error is that of a task that ended because of its soft limit.
func (limit *softLimit) gaveUp(err error) bool {
	return errors.Is(err, ErrSoftTimeLimit) || limit.reached.Load() && errors.Is(err, context.Canceled)
}

// softLimits tells the job at work of its limit. The pool sends SIGUSR1, perhaps late; whose limit has
// passed is asked of the job, so no other one is told.
var softLimits struct {
	mu    sync.Mutex
	job   uintptr // at work, or 0
	limit *softLimit
}

// watchSoftLimits handles SIGUSR1 from now on. It is called before the pool is told so.
func watchSoftLimits() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	go func() {
		for range signals {
			softLimits.mu.Lock()
			tellSoftLimit()
			softLimits.mu.Unlock()
		}
	}()
}

// beginSoftLimit is called before the job's task runs. A signal may have come before.
func beginSoftLimit(job uintptr, limit *softLimit) {
	softLimits.mu.Lock()
	defer softLimits.mu.Unlock()
	softLimits.job, softLimits.limit = job, limit
	tellSoftLimit()
}

// endSoftLimit is called before the job is answered.
func endSoftLimit() {
	softLimits.mu.Lock()
	defer softLimits.mu.Unlock()
	softLimits.job, softLimits.limit = 0, nil
}

func tellSoftLimit() {
	if softLimits.job != 0 && native.Bp_job_soft_limit_reached(softLimits.job) == 1 {
		softLimits.limit.reached.Store(true)
		softLimits.limit.cancel(ErrSoftTimeLimit)
	}
}
