package billiard

import (
	"errors"
	"fmt"
	"syscall"

	"billiard/internal/native"
)

// Error is a failure that the library reported. errors.Is finds its Status, and the syscall.Errno
// when the system refused something.
type Error struct {
	// Status is the reason.
	Status Status
	// Message is one line that names the argument or object concerned.
	Message string
	// Errno is what the system said (ErrOS, ErrStartFailed), else 0.
	Errno syscall.Errno
}

// Error returns the message.
func (err *Error) Error() string {
	if err.Message == "" {
		return err.Status.Error()
	}
	return "billiard: " + err.Message
}

// Unwrap returns the Status.
func (err *Error) Unwrap() error { return err.Status }

// Is also matches the system's error, such as syscall.ENOENT or fs.ErrNotExist.
func (err *Error) Is(target error) bool {
	return err.Errno != 0 && errors.Is(err.Errno, target)
}

// TaskError tells how a task failed, in the words of the language that it is written in. errors.Is
// finds ErrTaskFailed. A task that returns a TaskError hands its class on.
type TaskError struct {
	// Class of the failure: the type of a Go error, "panic", or another language's exception class.
	Class string
	// Message of the failure.
	Message string
	// Backtrace has one frame a line; empty where the language gave none.
	Backtrace string
	// JobID and PID are the job and the worker process that ran it.
	JobID uint64
	PID   int
}

// Error returns class and message.
func (err *TaskError) Error() string {
	return fmt.Sprintf("billiard: task failed: %s: %s", err.Class, err.Message)
}

// Is also matches ErrSoftTimeLimit, when the task gave up because of it.
func (err *TaskError) Is(target error) bool {
	return target == ErrSoftTimeLimit && err.Class == softLimitClass
}

// Unwrap returns ErrTaskFailed.
func (err *TaskError) Unwrap() error { return ErrTaskFailed }

// WorkerLostError tells that a worker process died while it ran the job. The job may have had
// effects; it is run again only as Job.MaxRetries says. errors.Is finds ErrWorkerLost.
type WorkerLostError struct {
	// JobID is the job that was lost, PID the worker process that died.
	JobID uint64
	PID   int
	// Signal ended the worker; 0 when it left by itself.
	Signal syscall.Signal
	// ExitStatus is its exit code when Signal is 0, and -1 otherwise or when it is not known.
	ExitStatus int
	// OutOfMemory: the kernel may have killed it for want of memory. It got SIGKILL from nobody the pool
	// knows of, while the kernel killed a process of the same control group.
	OutOfMemory bool

	message string
}

// Error says how the worker ended.
func (err *WorkerLostError) Error() string { return "billiard: " + err.message }

// Unwrap returns ErrWorkerLost.
func (err *WorkerLostError) Unwrap() error { return ErrWorkerLost }

// EncodingError tells that a value can not become MessagePack, or that bytes are not the value that
// was asked for. errors.Is finds ErrInvalid and the codec's own error.
type EncodingError struct {
	// What names the value: "argument 1", "result of task \"digest\"", "message".
	What string
	// Err is the reason.
	Err error
}

// Error names the value and the reason.
func (err *EncodingError) Error() string {
	return fmt.Sprintf("billiard: %s: %v", err.What, err.Err)
}

// Unwrap returns the reason.
func (err *EncodingError) Unwrap() error { return err.Err }

// Is matches ErrInvalid.
func (err *EncodingError) Is(target error) bool { return target == ErrInvalid }

// As finds ErrInvalid.
func (err *EncodingError) As(target any) bool { return asStatus(target, ErrInvalid) }

// invalid makes the error for a bad argument.
func invalid(format string, args ...any) error {
	return &Error{Status: ErrInvalid, Message: fmt.Sprintf(format, args...)}
}

// takeError turns what a call returned into an error, and frees the C error. Successes, also those
// with news, give nil.
func takeError(status int32, handle uintptr) error {
	if status >= 0 {
		return nil
	}
	defer native.Bp_error_release(handle)
	switch Status(status) {
	case ErrTaskFailed:
		return &TaskError{
			Class:     native.Bp_error_class(handle),
			Message:   native.Bp_error_message(handle),
			Backtrace: native.Bp_error_backtrace(handle),
			JobID:     native.Bp_error_job(handle),
			PID:       native.Bp_error_pid(handle),
		}
	case ErrWorkerLost:
		return workerLost(handle)
	}
	return &Error{
		Status:  Status(status),
		Message: native.Bp_error_message(handle),
		Errno:   syscall.Errno(native.Bp_error_errno(handle)),
	}
}

func workerLost(handle uintptr) error {
	err := &WorkerLostError{
		JobID:   native.Bp_error_job(handle),
		PID:     native.Bp_error_pid(handle),
		message: native.Bp_error_message(handle),
	}
	err.Signal, err.ExitStatus = readExitStatus(native.Bp_error_exit_status(handle))
	err.OutOfMemory = native.Bp_error_out_of_memory(handle) != 0
	return err
}
