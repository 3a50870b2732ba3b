package main

import (
	"errors"
	"runtime"
	"strings"
	"syscall"
	"time"

	"billiard"
)

func newPool(workers int) *billiard.Pool {
	return made(billiard.NewPool(ctx, billiard.PoolOptions{Workers: workers}))
}

func readyPool(workers int) *billiard.Pool {
	pool := newPool(workers)
	must(pool.WaitReady(ctx))
	return pool
}

func manyJobs() []result {
	pool := readyPool(number("workers"))
	defer pool.Close()
	bytes := []byte(strings.Repeat("x", number("bytes")))
	flying := make(chan *billiard.Result, number("in_flight"))
	wait := func(job *billiard.Result) {
		_, _, err := job.Bytes(ctx)
		must(err)
	}
	return one(throughput(func(items int) {
		for i := 0; i < items; i++ {
			if len(flying) == cap(flying) {
				wait(<-flying)
			}
			flying <- made(pool.SubmitRaw(ctx, "no_op", bytes))
		}
		for len(flying) > 0 {
			wait(<-flying)
		}
	}))
}

func apply() []result {
	pool := readyPool(1)
	defer pool.Close()
	bytes := []byte(strings.Repeat("x", number("bytes")))
	return one(latency(func() {
		_, _, err := made(pool.SubmitRaw(ctx, "no_op", bytes)).Bytes(ctx)
		must(err)
	}))
}

func mapNumbers() []result {
	pool := readyPool(number("workers"))
	defer pool.Close()
	numbers := make([]int, number("items"))
	return one(latency(func() {
		sum := 0
		for _, value := range made(billiard.Map[int](ctx, pool, "add_one", numbers)) {
			sum += value
		}
		if sum != len(numbers) {
			must(errors.New("wrong sum"))
		}
	}))
}

func poolStart() []result {
	var starts, ends []float64
	for end := time.Now().Add(time.Duration(given["seconds"] * 1e9)); time.Now().Before(end) || len(starts) < 5; {
		begun := time.Now()
		pool := newPool(number("workers"))
		_, _, err := made(pool.SubmitRaw(ctx, "no_op", nil)).Bytes(ctx)
		must(err)
		first := time.Now()
		must(pool.Shutdown(ctx))
		starts = append(starts, float64(first.Sub(begun)))
		ends = append(ends, float64(time.Since(first)))
		must(pool.Close())
	}
	return []result{{"start", ofSamples(starts)}, {"end", ofSamples(ends)}}
}

// killWorkers takes the time from SIGKILL to a worker in mid-job until its job is known to have failed, and
// until a job that may be retried has been run by another worker.
func killWorkers() []result {
	name := unique()
	runs := made(billiard.OpenValue(name, "q", billiard.Raw()))
	pool := readyPool(number("workers"))
	defer pool.Close()
	var failed, rerun []float64
	kill := func(job *billiard.Result) time.Time {
		for job.PID() == 0 {
			runtime.Gosched()
		}
		begun := time.Now()
		must(syscall.Kill(job.PID(), syscall.SIGKILL))
		return begun
	}
	for end := time.Now().Add(time.Duration(given["seconds"] * 1e9)); time.Now().Before(end) || len(failed) < 10; {
		lost := made(pool.Submit(ctx, "hang"))
		begun := kill(lost)
		var why *billiard.WorkerLostError
		if _, _, err := lost.Bytes(ctx); !errors.As(err, &why) {
			must(errors.New("the job was not lost"))
		}
		failed = append(failed, float64(time.Since(begun)))
		must(runs.SetInt(0))
		again := made(pool.SubmitJob(ctx, billiard.Job{Task: "hang_once", Args: []any{name}, MaxRetries: 1}))
		for made(runs.Int()) == 0 {
			runtime.Gosched()
		}
		begun = kill(again)
		must(again.Wait(ctx))
		rerun = append(rerun, float64(time.Since(begun)))
	}
	return []result{{"failed", ofSamples(failed)}, {"rerun", ofSamples(rerun)}}
}

func hang() {
	for {
		runtime.Gosched()
	}
}

func hangOnce(name string) {
	if made(made(billiard.OpenValue(name, "q", billiard.Raw())).Add(1)) == 0 {
		hang()
	}
}
