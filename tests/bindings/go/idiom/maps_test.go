package idiom

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"billiard"
)

func upTo(count int) []int {
	numbers := make([]int, count)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// POOL-51, POOL-54
func TestAMapKeepsTheOrder(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 2})
	for _, size := range []int{0, 1, 7, 1000} {
		values, err := billiard.Map[int](background, pool, "echo", upTo(1000), billiard.ChunkSize(size))
		if err != nil || len(values) != 1000 {
			t.Fatalf("chunks of %d: %d values, %v", size, len(values), err)
		}
		for i, value := range values {
			if value != i {
				t.Fatalf("chunks of %d: item %d is %d", size, i, value)
			}
		}
	}
}

// POOL-52
func TestAMapOfLists(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	sums, err := billiard.Map[int](background, pool, "add", [][]int{{1, 2}, {3, 4}}, billiard.Spread())
	if err != nil || len(sums) != 2 || sums[0] != 3 || sums[1] != 7 {
		t.Errorf("%v, %v", sums, err)
	}
}

func TestTheResultOfAMap(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	result, err := billiard.MapAsync(background, pool, "echo", []any{"a", 5})
	if err != nil {
		t.Fatal(err)
	}
	var text string
	var number int
	if err := result.Value(background, 0, &text); err != nil || text != "a" {
		t.Errorf("%q, %v", text, err)
	}
	if err := result.Value(background, 1, &number); err != nil || number != 5 {
		t.Errorf("%d, %v", number, err)
	}
	if err := result.Value(background, 2, nil); !errors.Is(err, billiard.ErrInvalid) {
		t.Errorf("beyond: %v", err)
	}
	pid, err := billiard.Apply[int](background, pool, "pid")
	if pids := result.PIDs(); err != nil || result.Len() != 2 || !result.Accepted() || len(pids) != 1 || pids[0] != pid {
		t.Errorf("%d items, by %v, accepted %v", result.Len(), pids, result.Accepted())
	}
}

// POOL-55
func TestAMapOfNothingIsDoneAtOnce(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	result, err := billiard.MapAsync(background, pool, "echo", []int{})
	if err != nil {
		t.Fatal(err)
	}
	<-result.Done()
	if values, err := billiard.Values[int](background, result); err != nil || len(values) != 0 {
		t.Errorf("%v, %v", values, err)
	}
}

// POOL-58
func TestTheFailureOfAMap(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	_, err := billiard.Map[any](background, pool, "fail", []string{"first", "second"}, billiard.ChunkSize(1))
	var failed *billiard.TaskError
	if !errors.As(err, &failed) || failed.Message != "first" {
		t.Errorf("got %v", err)
	}
	mustAdd(t, pool)
}

// POOL-59
func TestTheLimitsOfAMap(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	_, name := openQueue(t, billiard.QueueOptions{})
	_, err := billiard.Map[any](background, pool, "take", []string{name, name},
		billiard.EachJob(billiard.Job{TimeLimit: short}))
	if !errors.Is(err, billiard.ErrTimeLimit) {
		t.Errorf("got %v", err)
	}
	mustAdd(t, pool)
}

func TestClosingThePoolEndsItsMapsAndIterations(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	_, name := openQueue(t, billiard.QueueOptions{})
	result, err := billiard.MapAsync(background, pool, "take", []string{name, name})
	if err != nil {
		t.Fatal(err)
	}
	values, err := billiard.Imap[any](background, pool, "take", billiard.FromSlice([]string{name, name}))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := values.Next(background)
		ended <- err
	}()
	eventually(func() bool { stats, err := pool.Stats(); return err != nil || stats.Queued > 0 })
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, billiard.ErrTerminated) && !errors.Is(err, billiard.ErrState) {
		t.Errorf("iteration: %v", err)
	}
	if _, err := billiard.Values[any](background, result); !errors.Is(err, billiard.ErrTerminated) {
		t.Errorf("map: %v", err)
	}
}

// POOL-61, POOL-68
func TestAnIterationOverAnEndlessSourceIsBounded(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 2})
	made := 0
	source := func() (int, error) { made++; return made - 1, nil }
	values, err := billiard.Imap[int](background, pool, "echo", source, billiard.LookAhead(8))
	if err != nil {
		t.Fatal(err)
	}
	defer values.Close()
	if made != 0 {
		t.Errorf("%d items before the first was asked for", made)
	}
	for i := 0; i < 1000; i++ {
		if value, err := values.Next(background); err != nil || value != i {
			t.Fatalf("item %d: %d, %v", i, value, err)
		}
		if ahead := made - i; ahead > 8 {
			t.Fatalf("%d items ahead", ahead)
		}
	}
}

