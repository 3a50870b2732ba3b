package billiard

import (
	"errors"
	"fmt"
	"runtime/debug"

	"billiard/internal/native"
)

// outcome is how a task, an entry or a finalizer ended.
type outcome struct {
	value     any
	err       error
	backtrace string // of a panic
	panicked  bool
	finished  bool // false when the function ended its goroutine
	gaveUp    bool // because of its soft time limit
}

// answer runs the task of a job and answers the job. The error is one of the pool's, not the
// task's.
func answer(job uintptr, call *Call) error {
	end := runApart(registered(call.Task), job, call)
	if end.err != nil {
		return fail(job, end)
	}
	what := fmt.Sprintf("result of task %q", call.Task)
	data, format, err := encodeResult(what, call.Format(), end.value)
	if err != nil {
		return fail(job, outcome{err: err})
	}
	var cerr uintptr
	err = takeError(native.Bp_job_reply(job, data, uint(format), &cerr), cerr)
	switch statusOf(err) {
	case ErrTooLarge, ErrNoMemory:
		return fail(job, outcome{err: err})
	}
	return unlessTerminated(err)
}

// runApart runs the task of a job.
func runApart(t *task, job uintptr, call *Call) outcome {
	if t == nil {
		return outcome{err: fmt.Errorf("this worker does not know the task %q", call.Task)}
	}
	ctx, limit := taskContext()
	beginSoftLimit(job, limit)
	end := apart("task", func() (end outcome) {
		end.value, end.err = t.run(ctx, call)
		if end.err == nil && workerHooks.PrepareResult != nil {
			end.value, end.err = workerHooks.PrepareResult(end.value)
		}
		end.gaveUp = end.err != nil && limit.gaveUp(end.err)
		return end
	})
	endSoftLimit()
	limit.cancel(nil) // before the next job begins
	return end
}

// apart runs a function of the program in a goroutine of its own, so that one that panics, or ends its
// goroutine (as testing.T.FailNow does), does not end the caller. `what` names it.
func apart(what string, function func() outcome) outcome {
	ended := make(chan outcome, 1)
	go func() {
		var end outcome
		defer func() {
			if panicked := recover(); panicked != nil {
				end = outcome{err: asError(panicked), panicked: true, backtrace: string(debug.Stack())}
			} else if !end.finished {
				end.err = fmt.Errorf("the %s ended its goroutine", what)
			}
			ended <- end
		}()
		end = function()
		end.finished = true
	}()
	return <-ended
}

func asError(panicked any) error {
	if err, ok := panicked.(error); ok {
		return err
	}
	return fmt.Errorf("%v", panicked)
}

// encodeResult gives bytes for bytes: a raw call is answered raw when the value is a byte string.
func encodeResult(what string, asked Format, value any) ([]byte, Format, error) {
	if asked == FormatRaw {
		switch value := value.(type) {
		case []byte:
			return value, FormatRaw, nil
		case string:
			return []byte(value), FormatRaw, nil
		}
	}
	data, err := encodeValue(what, value)
	return data, FormatMessagePack, err
}

// fail answers the job with a failure.
func fail(job uintptr, end outcome) error {
	failure := TaskError{Class: fmt.Sprintf("%T", end.err), Message: end.err.Error(), Backtrace: end.backtrace}
	var own *TaskError
	switch {
	case end.panicked:
		failure.Class = "panic"
	case errors.As(end.err, &own):
		failure.Class, failure.Message, failure.Backtrace = own.Class, own.Message, own.Backtrace
	case end.gaveUp:
		failure.Class = softLimitClass
	}
	var cerr uintptr
	status := native.Bpi_job_fail(job, failure.Class, failure.Message, failure.Backtrace, &cerr)
	return unlessTerminated(takeError(status, cerr))
}

// unlessTerminated forgives that the host ended the job meanwhile.
func unlessTerminated(err error) error {
	if statusOf(err) == ErrTerminated {
		return nil
	}
	return err
}
