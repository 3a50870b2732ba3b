package main

import "billiard"

func init() {
	scenarios["priorities"] = priorities
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
