package main

import (
	"fmt"
	"time"

	"billiard"
)

func init() {
	scenarios["lock_try"] = lockTry
	scenarios["lock_release_free"] = lockReleaseFree
	scenarios["lock_owner_died"] = lockOwnerDied
	scenarios["lock_bad_name"] = lockBadName
	scenarios["rlock_depth"] = rlockDepth
	scenarios["semaphore_counts"] = semaphoreCounts
	scenarios["semaphore_bounds"] = semaphoreBounds
	scenarios["tracked_semaphore"] = trackedSemaphore
	scenarios["event_basics"] = eventBasics
	scenarios["event_wakes"] = eventWakes
	scenarios["barrier_meets"] = barrierMeets
	scenarios["barrier_timeout"] = barrierTimeout
	scenarios["barrier_action"] = barrierAction
	scenarios["barrier_dead"] = barrierDead
	scenarios["barrier_parties"] = barrierParties
}

// tries joins the outcomes of calls that return true or false.
func tries(calls ...func() (bool, error)) (string, error) {
	outcome := ""
	for i, call := range calls {
		got, err := call()
		if err != nil {
			return "", err
		}
		if i > 0 {
			outcome += " "
		}
		outcome += fmt.Sprint(got)
	}
	return outcome, nil
}

// taken is a call that waits without limit, as one of tries.
func taken(err error) (bool, error) { return err == nil, err }

func lockTry(on *stage) (string, error) {
	lock, err := billiard.NewLock()
	if err != nil {
		return "", err
	}
	defer lock.Close()
	outcome, err := tries(
		func() (bool, error) { return taken(lock.Acquire(forever)) },
		lock.TryAcquire,
		func() (bool, error) {
			if err := lock.Release(); err != nil {
				return false, err
			}
			return lock.TryAcquire()
		})
	return "ok " + outcome, err
}

func lockReleaseFree(on *stage) (string, error) {
	lock, err := billiard.NewLock()
	if err != nil {
		return "", err
	}
	defer lock.Close()
	outcome := naming(lock.Release(), "too many times")
	acquired, err := taken(lock.Acquire(forever))
	return fmt.Sprintf("%s; then ok %v", outcome, acquired), err
}

func lockOwnerDied(on *stage) (string, error) {
	lock, err := billiard.OpenLock(on.objectName())
	if err != nil {
		return "", err
	}
	defer lock.Close()
	helper, err := on.start("hold_lock", on.objectName())
	if err != nil {
		return "", err
	}
	defer helper.end()
	if err := helper.says("held"); err != nil {
		return "", err
	}
	first, err := lock.TryAcquire()
	if err != nil {
		return "", err
	}
	if err := helper.kill(); err != nil {
		return "", err
	}
	second, err := taken(lock.Acquire(forever))
	if err != nil {
		return "", err
	}
	secondNews := news(lock)
	if err := lock.Release(); err != nil {
		return "", err
	}
	third, err := lock.TryAcquire()
	return fmt.Sprintf("ok %v %v %s %v %s", first, second, secondNews, third, news(lock)), err
}

func news(lock *billiard.Lock) string {
	if lock.Recovered() {
		return "recovered"
	}
	return "clean"
}

func lockBadName(on *stage) (string, error) {
	lock, err := billiard.OpenLock("a/b")
	if err == nil {
		lock.Close()
	}
	return naming(err, "name"), nil
}

