package main

import (
	"fmt"

	"billiard"
)

func init() {
	scenarios["task_error"] = taskError
	scenarios["unknown_task"] = unknownTask
	scenarios["workers_zero"] = workersZero
	scenarios["workers_negative"] = workersNegative
	scenarios["missing_command"] = missingCommand
	scenarios["worker_never_ready"] = workerNeverReady
	scenarios["payload_too_large"] = payloadTooLarge
	scenarios["result_too_large"] = resultTooLarge
	scenarios["wrong_type_task"] = wrongTypeTask
	scenarios["wrong_type_value"] = wrongTypeValue
	scenarios["pool_in_forked_child"] = poolInForkedChild
}

func taskError(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		err := pool.Apply(forever, nil, "fail", "boom 7")
		outcome, err := taskFailure(err)
		if err != nil {
			return "", err
		}
		return thenAdd(pool, outcome)
	})
}

func unknownTask(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		return thenAdd(pool, naming(pool.Apply(forever, nil, "no_such_task", 1), "no_such_task"))
	})
}

// workersZero: as everywhere in Go, 0 is the default, so an unset field needs no other value.
func workersZero(on *stage) (string, error) {
	pool, err := on.pool(0)
	if err != nil {
		return naming(err, "workers"), nil
	}
	defer pool.Close()
	workers, err := pool.Workers()
	if err != nil {
		return "", err
	}
	if len(workers) != billiard.CPUs() {
		return fmt.Sprintf("ok %d workers", len(workers)), nil
	}
	return "ok default", nil
}

func workersNegative(on *stage) (string, error) {
	pool, err := on.pool(-3)
	if err == nil {
		pool.Close()
	}
	return naming(err, "workers"), nil
}

// firstError makes a pool with this command and waits until it is ready.
func firstError(command ...string) error {
	pool, err := billiard.NewPool(forever, billiard.PoolOptions{Workers: 1, Command: command})
	if err != nil {
		return err
	}
	defer pool.Close()
	return pool.WaitReady(forever)
}

func missingCommand(on *stage) (string, error) {
	const missing = "/nonexistent/worker-program"
	return naming(firstError(missing), missing), nil
}

func workerNeverReady(on *stage) (string, error) {
	pool, err := billiard.NewPool(forever, billiard.PoolOptions{Workers: 1, Command: []string{"/bin/false"}})
	if err != nil {
		return "", err
	}
	defer pool.Close()
	return naming(pool.Apply(forever, nil, "echo", 1), "exitcode 1"), nil
}

// inSmallPool plays a scenario in a pool with a limit of 1000 bytes.
func inSmallPool(body func(pool *billiard.Pool) (string, error)) (string, error) {
	pool, err := billiard.NewPool(forever, billiard.PoolOptions{Workers: 1, MaxPayload: 1000})
	if err != nil {
		return "", err
	}
	defer pool.Close()
	return body(pool)
}

func payloadTooLarge(on *stage) (string, error) {
	return inSmallPool(func(pool *billiard.Pool) (string, error) {
		_, err := reverseRaw(pool, make([]byte, 2000))
		return thenAdd(pool, naming(err, "2000"))
	})
}

func resultTooLarge(on *stage) (string, error) {
	return inSmallPool(func(pool *billiard.Pool) (string, error) {
		return thenAdd(pool, naming(pool.Apply(forever, nil, "make_bytes", 2000), "2003"))
	})
}

// wrongTypeTask: the compiler refuses all other types than a string; an empty one is left.
func wrongTypeTask(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		_, err := pool.Submit(forever, "", 1)
		return naming(err, "task"), nil
	})
}

func wrongTypeValue(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		_, err := pool.Submit(forever, "echo", make(chan int))
		return thenAdd(pool, naming(err, "argument"))
	})
}

// poolInForkedChild: of a Go program's threads only one is there after a fork, without the
// collector and the scheduler; it hangs at its first goroutine.
func poolInForkedChild(on *stage) (string, error) {
	return "not possible: a Go program can not fork without exec", nil
}
