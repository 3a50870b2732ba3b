package idiom

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"

	"billiard"
)

func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}

// usePoolAndQueue opens, uses and closes one of each.
func usePoolAndQueue(t *testing.T) {
	t.Helper()
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	queue, err := billiard.NewQueue(billiard.QueueOptions{})
	if err != nil {
		t.Fatal(err)
	}
	mustAdd(t, pool)
	if err := queue.Put(background, 1); err != nil {
		t.Error(err)
	}
	queue.Close()
	pool.Close()
}

func TestAClosedPoolLeavesNoGoroutineAndNoDescriptor(t *testing.T) {
	usePoolAndQueue(t) // what the process keeps for good is there after the first
	goroutines, open := runtime.NumGoroutine(), descriptors(t)
	for i := 0; i < 5; i++ {
		usePoolAndQueue(t)
	}
	eventually(func() bool { return runtime.NumGoroutine() <= goroutines })
	if now := descriptors(t); now > open {
		t.Errorf("%d descriptors before, %d after", open, now)
	}
}

func TestAForgottenPoolIsCollected(t *testing.T) {
	pid := func() int {
		pool, err := billiard.NewPool(background, billiard.PoolOptions{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		pid, err := billiard.Apply[int](background, pool, "pid")
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}()
	eventually(func() bool {
		runtime.GC()
		return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	})
}

func TestAForgottenQueueIsCollected(t *testing.T) {
	_, name := openQueue(t, billiard.QueueOptions{Capacity: 1})
	second, err := billiard.OpenQueue(name+"-forgotten", billiard.QueueOptions{Capacity: 1})
	if err != nil || second.Cap() != 1 {
		t.Fatal(err)
	}
	second = nil
	// The name goes away with the last handle, so that a new queue can have another capacity.
	eventually(func() bool {
		runtime.GC()
		again, err := billiard.OpenQueue(name+"-forgotten", billiard.QueueOptions{Capacity: 2})
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		return again.Cap() == 2
	})
}

// storm runs an action again and again until the returned function is called.
func storm(action func()) (stop func()) {
	quit, ended := make(chan bool), make(chan bool)
	go func() {
		defer close(ended)
		for {
			select {
			case <-quit:
				return
			default:
				action()
			}
		}
	}()
	return func() {
		close(quit)
		<-ended
	}
}

// work runs jobs and passes messages, and looks at every byte.
func work(t *testing.T, rounds int) {
	t.Helper()
	pool := newPool(t, billiard.PoolOptions{Workers: 2})
	queue, _ := openQueue(t, billiard.QueueOptions{Capacity: 4})
	var all sync.WaitGroup
	for g := 0; g < 4; g++ {
		all.Add(1)
		go func(g int) {
			defer all.Done()
			for i := 0; i < rounds; i++ {
				text := string(make([]byte, 100*g)) + "end"
				if back, err := billiard.Apply[string](background, pool, "echo", text); err != nil || back != text {
					t.Errorf("echo: %d bytes, %v", len(back), err)
					return
				}
				if err := queue.Put(background, text); err != nil {
					t.Error(err)
				}
				var message string
				if err := queue.Get(background, &message); err != nil || len(message)%100 != 3 {
					t.Errorf("queue: %d bytes, %v", len(message), err)
				}
			}
		}(g)
	}
	all.Wait()
}

func TestCollectionsAllTheTime(t *testing.T) {
	defer storm(runtime.GC)()
	work(t, 200)
}

func TestSignalsAllTheTime(t *testing.T) {
	defer signalStorm(t)()
	work(t, 200)
}

func TestClosingAQueueEndsItsWaits(t *testing.T) {
	for round := 0; round < 50; round++ {
		queue, err := billiard.NewQueue(billiard.QueueOptions{Capacity: 1})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 3)
		for i := 0; i < 3; i++ {
			go func() { ended <- queue.Get(background, nil) }()
		}
		queue.Close()
		for i := 0; i < 3; i++ {
			if err := <-ended; !errors.Is(err, billiard.ErrClosed) {
				t.Fatal(err)
			}
		}
		if err := queue.Put(background, 1); !errors.Is(err, billiard.ErrClosed) {
			t.Fatal(err)
		}
		if queue.Len() != 0 || queue.Cap() != 0 || queue.Lost() != 0 || queue.Close() != nil {
			t.Fatal("a closed queue is not empty")
		}
	}
}