// POOL-63
func TestAnUnorderedIterationGivesWhatIsThere(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 2})
	queue, name := openQueue(t, billiard.QueueOptions{})
	takes := [][]any{{name}, {name}}
	values, err := billiard.ImapUnordered[string](background, pool, "take", billiard.FromSlice(takes), billiard.Spread())
	if err != nil {
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(background, short)
	defer cancel()
	if _, err := values.Next(limited); !errors.Is(err, billiard.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nothing is there: %v", err)
	}
	seen := map[int]bool{}
	for i := 0; i < 2; i++ {
		if err := queue.Put(background, "on"); err != nil {
			t.Fatal(err)
		}
		index, value, err := values.NextItem(background)
		if err != nil || value != "on" || seen[index] {
			t.Errorf("item %d: %q, %v", index, value, err)
		}
		seen[index] = true
	}
	if index, _, err := values.NextItem(background); err != io.EOF || index != -1 {
		t.Errorf("the end: %d, %v", index, err)
	}
}

// POOL-64
func TestAnItemFailsAlone(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	items := []any{"a", 1, "b"} // the task wants texts
	values, err := billiard.Imap[string](background, pool, "environment", billiard.FromSlice(items), billiard.ChunkSize(2))
	if err != nil {
		t.Fatal(err)
	}
	for i := range items {
		index, _, err := values.NextItem(background)
		var failed *billiard.TaskError
		if index != i || errors.As(err, &failed) != (i == 1) {
			t.Errorf("item %d: %v", index, err)
		}
	}
	if _, err := values.Next(background); err != io.EOF {
		t.Errorf("the end: %v", err)
	}
}

// POOL-65
func TestASourceThatFailsIsToldAfterItsItems(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	dry := errors.New("the well is dry")
	left := 3
	values, err := billiard.Imap[int](background, pool, "echo", func() (int, error) {
		if left == 0 {
			return 0, dry
		}
		left--
		return left, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for want := 2; want >= 0; want-- {
		if value, err := values.Next(background); err != nil || value != want {
			t.Errorf("%d, %v", value, err)
		}
	}
	if _, err := values.Next(background); err != dry {
		t.Errorf("the source's error: %v", err)
	}
	if _, err := values.Next(background); err != io.EOF {
		t.Errorf("the end: %v", err)
	}
}

func TestManyTakersOfOneIteration(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 2})
	values, err := billiard.ImapUnordered[int](background, pool, "echo", billiard.FromSlice(upTo(500)))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	sums := make(chan int, 8)
	for g := 0; g < 8; g++ {
		all.Add(1)
		go func() {
			defer all.Done()
			sum := 0
			for {
				value, err := values.Next(background)
				if err == io.EOF {
					sums <- sum
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				sum += value
			}
		}()
	}
	all.Wait()
	close(sums)
	total := 0
	for sum := range sums {
		total += sum
	}
	if total != 499*500/2 {
		t.Errorf("the sum is %d", total)
	}
}

func TestClosingAnIterationEndsItsWaits(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	_, name := openQueue(t, billiard.QueueOptions{})
	values, err := billiard.Imap[any](background, pool, "take", billiard.FromSlice([]string{name}))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 2)
	for i := 0; i < 2; i++ {
		go func() {
			_, err := values.Next(background)
			ended <- err
		}()
	}
	time.Sleep(time.Millisecond)
	values.Close()
	values.Close()
	for i := 0; i < 2; i++ {
		if err := <-ended; !errors.Is(err, billiard.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
}

func TestAForgottenIterationIsCollected(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1, MaxJobs: 10})
	for i := 0; i < 20; i++ { // each keeps places as long as it is there
		func() {
			eventually(func() bool {
				runtime.GC()
				limited, cancel := context.WithTimeout(background, short)
				defer cancel()
				values, err := billiard.Imap[int](limited, pool, "echo", billiard.FromSlice([]int{1}), billiard.LookAhead(4))
				if errors.Is(err, billiard.ErrFull) {
					return false
				}
				if err != nil {
					t.Fatal(err)
				}
				if value, err := values.Next(background); err != nil || value != 1 {
					t.Fatalf("%d, %v", value, err)
				}
				return true
			})
		}()
	}
}

func TestBadWishesForMaps(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	if err := pool.WaitReady(background); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []struct {
		task  string
		items []any
		wish  billiard.MapOption
		text  string
	}{
		{"echo", nil, billiard.ChunkSize(-1), "chunk size"},
		{"echo", nil, billiard.LookAhead(-1), "look-ahead"},
		{"echo", nil, billiard.EachJob(billiard.Job{Task: "add"}), "EachJob"},
		{"echo", []any{5}, billiard.Spread(), "item 0"},
		{"echo", []any{1, func() {}}, billiard.ChunkSize(1), "item 1"},
		{"", nil, billiard.ChunkSize(1), "task"},
	} {
		_, err := billiard.Map[any](background, pool, bad.task, bad.items, bad.wish)
		if !errors.Is(err, billiard.ErrInvalid) || !strings.Contains(err.Error(), bad.text) {
			t.Errorf("%s: %v", bad.text, err)
		}
	}
	if _, err := billiard.Map[any](background, pool, "nobody knows me", []int{1}); !errors.Is(err, billiard.ErrUnknownTask) {
		t.Errorf("unknown task: %v", err)
	}
}
