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

func registerLimitTasks() {
	billiard.Register("until soft limit", func(ctx context.Context) bool {
		<-ctx.Done()
		return billiard.SoftLimitReached(ctx)
	})
	billiard.Register("give up", func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	billiard.Register("give up by name", func(ctx context.Context) error {
		<-ctx.Done()
		return billiard.ErrSoftTimeLimit
	})
	billiard.Register("ended?", func(ctx context.Context) bool { return ctx.Err() != nil })
	billiard.Register("grow memory", growMemory)
}

var ballast []byte

// growMemory keeps so many KiB and waits for its end.
func growMemory(kib int) {
	ballast = make([]byte, kib<<10)
	for i := range ballast {
		ballast[i] = 1
	}
	select {}
}

const short = 50 * time.Millisecond

func submitJob(t testing.TB, pool *billiard.Pool, job billiard.Job) *billiard.Result {
	t.Helper()
	result, err := pool.SubmitJob(background, job)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// GAP-23
func TestAStraySignalEndsNoWorker(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	pid, err := billiard.Apply[int](background, pool, "pid")
	must(t, err)
	must(t, syscall.Kill(pid, syscall.SIGUSR1))
	ended, err := billiard.Get[bool](background, submitJob(t, pool, billiard.Job{Task: "ended?"}))
	if ended || err != nil {
		t.Errorf("the next job's context: %v, %v", ended, err)
	}
	if again, err := billiard.Apply[int](background, pool, "pid"); again != pid || err != nil {
		t.Errorf("worker %d, then %d, %v", pid, again, err)
	}
}

// POOL-72
func TestTheTextOfAResult(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	queue, name := openQueue(t, billiard.QueueOptions{})
	held := submit(t, pool, "take", name)
	busyWorker(t, pool, held)
	want := fmt.Sprintf("Result(job %d, task \"take\", accepted: true, ready: false)", held.JobID())
	if held.String() != want {
		t.Errorf("%v, not %s", held, want)
	}
	must(t, queue.Put(background, "go"))
	must(t, held.Wait(background))
	if text := held.String(); !strings.HasSuffix(text, "accepted: true, ready: true)") {
		t.Error(text)
	}
	mapped, err := billiard.MapAsync(background, pool, "echo", []int{1, 2})
	must(t, err)
	if text := mapped.String(); !strings.HasPrefix(text, fmt.Sprintf("MapResult(map %d, task \"echo\"", mapped.ID())) {
		t.Error(text)
	}
}

// POOL-122
func TestTheSoftLimitEndsTheContext(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	result := submitJob(t, pool, billiard.Job{Task: "until soft limit", SoftTimeLimit: short})
	if reached, err := billiard.Get[bool](background, result); err != nil || !reached {
		t.Errorf("%v, %v", reached, err)
	}
	for _, task := range []string{"give up", "give up by name"} {
		err := submitJob(t, pool, billiard.Job{Task: task, SoftTimeLimit: short}).Value(background, nil)
		var failed *billiard.TaskError
		if !errors.As(err, &failed) || failed.Class != "SoftTimeLimitExceeded" ||
			!errors.Is(err, billiard.ErrSoftTimeLimit) || !errors.Is(err, billiard.ErrTaskFailed) {
			t.Errorf("%s: %v", task, err)
		}
	}
	if stats := settledStats(t, pool); stats.Restarts != 0 {
		t.Errorf("got %+v", stats)
	}
}

// POOL-5, POOL-43
func TestTheLimitsOfAPoolAndOfAJob(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1, SoftTimeLimit: short})
	if reached, err := billiard.Apply[bool](background, pool, "until soft limit"); err != nil || !reached {
		t.Errorf("%v, %v", reached, err)
	}
	queue, name := openQueue(t, billiard.QueueOptions{})
	unlimited := submitJob(t, pool, billiard.Job{Task: "take", Args: []any{name}, SoftTimeLimit: -1})
	limited, cancel := context.WithTimeout(background, 2*short)
	defer cancel()
	if err := unlimited.Wait(limited); !errors.Is(err, billiard.ErrTimeout) {
		t.Errorf("a job without limits: %v", err)
	}
	if err := queue.Put(background, "done"); err != nil {
		t.Fatal(err)
	}
	if value, err := billiard.Get[string](background, unlimited); err != nil || value != "done" {
		t.Errorf("%q, %v", value, err)
	}
}

// POOL-123, G-POOL-5
func TestASoftLimitNeverReachesANeighbour(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	for round := 0; round < 50; round++ {
		limited := submitJob(t, pool, billiard.Job{Task: "ended?", SoftTimeLimit: time.Duration(round) * 10 * time.Microsecond})
		neighbour := submit(t, pool, "ended?")
		if err := limited.Value(background, nil); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if ended, err := billiard.Get[bool](background, neighbour); err != nil || ended {
			t.Fatalf("round %d: the neighbour: %v, %v", round, ended, err)
		}
	}
}

