package idiom

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"billiard"
)

func TestALostWorkerIsATypedError(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) { loseWorker(t, signal) })
	}
}

func loseWorker(t *testing.T, signal syscall.Signal) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	_, name := openQueue(t, billiard.QueueOptions{})
	result := submit(t, pool, "take", name)
	worker := busyWorker(t, pool, result)
	if err := syscall.Kill(worker.PID, signal); err != nil {
		t.Fatal(err)
	}
	err := result.Value(background, nil)
	var lost *billiard.WorkerLostError
	if !errors.As(err, &lost) || !errors.Is(err, billiard.ErrWorkerLost) {
		t.Fatalf("got %v", err)
	}
	if lost.PID != worker.PID || lost.Signal != signal || lost.ExitStatus != -1 ||
		lost.JobID != result.JobID() {
		t.Errorf("got %+v", lost)
	}
	if result.PID() != worker.PID {
		t.Errorf("the result's worker is %d", result.PID())
	}
	mustAdd(t, pool)
	stats := settledStats(t, pool)
	if stats.Lost != 1 || stats.Succeeded != 1 || stats.Restarts != 1 {
		t.Errorf("got %+v", stats)
	}
}

// taskError calls a task that has to fail.
func taskError(t *testing.T, pool *billiard.Pool, task string, args ...any) *billiard.TaskError {
	t.Helper()
	err := pool.Apply(background, nil, task, args...)
	var failed *billiard.TaskError
	if !errors.As(err, &failed) || !errors.Is(err, billiard.ErrTaskFailed) {
		t.Fatalf("%s: got %v", task, err)
	}
	return failed
}

func TestFailuresOfTasks(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	if err := pool.WaitReady(background); err != nil {
		t.Fatal(err)
	}

	failed := taskError(t, pool, "fail", "bad\nweather")
	if failed.Class != "*idiom.ownError" || failed.Message != "bad\nweather" || failed.PID == 0 {
		t.Errorf("error: %+v", failed)
	}
	failed = taskError(t, pool, "panic", "at the disco")
	if failed.Class != "panic" || failed.Message != "at the disco" ||
		!strings.Contains(failed.Backtrace, "main_test.go") {
		t.Errorf("panic: %+v", failed)
	}
	failed = taskError(t, pool, "wrap")
	if failed.Class != "Inner" || failed.Message != "from far" {
		t.Errorf("handed on: %+v", failed)
	}
	failed = taskError(t, pool, "channel")
	if failed.Class != "*billiard.EncodingError" || !strings.Contains(failed.Message, `result of task "channel"`) {
		t.Errorf("result without encoding: %+v", failed)
	}
	failed = taskError(t, pool, "end goroutine")
	if !strings.Contains(failed.Message, "ended its goroutine") {
		t.Errorf("ended goroutine: %+v", failed)
	}
	failed = taskError(t, pool, "add", 1, "two")
	if failed.Class != "*billiard.ArgumentError" || !strings.Contains(failed.Message, "argument 2") {
		t.Errorf("wrong argument: %+v", failed)
	}
	failed = taskError(t, pool, "add", 1)
	if !strings.Contains(failed.Message, "1 arguments given, 2 wanted") {
		t.Errorf("too few: %+v", failed)
	}

	mustAdd(t, pool)
	if stats := settledStats(t, pool); stats.Restarts != 0 {
		t.Errorf("the worker did not survive: %+v", stats)
	}
}

func TestBadSubmissionsNameTheirArgument(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	if err := pool.WaitReady(background); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []struct {
		job    billiard.Job
		status billiard.Status
		text   string
	}{
		{billiard.Job{}, billiard.ErrInvalid, "task"},
		{billiard.Job{Task: "a\x00b"}, billiard.ErrInvalid, "task"},
		{billiard.Job{Task: "add", Group: "a\x00"}, billiard.ErrInvalid, "group"},
		{billiard.Job{Task: "add", Args: []any{1}, Raw: []byte{1}}, billiard.ErrInvalid, "Raw"},
		{billiard.Job{Task: "add", Args: []any{1, func() {}}}, billiard.ErrInvalid, "argument 2"},
		{billiard.Job{Task: "add", Args: []any{1, pool}}, billiard.ErrInvalid, "cannot be passed between processes"}, // POOL-26
		{billiard.Job{Task: "add", Expires: -1}, billiard.ErrInvalid, "Expires"},
		{billiard.Job{Task: "add", MaxRetries: -1}, billiard.ErrInvalid, "MaxRetries"},
		{billiard.Job{Task: "add", Priority: 4}, billiard.ErrInvalid, "Priority"},
		{billiard.Job{Task: "add", Slot: 2}, billiard.ErrInvalid, "Slot"},
	} {
		_, err := pool.SubmitJob(background, bad.job)
		if !errors.Is(err, bad.status) || !strings.Contains(err.Error(), bad.text) {
			t.Errorf("%+v: %v", bad.job, err)
		}
	}
	if err := pool.Apply(background, nil, "nobody knows me"); !errors.Is(err, billiard.ErrUnknownTask) ||
		!strings.Contains(err.Error(), "nobody knows me") {
		t.Errorf("unknown task: %v", err)
	}
	var text string
	if err := pool.Apply(background, &text, "add", 1, 2); !errors.Is(err, billiard.ErrInvalid) {
		t.Errorf("a number into a string: %v", err)
	}
	if err := pool.Apply(background, 5, "add", 1, 2); !errors.Is(err, billiard.ErrInvalid) {
		t.Errorf("into no pointer: %v", err)
	}
	mustAdd(t, pool)
}

