//go:build go1.21

package billiard

import "context"

// onDone runs action once when ctx ends before stop is called. When stop has returned, action is
// not running and never will.
func onDone(ctx context.Context, action func()) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	ended := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		action()
		close(ended)
	})
	return func() {
		if !cancel() {
			<-ended
		}
	}
}
