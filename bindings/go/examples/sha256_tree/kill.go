package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"syscall"

	"billiard"
)

// killBusyWorker kills a worker that has begun a job, until one was lost by it or none is busy.
func (run *run) killBusyWorker() error {
	for run.killOne {
		victim, err := run.findBusy(func(id uint64) bool { return run.byID[id] != nil })
		if victim == nil {
			return err
		}
		if err := run.kill(victim, run.byID[victim.JobID]); err != nil {
			return err
		}
	}
	return nil
}

// findBusy returns a worker that has begun one of the wanted jobs, or nil.
func (run *run) findBusy(wanted func(id uint64) bool) (*billiard.Worker, error) {
	workers, err := run.pool.Workers()
	if err != nil {
		return nil, err
	}
	for i, worker := range workers {
		if worker.State == billiard.WorkerBusy && wanted(worker.JobID) {
			return &workers[i], nil
		}
	}
	return nil, nil
}

// kill ends the worker from outside and says what became of its job.
func (run *run) kill(victim *billiard.Worker, of *job) error {
	if err := syscall.Kill(victim.PID, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
		return fmt.Errorf("worker %d can not be killed: %w", victim.PID, err)
	}
	if err := of.result.Wait(run.ctx); err != nil {
		return err
	}
	_, _, err := of.result.Bytes(run.ctx)
	var lost *billiard.WorkerLostError
	if errors.As(err, &lost) {
		_, err := run.retry(of, lost)
		return err
	}
	run.progress.wipe()
	fmt.Printf("go killed worker=%d between jobs; taking another\n", victim.PID)
	return nil
}

// killWithExtraJobs hashes the largest file again until a worker was lost with it, for trees so
// small that all was done before.
func (run *run) killWithExtraJobs() error {
	path, first := run.largest()
	if path == "" {
		fmt.Fprintln(os.Stderr, "go kill-one: no file to hash")
		run.nothingToKill = true
		return nil
	}
	for run.killOne {
		extra := &job{path: path}
		if err := run.submit(extra); err != nil {
			return err
		}
		if err := run.killWhileRunning(extra); err != nil {
			return err
		}
		again, err := run.outcome(extra)
		if err != nil {
			return err
		}
		if !bytes.Equal(again.Sum, first.Sum) {
			return fmt.Errorf("file %s changed meanwhile", quote(path))
		}
	}
	return nil
}

// killWhileRunning looks until the job has begun, then kills its worker, or until it has ended.
func (run *run) killWhileRunning(extra *job) error {
	id := extra.result.JobID()
	for {
		select {
		case <-extra.result.Done():
			return nil
		default:
		}
		victim, err := run.findBusy(func(busy uint64) bool { return busy == id })
		if err != nil {
			return err
		}
		if victim != nil {
			return run.kill(victim, extra)
		}
	}
}

func (run *run) largest() (path string, found fileDigest) {
	for each, digest := range run.digests {
		if path == "" || digest.Bytes > found.Bytes {
			path, found = each, digest
		}
	}
	return path, found
}
