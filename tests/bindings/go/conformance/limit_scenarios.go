package main

import (
	"errors"
	"fmt"
	"time"

	"billiard"
)

func init() {
	scenarios["hard_limit"] = hardLimit
	scenarios["soft_limit"] = softLimit
	scenarios["terminate_job"] = terminateJob
	scenarios["expired_job"] = expiredJob
	scenarios["retried_job"] = retriedJob
}

const shortLimit = 200 * time.Millisecond

// submitTake lets a job wait for a message in the queue Q.
func submitTake(on *stage, pool *billiard.Pool, job billiard.Job) (*billiard.Result, error) {
	job.Task, job.Args = "take", []any{on.queueName("Q")}
	return pool.SubmitJob(forever, job)
}

// inPoolWithQueue plays a scenario that needs a pool of one worker and the queue Q.
func inPoolWithQueue(on *stage, body func(pool *billiard.Pool, queue *billiard.Queue) (string, error)) (string, error) {
	queue, err := on.queue("Q", billiard.QueueOptions{})
	if err != nil {
		return "", err
	}
	defer queue.Close()
	pool, err := on.pool(1)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	return body(pool, queue)
}

func hardLimit(on *stage) (string, error) {
	return inPoolWithQueue(on, func(pool *billiard.Pool, _ *billiard.Queue) (string, error) {
		result, err := submitTake(on, pool, billiard.Job{TimeLimit: shortLimit})
		if err != nil {
			return "", err
		}
		return thenAdd(pool, "error "+status(result.Value(forever, nil)))
	})
}

func softLimit(on *stage) (string, error) {
	pool, err := on.pool(1)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	result, err := pool.SubmitJob(forever, billiard.Job{Task: "wait_for_soft_limit", SoftTimeLimit: shortLimit})
	if err != nil {
		return "", err
	}
	value, err := billiard.Get[string](forever, result)
	return "ok " + value, err
}

func terminateJob(on *stage) (string, error) {
	job, err := on.occupy(1)
	if err != nil {
		return "", err
	}
	defer job.close()
	if err := job.result.Terminate(0); err != nil {
		return "", err
	}
	return thenAdd(job.pool, "error "+status(job.result.Value(forever, nil)))
}

func expiredJob(on *stage) (string, error) {
	job, err := on.occupy(1)
	if err != nil {
		return "", err
	}
	defer job.close()
	late, err := job.pool.SubmitJob(forever, billiard.Job{
		Task: "echo", Args: []any{1}, Expires: 100 * time.Millisecond})
	if err != nil {
		return "", err
	}
	outcome := "error " + status(late.Value(forever, nil))
	if err := job.queue.Put(forever, "go"); err != nil {
		return "", err
	}
	if err := job.result.Value(forever, nil); err != nil {
		return "", err
	}
	return thenAdd(job.pool, outcome)
}

func retriedJob(on *stage) (string, error) {
	return inPoolWithQueue(on, func(pool *billiard.Pool, queue *billiard.Queue) (string, error) {
		if err := queue.Put(forever, "go"); err != nil {
			return "", err
		}
		result, err := pool.SubmitJob(forever, billiard.Job{
			Task: "killed_once", Args: []any{on.queueName("Q")}, MaxRetries: 1})
		if err != nil {
			return "", err
		}
		value, err := billiard.Get[string](forever, result)
		return "ok " + value, err
	})
}

// taskFailure describes a TASK_FAILED by its class and message.
func taskFailure(err error) (string, error) {
	var failed *billiard.TaskError
	if !errors.As(err, &failed) {
		return "", fmt.Errorf("no TaskError but %v", err)
	}
	class := failed.Class
	if class == fmt.Sprintf("%T", conformanceFailure{}) {
		class = "own"
	}
	return fmt.Sprintf("error %s class=%s message=%s", status(err), class, failed.Message), nil
}
