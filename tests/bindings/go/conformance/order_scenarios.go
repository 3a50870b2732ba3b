package main

import (
	"fmt"
	"strings"
	"time"

	"billiard"
)

func init() {
	scenarios["priorities"] = priorities
	scenarios["callbacks_order"] = callbacksOrder
}

func priorities(on *stage) (string, error) {
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
	results := []*billiard.Result{job.result}
	for number := 1; number <= 3; number++ {
		result, err := job.pool.SubmitJob(forever, billiard.Job{
			Task: "put", Args: []any{on.queueName("R"), number}, Priority: number - 2})
		if err != nil {
			return "", err
		}
		results = append(results, result)
	}
	if err := job.queue.Put(forever, "go"); err != nil {
		return "", err
	}
	for _, result := range results {
		if err := result.Value(forever, nil); err != nil {
			return "", err
		}
	}
	return takeAll(arrivals, 3)
}

func callbacksOrder(on *stage) (string, error) {
	pool, err := on.pool(1)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	var words []string
	done := make(chan bool)
	_, err = pool.SubmitJob(forever, billiard.Job{
		Task: "add", Args: []any{40, 2},
		OnAccepted: func(int, time.Time) error {
			words = append(words, "accepted")
			return nil
		},
		OnSuccess: func(result *billiard.Result) {
			value, err := billiard.Get[int](forever, result)
			words = append(words, fmt.Sprint("done ", value))
			if err != nil {
				words = append(words, err.Error())
			}
			close(done)
		},
	})
	if err != nil {
		return "", err
	}
	<-done
	return strings.Join(words, " "), nil
}
