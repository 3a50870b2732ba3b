package idiom

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"billiard"
)

// setHooks sets those of workers: they write to the queue that the environment names.
func setHooks() {
	name := os.Getenv("BILLIARD_TEST_HOOKS")
	if name == "" {
		return
	}
	tell := func(words ...any) {
		queue, err := billiard.OpenQueue(name, billiard.QueueOptions{})
		if err == nil {
			err = queue.Put(background, fmt.Sprint(words...))
			queue.Close()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "hook:", err)
		}
	}
	billiard.SetWorkerHooks(billiard.WorkerHooks{
		Start: func() error {
			tell("start")
			if os.Getenv("BILLIARD_TEST_HOOKS_FAIL") != "" {
				return errors.New("no cue")
			}
			return nil
		},
		PrepareResult: func(value any) (any, error) {
			if value == int64(3) {
				return nil, errors.New("not this one")
			}
			return value, nil
		},
		LoopStart: func() { tell("loop start") },
		LoopStop:  func() { tell("loop stop") },
		Exit:      func(status int) { tell("exit ", status) },
	})
}

// POOL-2, POOL-97
func TestHooksOfAWorker(t *testing.T) {
	queue, name := openQueue(t, billiard.QueueOptions{})
	pool := newPool(t, billiard.PoolOptions{
		Workers: 1, MaxJobsPerWorker: 1, Env: []string{"BILLIARD_TEST_HOOKS=" + name}})
	mustAdd(t, pool)
	var told []string
	for len(told) < 4 {
		var word string
		if err := queue.Get(background, &word); err != nil {
			t.Fatal(err)
		}
		// The next worker may be there before the first has gone.
		if len(told) < 2 || strings.Contains(word, "stop") || strings.Contains(word, "exit") {
			told = append(told, word)
		}
	}
	if got := strings.Join(told, ", "); got != "start, loop start, loop stop, exit 155" {
		t.Errorf("got %s", got)
	}
}

// POOL-95
func TestValuesArePrepared(t *testing.T) {
	_, name := openQueue(t, billiard.QueueOptions{})
	pool := newPool(t, billiard.PoolOptions{Workers: 1, Env: []string{"BILLIARD_TEST_HOOKS=" + name}})
	if got, err := billiard.Apply[int](background, pool, "echo", 2); got != 2 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	_, err := billiard.Apply[int](background, pool, "echo", 3)
	var failed *billiard.TaskError
	if !errors.As(err, &failed) || failed.Message != "not this one" {
		t.Errorf("%v", err)
	}
	mustAdd(t, pool)
}

func TestAFailedStartHookFailsThePool(t *testing.T) {
	_, name := openQueue(t, billiard.QueueOptions{})
	pool := newPool(t, billiard.PoolOptions{Workers: 1, MaxBootFailures: 2,
		Env: []string{"BILLIARD_TEST_HOOKS=" + name, "BILLIARD_TEST_HOOKS_FAIL=1"}})
	if err := pool.WaitReady(background); !errors.Is(err, billiard.ErrPoolFailed) || !strings.Contains(err.Error(), "no cue") {
		t.Errorf("got %v", err)
	}
}

func workerPIDs(t testing.TB, pool *billiard.Pool) (pids []int) {
	t.Helper()
	workers, err := pool.Workers()
	if err != nil {
		t.Fatal(err)
	}
	for _, worker := range workers {
		if worker.PID != 0 {
			pids = append(pids, worker.PID)
		}
	}
	return pids
}

// POOL-147, POOL-148
func TestWaitingForTheEndOfAWorker(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	if err := pool.WaitReady(background); err != nil {
		t.Fatal(err)
	}
	if !pool.DidStartOK() {
		t.Error("a worker has ended")
	}
	pid := workerPIDs(t, pool)[0]
	limited, cancel := context.WithTimeout(background, short)
	defer cancel()
	if err := pool.WaitWorker(limited, pid); !errors.Is(err, billiard.ErrTimeout) {
		t.Errorf("a living worker: %v", err)
	}
	ended := make(chan error)
	go func() { ended <- pool.WaitWorker(background, pid) }()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil && !errors.Is(err, billiard.ErrNotFound) { // it may have gone before
		t.Errorf("a killed worker: %v", err)
	}
	mustAdd(t, pool)
	if pool.DidStartOK() {
		t.Error("no worker has ended")
	}
	if err := pool.WaitWorker(background, os.Getpid()); !errors.Is(err, billiard.ErrNotFound) {
		t.Errorf("no worker: %v", err)
	}
}