func TestBadOptionsNameTheirField(t *testing.T) {
	for _, bad := range []struct {
		options billiard.PoolOptions
		text    string
	}{
		{billiard.PoolOptions{Workers: -1}, "workers"},
		{billiard.PoolOptions{Workers: 1 << 40}, "workers"},
		{billiard.PoolOptions{Workers: 1, MaxJobs: -1}, "MaxJobs"},
		{billiard.PoolOptions{Workers: 1, MaxPayload: -1}, "MaxPayload"},
		{billiard.PoolOptions{Workers: 1, SoftTimeLimit: -1}, "SoftTimeLimit"},
		{billiard.PoolOptions{Workers: 1, TimeLimit: -1}, "TimeLimit"},
		{billiard.PoolOptions{Workers: 1, TerminateGrace: -1}, "TerminateGrace"},
		{billiard.PoolOptions{Workers: 1, LostWorkerTimeout: -1}, "LostWorkerTimeout"},
		{billiard.PoolOptions{Workers: 1, MaxJobsPerWorker: -1}, "MaxJobsPerWorker"},
		{billiard.PoolOptions{Workers: 1, MaxMemoryPerWorker: -1}, "MaxMemoryPerWorker"},
		{billiard.PoolOptions{Workers: 1, MaxRestarts: -1}, "MaxRestarts"},
		{billiard.PoolOptions{Workers: 1, RestartWindow: -1}, "RestartWindow"},
		{billiard.PoolOptions{Workers: 1, MaxWorkers: -1}, "MaxWorkers"},
		{billiard.PoolOptions{Workers: 1, Slots: -1}, "Slots"},
		{billiard.PoolOptions{Workers: 1, SynackTimeout: -1}, "SynackTimeout"},
		{billiard.PoolOptions{Workers: 1, Command: []string{"a\x00"}}, "command"},
		{billiard.PoolOptions{Workers: 1, Groups: []billiard.Group{{}}}, "Groups"},
		{billiard.PoolOptions{Groups: []billiard.Group{{Workers: -2}}}, "workers"},
	} {
		pool, err := billiard.NewPool(background, bad.options)
		if err == nil {
			pool.Close()
		}
		if !errors.Is(err, billiard.ErrInvalid) || !strings.Contains(err.Error(), bad.text) {
			t.Errorf("%+v: %v", bad.options, err)
		}
	}
	for _, bad := range []billiard.QueueOptions{{Capacity: -1}, {MaxMessage: -1}, {MaxBytes: -1}} {
		if _, err := billiard.NewQueue(bad); !errors.Is(err, billiard.ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	for _, name := range []string{"", "a/b", "a\x00b", strings.Repeat("n", 201)} {
		if _, err := billiard.OpenQueue(name, billiard.QueueOptions{}); !errors.Is(err, billiard.ErrInvalid) {
			t.Errorf("queue %q: %v", name, err)
		}
	}
}

// GAP-31, G-QUEUE-6
func TestAQueueRefusesWhatCanNotBeEncoded(t *testing.T) {
	queue, _ := openQueue(t, billiard.QueueOptions{Capacity: 1})
	for _, value := range []any{func() {}, make(chan int), []any{1, func() {}}, 1i} {
		if err := queue.Put(background, value); !errors.Is(err, billiard.ErrInvalid) {
			t.Errorf("%T: %v", value, err)
		}
		if queue.Len() != 0 {
			t.Errorf("%T: a message of %d", value, queue.Len())
		}
	}
	var back int
	if err := queue.Put(background, 1); err != nil {
		t.Fatal(err)
	}
	if err := queue.Get(background, &back); err != nil || back != 1 {
		t.Errorf("got %d, %v", back, err)
	}
}
