package billiard

import (
	"context"
	"errors"
)

// waitError is a wait that its context ended. errors.Is finds the context's error, and the Status
// that the other languages report for the same end.
type waitError struct {
	status Status
	cause  error
}

// waitEnded makes the error of a wait whose context has ended. `late` is the status of a passed
// deadline; a cancelled wait is ErrInterrupted.
func waitEnded(ctx context.Context, late Status) error {
	cause := ctx.Err()
	if cause == context.DeadlineExceeded {
		return &waitError{status: late, cause: cause}
	}
	return &waitError{status: ErrInterrupted, cause: cause}
}

func (err *waitError) Error() string { return err.status.Error() + ": " + err.cause.Error() }

func (err *waitError) Unwrap() error { return err.cause }

func (err *waitError) Is(target error) bool { return target == err.status }

func (err *waitError) As(target any) bool { return asStatus(target, err.status) }

// asStatus serves errors.As for errors that have a status beside what they wrap.
func asStatus(target any, status Status) bool {
	to, ok := target.(*Status)
	if ok {
		*to = status
	}
	return ok
}

// StatusOf returns the Status that is in an error of this package, or 0 when there is none, as in
// nil.
func StatusOf(err error) Status {
	var status Status
	errors.As(err, &status)
	return status
}