// POOL-170, POOL-171
func TestGrowingAndShrinking(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1, MaxWorkers: 3})
	if err := pool.Grow("", 2); err != nil {
		t.Fatal(err)
	}
	eventually(func() bool { return len(workerPIDs(t, pool)) == 3 })
	if err := pool.Grow("", 1); !errors.Is(err, billiard.ErrFull) {
		t.Errorf("more than MaxWorkers: %v", err)
	}
	for _, err := range []error{pool.Grow("", -1), pool.Shrink("", -1), pool.Grow("none", 1), pool.Shrink("a\x00", 1)} {
		if !errors.Is(err, billiard.ErrInvalid) {
			t.Errorf("got %v", err)
		}
	}
	queue, name := openQueue(t, billiard.QueueOptions{})
	blocker := submit(t, pool, "take", name)
	busyWorker(t, pool, blocker)
	if err := pool.ShrinkDraining("", 2); err != nil {
		t.Fatal(err)
	}
	if err := queue.Put(background, "on"); err != nil {
		t.Fatal(err)
	}
	eventually(func() bool { return len(workerPIDs(t, pool)) == 1 })
	if value, err := billiard.Get[string](background, blocker); err != nil || value != "on" {
		t.Errorf("%q, %v", value, err)
	}
	if err := pool.Maintain(); err != nil {
		t.Error(err)
	}
	mustAdd(t, pool)
}

// killIdleWorkers kills no worker before it is ready, which would be a failed start.
func killIdleWorkers(t testing.TB, pool *billiard.Pool) {
	t.Helper()
	workers, err := pool.Workers()
	if err != nil {
		t.Fatal(err)
	}
	for _, worker := range workers {
		if worker.State == billiard.WorkerIdle {
			syscall.Kill(worker.PID, syscall.SIGKILL)
		}
	}
}

// POOL-7, POOL-146
func TestTheRestartLimitFailsThePool(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1, MaxRestarts: 1, RestartWindow: time.Hour})
	var err error
	eventually(func() bool {
		killIdleWorkers(t, pool)
		err = pool.Maintain()
		return err != nil
	})
	if !errors.Is(err, billiard.ErrRestartLimit) {
		t.Errorf("got %v", err)
	}
	if _, err := billiard.Apply[int](background, pool, "add", 1, 2); !errors.Is(err, billiard.ErrRestartLimit) {
		t.Errorf("got %v", err)
	}
}

// POOL-9, POOL-10
func TestEventsOfAPool(t *testing.T) {
	events := make(chan billiard.PoolEvent, 100)
	pool := newPool(t, billiard.PoolOptions{Workers: 1, OnEvent: func(event billiard.PoolEvent) { events <- event }})
	await := func(kind billiard.PoolEventKind) billiard.PoolEvent {
		for event := range events {
			if event.Kind == kind {
				return event
			}
		}
		panic("no more events")
	}
	up := await(billiard.EventWorkerUp)
	if age := time.Since(up.Time); up.PID == 0 || up.Index != 0 || up.JobID != billiard.NoJob || age < 0 || age > time.Hour {
		t.Errorf("got %+v", up)
	}
	mustAdd(t, pool)
	if err := syscall.Kill(up.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if down := await(billiard.EventWorkerDown); down.PID != up.PID || down.Signal != syscall.SIGKILL || down.ExitStatus != -1 {
		t.Errorf("got %+v", down)
	}
	if err := pool.Grow("", 1); err != nil {
		t.Fatal(err)
	}
	if grown := await(billiard.EventGrow); grown.Count != 1 || grown.Group != 0 {
		t.Errorf("got %+v", grown)
	}
}
