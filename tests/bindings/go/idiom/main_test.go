// Package idiom tests what a Go program expects of the binding, on real pools: the workers are this
// test program itself.
package idiom

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"billiard"
)

var background = context.Background()

func TestMain(m *testing.M) {
	runHelper()
	registerTasks()
	registerEntries()
	billiard.Init()
	os.Exit(m.Run())
}

func registerTasks() {
	billiard.Register("add", func(a, b int) int { return a + b })
	billiard.Register("echo", func(value any) any { return value })
	billiard.Register("reverse", func(data []byte) []byte {
		for i, j := 0, len(data)-1; i < j; i, j = i+1, j-1 {
			data[i], data[j] = data[j], data[i]
		}
		return data
	})
	billiard.Register("take", takeFromQueue)
	billiard.Register("put under lock", putUnderLock)
	billiard.Register("fail", func(text string) error { return &ownError{text} })
	billiard.Register("panic", func(text string) { panic(text) })
	billiard.Register("wrap", func() error {
		return fmt.Errorf("outer: %w", &billiard.TaskError{Class: "Inner", Message: "from far"})
	})
	billiard.Register("channel", func() any { return make(chan int) })
	billiard.Register("end goroutine", func() { (&testing.T{}).FailNow() })
	billiard.Register("environment", os.Getenv)
	billiard.Register("pid", os.Getpid)
	billiard.Register("call", describeCall)
	billiard.Register("context", contextAfterwards)
	registerLimitTasks()
	registerLogTasks()
	setHooks()
}

type ownError struct{ text string }

func (err *ownError) Error() string { return err.text }

// takeFromQueue blocks its worker until a message comes.
func takeFromQueue(ctx context.Context, name string) (any, error) {
	queue, err := billiard.OpenQueue(name, billiard.QueueOptions{})
	if err != nil {
		return nil, err
	}
	defer queue.Close()
	var message any
	err = queue.Get(ctx, &message)
	return message, err
}

func describeCall(call *billiard.Call) (string, error) {
	var suffix string
	err := call.Bind(&suffix)
	return fmt.Sprintf("%s %s %d %s %s", call.Task, call.Group, call.Worker, call.WorkerName, suffix), err
}

var earlier context.Context

// contextAfterwards tells whether the context of the call before has ended.
func contextAfterwards(ctx context.Context) bool {
	ended := earlier != nil && errors.Is(earlier.Err(), context.Canceled) && ctx.Err() == nil
	earlier = ctx
	return ended
}

// newPool makes a pool that the end of the test closes.
func newPool(t testing.TB, options billiard.PoolOptions) *billiard.Pool {
	t.Helper()
	pool, err := billiard.NewPool(background, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	return pool
}

// openQueue opens a named queue that no other test has, and returns its name too.
func openQueue(t testing.TB, options billiard.QueueOptions) (*billiard.Queue, string) {
	t.Helper()
	name := fmt.Sprintf("idiom-%d-%d", os.Getpid(), time.Now().UnixNano())
	queue, err := billiard.OpenQueue(name, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { queue.Close() })
	return queue, name
}

func submit(t testing.TB, pool *billiard.Pool, task string, args ...any) *billiard.Result {
	t.Helper()
	result, err := pool.Submit(background, task, args...)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// mustAdd shows that the pool goes on.
func mustAdd(t testing.TB, pool *billiard.Pool) {
	t.Helper()
	if sum, err := billiard.Apply[int](background, pool, "add", 40, 2); err != nil || sum != 42 {
		t.Errorf("add(40, 2): %d, %v", sum, err)
	}
}

// eventually waits until the condition holds; the watchdog of the test run ends it.
func eventually(condition func() bool) {
	for !condition() {
		time.Sleep(time.Millisecond)
	}
}

// busyWorker waits until a worker has begun the job.
func busyWorker(t testing.TB, pool *billiard.Pool, result *billiard.Result) (found billiard.Worker) {
	t.Helper()
	eventually(func() bool {
		workers, err := pool.Workers()
		if err != nil {
			t.Fatal(err)
		}
		for _, worker := range workers {
			if worker.State == billiard.WorkerBusy && worker.JobID == result.JobID() {
				found = worker
				return true
			}
		}
		return false
	})
	return found
}

// settledStats waits until all ended jobs are counted, which may be a moment after their results.
func settledStats(t testing.TB, pool *billiard.Pool) (stats billiard.PoolStats) {
	t.Helper()
	eventually(func() bool {
		var err error
		if stats, err = pool.Stats(); err != nil {
			t.Fatal(err)
		}
		return stats.Queued == 0 && stats.Running == 0
	})
	return stats
}
