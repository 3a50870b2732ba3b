package idiom

import (
	"context"
	"errors"
	"testing"
	"time"

	"billiard"
)

func TestADeadlineEndsAWaitAndNotTheJob(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	queue, name := openQueue(t, billiard.QueueOptions{})
	result := submit(t, pool, "take", name)

	short, cancel := context.WithTimeout(background, 20*time.Millisecond)
	defer cancel()
	_, err := billiard.Get[string](short, result)
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, billiard.ErrTimeout) {
		t.Errorf("got %v", err)
	}
	if err := queue.Put(background, "late"); err != nil {
		t.Fatal(err)
	}
	if value, err := billiard.Get[string](background, result); err != nil || value != "late" {
		t.Errorf("got %q, %v", value, err)
	}
}

func TestCancellingEndsAWait(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	queue, name := openQueue(t, billiard.QueueOptions{})
	result := submit(t, pool, "take", name)

	ctx, cancel := context.WithCancel(background)
	ended := make(chan error)
	go func() { ended <- result.Wait(ctx) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) || !errors.Is(err, billiard.ErrInterrupted) {
		t.Errorf("got %v", err)
	}
	if err := queue.Put(background, nil); err != nil {
		t.Fatal(err)
	}
}

func TestAnOutcomeIsSeenAlsoAfterTheContextsEnd(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	result := submit(t, pool, "add", 1, 2)
	<-result.Done()
	over, cancel := context.WithCancel(background)
	cancel()
	if sum, err := billiard.Get[int](over, result); err != nil || sum != 3 {
		t.Errorf("got %d, %v", sum, err)
	}
}

func TestNothingBeginsWithAnEndedContext(t *testing.T) {
	over, cancel := context.WithCancel(background)
	cancel()
	if _, err := billiard.NewPool(over, billiard.PoolOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("NewPool: %v", err)
	}
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	queue, _ := openQueue(t, billiard.QueueOptions{})
	if _, err := pool.Submit(over, "add", 1, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("Submit: %v", err)
	}
	if err := queue.Put(over, 1); !errors.Is(err, context.Canceled) || queue.Len() != 0 {
		t.Errorf("Put: %v", err)
	}
	if err := queue.Get(over, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Get: %v", err)
	}
}

func TestASubmissionToAFullPoolWaitsForItsContextOrAPlace(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1, MaxJobs: 1})
	queue, name := openQueue(t, billiard.QueueOptions{})
	blocker := submit(t, pool, "take", name)

	short, cancel := context.WithTimeout(background, 20*time.Millisecond)
	defer cancel()
	_, err := pool.Submit(short, "add", 1, 2)
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, billiard.ErrFull) {
		t.Errorf("got %v", err)
	}

	sums := make(chan error)
	for i := 0; i < 10; i++ {
		go func() {
			sum, err := billiard.Apply[int](background, pool, "add", 40, 2)
			if err == nil && sum != 42 {
				err = errors.New("wrong sum")
			}
			sums <- err
		}()
	}
	if err := queue.Put(background, nil); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 10; i++ {
		if err := <-sums; err != nil {
			t.Error(err)
		}
	}
	if err := blocker.Wait(background); err != nil {
		t.Error(err)
	}
}

func TestCancellingEndsWaitsOfQueues(t *testing.T) {
	queue, _ := openQueue(t, billiard.QueueOptions{Capacity: 1})
	for round := 0; round < 100; round++ {
		ctx, cancel := context.WithCancel(background)
		ended := make(chan error, 2)
		go func() { ended <- queue.Get(ctx, nil) }()
		go func() { ended <- queue.Get(ctx, nil) }()
		cancel()
		for i := 0; i < 2; i++ {
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Fatalf("Get: %v", err)
			}
		}
	}
	if err := queue.Put(background, 1); err != nil {
		t.Fatal(err)
	}
	for round := 0; round < 100; round++ {
		ctx, cancel := context.WithCancel(background)
		ended := make(chan error, 1)
		go func() { ended <- queue.Put(ctx, 2) }()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Fatalf("Put: %v", err)
		}
	}
	if queue.Len() != 1 {
		t.Errorf("%d messages", queue.Len())
	}
}

func TestACancelledWaiterDoesNotDisturbTheNext(t *testing.T) {
	queue, _ := openQueue(t, billiard.QueueOptions{})
	for round := 0; round < 200; round++ {
		ctx, cancel := context.WithCancel(background)
		cancelled, served := make(chan error, 1), make(chan error, 1)
		go func() { cancelled <- queue.Get(ctx, nil) }()
		go func() { served <- queue.Get(background, nil) }()
		go cancel()
		if err := <-cancelled; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if err := queue.Put(background, round); err != nil {
			t.Fatal(err)
		}
		if err := <-served; err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheContextOfATaskEndsWithIt(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	submit(t, pool, "context")
	if ended, err := billiard.Apply[bool](background, pool, "context"); err != nil || !ended {
		t.Errorf("got %v, %v", ended, err)
	}
}
