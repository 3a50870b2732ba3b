package billiard

import (
	"math"
	"runtime"

	"billiard/internal/native"
)

// PoolWatch looks at a pool of another process of the same user (root may look at everybody's), for tools
// that watch. The pool's program takes no part in it: it may be in any language, busy, stopped or stuck.
// All methods may be called by any number of goroutines.
type PoolWatch struct {
	handle uintptr
	life   lifetime
}

// WatchPool finds a pool that process `pid` has now: number `index`, from 0 in the order in which it made
// them.
//
// Blocks: never. Errors: ErrNotFound (no such process, or it has no such pool), ErrOS (another user's
// process), ErrInvalid (pid, index), ErrNoMemory.
func WatchPool(pid, index int) (*PoolWatch, error) {
	if pid < 1 || pid > math.MaxInt32 {
		return nil, invalid("pid: %d is no process id", pid)
	}
	if index < 0 || index > math.MaxInt32 {
		return nil, invalid("index: %d is out of range", index)
	}
	var handle, cerr uintptr
	if status := native.Bp_pool_watch_open(pid, index, &handle, &cerr); status < 0 {
		return nil, takeError(status, cerr)
	}
	watch := &PoolWatch{handle: handle}
	watch.life.free = func() { native.Bp_pool_watch_release(handle) }
	runtime.SetFinalizer(watch, (*PoolWatch).Close)
	return watch, nil
}

// Stats returns a snapshot, as Pool.Stats gives it to the pool's own program. Blocks: never.
// Errors: ErrClosed (that program has ended), ErrState (after Close).
func (watch *PoolWatch) Stats() (PoolStats, error) { return statsBy(watch.look) }

// Workers returns what each worker is doing now, as Pool.Workers tells it. Blocks: never. Errors: as Stats.
func (watch *PoolWatch) Workers() ([]Worker, error) { return workersBy(watch.look) }

// GroupName returns the name of a group by its index (Worker.Group). Blocks: never.
// Errors: ErrInvalid (no worker is of such a group), and as Stats.
func (watch *PoolWatch) GroupName(index int) (string, error) {
	var name string
	err := watch.look(func(snapshot uintptr) {
		if index >= 0 && index <= math.MaxInt32 {
			name = native.Bpi_snapshot_group(snapshot, index)
		}
	})
	if err == nil && name == "" {
		err = invalid("group: no worker is of group %d", index)
	}
	return name, err
}

// Close ends the look; the pool does not notice. Later calls do nothing. Errors: none.
func (watch *PoolWatch) Close() error {
	runtime.SetFinalizer(watch, nil)
	watch.life.end()
	return nil
}

func (watch *PoolWatch) look(show func(snapshot uintptr)) error {
	if !watch.life.use() {
		return errWatchClosed
	}
	defer watch.life.done()
	return showSnapshot(watch.handle, native.Bpi_snapshot_watch, show)
}

var errWatchClosed = &Error{Status: ErrState, Message: "the watch is closed"}
