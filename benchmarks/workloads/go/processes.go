package main

import (
	"strings"

	"billiard"
)

func registerTasks() {
	billiard.Register("no_op", func(call *billiard.Call) {})
	billiard.Register("add_one", func(number int) int { return number + 1 })
	billiard.Register("hang", hang)
	billiard.Register("hang_once", hangOnce)
	billiard.Register("sleep", sleepForEver)
	billiard.Register("play", play)
}

// processes starts one worker for each role, which plays it until the pool is closed.
func processes(name string, roles []string) *billiard.Pool {
	pool := newPool(max(len(roles), 1))
	for place, role := range roles {
		made(pool.Submit(ctx, "play", role, name, place, number("bytes")))
	}
	return pool
}

func max(a, b int) int {
	if a > b {
		return a
	}
	return b
}

// play runs in a worker, for ever.
func play(role, name string, place, size int) {
	step := steps[role](name, size)
	counts := openCounts(name)
	for done := int64(1); ; done++ {
		step()
		counts.Slice()[8*place] = done
	}
}

// steps are what a role repeats, once it has opened what it shares.
var steps = map[string]func(name string, size int) func(){
	"lock":      func(name string, _ int) func() { return pairOfLock(name) },
	"semaphore": func(name string, _ int) func() { return pairOfSemaphore(name) },
	"get": func(name string, _ int) func() {
		queue := openQueue(name+"-queue", 0)
		return func() { made(queue.GetBytes(ctx)) }
	},
	"put": func(name string, size int) func() {
		queue, data := openQueue(name+"-queue", 0), []byte(strings.Repeat("x", size))
		return func() { must(queue.PutBytes(ctx, data)) }
	},
	"put_in_place": func(name string, size int) func() {
		queue := openQueue(name+"-queue", 0)
		return func() {
			reserved := made(queue.Reserve(size))
			must(reserved.Commit(ctx, size, billiard.FormatRaw))
			must(reserved.Close())
		}
	},
	"ping_pong": func(name string, _ int) func() {
		there, back := openQueue(name+"-there", 10), openQueue(name+"-back", 10)
		return func() { must(back.PutBytes(ctx, made(there.GetBytes(ctx)))) }
	},
	"event": func(name string, _ int) func() {
		there, back := made(billiard.OpenEvent(name+"-there")), made(billiard.OpenEvent(name+"-back"))
		return func() {
			await(there)
			must(back.Set())
		}
	},
	"condition": func(name string, _ int) func() {
		mine := openTurn(name)
		return func() { mine.handOver(0) }
	},
}

// openCounts has what each process did, a cache line apart.
func openCounts(name string) *billiard.SharedArray[int64] {
	return made(billiard.OpenSharedArray[int64](name+"-counts", 8*64))
}

func sum(counts *billiard.SharedArray[int64]) (total int) {
	numbers := counts.Slice()
	for i := 0; i < len(numbers); i += 8 {
		total += int(numbers[i])
	}
	return total
}

// together does `items` steps of all processes, of which this one does its part; it looks every 32 steps.
func together(counts *billiard.SharedArray[int64], items int, step func()) {
	before := sum(counts)
	for mine := 0; mine+sum(counts)-before < items; mine += 32 {
		for i := 0; i < 32; i++ {
			step()
		}
	}
}