// POOL-124
func TestTheHardLimitEndsTheJobAndItsWorker(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1, TimeLimit: time.Hour})
	_, name := openQueue(t, billiard.QueueOptions{})
	result := submitJob(t, pool, billiard.Job{Task: "take", Args: []any{name}, TimeLimit: short})
	if err := result.Value(background, nil); !errors.Is(err, billiard.ErrTimeLimit) {
		t.Errorf("got %v", err)
	}
	mustAdd(t, pool)
	if pid, err := billiard.Apply[int](background, pool, "pid"); err != nil || pid == result.PID() {
		t.Errorf("%d, %v", pid, err)
	}
}

// POOL-74, POOL-150, POOL-151
func TestTerminatingAJob(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	_, name := openQueue(t, billiard.QueueOptions{})
	running := submit(t, pool, "take", name)
	queued := submit(t, pool, "add", 1, 2)
	worker := busyWorker(t, pool, running)
	if !running.Accepted() || queued.Accepted() {
		t.Errorf("accepted: %v, %v", running.Accepted(), queued.Accepted())
	}

	if err := queued.Terminate(0); err != nil {
		t.Error(err)
	}
	if err := queued.Value(background, nil); !errors.Is(err, billiard.ErrTerminated) {
		t.Errorf("queued: %v", err)
	}
	if err := pool.TerminateJob(worker.PID, 0, queued.JobID()); err != nil {
		t.Error(err)
	}
	if err := pool.TerminateJob(os.Getpid(), 0, billiard.NoJob); err != nil {
		t.Error(err)
	}
	select {
	case <-running.Done():
		t.Error("the neighbour was ended")
	default:
	}
	if err := pool.TerminateJob(worker.PID, syscall.SIGKILL, running.JobID()); err != nil {
		t.Error(err)
	}
	if err := running.Value(background, nil); !errors.Is(err, billiard.ErrTerminated) {
		t.Errorf("running: %v", err)
	}
	if err := running.Terminate(0); err != nil {
		t.Errorf("ended: %v", err)
	}
	mustAdd(t, pool)
}

func TestADiscardedResult(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	queue, name := openQueue(t, billiard.QueueOptions{})
	called := make(chan bool, 1)
	result := submitJob(t, pool, billiard.Job{
		Task: "take", Args: []any{name}, OnSuccess: func(*billiard.Result) { called <- true }})
	result.Discard()
	if err := result.Value(background, nil); !errors.Is(err, billiard.ErrState) {
		t.Errorf("got %v", err)
	}
	if err := queue.Put(background, "on"); err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	submitJob(t, pool, billiard.Job{
		Task: "add", Args: []any{1, 2}, OnSuccess: func(*billiard.Result) { close(done) }})
	<-done // functions are called in order
	select {
	case <-called:
		t.Error("the function of a discarded job was called")
	default:
	}
	if stats := settledStats(t, pool); stats.Succeeded != 2 {
		t.Errorf("the job was not run: %+v", stats)
	}
}

// POOL-20, POOL-110
func TestTheMemoryLimitEndsTheJob(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1, MaxMemoryPerWorker: 64 << 10})
	if err := pool.Apply(background, nil, "grow memory", 256<<10); !errors.Is(err, billiard.ErrMemoryLimit) {
		t.Errorf("got %v", err)
	}
	mustAdd(t, pool)
}

// POOL-81, POOL-84
func TestTheFunctionsOfAJob(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	type limit struct {
		soft bool
		of   time.Duration
	}
	limits, failures, values := make(chan limit, 2), make(chan error, 1), make(chan int, 1)
	job := billiard.Job{
		Task:          "until soft limit",
		SoftTimeLimit: short,
		OnTimeLimit:   func(soft bool, of time.Duration) { limits <- limit{soft, of} },
		OnSuccess: func(result *billiard.Result) {
			if result.Wait(background) == nil {
				values <- len(limits)
			}
		},
		OnFailure: func(err error) { failures <- err },
	}
	submitJob(t, pool, job)
	if before := <-values; before != 1 {
		t.Errorf("the limit was told after the value")
	}
	if told := <-limits; told != (limit{true, short}) {
		t.Errorf("got %+v", told)
	}

	_, name := openQueue(t, billiard.QueueOptions{})
	job.Task, job.Args, job.SoftTimeLimit, job.TimeLimit = "take", []any{name}, 0, short
	submitJob(t, pool, job)
	if err := <-failures; !errors.Is(err, billiard.ErrTimeLimit) {
		t.Errorf("got %v", err)
	}
	if told := <-limits; told != (limit{false, short}) {
		t.Errorf("got %+v", told)
	}
	if len(values)+len(failures)+len(limits) != 0 {
		t.Error("a function was called once more")
	}
}

// POOL-85, POOL-88
func TestAFunctionMayPanicAndMayClosePool(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	submitJob(t, pool, billiard.Job{Task: "add", Args: []any{1, 2}, OnSuccess: func(*billiard.Result) { panic("on purpose") }})
	closed := make(chan error)
	submitJob(t, pool, billiard.Job{Task: "add", Args: []any{1, 2}, OnSuccess: func(result *billiard.Result) {
		sum, err := billiard.Apply[int](background, pool, "add", 40, 2)
		if err == nil && sum == 42 {
			err = pool.Close()
		}
		closed <- err
	}})
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
