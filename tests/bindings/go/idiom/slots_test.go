package idiom

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"testing"
	"time"

	"billiard"
)

// POOL-14, POOL-45
func TestASubmissionWaitsForASlot(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1, Slots: 1, WaitForSlot: true})
	queue, name := openQueue(t, billiard.QueueOptions{})
	blocker := submit(t, pool, "take", name)
	if free, bound, err := pool.Slots(); err != nil || free != 0 || bound != 1 {
		t.Errorf("%d of %d slots are free, %v", free, bound, err)
	}
	limited, cancel := context.WithTimeout(background, short)
	defer cancel()
	if _, err := pool.Submit(limited, "add", 1, 2); !errors.Is(err, billiard.ErrFull) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	submitJob(t, pool, billiard.Job{Task: "add", Args: []any{1, 2}, Slot: billiard.WithoutSlot})

	waiting := make(chan error)
	go func() {
		_, err := billiard.Apply[int](background, pool, "add", 1, 2)
		waiting <- err
	}()
	if err := queue.Put(background, "on"); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; err != nil {
		t.Error(err)
	}
	if err := blocker.Wait(background); err != nil {
		t.Error(err)
	}
	eventually(func() bool { free, _, err := pool.Slots(); return err != nil || free == 1 })
}

// POOL-49
func TestPrioritiesAndCorrelationIDs(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	queue, name := openQueue(t, billiard.QueueOptions{})
	busyWorker(t, pool, submit(t, pool, "take", name))
	var mu sync.Mutex
	order := ""
	var results []*billiard.Result
	for priority, text := range map[int]string{-3: "d", -1: "c", 0: "b", 3: "a"} {
		results = append(results, submitJob(t, pool, billiard.Job{
			Task: "echo", Args: []any{text}, Priority: priority, CorrelationID: text,
			OnSuccess: func(result *billiard.Result) {
				mu.Lock()
				defer mu.Unlock()
				order += result.CorrelationID()
			}}))
	}
	if err := queue.Put(background, "on"); err != nil {
		t.Fatal(err)
	}
	for _, result := range results {
		if value, err := billiard.Get[string](background, result); err != nil || value != result.CorrelationID() {
			t.Errorf("%q, %v", value, err)
		}
	}
	eventually(func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(order) == 4
	})
	if order != "abcd" {
		t.Errorf("the order is %s", order)
	}
}

// POOL-82
func TestTheAcceptanceIsTold(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	before := time.Now()
	type acceptance struct {
		pid int
		at  time.Time
	}
	told, done := make(chan acceptance, 1), make(chan int, 1)
	submitJob(t, pool, billiard.Job{Task: "pid",
		OnAccepted: func(pid int, at time.Time) error { told <- acceptance{pid, at}; return errors.New("only logged") },
		OnSuccess: func(result *billiard.Result) {
			pid, err := billiard.Get[int](background, result)
			if err != nil {
				t.Error(err)
			}
			done <- pid
		}})
	pid := <-done
	select {
	case accepted := <-told:
		if accepted.pid != pid || accepted.at.Before(before.Add(-time.Second)) || accepted.at.After(time.Now().Add(time.Second)) {
			t.Errorf("%d at %v, job %d", accepted.pid, accepted.at, pid)
		}
	default:
		t.Error("the value was told first")
	}
}

// POOL-75, POOL-83, POOL-92
func TestARefusedJobIsNotBegun(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1, Synack: true})
	queue, name := openQueue(t, billiard.QueueOptions{})
	if err := queue.Put(background, "untouched"); err != nil {
		t.Fatal(err)
	}
	for _, refuse := range []func(int, time.Time) error{
		func(int, time.Time) error { return errors.New("not today") },
		func(int, time.Time) error { panic("not today") },
	} {
		result := submitJob(t, pool, billiard.Job{Task: "take", Args: []any{name}, OnAccepted: refuse})
		if err := result.Value(background, nil); !errors.Is(err, billiard.ErrRejected) {
			t.Errorf("got %v", err)
		}
		if err := result.Cancel(); !errors.Is(err, billiard.ErrState) {
			t.Errorf("an ended job: %v", err)
		}
	}
	var cancelled *billiard.Result
	ready := make(chan bool)
	cancelled = submitJob(t, pool, billiard.Job{Task: "take", Args: []any{name},
		OnAccepted: func(int, time.Time) error { <-ready; return cancelled.Cancel() }})
	close(ready)
	if err := cancelled.Value(background, nil); !errors.Is(err, billiard.ErrRejected) {
		t.Errorf("cancelled: %v", err)
	}
	accepted := submitJob(t, pool, billiard.Job{Task: "take", Args: []any{name},
		OnAccepted: func(int, time.Time) error { return nil }})
	if value, err := billiard.Get[string](background, accepted); err != nil || value != "untouched" {
		t.Errorf("%q, %v", value, err)
	}
	discarded := submitJob(t, pool, billiard.Job{Task: "pid", OnAccepted: func(int, time.Time) error { return nil }})
	discarded.Discard()
	mustAdd(t, pool) // the worker was answered
}

func TestCountsOfEndsAndRestarts(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1, MaxJobsPerWorker: 1})
	mustAdd(t, pool)
	_, name := openQueue(t, billiard.QueueOptions{})
	timed := submitJob(t, pool, billiard.Job{Task: "take", Args: []any{name}, TimeLimit: short})
	if err := timed.Value(background, nil); !errors.Is(err, billiard.ErrTimeLimit) {
		t.Error(err)
	}
	killed := submit(t, pool, "take", name)
	expired := submitJob(t, pool, billiard.Job{Task: "add", Args: []any{1, 2}, Expires: time.Millisecond})
	if err := expired.Value(background, nil); !errors.Is(err, billiard.ErrExpired) {
		t.Error(err)
	}
	if err := syscall.Kill(busyWorker(t, pool, killed).PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := killed.Value(background, nil); !errors.Is(err, billiard.ErrWorkerLost) {
		t.Error(err)
	}
	eventually(func() bool {
		stats, err := pool.Stats()
		if err != nil {
			t.Fatal(err)
		}
		return stats.TimedOut == 1 && stats.Expired == 1 && stats.Lost == 1 && stats.Succeeded == 1 &&
			stats.RestartsRecycled == 1 && stats.RestartsLost+stats.RestartsAsked == 2 && stats.Restarts == 3
	})
}
