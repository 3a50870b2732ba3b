package main

import (
	"fmt"
	"strings"
	"time"

	"billiard"
)

func init() {
	scenarios["recycled_workers"] = recycledWorkers
	scenarios["grow_and_shrink"] = growAndShrink
	scenarios["restart_idle"] = restartIdle
}

func recycledWorkers(on *stage) (string, error) {
	pool, err := billiard.NewPool(forever, billiard.PoolOptions{Workers: 1, MaxJobsPerWorker: 2})
	if err != nil {
		return "", err
	}
	defer pool.Close()
	pids := map[int]bool{}
	for i := 0; i < 6; i++ {
		pid, err := billiard.Apply[int](forever, pool, "own_pid")
		if err != nil {
			return "", err
		}
		pids[pid] = true
	}
	return fmt.Sprint("ok ", len(pids)), nil
}

// awaitWorkers waits until the worker list is as wanted.
func awaitWorkers(pool *billiard.Pool, wanted func(workers []billiard.Worker) bool) error {
	for {
		workers, err := pool.Workers()
		if err != nil || wanted(workers) {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}

func growAndShrink(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		if err := pool.WaitReady(forever); err != nil {
			return "", err
		}
		var counts []string
		for _, step := range []struct {
			change func(group string, count int) error
			by     int
			count  int
		}{{pool.Grow, 2, 4}, {pool.Shrink, 3, 1}, {pool.Shrink, 0, 1}} {
			if err := step.change("", step.by); err != nil {
				return "", err
			}
			err := awaitWorkers(pool, func(workers []billiard.Worker) bool { return len(workers) == step.count })
			if err != nil {
				return "", err
			}
			counts = append(counts, fmt.Sprint(step.count))
		}
		return strings.Join(counts, " ") + " error " + status(pool.Shrink("", 5)), nil
	})
}

func restartIdle(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		if err := pool.WaitReady(forever); err != nil {
			return "", err
		}
		before := map[int]bool{}
		err := awaitWorkers(pool, func(workers []billiard.Worker) bool {
			for _, worker := range workers {
				before[worker.PID] = true
			}
			return true
		})
		if err != nil {
			return "", err
		}
		if err := pool.Restart(); err != nil {
			return "", err
		}
		ready := 0
		err = awaitWorkers(pool, func(workers []billiard.Worker) bool {
			ready = 0
			for _, worker := range workers {
				if before[worker.PID] {
					return false
				}
				if worker.State == billiard.WorkerIdle {
					ready++
				}
			}
			return ready == 2
		})
		return fmt.Sprint("ok ", ready), err
	})
}
