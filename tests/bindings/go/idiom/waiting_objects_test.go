package idiom

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"billiard"
)

// SYNC-50 SYNC-51 SYNC-52
func TestAnEventWakesAll(t *testing.T) {
	event := made[*billiard.Event](t)(billiard.NewEvent())
	want(t, "clear", event.String(), "<Event clear>")
	if err := event.Wait(soon(t)); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	go func() {
		time.Sleep(10 * time.Millisecond)
		if err := event.Set(); err != nil {
			t.Error(err)
		}
	}()
	together(100, func(int) {
		if err := event.Wait(background); err != nil {
			t.Error(err)
		}
	})
	must(t, event.Wait(ended())) // set is set
	must(t, event.Clear())
	want(t, "cleared", event.IsSet(), false)
}

// G-SYNC-3
func TestAPulseWakesAllWhoWaitedBefore(t *testing.T) {
	event := made[*billiard.Event](t)(billiard.NewEvent())
	const waiters = 20
	begun, over := make(chan bool), make(chan error)
	for i := 0; i < waiters; i++ {
		go func() {
			begun <- true
			over <- event.Wait(background)
		}()
	}
	for i := 0; i < waiters; i++ {
		<-begun
	}
	// Most wait by now. Those that came too late for one pulse get another.
	stop := storm(func() {
		if err := firstOf(event.Set(), event.Clear()); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Millisecond)
	})
	for i := 0; i < waiters; i++ {
		must(t, <-over)
	}
	stop()
}

func newCondition(t testing.TB, options ...billiard.ObjectOption) *billiard.Condition {
	return made[*billiard.Condition](t)(billiard.NewCondition(options...))
}

// SYNC-42
func TestAWaitGivesTheLockBackAsOftenAsItWasTaken(t *testing.T) {
	condition, owner, other := newCondition(t), billiard.NewOwner(), billiard.NewOwner()
	lock := made[*billiard.RLock](t)(condition.RLock())
	must(t, condition.Acquire(background, owner))
	must(t, condition.Acquire(background, owner))
	free := make(chan bool)
	go func() {
		err := condition.With(background, other, func() error { return condition.Notify(other, 1) })
		if err != nil {
			t.Error(err)
		}
		close(free)
	}()
	must(t, condition.Wait(background, owner))
	<-free
	want(t, "depth", lock.Count(), uint64(2))
	if err := condition.Wait(soon(t), owner); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	want(t, "depth after a time-out", lock.Count(), uint64(2))
	if err := condition.Wait(ended(), owner); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	want(t, "depth after a cancel", lock.Count(), uint64(2))
	_, err := condition.Lock()
	fails(t, err, billiard.ErrNotFound, "")
	want(t, "text", condition.String(), "<Condition(<RLock(SomeOtherThread, nonzero)>, 0)>") // SYNC-46
}

// SYNC-43
func TestNotifyWakesSoMany(t *testing.T) {
	condition := newCondition(t)
	const waiters = 6
	over := make(chan error)
	for i := 0; i < waiters; i++ {
		go func() {
			owner := billiard.NewOwner()
			over <- condition.With(background, owner, func() error { return condition.Wait(background, owner) })
		}()
	}
	eventually(func() bool { return condition.Waiters() == waiters })
	owner := billiard.NewOwner()
	must(t, condition.Acquire(background, owner))
	must(t, condition.Notify(owner, 2))
	want(t, "waiters", condition.Waiters(), waiters-2)
	must(t, condition.Release(owner))
	must(t, <-over)
	must(t, <-over)
	must(t, condition.With(background, owner, func() error { return condition.NotifyAll(owner) }))
	for i := 0; i < waiters-2; i++ {
		must(t, <-over)
	}
	fails(t, condition.Notify(owner, 1), billiard.ErrState, "not owned")
	fails(t, condition.Wait(background, owner), billiard.ErrState, "must acquire")
}

