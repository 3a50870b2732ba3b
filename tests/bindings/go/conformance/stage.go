package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"billiard"
)

var forever = context.Background()

// A stage is where one scenario is played.
type stage struct {
	name  string
	nonce string
}

// pool makes a pool of this program's workers. The scenario closes it.
func (on *stage) pool(workers int) (*billiard.Pool, error) {
	return billiard.NewPool(forever, billiard.PoolOptions{Workers: workers})
}

// queueName is a name that no other run has.
func (on *stage) queueName(suffix string) string {
	return fmt.Sprintf("conformance-%s-%s-%s", on.nonce, on.name, suffix)
}

func (on *stage) queue(suffix string, options billiard.QueueOptions) (*billiard.Queue, error) {
	return billiard.OpenQueue(on.queueName(suffix), options)
}

// within is a context with a deadline; one of 0 has passed already.
func within(limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(forever, limit)
}

// status is the name that the table has for an outcome.
func status(err error) string {
	if err == nil {
		return "OK"
	}
	if found := billiard.StatusOf(err); found != 0 {
		return strings.TrimPrefix(found.Name(), "BP_")
	}
	return "unexpected " + err.Error()
}

// naming is the outcome of a call that has to fail with a message that contains the text.
func naming(err error, text string) string {
	if err == nil {
		return "ok"
	}
	if !strings.Contains(err.Error(), text) {
		return fmt.Sprintf("error %s message: %s", status(err), err)
	}
	return fmt.Sprintf("error %s naming %s", status(err), text)
}

// thenAdd shows that the pool goes on.
func thenAdd(pool *billiard.Pool, outcome string) (string, error) {
	sum, err := billiard.Apply[int](forever, pool, "add", 40, 2)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s; then ok %d", outcome, sum), nil
}

// busyWith waits until a worker has begun the job.
func busyWith(pool *billiard.Pool, result *billiard.Result) (billiard.Worker, error) {
	for {
		workers, err := pool.Workers()
		if err != nil {
			return billiard.Worker{}, err
		}
		for _, worker := range workers {
			if worker.State == billiard.WorkerBusy && worker.JobID == result.JobID() {
				return worker, nil
			}
		}
		time.Sleep(time.Millisecond)
	}
}

// A blocked job waits in its worker for a message of a queue.
type blocked struct {
	pool   *billiard.Pool
	queue  *billiard.Queue
	result *billiard.Result
}

// block makes a pool of so many workers, one of which waits in the task `take`.
func (on *stage) block(workers int) (*blocked, error) {
	queue, err := on.queue("Q", billiard.QueueOptions{})
	if err != nil {
		return nil, err
	}
	pool, err := on.pool(workers)
	if err != nil {
		queue.Close()
		return nil, err
	}
	result, err := pool.Submit(forever, "take", on.queueName("Q"))
	if err != nil {
		pool.Close()
		queue.Close()
		return nil, err
	}
	return &blocked{pool: pool, queue: queue, result: result}, nil
}

// occupy is block, with the job begun.
func (on *stage) occupy(workers int) (*blocked, error) {
	job, err := on.block(workers)
	if err != nil {
		return nil, err
	}
	if _, err := busyWith(job.pool, job.result); err != nil {
		job.close()
		return nil, err
	}
	return job, nil
}

func (job *blocked) close() {
	job.pool.Close()
	job.queue.Close()
}

// thenGo lets the job end, and adds its value to the outcome.
func (job *blocked) thenGo(outcome string) (string, error) {
	if err := job.queue.Put(forever, "go"); err != nil {
		return "", err
	}
	value, err := billiard.Get[string](forever, job.result)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s; then ok %s", outcome, value), nil
}

// lostOutcome describes a WORKER_LOST by how the worker ended.
func lostOutcome(err error) (*billiard.WorkerLostError, string) {
	var lost *billiard.WorkerLostError
	if !errors.As(err, &lost) {
		return &billiard.WorkerLostError{}, "error " + status(err)
	}
	if lost.Signal != 0 {
		return lost, fmt.Sprintf("signal=%d", lost.Signal)
	}
	return lost, fmt.Sprintf("exitcode=%d", lost.ExitStatus)
}

// processExists is for the pid of a worker, which is no child of this process.
func processExists(pid int) bool { return pid > 0 && syscall.Kill(pid, 0) == nil }
