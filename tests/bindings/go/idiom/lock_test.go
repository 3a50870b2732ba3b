package idiom

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"billiard"
)

func newLock(t testing.TB, options ...billiard.ObjectOption) *billiard.Lock {
	return made[*billiard.Lock](t)(billiard.NewLock(options...))
}

func tryAcquire(t testing.TB, try func() (bool, error)) bool {
	t.Helper()
	taken, err := try()
	must(t, err)
	return taken
}

// SYNC-10 SYNC-12
func TestALockExcludesAndTellsItsHolder(t *testing.T) {
	lock := newLock(t)
	want(t, "free", lock.String(), "<Lock(owner=None)>")
	must(t, lock.Acquire(background))
	want(t, "second", tryAcquire(t, lock.TryAcquire), false)
	want(t, "holder", lock.Holder(), os.Getpid())
	want(t, "held", lock.String(), "<Lock(owner=MainProcess)>")
	must(t, lock.Release())
	want(t, "nobody", lock.Holder(), 0)
	fails(t, lock.Release(), billiard.ErrState, "too many times") // SYNC-11
}

// SYNC-2
func TestContextsEndTheWaitForALock(t *testing.T) {
	lock := newLock(t)
	must(t, lock.Acquire(background))
	err := lock.Acquire(soon(t))
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, billiard.ErrTimeout) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(background)
	over := make(chan error)
	go func() { over <- lock.Acquire(ctx) }()
	cancel()
	if err := <-over; !errors.Is(err, context.Canceled) || !errors.Is(err, billiard.ErrInterrupted) {
		t.Error(err)
	}
	must(t, lock.Release())
	want(t, "nobody has it", tryAcquire(t, lock.TryAcquire), true)
}

// SYNC-10
func TestGoroutinesTakeTurns(t *testing.T) {
	for _, options := range [][]billiard.ObjectOption{nil, {billiard.Fair()}} {
		lock, count := newLock(t, options...), 0
		together(8, func(int) {
			for i := 0; i < 200; i++ {
				if err := lock.With(background, func() error { count++; return nil }); err != nil {
					t.Error(err)
				}
			}
		})
		want(t, "count", count, 8*200)
	}
}

func TestWithReleasesAfterAPanicAndReturnsTheError(t *testing.T) {
	lock, own := newLock(t), errors.New("own")
	func() {
		defer func() { want(t, "panic", fmt.Sprint(recover()), "deliberate") }()
		lock.With(background, func() error { panic("deliberate") })
	}()
	if err := lock.With(background, func() error { return own }); err != own {
		t.Error(err)
	}
	want(t, "free", tryAcquire(t, lock.TryAcquire), true)
}

// G-SYNC-1
func TestALockOfADeadProcessIsRecovered(t *testing.T) {
	name := objectName(t)
	lock := made[*billiard.Lock](t)(billiard.OpenLock(name))
	other := startHelper(t, "hold lock", name)
	want(t, "held", tryAcquire(t, lock.TryAcquire), false)
	want(t, "elsewhere", lock.String(), "<Lock(owner=SomeOtherProcess)>")
	want(t, "holder", lock.Holder(), other.command.Process.Pid)
	over := make(chan error)
	go func() { over <- lock.Acquire(background) }()
	other.kill()
	must(t, <-over)
	want(t, "recovered", lock.Recovered(), true)
	want(t, "told once", lock.Recovered(), false)
	must(t, lock.Release())
	must(t, lock.Acquire(background))
	want(t, "clean", lock.Recovered(), false)
}

func TestClosingALockEndsItsWaits(t *testing.T) {
	lock := newLock(t)
	must(t, lock.Acquire(background))
	const waiters = 5
	over := make(chan error)
	for i := 0; i < waiters; i++ {
		go func() { over <- lock.Acquire(background) }()
	}
	must(t, lock.Close())
	for i := 0; i < waiters; i++ {
		fails(t, <-over, billiard.ErrClosed, "lock")
	}
	fails(t, lock.Release(), billiard.ErrClosed, "lock")
	want(t, "text", lock.String(), "<closed lock>")
	must(t, lock.Close())
}

