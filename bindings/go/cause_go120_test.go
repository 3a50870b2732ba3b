//go:build go1.20

package billiard

import (
	"context"
	"testing"
)

func TestTheSoftLimitIsTheCauseOfTheContextsEnd(t *testing.T) {
	ctx, limit := taskContext()
	if SoftLimitReached(ctx) || context.Cause(ctx) != nil {
		t.Error("the context has ended")
	}
	limit.reached.Store(true)
	limit.cancel(ErrSoftTimeLimit)
	if !SoftLimitReached(ctx) || context.Cause(ctx) != ErrSoftTimeLimit {
		t.Errorf("the cause is %v", context.Cause(ctx))
	}
}
