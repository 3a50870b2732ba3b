package billiard

import "billiard/internal/native"

// Status is the reason of a failure: the number that every language's binding has for it. It is an
// error, to be looked for by errors.Is.
type Status int32

// ErrPending is the one status that is a success with news in other languages: a message is accepted, and a
// part of it is still to be sent, by Flush or before the next message. It must not be sent again.
const ErrPending Status = 2

// The reasons, as in the C header billiard/status.h. The number of one never changes.
const (
	// ErrTimeout: a limit of the library's own passed. (A context's end gives the context's error.)
	ErrTimeout Status = -1
	// ErrInvalid: an argument is bad; the message names it.
	ErrInvalid Status = -2
	// ErrClosed: what was used is closed, or its process has ended.
	ErrClosed Status = -3
	// ErrState: not possible in this state, as a submission to a closed pool.
	ErrState Status = -4
	// ErrForked: the object belongs to the process that made it.
	ErrForked Status = -5
	// ErrInterrupted: a wait was interrupted. Waits of this package loop instead of returning it.
	ErrInterrupted Status = -6
	// ErrNoMemory: out of memory or shared memory.
	ErrNoMemory Status = -7
	// ErrOS: the system refused; the error also matches the syscall.Errno.
	ErrOS Status = -8
	// ErrEmpty: TryGet found no message.
	ErrEmpty Status = -9
	// ErrFull: TryPut found no place.
	ErrFull Status = -10
	// ErrTooLarge: a payload, result or message is larger than its limit.
	ErrTooLarge Status = -11
	// ErrUnknownTask: no group of workers knows the task.
	ErrUnknownTask Status = -12
	// ErrTaskFailed: the task failed; see TaskError.
	ErrTaskFailed Status = -13
	// ErrWorkerLost: the worker died while it ran the job; see WorkerLostError.
	ErrWorkerLost Status = -14
	// ErrTerminated: the job ended before it was finished, because its pool did.
	ErrTerminated Status = -15
	// ErrPoolFailed: the pool can not go on; the message has the reason.
	ErrPoolFailed Status = -16
	// ErrForkUnsafe: fork is not safe in this process. Not met in Go, which starts commands.
	ErrForkUnsafe Status = -17
	// ErrNotFound: what was named does not exist.
	ErrNotFound Status = -18
	// ErrExists: it exists already.
	ErrExists Status = -19
	// ErrCorrupt: shared memory that is foreign, damaged or of another version.
	ErrCorrupt Status = -20
	// ErrStartFailed: a worker or its template could not be started.
	ErrStartFailed Status = -21
	// ErrInternal: a bug in Billiard.
	ErrInternal Status = -22
	// ErrBroken: the barrier is broken: a wait timed out, a party died, or somebody broke it.
	ErrBroken Status = -23
	// ErrTimeLimit: the job ran past its hard time limit.
	ErrTimeLimit Status = -24
	// ErrMemoryLimit: the job's worker grew past its memory limit.
	ErrMemoryLimit Status = -25
	// ErrExpired: the job had not begun when it expired.
	ErrExpired Status = -26
	// ErrRestartLimit: workers had to be replaced too often.
	ErrRestartLimit Status = -27
	// ErrRejected: the job was refused when a worker had accepted it.
	ErrRejected Status = -28
	// ErrAuthentication: the other side of a connection does not have the same key.
	ErrAuthentication Status = -29
	// ErrTooShort: the buffer is too short for the message, which is handed over all the same.
	ErrTooShort Status = -30
	// ErrEndOfStream: the other side of a connection has closed it, and everything was read.
	ErrEndOfStream Status = -31
	// ErrAgain: a non-blocking end of a connection would have to wait.
	ErrAgain Status = -32
)

// Error returns the short text of the status.
func (status Status) Error() string {
	return "billiard: " + native.Bp_status_text(int32(status))
}

// Name returns the C name of the status, such as "BP_TIMEOUT".
func (status Status) Name() string {
	return native.Bp_status_name(int32(status))
}
