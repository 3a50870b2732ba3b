package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sort"
	"time"

	"billiard"
)

const (
	window    = 1024 // jobs that are not collected yet
	maxLosses = 10
)

// A run hashes the files of one tree.
type run struct {
	ctx    context.Context
	pool   *billiard.Pool
	folder string
	files  []string

	started  time.Time
	elapsed  time.Duration
	digests  map[string]fileDigest
	open     []*job // in the order of submission
	byID     map[uint64]*job
	settled  int // files with a final outcome
	progress progress

	unreadable    int
	killOne       bool // and no job was lost yet
	nothingToKill bool
}

// A job is one file on its way.
type job struct {
	path   string
	result *billiard.Result
	losses int
}

func newRun(ctx context.Context, pool *billiard.Pool, folder string, killOne bool) *run {
	return &run{
		ctx:     ctx,
		pool:    pool,
		folder:  folder,
		killOne: killOne,
		digests: map[string]fileDigest{},
		byID:    map[uint64]*job{},
	}
}

func (run *run) hashAll() error {
	run.started = time.Now()
	defer run.progress.wipe()
	for next := 0; next < len(run.files) || len(run.open) > 0; {
		for ; next < len(run.files) && len(run.open) < window; next++ {
			made := &job{path: run.files[next]}
			if err := run.submit(made); err != nil {
				return err
			}
			run.open = append(run.open, made)
		}
		if run.killOne && 2*run.settled >= len(run.files) {
			if err := run.killBusyWorker(); err != nil {
				return err
			}
		}
		if err := run.collectOldest(); err != nil {
			return err
		}
	}
	run.elapsed = time.Since(run.started)
	if run.killOne {
		return run.killWithExtraJobs()
	}
	return nil
}

func (run *run) submit(made *job) (err error) {
	made.result, err = run.pool.Submit(run.ctx, "digest", []byte(run.folder+"/"+made.path))
	if err == nil {
		run.byID[made.result.JobID()] = made
	}
	return err
}

// collectOldest waits for the file that was submitted first.
func (run *run) collectOldest() error {
	oldest := run.open[0]
	found, err := run.outcome(oldest)
	var failed *billiard.TaskError
	switch {
	case err == nil:
		run.digests[oldest.path] = found
	case errors.As(err, &failed):
		printUnreadable(oldest.path, capitalized(failed.Message))
		run.unreadable++
	case errors.Is(err, billiard.ErrWorkerLost):
		printUnreadable(oldest.path, err.Error())
		run.unreadable++
	default:
		return err
	}
	delete(run.byID, oldest.result.JobID())
	run.open = run.open[1:]
	run.settled++
	run.progress.show(run.settled, len(run.files))
	return nil
}

// outcome waits for a file's digest, and submits it again when its worker was lost, within limits.
func (run *run) outcome(of *job) (fileDigest, error) {
	for {
		found, err := billiard.Get[fileDigest](run.ctx, of.result)
		var lost *billiard.WorkerLostError
		if !errors.As(err, &lost) {
			return found, err
		}
		retried, resubmitErr := run.retry(of, lost)
		if resubmitErr != nil {
			return found, resubmitErr
		}
		if !retried {
			return found, err
		}
	}
}

// retry reports a lost job and submits it again, unless that was the last time.
func (run *run) retry(of *job, lost *billiard.WorkerLostError) (bool, error) {
	run.killOne = false
	of.losses++
	if of.losses >= maxLosses {
		return false, nil
	}
	run.progress.wipe()
	fmt.Printf("go lost worker=%d signal=%d job=%d file=%s after_s=%.3f; retried\n",
		lost.PID, lost.Signal, lost.JobID, quote(of.path), time.Since(run.started).Seconds())
	delete(run.byID, lost.JobID)
	return true, run.submit(of)
}

func (run *run) printSummary() {
	paths := make([]string, 0, len(run.digests))
	for path := range run.digests {
		paths = append(paths, path)
	}
	sort.Strings(paths) // by bytes
	total := sha256.New()
	var bytes int64
	for _, path := range paths {
		found := run.digests[path]
		fmt.Fprintf(total, "%x  %s\x00", found.Sum, path)
		bytes += found.Bytes
	}
	speed := 0.0
	if seconds := run.elapsed.Seconds(); seconds > 0 {
		speed = float64(len(paths)) / seconds
	}
	fmt.Printf("go files=%d bytes=%d files_per_s=%.1f digest=%s",
		len(paths), bytes, speed, hex.EncodeToString(total.Sum(nil)))
	if run.unreadable > 0 {
		fmt.Printf(" unreadable=%d", run.unreadable)
	}
	fmt.Println()
}
