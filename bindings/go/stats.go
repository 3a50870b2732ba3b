package billiard

import (
	"time"

	"billiard/internal/native"
)

// PoolStats is one snapshot of a pool. Counts are since its creation, but for Queued and Running.
type PoolStats struct {
	Submitted uint64
	Queued    uint64 // not begun
	Running   uint64 // begun
	Succeeded uint64
	Failed    uint64 // the task failed
	Lost      uint64 // the worker died
	TimedOut  uint64 // ended at their hard limit
	// OverMemory counts the jobs whose worker grew past its limit, Expired those that never began.
	OverMemory uint64
	Expired    uint64
	// Terminated counts the jobs that ended in any other way.
	Terminated uint64
	// Restarts counts the worker processes that were started to replace another: those that were lost,
	// recycled, not ready before they ended, or asked to go.
	Restarts         uint64
	RestartsLost     uint64
	RestartsRecycled uint64
	RestartsBoot     uint64
	RestartsAsked    uint64

	Workers int // places for workers
	Ready   int // workers that are idle or busy
	// TemplatePID is the process that starts the workers.
	TemplatePID int
}

// WorkerState says what a worker is doing.
type WorkerState int

// States of a worker, as in the C header billiard/pool.h.
const (
	// WorkerEmpty: no process at this place.
	WorkerEmpty WorkerState = 0
	// WorkerStarting: asked for, or running and not ready yet.
	WorkerStarting WorkerState = 1
	// WorkerIdle: ready for a job.
	WorkerIdle WorkerState = 2
	// WorkerBusy: it has begun a job.
	WorkerBusy WorkerState = 3
	// WorkerLeaving: asked to leave, or dead and not replaced yet.
	WorkerLeaving WorkerState = 4
)

// String returns the state in one word.
func (state WorkerState) String() string {
	names := [...]string{"empty", "starting", "idle", "busy", "leaving"}
	if state < 0 || int(state) >= len(names) {
		return "unknown"
	}
	return names[state]
}

// Worker is one place for a worker process, and what is there now.
type Worker struct {
	Index int // stable, 0 and up
	PID   int // 0 when there is none
	State WorkerState
	Group int // index of its group
	// JobID is the job that it has begun; it counts only when State is WorkerBusy.
	JobID uint64
	// Busy is for how long it has been running that job.
	Busy time.Duration
	// JobsDone counts the jobs of this process, Starts the processes at this place so far.
	JobsDone uint64
	Starts   uint64
	// MemoryKiB is the anonymous memory of the process now, or 0 when that is not known.
	MemoryKiB int64
}

// Stats returns a snapshot of the pool. Blocks: never. Errors: ErrState (after Close).
func (pool *Pool) Stats() (PoolStats, error) { return statsBy(pool.look) }

// Workers returns what each worker is doing now, in order of index. Blocks: never. Errors: ErrState
// (after Close).
func (pool *Pool) Workers() ([]Worker, error) { return workersBy(pool.look) }

// look shows a snapshot of the pool, which lives as long as the function runs.
func (pool *Pool) look(show func(snapshot uintptr)) error {
	if !pool.life.use() {
		return errPoolClosed
	}
	defer pool.life.done()
	return showSnapshot(pool.handle, native.Bpi_snapshot_take, show)
}

// showSnapshot takes a snapshot of a pool or a watch.
func showSnapshot(of uintptr, take func(of uintptr, snapshot, cerr *uintptr) int32,
	show func(snapshot uintptr)) error {
	var snapshot, cerr uintptr
	if status := take(of, &snapshot, &cerr); status < 0 {
		return takeError(status, cerr)
	}
	defer native.Bpi_snapshot_free(snapshot)
	show(snapshot)
	return nil
}

func statsBy(look func(show func(snapshot uintptr)) error) (PoolStats, error) {
	var stats PoolStats
	err := look(func(snapshot uintptr) { stats = newStats(native.Bpi_snapshot_stats(snapshot)) })
	return stats, err
}

func newStats(seen native.PoolStats) PoolStats {
	return PoolStats{
		Submitted:   seen.GetSubmitted(),
		Queued:      seen.GetQueued(),
		Running:     seen.GetRunning(),
		Succeeded:   seen.GetSucceeded(),
		Failed:      seen.GetFailed(),
		Lost:        seen.GetLost(),
		Terminated:  seen.GetTerminated(),
		Restarts:    seen.GetRestarts(),
		Workers:     seen.GetWorkers(),
		Ready:       seen.GetReady(),
		TemplatePID: seen.GetTemplate_pid(),

		TimedOut:         seen.GetTimed_out(),
		OverMemory:       seen.GetOver_memory(),
		Expired:          seen.GetExpired(),
		RestartsLost:     seen.GetRestarts_lost(),
		RestartsRecycled: seen.GetRestarts_recycled(),
		RestartsBoot:     seen.GetRestarts_boot(),
		RestartsAsked:    seen.GetRestarts_asked(),
	}
}

func workersBy(look func(show func(snapshot uintptr)) error) ([]Worker, error) {
	var workers []Worker
	err := look(func(snapshot uintptr) {
		now := monotonicNow()
		for i := 0; i < native.Bpi_snapshot_worker_count(snapshot); i++ {
			workers = append(workers, newWorker(native.Bpi_snapshot_worker(snapshot, i), now))
		}
	})
	return workers, err
}

func newWorker(seen native.WorkerInfo, now int64) Worker {
	worker := Worker{
		Index:     seen.GetIndex(),
		PID:       seen.GetPid(),
		State:     WorkerState(seen.GetState()),
		Group:     seen.GetGroup(),
		JobID:     seen.GetJob(),
		JobsDone:  seen.GetJobs_done(),
		Starts:    seen.GetStarts(),
		MemoryKiB: seen.GetMemory_kib(),
	}
	if since := seen.GetSince_ns(); since > 0 && now > since {
		worker.Busy = time.Duration(now - since)
	}
	return worker
}
