//go:build !go1.20

package billiard

import "context"

// withCause makes a context that is cancelled; this version of Go keeps no cause.
func withCause(parent context.Context) (context.Context, func(cause error)) {
	ctx, cancel := context.WithCancel(parent)
	return ctx, func(error) { cancel() }
}
