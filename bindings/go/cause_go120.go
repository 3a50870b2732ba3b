//go:build go1.20

package billiard

import "context"

// withCause makes a context that is cancelled with a cause; nil is context.Canceled.
func withCause(parent context.Context) (context.Context, func(cause error)) {
	ctx, cancel := context.WithCancelCause(parent)
	return ctx, func(cause error) { cancel(cause) }
}