func TestAThousandWaitersForALockNeedFewThreads(t *testing.T) {
	lock := newLock(t)
	must(t, lock.Acquire(background))
	const waiters = 1000
	ctx, cancel := context.WithCancel(background)
	waiting, over := make(chan bool), make(chan error)
	for i := 0; i < waiters; i++ {
		go func() {
			waiting <- true
			over <- lock.Acquire(ctx)
		}()
	}
	for i := 0; i < waiters; i++ {
		<-waiting
	}
	if count := threads(t); count > fewThreads {
		t.Errorf("%d threads for %d waiters", count, waiters)
	}
	cancel()
	for i := 0; i < waiters; i++ {
		if err := <-over; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
}

// SYNC-20 SYNC-21 SYNC-22
func TestAnRLockBelongsToItsOwner(t *testing.T) {
	lock := made[*billiard.RLock](t)(billiard.NewRLock())
	one, two := billiard.NewOwner(), billiard.NewOwner()
	want(t, "free", lock.String(), "<RLock(None, 0)>")
	must(t, lock.Acquire(background, one))
	must(t, lock.Acquire(background, one))
	want(t, "count", lock.Count(), uint64(2))
	want(t, "own", lock.Describe(one), "<RLock(MainProcess, 2)>")
	want(t, "other", lock.Describe(two), "<RLock(SomeOtherThread, nonzero)>")
	want(t, "taken", tryAcquire(t, func() (bool, error) { return lock.TryAcquire(two) }), false)
	fails(t, lock.Release(two), billiard.ErrState, "not owned")
	over := make(chan error)
	go func() { over <- lock.Acquire(background, two) }()
	must(t, lock.Release(one))
	must(t, lock.Release(one))
	must(t, <-over)
	must(t, lock.Release(two))
	fails(t, lock.Acquire(background, billiard.Owner{}), billiard.ErrInvalid, "owner")
}

// G-SYNC-1
func TestAnRLockOfADeadProcessIsRecovered(t *testing.T) {
	name, owner := objectName(t), billiard.NewOwner()
	lock := made[*billiard.RLock](t)(billiard.OpenRLock(name))
	other := startHelper(t, "hold rlock", name)
	want(t, "elsewhere", lock.String(), "<RLock(SomeOtherProcess, nonzero)>")
	other.kill()
	must(t, lock.Acquire(background, owner))
	want(t, "recovered", lock.Recovered(), true)
	want(t, "count", lock.Count(), uint64(1))
}

// SYNC-30 SYNC-31 SYNC-32 SYNC-33 SYNC-34
func TestSemaphoresCount(t *testing.T) {
	semaphore := made[*billiard.Semaphore](t)(billiard.NewSemaphore(2))
	want(t, "text", semaphore.String(), "<Semaphore(value=2)>")
	must(t, semaphore.Acquire(background))
	must(t, semaphore.Acquire(background))
	want(t, "none left", tryAcquire(t, semaphore.TryAcquire), false)
	if err := semaphore.Acquire(soon(t)); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	must(t, semaphore.ReleaseMany(3))
	want(t, "value", semaphore.Value(), 3)
	fails(t, semaphore.ReleaseMany(0), billiard.ErrInvalid, "units")

	bounded := made[*billiard.BoundedSemaphore](t)(billiard.NewBoundedSemaphore(1))
	want(t, "text", bounded.String(), "<BoundedSemaphore(value=1, maxvalue=1)>")
	fails(t, bounded.Release(), billiard.ErrState, "too many times")
	must(t, bounded.With(background, func() error {
		want(t, "value", bounded.Value(), 0)
		return nil
	}))
	want(t, "value", bounded.Value(), 1)
	_, err := billiard.NewSemaphore(-1)
	fails(t, err, billiard.ErrInvalid, "value")
}

// SYNC-31
func TestASemaphoreLetsSoManyIn(t *testing.T) {
	semaphore := made[*billiard.Semaphore](t)(billiard.NewSemaphore(3))
	inside := make(chan bool, 3)
	together(10, func(int) {
		for i := 0; i < 50; i++ {
			err := semaphore.With(background, func() error {
				select {
				case inside <- true:
				default:
					t.Error("a fourth one is inside")
					return nil
				}
				<-inside
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
	want(t, "value", semaphore.Value(), 3)
}

// G-SYNC-10
func TestNamesAreChecked(t *testing.T) {
	for _, name := range []string{"", "a/b", "a\x00b"} {
		_, err := billiard.OpenLock(name)
		fails(t, err, billiard.ErrInvalid, "name")
	}
	_, err := billiard.NewLock(billiard.Tracked())
	fails(t, err, billiard.ErrInvalid, "flags")
}