// SYNC-45
func TestWaitForAsksAgain(t *testing.T) {
	condition, owner, other := newCondition(t), billiard.NewOwner(), billiard.NewOwner()
	var round int
	stop := storm(func() {
		err := condition.With(background, other, func() error { round++; return condition.NotifyAll(other) })
		if err != nil {
			t.Error(err)
		}
	})
	err := condition.With(background, owner, func() error {
		return condition.WaitFor(background, owner, func() bool { return round >= 5 })
	})
	stop()
	must(t, err)
	err = condition.With(background, owner, func() error {
		return condition.WaitFor(soon(t), owner, func() bool { return false })
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// SYNC-40
func TestAConditionWithAPlainLock(t *testing.T) {
	lock := newLock(t)
	condition, owner := newCondition(t, billiard.WithLock(lock)), billiard.NewOwner()
	must(t, condition.Acquire(background, owner))
	want(t, "the same lock", tryAcquire(t, lock.TryAcquire), false)
	if err := condition.Wait(soon(t), owner); !errors.Is(err, billiard.ErrTimeout) {
		t.Error(err)
	}
	must(t, lock.Release())
	again := made[*billiard.Lock](t)(condition.Lock())
	want(t, "id", again.ID(), lock.ID())
}

// G-SYNC-2
func TestADeadWaiterTakesNoNotification(t *testing.T) {
	name := objectName(t)
	condition := made[*billiard.Condition](t)(billiard.OpenCondition(name))
	startHelper(t, "wait for condition", name).kill()
	over := make(chan error)
	go func() {
		owner := billiard.NewOwner()
		over <- condition.With(background, owner, func() error { return condition.Wait(background, owner) })
	}()
	owner := billiard.NewOwner()
	for waiting := true; waiting; {
		must(t, condition.With(background, owner, func() error { return condition.Notify(owner, 1) }))
		select {
		case err := <-over:
			must(t, err)
			waiting = false
		default:
			time.Sleep(time.Millisecond)
		}
	}
}

func TestClosingAConditionEndsItsWaits(t *testing.T) {
	condition, owner := newCondition(t), billiard.NewOwner()
	over := make(chan error)
	go func() {
		must(t, condition.Acquire(background, owner))
		over <- condition.Wait(background, owner)
	}()
	eventually(func() bool { return condition.Waiters() == 1 })
	must(t, condition.Close())
	fails(t, <-over, billiard.ErrClosed, "condition")
}

func newBarrier(t testing.TB, parties int, options ...billiard.ObjectOption) *billiard.Barrier {
	return made[*billiard.Barrier](t)(billiard.NewBarrier(parties, options...))
}

// SYNC-61 SYNC-62 SYNC-66
func TestABarrierMeetsAgainAndAgain(t *testing.T) {
	const parties, rounds = 4, 50
	barrier := newBarrier(t, parties)
	var actions, indexes atomic.Int64
	together(parties, func(int) {
		for i := 0; i < rounds; i++ {
			index, err := barrier.WaitThen(background, func() error {
				if before := actions.Add(1) - 1; indexes.Load() > before*6 {
					t.Error("somebody has gone on before the action")
				}
				return nil
			})
			if err != nil {
				t.Error(err)
				return
			}
			indexes.Add(int64(index))
		}
	})
	want(t, "actions", actions.Load(), int64(rounds))
	want(t, "indexes", indexes.Load(), int64(rounds*(0+1+2+3)))
	want(t, "parties", barrier.Parties(), parties)
	want(t, "waiting", barrier.Waiting(), 0)
}

// SYNC-63 SYNC-64 SYNC-65
func TestTheEndOfAContextBreaksABarrier(t *testing.T) {
	barrier := newBarrier(t, 2)
	_, err := barrier.Wait(soon(t))
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, billiard.ErrBroken) {
		t.Error(err)
	}
	want(t, "broken", barrier.Broken(), true)
	_, err = barrier.Wait(background)
	fails(t, err, billiard.ErrBroken, "broken")
	must(t, barrier.Reset())
	over := make(chan error)
	go func() {
		_, err := barrier.Wait(background)
		over <- err
	}()
	eventually(func() bool { return barrier.Waiting() == 1 })
	must(t, barrier.Abort())
	fails(t, <-over, billiard.ErrBroken, "broken")
	must(t, barrier.Reset())
	go func() {
		_, err := barrier.Wait(background)
		over <- err
	}()
	eventually(func() bool { return barrier.Waiting() == 1 })
	if _, err := barrier.Wait(ended()); err != nil { // the last one does not wait
		t.Error(err)
	}
	must(t, <-over)
}

// SYNC-63
func TestABarrierHasALimitOfItsOwn(t *testing.T) {
	barrier := newBarrier(t, 2, billiard.WithTimeout(20*time.Millisecond))
	_, err := barrier.Wait(background)
	fails(t, err, billiard.ErrBroken, "")
	_, err = billiard.NewBarrier(2, billiard.WithTimeout(-1))
	fails(t, err, billiard.ErrInvalid, "WithTimeout")
}

// SYNC-62
func TestAFailedActionBreaksABarrier(t *testing.T) {
	own := errors.New("own")
	for _, action := range []func() error{
		func() error { return own },
		func() error { panic(own) },
	} {
		barrier, over := newBarrier(t, 2), make(chan error)
		go func() {
			_, err := barrier.Wait(background)
			over <- err
		}()
		eventually(func() bool { return barrier.Waiting() == 1 })
		func() {
			defer func() { recover() }()
			if _, err := barrier.WaitThen(background, action); err != own {
				t.Error(err)
			}
		}()
		fails(t, <-over, billiard.ErrBroken, "broken")
		want(t, "broken", barrier.Broken(), true)
	}
}

func TestClosingABarrierEndsItsWaits(t *testing.T) {
	name := objectName(t)
	first := made[*billiard.Barrier](t)(billiard.OpenBarrier(name, 2))
	second := made[*billiard.Barrier](t)(billiard.OpenBarrier(name, 2))
	over := make(chan error)
	go func() {
		_, err := first.Wait(background)
		over <- err
	}()
	eventually(func() bool { return second.Waiting() == 1 })
	must(t, first.Close())
	fails(t, <-over, billiard.ErrClosed, "barrier")
	want(t, "broken", second.Broken(), true)
	_, err := billiard.OpenBarrier(name, 3)
	fails(t, err, billiard.ErrExists, "")
}
