package main

import (
	"strings"

	"billiard"
)

// pair is one taking and giving back of a lock or a unit.
type pair func()

func pairOfLock(name string) pair {
	lock := made(billiard.OpenLock(name + "-lock"))
	return func() {
		must(lock.Acquire(ctx))
		must(lock.Release())
	}
}

func pairOfSemaphore(name string) pair {
	semaphore := made(billiard.OpenBoundedSemaphore(name+"-semaphore", 1))
	return func() {
		must(semaphore.Acquire(ctx))
		must(semaphore.Release())
	}
}

func alone(step pair) []result {
	return one(throughput(func(items int) {
		for i := 0; i < items; i++ {
			step()
		}
	}))
}

func lockAlone() []result      { return alone(pairOfLock(unique())) }
func semaphoreAlone() []result { return alone(pairOfSemaphore(unique())) }

func contended(open func(name string) pair, role string) []result {
	name := unique()
	step, counts := open(name), openCounts(name)
	roles := make([]string, number("processes")-1)
	for i := range roles {
		roles[i] = role
	}
	pool := processes(name, roles)
	defer pool.Close()
	return one(throughput(func(items int) { together(counts, items, step) }))
}

func lockContended() []result      { return contended(pairOfLock, "lock") }
func semaphoreContended() []result { return contended(pairOfSemaphore, "semaphore") }

func await(event *billiard.Event) {
	must(event.Wait(ctx))
	must(event.Clear())
}

func event() []result {
	name := unique()
	there, back := made(billiard.OpenEvent(name+"-there")), made(billiard.OpenEvent(name+"-back"))
	pool := processes(name, []string{"event"})
	defer pool.Close()
	return one(latency(func() {
		must(there.Set())
		await(back)
	}))
}

// turn is a flag that two processes hand to each other.
type turn struct {
	condition *billiard.Condition
	theirs    *billiard.Value
	owner     billiard.Owner
}

func openTurn(name string) *turn {
	return &turn{
		made(billiard.OpenCondition(name + "-condition")),
		made(billiard.OpenValue(name+"-theirs", "i", billiard.Raw())),
		billiard.NewOwner(),
	}
}

func (turn *turn) awaitNot(what int64) {
	for made(turn.theirs.Int()) == what {
		must(turn.condition.Wait(ctx, turn.owner))
	}
}

func (turn *turn) handOver(to int64) {
	must(turn.condition.Acquire(ctx, turn.owner))
	turn.awaitNot(to)
	must(turn.theirs.SetInt(to))
	must(turn.condition.Notify(turn.owner, 1))
	must(turn.condition.Release(turn.owner))
}

func condition() []result {
	name := unique()
	mine := openTurn(name)
	pool := processes(name, []string{"condition"})
	defer pool.Close()
	return one(latency(func() {
		mine.handOver(1)
		must(mine.condition.Acquire(ctx, mine.owner))
		mine.awaitNot(1)
		must(mine.condition.Release(mine.owner))
	}))
}

func valueAdd() []result {
	value := made(billiard.NewValue("q"))
	return one(throughput(func(items int) {
		for i := 0; i < items; i++ {
			made(value.Add(1))
		}
	}))
}

func valueLockedAdd() []result {
	value, owner := made(billiard.NewValue("q")), billiard.NewOwner()
	return one(throughput(func(items int) {
		for i := 0; i < items; i++ {
			must(value.Acquire(ctx, owner))
			must(value.SetInt(made(value.Int()) + 1))
			must(value.Release(owner))
		}
	}))
}

func arrayCopy() []result {
	data := []byte(strings.Repeat("x", number("bytes")/8*8))
	array := made(billiard.NewArray("d", len(data)/8, billiard.Raw()))
	return one(throughput(func(items int) {
		for i := 0; i < items; i++ {
			must(array.Write(0, data))
		}
	}))
}
