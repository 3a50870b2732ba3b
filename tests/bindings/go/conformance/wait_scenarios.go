package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"billiard"
)

func init() {
	scenarios["timeout_then_value"] = timeoutThenValue
	scenarios["timeout_zero_polls"] = timeoutZeroPolls
	scenarios["interrupt_ends_wait"] = interruptEndsWait
	scenarios["worker_killed"] = workerKilled
	scenarios["worker_exits"] = workerExits
	scenarios["stats_busy_worker"] = statsBusyWorker
}

func timeoutThenValue(on *stage) (string, error) {
	job, err := on.block(1)
	if err != nil {
		return "", err
	}
	defer job.close()
	short, cancel := within(50 * time.Millisecond)
	defer cancel()
	return job.thenGo("error " + status(job.result.Value(short, nil)))
}

func timeoutZeroPolls(on *stage) (string, error) {
	job, err := on.occupy(1)
	if err != nil {
		return "", err
	}
	defer job.close()
	now, cancel := within(0)
	defer cancel()
	return job.thenGo("error " + status(job.result.Value(now, nil)))
}

func interruptEndsWait(on *stage) (string, error) {
	job, err := on.block(1)
	if err != nil {
		return "", err
	}
	defer job.close()
	ctx, cancel := context.WithCancel(forever)
	go cancel()
	outcome := "not interrupted"
	if errors.Is(job.result.Value(ctx, nil), context.Canceled) {
		outcome = "interrupted"
	}
	return job.thenGo(outcome)
}

func workerKilled(on *stage) (string, error) {
	job, err := on.block(1)
	if err != nil {
		return "", err
	}
	defer job.close()
	worker, err := busyWith(job.pool, job.result)
	if err != nil {
		return "", err
	}
	if err := syscall.Kill(worker.PID, syscall.SIGKILL); err != nil {
		return "", err
	}
	err = job.result.Value(forever, nil)
	lost, how := lostOutcome(err)
	pid := "other"
	if lost.PID == worker.PID {
		pid = "same"
	}
	return thenAdd(job.pool, fmt.Sprintf("error %s pid=%s %s", status(err), pid, how))
}

func workerExits(on *stage) (string, error) {
	pool, err := on.pool(1)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	err = pool.Apply(forever, nil, "exit_process", 3)
	_, how := lostOutcome(err)
	return thenAdd(pool, fmt.Sprintf("error %s %s", status(err), how))
}

func statsBusyWorker(on *stage) (string, error) {
	job, err := on.occupy(2)
	if err != nil {
		return "", err
	}
	defer job.close()
	workers, err := job.pool.Workers()
	if err != nil {
		return "", err
	}
	busy, sameJob, samePID := 0, "other", "other"
	for _, worker := range workers {
		if worker.State != billiard.WorkerBusy {
			continue
		}
		busy++
		if worker.JobID == job.result.JobID() {
			sameJob = "same"
		}
		if worker.PID == job.result.PID() && processExists(worker.PID) {
			samePID = "same"
		}
	}
	return job.thenGo(fmt.Sprintf("busy=%d job=%s pid=%s", busy, sameJob, samePID))
}
