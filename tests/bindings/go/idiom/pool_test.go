package idiom

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"sync"
	"testing"

	"billiard"
)

func TestValuesThereAndBack(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 2})
	for _, value := range []any{nil, true, int64(-5), 2.5, "é€", []byte{0, 255}, []any{int64(1), "a"},
		map[string]any{"a": int64(1), "b": []any{nil}}} {
		if back, err := billiard.Apply[any](background, pool, "echo", value); err != nil ||
			!reflect.DeepEqual(back, value) {
			t.Errorf("%#v came back as %#v, %v", value, back, err)
		}
	}
	var sum int
	if err := pool.Apply(background, &sum, "add", 40, 2); err != nil || sum != 42 {
		t.Errorf("got %d, %v", sum, err)
	}
}

func TestManyTinyJobsFromManyGoroutines(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 2})
	var all sync.WaitGroup
	for g := 0; g < 8; g++ {
		all.Add(1)
		go func(g int) {
			defer all.Done()
			for i := 0; i < 500; i++ {
				if sum, err := billiard.Apply[int](background, pool, "add", g*1000, i); err != nil || sum != g*1000+i {
					t.Errorf("%d + %d: %d, %v", g*1000, i, sum, err)
				}
			}
		}(g)
	}
	all.Wait()
	if stats := settledStats(t, pool); stats.Submitted != 4000 || stats.Succeeded != 4000 {
		t.Errorf("got %+v", stats)
	}
}

func TestAHugePayloadGoesThereAndBack(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	payload := make([]byte, 64<<20)
	for i := range payload {
		payload[i] = byte(i * 7 >> 3)
	}
	result, err := pool.SubmitRaw(background, "reverse", payload)
	if err != nil {
		t.Fatal(err)
	}
	back, format, err := result.Bytes(background)
	if err != nil || format != billiard.FormatRaw || len(back) != len(payload) {
		t.Fatalf("%d bytes, %v, %v", len(back), format, err)
	}
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	if !bytes.Equal(back, payload) {
		t.Error("other bytes came back")
	}
}

func TestAPayloadAboveItsLimit(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1, MaxPayload: 1 << 20})
	if _, err := pool.SubmitRaw(background, "reverse", make([]byte, 2<<20)); !errors.Is(err, billiard.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	mustAdd(t, pool)
}

func TestShutdownCompletesWhatIsQueued(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 2})
	var results []*billiard.Result
	for i := 0; i < 200; i++ {
		results = append(results, submit(t, pool, "add", i, 1))
	}
	if err := pool.Shutdown(background); err != nil {
		t.Fatal(err)
	}
	for i, result := range results {
		select {
		case <-result.Done():
		default:
			t.Fatalf("job %d has no outcome after Shutdown", i)
		}
		if sum, err := billiard.Get[int](background, result); err != nil || sum != i+1 {
			t.Errorf("got %d, %v", sum, err)
		}
	}
	if _, err := pool.Submit(background, "add", 1, 2); !errors.Is(err, billiard.ErrState) {
		t.Errorf("Submit after Shutdown: %v", err)
	}
}

func TestCloseEndsJobsAndMayBeRepeated(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	_, name := openQueue(t, billiard.QueueOptions{})
	running := submit(t, pool, "take", name)
	queued := submit(t, pool, "add", 1, 2)
	busyWorker(t, pool, running)
	var all sync.WaitGroup
	for i := 0; i < 3; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			if err := pool.Close(); err != nil {
				t.Error(err)
			}
		}()
	}
	all.Wait()
	for _, result := range []*billiard.Result{running, queued} {
		if err := result.Value(background, nil); !errors.Is(err, billiard.ErrTerminated) {
			t.Errorf("got %v", err)
		}
	}
	_, submitErr := pool.Submit(background, "add", 1, 2)
	_, statsErr := pool.Stats()
	for _, err := range []error{submitErr, statsErr, pool.Shutdown(background), pool.Terminate(),
		pool.Join(background), pool.WaitReady(background)} {
		if !errors.Is(err, billiard.ErrState) {
			t.Errorf("after Close: %v", err)
		}
	}
}

func TestCloseWhileGoroutinesSubmit(t *testing.T) {
	for round := 0; round < 5; round++ {
		pool := newPool(t, billiard.PoolOptions{Workers: 2, MaxJobs: 8})
		var all sync.WaitGroup
		for g := 0; g < 8; g++ {
			all.Add(1)
			go func() {
				defer all.Done()
				for {
					sum, err := billiard.Apply[int](background, pool, "add", 40, 2)
					if errors.Is(err, billiard.ErrState) || errors.Is(err, billiard.ErrTerminated) {
						return
					}
					if err != nil || sum != 42 {
						t.Errorf("got %d, %v", sum, err)
						return
					}
				}
			}()
		}
		mustAdd(t, pool)
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
		all.Wait()
	}
}

func TestGroupsOfWorkers(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Groups: []billiard.Group{
		{Name: "one", Workers: 1, Env: []string{"BILLIARD_TEST_GROUP=first"}},
		{Name: "two", Workers: 1, Env: []string{"BILLIARD_TEST_GROUP=second"}},
	}})
	if err := pool.WaitReady(background); err != nil { // from then on both groups' tasks are known
		t.Fatal(err)
	}
	for group, want := range map[string]string{"": "first", "one": "first", "two": "second"} {
		result, err := pool.SubmitJob(background, billiard.Job{
			Task: "environment", Args: []any{"BILLIARD_TEST_GROUP"}, Group: group})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := billiard.Get[string](background, result); err != nil || got != want {
			t.Errorf("group %q: %q, %v", group, got, err)
		}
	}
	result, err := pool.SubmitJob(background, billiard.Job{Task: "call", Args: []any{"!"}, Group: "two"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := billiard.Get[string](background, result); err != nil || got != "call two 1 SpawnPoolWorker-2 !" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestABusyGroupDoesNotHoldUpAnother(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Groups: []billiard.Group{
		{Name: "one", Workers: 1}, {Name: "two", Workers: 1},
	}})
	queue, name := openQueue(t, billiard.QueueOptions{})
	blocker, err := pool.SubmitJob(background, billiard.Job{Task: "take", Args: []any{name}, Group: "one"})
	if err != nil {
		t.Fatal(err)
	}
	busyWorker(t, pool, blocker)
	waiting, err := pool.SubmitJob(background, billiard.Job{Task: "pid", Group: "one"})
	if err != nil {
		t.Fatal(err)
	}
	free, err := pool.SubmitJob(background, billiard.Job{Task: "pid", Group: "two"})
	if err != nil {
		t.Fatal(err)
	}
	if pid, err := billiard.Get[int](background, free); err != nil || pid == os.Getpid() || pid == blocker.PID() {
		t.Errorf("got %d, %v", pid, err)
	}
	select {
	case <-waiting.Done():
		t.Error("the job of the busy group has run")
	default:
	}
	if err := queue.Put(background, nil); err != nil {
		t.Fatal(err)
	}
	if pid, err := billiard.Get[int](background, waiting); err != nil || pid != blocker.PID() {
		t.Errorf("got %d, %v", pid, err)
	}
}
