package billiard

import (
	"syscall"
	"time"

	"billiard/internal/native"
)

// PoolEventKind says what happened in a pool.
type PoolEventKind int

// Kinds of events, as in the C header billiard/pool_events.h, and the fields that say more.
const (
	// EventSoftTimeout: a job has run past its soft limit: JobID, PID, SoftTimeLimit.
	EventSoftTimeout PoolEventKind = 3
	// EventTimeout: a job was ended at its hard limit: JobID, PID, TimeLimit.
	EventTimeout PoolEventKind = 4
	// EventTimeoutSet: a job with limits has begun: JobID, PID, SoftTimeLimit, TimeLimit.
	EventTimeoutSet PoolEventKind = 5
	// EventTimeoutCancel: a job with limits has its outcome: JobID.
	EventTimeoutCancel PoolEventKind = 6
	// EventWorkerUp: a worker process was started: PID, Index, Group.
	EventWorkerUp PoolEventKind = 7
	// EventWorkerDown: it has ended, and its job is decided: PID, Index, Group, Signal, ExitStatus.
	EventWorkerDown PoolEventKind = 8
	// EventGrow and EventShrink: Pool.Grow and Pool.Shrink: Group, Count.
	EventGrow   PoolEventKind = 9
	EventShrink PoolEventKind = 10
	// EventPoolFailed: the pool can not go on; WaitReady has the reason.
	EventPoolFailed PoolEventKind = 11
)

// PoolEvent is one that PoolOptions.OnEvent is told of. Fields that do not belong to its kind are 0.
type PoolEvent struct {
	Kind PoolEventKind
	// Time at which it happened or was noticed.
	Time time.Time
	// JobID is the job concerned, or NoJob.
	JobID         uint64
	SoftTimeLimit time.Duration
	TimeLimit     time.Duration
	PID           int
	Index         int // of the worker, or -1
	Group         int // index of the group, or -1
	// Signal ended the worker; 0 when it left by itself with ExitStatus, which is -1 when it is not
	// known.
	Signal     syscall.Signal
	ExitStatus int
	Count      int
}

// NoJob is the id of no job.
const NoJob = ^uint64(0)

func newPoolEvent(seen *native.PoolEvent) PoolEvent {
	event := PoolEvent{
		Kind:          PoolEventKind(seen.Kind),
		Time:          timeOf(seen.TimeNs),
		JobID:         seen.Job,
		SoftTimeLimit: time.Duration(seen.SoftNs),
		TimeLimit:     time.Duration(seen.HardNs),
		PID:           int(seen.Pid),
		Index:         int(seen.Index),
		Group:         int(seen.Group),
		Count:         int(seen.Count),
	}
	if event.Kind == EventWorkerDown {
		event.Signal, event.ExitStatus = readExitStatus(int(seen.ExitStatus))
	}
	return event
}

// timeOf translates a time of the monotonic clock.
func timeOf(monotonic int64) time.Time {
	return time.Now().Add(time.Duration(monotonic - monotonicNow()))
}

// readExitStatus splits the library's number for the end of a process.
func readExitStatus(status int) (syscall.Signal, int) {
	switch {
	case status >= 0:
		return 0, status
	case int64(status) == int64(native.BP_EXIT_UNKNOWN):
		return 0, -1
	}
	return syscall.Signal(-status), -1
}
