package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"billiard"
)

// What stands still, to be looked at by benchmarks/driver/held.py.

func standStill(name string, pids []int) []result {
	text := strings.ReplaceAll(strings.Trim(fmt.Sprint(pids), "[]"), " ", ", ")
	fmt.Printf("{\"name\": %q, \"state\": \"ready\", \"workers\": [%s]}\n", name, text)
	_, err := io.ReadAll(os.Stdin)
	must(err)
	return nil
}

func workersOf(pool *billiard.Pool) (pids []int) {
	for _, worker := range made(pool.Workers()) {
		if worker.PID != 0 {
			pids = append(pids, worker.PID)
		}
	}
	return pids
}

func idle() []result {
	pool := readyPool(number("workers"))
	defer pool.Close()
	_, _, err := made(pool.SubmitRaw(ctx, "no_op", nil)).Bytes(ctx)
	must(err)
	return standStill("idle", workersOf(pool))
}

func queued() []result {
	pool := readyPool(1)
	defer pool.Close()
	jobs := []*billiard.Result{made(pool.Submit(ctx, "sleep"))}
	bytes := []byte(strings.Repeat("x", number("bytes")))
	for i := 0; i < number("items"); i++ {
		jobs = append(jobs, made(pool.SubmitRaw(ctx, "no_op", bytes)))
	}
	standStill("queued", workersOf(pool))
	for _, job := range jobs {
		job.Discard()
	}
	return nil
}

func sleepForEver() {
	for {
		time.Sleep(time.Hour)
	}
}

// floor is this very program, which has no pool.
func floor() []result { return standStill("floor", []int{os.Getpid()}) }