func rlockDepth(on *stage) (string, error) {
	lock, err := billiard.NewRLock()
	if err != nil {
		return "", err
	}
	defer lock.Close()
	owner := billiard.NewOwner()
	acquire := func() (bool, error) { return taken(lock.Acquire(forever, owner)) }
	outcome, err := tries(acquire, acquire, acquire)
	if err != nil {
		return "", err
	}
	for i := 0; i < 3; i++ {
		if err := lock.Release(owner); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("ok %s; then %s", outcome, naming(lock.Release(owner), "not owned")), nil
}

func semaphoreCounts(on *stage) (string, error) {
	semaphore, err := billiard.NewSemaphore(2)
	if err != nil {
		return "", err
	}
	defer semaphore.Close()
	outcome, err := tries(semaphore.TryAcquire, semaphore.TryAcquire, semaphore.TryAcquire)
	if err != nil {
		return "", err
	}
	before := semaphore.Value()
	err = semaphore.Release()
	return fmt.Sprintf("ok %s %d %d", outcome, before, semaphore.Value()), err
}

func semaphoreBounds(on *stage) (string, error) {
	semaphore, err := billiard.NewBoundedSemaphore(1)
	if err != nil {
		return "", err
	}
	defer semaphore.Close()
	outcome := naming(semaphore.Release(), "too many times")
	_, negative := billiard.NewSemaphore(-1)
	return fmt.Sprintf("%s; then ok %d; then %s", outcome, semaphore.Value(), naming(negative, "value")), nil
}

func trackedSemaphore(on *stage) (string, error) {
	semaphore, err := billiard.OpenSemaphore(on.objectName(), 1, billiard.Tracked())
	if err != nil {
		return "", err
	}
	defer semaphore.Close()
	helper, err := on.start("hold_unit", on.objectName())
	if err != nil {
		return "", err
	}
	defer helper.end()
	if err := helper.says("held"); err != nil {
		return "", err
	}
	first, err := semaphore.TryAcquire()
	if err != nil {
		return "", err
	}
	if err := helper.kill(); err != nil {
		return "", err
	}
	second, err := taken(semaphore.Acquire(forever))
	return fmt.Sprintf("ok %v %v returned=%d", first, second, semaphore.Returned()), err
}

func eventBasics(on *stage) (string, error) {
	event, err := billiard.NewEvent()
	if err != nil {
		return "", err
	}
	defer event.Close()
	set := event.IsSet()
	none, cancel := within(0)
	defer cancel()
	atOnce := event.Wait(none) == nil
	if err := event.Set(); err != nil {
		return "", err
	}
	waited := event.Wait(forever) == nil
	err = event.Clear()
	return fmt.Sprintf("ok %v %v %v %v", set, atOnce, waited, event.IsSet()), err
}

func eventWakes(on *stage) (string, error) {
	event, err := billiard.OpenEvent(on.objectName())
	if err != nil {
		return "", err
	}
	defer event.Close()
	helper, err := on.start("wait_event", on.objectName())
	if err != nil {
		return "", err
	}
	defer helper.end()
	if err := helper.says("ready"); err != nil {
		return "", err
	}
	if err := event.Set(); err != nil {
		return "", err
	}
	line, err := helper.line()
	return "ok " + line, err
}

func barrierMeets(on *stage) (string, error) {
	barrier, err := billiard.OpenBarrier(on.objectName(), 2)
	if err != nil {
		return "", err
	}
	defer barrier.Close()
	helper, err := on.start("wait_barrier", on.objectName())
	if err != nil {
		return "", err
	}
	defer helper.end()
	if err := helper.says("ready"); err != nil {
		return "", err
	}
	own, err := barrier.Wait(forever)
	if err != nil {
		return "", err
	}
	line, err := helper.line()
	smaller, larger := fmt.Sprint(own), line
	if larger < smaller {
		smaller, larger = larger, smaller
	}
	return fmt.Sprintf("ok %s %s", smaller, larger), err
}

func barrierTimeout(on *stage) (string, error) {
	barrier, err := billiard.NewBarrier(2)
	if err != nil {
		return "", err
	}
	defer barrier.Close()
	none, cancel := within(0)
	defer cancel()
	_, first := barrier.Wait(none)
	broken := barrier.Broken()
	_, second := barrier.Wait(forever)
	err = barrier.Reset()
	return fmt.Sprintf("%s %v %s %v", status(first), broken, status(second), barrier.Broken()), err
}

func barrierAction(on *stage) (string, error) {
	barrier, err := billiard.NewBarrier(1)
	if err != nil {
		return "", err
	}
	defer barrier.Close()
	count := 0
	action := func() error { count++; return nil }
	first, err := barrier.WaitThen(forever, action)
	if err != nil {
		return "", err
	}
	second, err := barrier.WaitThen(forever, action)
	return fmt.Sprintf("ok %d %d action=%d", first, second, count), err
}

func barrierDead(on *stage) (string, error) {
	barrier, err := billiard.OpenBarrier(on.objectName(), 2)
	if err != nil {
		return "", err
	}
	defer barrier.Close()
	helper, err := on.start("wait_barrier", on.objectName())
	if err != nil {
		return "", err
	}
	defer helper.end()
	for barrier.Waiting() != 1 {
		time.Sleep(time.Millisecond)
	}
	if err := helper.kill(); err != nil {
		return "", err
	}
	_, err = barrier.Wait(forever)
	return status(err), nil
}

func barrierParties(on *stage) (string, error) {
	_, err := billiard.NewBarrier(0)
	return naming(err, "parties"), nil
}
