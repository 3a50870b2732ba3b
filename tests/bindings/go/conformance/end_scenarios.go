package main

import (
	"fmt"
	"strings"

	"billiard"
)

func init() {
	scenarios["submit_after_close"] = submitAfterClose
	scenarios["close_completes"] = closeCompletes
	scenarios["terminate_resolves"] = terminateResolves
	scenarios["join_before_close"] = joinBeforeClose
	scenarios["fifo_order"] = fifoOrder
}

func submitAfterClose(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		if err := pool.Shutdown(forever); err != nil {
			return "", err
		}
		_, err := pool.Submit(forever, "echo", 1)
		return "error " + status(err), nil
	})
}

func closeCompletes(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		results, err := submitEchos(pool, 50)
		if err != nil {
			return "", err
		}
		if err := pool.Shutdown(forever); err != nil {
			return "", err
		}
		now, cancel := within(0)
		defer cancel()
		sum := 0
		for _, result := range results {
			value, err := billiard.Get[int](now, result)
			if err != nil {
				return "", err
			}
			sum += value
		}
		return fmt.Sprint("ok ", sum), nil
	})
}

func terminateResolves(on *stage) (string, error) {
	job, err := on.occupy(1)
	if err != nil {
		return "", err
	}
	defer job.close()
	queued, err := submitEchos(job.pool, 3)
	if err != nil {
		return "", err
	}
	if err := job.pool.Terminate(); err != nil {
		return "", err
	}
	if err := job.pool.Join(forever); err != nil {
		return "", err
	}
	now, cancel := within(0)
	defer cancel()
	var statuses []string
	for _, result := range append([]*billiard.Result{job.result}, queued...) {
		statuses = append(statuses, status(result.Value(now, nil)))
	}
	return strings.Join(statuses, " "), nil
}

func joinBeforeClose(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		return "error " + status(pool.Join(forever)), nil
	})
}

func fifoOrder(on *stage) (string, error) {
	job, err := on.occupy(1)
	if err != nil {
		return "", err
	}
	defer job.close()
	arrivals, err := on.queue("R", billiard.QueueOptions{})
	if err != nil {
		return "", err
	}
	defer arrivals.Close()
	var results []*billiard.Result
	for i := 0; i < 20; i++ {
		result, err := job.pool.Submit(forever, "put", on.queueName("R"), i)
		if err != nil {
			return "", err
		}
		results = append(results, result)
	}
	if err := job.queue.Put(forever, "go"); err != nil {
		return "", err
	}
	for _, result := range append(results, job.result) {
		if err := result.Value(forever, nil); err != nil {
			return "", err
		}
	}
	return takeAll(arrivals, len(results))
}

// takeAll takes so many messages, which must be there already.
func takeAll(queue *billiard.Queue, count int) (string, error) {
	outcome := "ok"
	for i := 0; i < count; i++ {
		var value int
		if err := queue.TryGet(&value); err != nil {
			return "", err
		}
		outcome += fmt.Sprint(" ", value)
	}
	return outcome, nil
}
