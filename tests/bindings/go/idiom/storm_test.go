package idiom

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"billiard"
)

// signalStorm sends this process a signal again and again until the returned function is called.
func signalStorm(t *testing.T) (stop func()) {
	arrived := make(chan os.Signal, 16)
	signal.Notify(arrived, syscall.SIGUSR1)
	end := storm(func() {
		if err := syscall.Kill(os.Getpid(), syscall.SIGUSR1); err != nil {
			t.Error(err)
		}
		<-arrived
		time.Sleep(time.Millisecond) // without a pause the kernel never lets a short sleep of C code end
	})
	return func() {
		end()
		signal.Stop(arrived)
	}
}

func TestPingPongUnderSignalsAllTheTime(t *testing.T) {
	defer signalStorm(t)()
	condition, barrier, turn := newCondition(t), newBarrier(t, 2), 0
	together(2, func(me int) {
		owner := billiard.NewOwner()
		for i := 0; i < 1000; i++ {
			err := condition.With(background, owner, func() error {
				mine := func() bool { return turn%2 == me }
				if err := condition.WaitFor(background, owner, mine); err != nil {
					return err
				}
				turn++
				return condition.NotifyAll(owner)
			})
			if err != nil {
				t.Error(err)
			}
			if _, err := barrier.Wait(background); err != nil {
				t.Error(err)
				return
			}
		}
	})
	want(t, "turns", turn, 2000)
}

func init() {
	helpers["count under lock"] = func(name string) error {
		lock, err := billiard.OpenLock(name)
		if err != nil {
			return err
		}
		pair, err := billiard.OpenSharedArray[int64](name, 2)
		if err != nil {
			return err
		}
		go func() {
			for {
				lock.With(background, func() error { countTwice(lock, pair); return nil })
			}
		}()
		eventually(func() bool { return pair.Slice()[1] > 0 })
		return nil
	}
}

// countTwice adds to both numbers, after it has made good what a dead holder left half done.
func countTwice(lock *billiard.Lock, pair *billiard.SharedArray[int64]) {
	if numbers := pair.Slice(); lock.Recovered() {
		numbers[1] = numbers[0]
	}
	pair.Slice()[0]++
	pair.Slice()[1]++
}

// G-SYNC-1 SHM-31
func TestKilledCountersLoseNothing(t *testing.T) {
	name := objectName(t)
	lock := made[*billiard.Lock](t)(billiard.OpenLock(name))
	pair := made[*billiard.SharedArray[int64]](t)(billiard.OpenSharedArray[int64](name, 2))
	for round := 0; round < 5; round++ {
		first := startHelper(t, "count under lock", name)
		second := startHelper(t, "count under lock", name)
		first.kill()
		for i := 0; i < 20; i++ {
			must(t, lock.With(background, func() error { countTwice(lock, pair); return nil }))
		}
		second.kill()
		must(t, lock.With(background, func() error {
			countTwice(lock, pair)
			want(t, "the second number", pair.Slice()[1], pair.Slice()[0])
			return nil
		}))
	}
}
