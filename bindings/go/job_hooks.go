package billiard

import (
	"fmt"
	"time"

	"billiard/internal/native"
)

// jobHooks are the functions of one job.
type jobHooks struct {
	pool        *Pool
	onAccepted  func(pid int, at time.Time) error
	onTimeLimit func(soft bool, limit time.Duration)
	onSuccess   func(result *Result)
	onFailure   func(err error)
}

// hooks returns nil for a job without functions.
func (job *Job) hooks(pool *Pool) *jobHooks {
	if job.OnAccepted == nil && job.OnTimeLimit == nil && job.OnSuccess == nil && job.OnFailure == nil {
		return nil
	}
	return &jobHooks{pool, job.OnAccepted, job.OnTimeLimit, job.OnSuccess, job.OnFailure}
}

// hear lets the function run that an event of the job belongs to.
func (hooks *jobHooks) hear(result *Result, event *native.PoolEvent) {
	call := func(function func()) {
		hooks.pool.finished.calls.add(func() {
			if !result.isDiscarded() {
				function()
			}
		})
	}
	switch kind := PoolEventKind(event.Kind); {
	case event.Kind == int32(native.BP_EVENT_JOB_ACCEPTED) && hooks.onAccepted != nil:
		pid, at := int(event.Pid), timeOf(event.TimeNs)
		hooks.pool.finished.calls.add(func() { hooks.accepted(result, pid, at) })
	case kind == EventSoftTimeout && hooks.onTimeLimit != nil:
		limit := time.Duration(event.SoftNs)
		call(func() { hooks.onTimeLimit(true, limit) })
	case kind == EventTimeout && hooks.onTimeLimit != nil:
		limit := time.Duration(event.HardNs)
		call(func() { hooks.onTimeLimit(false, limit) })
	case event.Kind == int32(native.BP_EVENT_JOB_DONE):
		call(func() { hooks.ended(result) })
	}
}

func (hooks *jobHooks) ended(result *Result) {
	switch {
	case result.err == nil && hooks.onSuccess != nil:
		hooks.onSuccess(result)
	case result.err != nil && hooks.onFailure != nil:
		hooks.onFailure(result.err)
	}
}

// accepted asks the function, and answers the worker that waits for it.
func (hooks *jobHooks) accepted(result *Result, pid int, at time.Time) {
	var refusal error
	if !result.isDiscarded() { // of a discarded job nothing but the outcome is dropped
		refusal = hooks.ask(pid, at)
	}
	if !hooks.pool.synack {
		if refusal != nil {
			report(fmt.Sprintf("Pool callback raised exception: %v", refusal))
		}
		return
	}
	reason := ""
	if refusal != nil {
		reason = withoutNul(refusal.Error())
	}
	// It fails when the job or the pool has ended meanwhile.
	hooks.pool.tell(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_pool_answer_job(handle, result.job, asInt(refusal == nil), reason, cerr)
	})
}

// ask takes a panic for a refusal.
func (hooks *jobHooks) ask(pid int, at time.Time) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	return hooks.onAccepted(pid, at)
}
