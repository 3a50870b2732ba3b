package billiard

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

func TestTheLastCallFrees(t *testing.T) {
	freed := 0
	life := lifetime{free: func() { freed++ }}
	if !life.use() || !life.use() {
		t.Fatal("not alive")
	}
	life.end()
	life.end()
	life.done()
	if freed != 0 {
		t.Fatal("freed while a call was under way")
	}
	if life.use() {
		t.Fatal("a call began after the end")
	}
	life.done()
	if freed != 1 {
		t.Fatalf("freed %d times", freed)
	}
}

func TestManyCallsAndOneEnd(t *testing.T) {
	for round := 0; round < 200; round++ {
		var freed, late int32
		life := lifetime{}
		life.free = func() { atomic.AddInt32(&freed, 1) }
		var all sync.WaitGroup
		for i := 0; i < 4; i++ {
			all.Add(1)
			go func() {
				defer all.Done()
				for life.use() {
					if atomic.LoadInt32(&freed) != 0 {
						atomic.AddInt32(&late, 1)
					}
					life.done()
				}
			}()
		}
		life.end()
		all.Wait()
		if freed != 1 || late != 0 {
			t.Fatalf("freed %d times, %d calls after it", freed, late)
		}
	}
}

func TestOnDoneRunsOnceOrNever(t *testing.T) {
	for round := 0; round < 500; round++ {
		ctx, cancel := context.WithCancel(context.Background())
		var runs int32
		stop := onDone(ctx, func() { atomic.AddInt32(&runs, 1) })
		go cancel()
		stop()
		after := atomic.LoadInt32(&runs)
		if after > 1 || atomic.LoadInt32(&runs) != after {
			t.Fatalf("ran %d times", after)
		}
	}
	onDone(context.Background(), func() { t.Error("ran without an end") })()
}

func TestErrorsAreFoundByTheirStatus(t *testing.T) {
	if !errors.Is(&Error{Status: ErrClosed}, ErrClosed) || errors.Is(&Error{Status: ErrClosed}, ErrState) {
		t.Error("Error")
	}
	if !errors.Is(&TaskError{}, ErrTaskFailed) || !errors.Is(&WorkerLostError{}, ErrWorkerLost) {
		t.Error("TaskError, WorkerLostError")
	}
	if !errors.Is(errPoolClosed, ErrState) || !errors.Is(errQueueClosed, ErrClosed) {
		t.Error("closed objects")
	}
}

func TestAnEndedWaitIsBothTheContextsErrorAndAStatus(t *testing.T) {
	late, cancelLate := context.WithTimeout(context.Background(), 0)
	defer cancelLate()
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if err := waitEnded(late, ErrFull); !errors.Is(err, context.DeadlineExceeded) || StatusOf(err) != ErrFull ||
		!errors.Is(err, ErrFull) {
		t.Errorf("deadline: %v", err)
	}
	if err := waitEnded(cancelled, ErrFull); !errors.Is(err, context.Canceled) || StatusOf(err) != ErrInterrupted ||
		errors.Is(err, ErrFull) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestStatusOf(t *testing.T) {
	for _, each := range []struct {
		err  error
		want Status
	}{
		{nil, 0},
		{errors.New("foreign"), 0},
		{ErrOS, ErrOS},
		{&Error{Status: ErrState}, ErrState},
		{&TaskError{}, ErrTaskFailed},
		{&EncodingError{Err: errTrailing}, ErrInvalid},
	} {
		if got := StatusOf(each.err); got != each.want {
			t.Errorf("%v: got %d, want %d", each.err, got, each.want)
		}
	}
}
