package idiom

import (
	"os"
	"testing"

	"billiard"
)

// The runtime's own threads come and go; a thousand blocked ones would be far above this.
const fewThreads = 60

func threads(t *testing.T) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(tasks)
}

func TestAThousandWaitersNeedNoThreads(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	queue, name := openQueue(t, billiard.QueueOptions{})
	blocker := submit(t, pool, "take", name)

	const waiters = 1000
	waiting, ended := make(chan bool), make(chan error)
	for i := 0; i < waiters; i++ {
		result := blocker
		if i%2 == 0 {
			result = submit(t, pool, "echo", i)
		}
		go func() {
			waiting <- true
			ended <- result.Wait(background)
		}()
	}
	for i := 0; i < waiters; i++ {
		<-waiting
	}
	busyWorker(t, pool, blocker)
	if count := threads(t); count > fewThreads {
		t.Errorf("%d threads for %d waiters", count, waiters)
	}
	if err := queue.Put(background, nil); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < waiters; i++ {
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}

func TestAThousandTakersOfAQueueNeedFewThreads(t *testing.T) {
	queue, _ := openQueue(t, billiard.QueueOptions{})
	const takers = 1000
	waiting, ended := make(chan bool), make(chan int)
	for i := 0; i < takers; i++ {
		go func() {
			waiting <- true
			value := -1
			if err := queue.Get(background, &value); err != nil {
				t.Error(err)
			}
			ended <- value
		}()
	}
	for i := 0; i < takers; i++ {
		<-waiting
	}
	if count := threads(t); count > fewThreads {
		t.Errorf("%d threads for %d takers", count, takers)
	}
	for i := 0; i < takers; i++ {
		if err := queue.Put(background, i); err != nil {
			t.Fatal(err)
		}
	}
	sum := 0
	for i := 0; i < takers; i++ {
		sum += <-ended
	}
	if sum != takers*(takers-1)/2 {
		t.Errorf("the sum is %d", sum)
	}
}
