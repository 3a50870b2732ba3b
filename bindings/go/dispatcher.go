package billiard

import (
	"fmt"
	"os"
	"sync"
	"syscall"

	"billiard/internal/native"
)

// A dispatcher learns of ended jobs and collects their results: one goroutine, parked in the
// netpoller on the pool's file descriptor. Waiters sleep on their result's channel.
//
// A job may end before its submitter has said that it expects it. Ids then wait in `early`. Each id
// is announced once and expected once, so neither table keeps an entry for good.
type dispatcher struct {
	pool    uintptr
	file    *os.File // a duplicate of the pool's descriptor
	stopped chan struct{}

	draining sync.Mutex // held until what was drained is collected

	mu      sync.Mutex
	waiting map[uint64]*Result
	early   map[uint64]struct{}
	over    bool // all jobs have ended
}

func newDispatcher(pool uintptr) (*dispatcher, error) {
	fd, err := duplicate(native.Bp_pool_fd(pool))
	if err != nil {
		return nil, err
	}
	d := &dispatcher{
		pool:    pool,
		file:    os.NewFile(uintptr(fd), "billiard pool"),
		stopped: make(chan struct{}),
		waiting: map[uint64]*Result{},
		early:   map[uint64]struct{}{},
	}
	events, err := d.file.SyscallConn()
	if err != nil {
		d.file.Close()
		return nil, fmt.Errorf("billiard: the pool's events: %w", err)
	}
	go d.run(events)
	return d, nil
}

// duplicate makes a descriptor that the netpoller takes: one that does not block.
func duplicate(fd int) (int, error) {
	made, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_DUPFD_CLOEXEC, 0)
	if errno != 0 {
		return -1, fmt.Errorf("billiard: the pool's descriptor: %w", errno)
	}
	if err := syscall.SetNonblock(int(made), true); err != nil {
		syscall.Close(int(made))
		return -1, fmt.Errorf("billiard: the pool's descriptor: %w", err)
	}
	return int(made), nil
}

// run drains whenever the descriptor becomes readable. Draining until nothing is left arms it
// again, so the edge that the netpoller waits for comes with the next ended job.
func (d *dispatcher) run(events syscall.RawConn) {
	defer close(d.stopped)
	events.Read(func(uintptr) bool {
		d.drain()
		return false // wait for the next edge, until the file is closed
	})
}

// drain collects the jobs that have ended.
func (d *dispatcher) drain() {
	d.draining.Lock()
	defer d.draining.Unlock()
	var events [128]native.PoolEvent
	for {
		var count uint64
		var cerr uintptr
		if err := takeError(native.Bp_pool_read_events(d.pool, events[:], &count, &cerr), cerr); err != nil {
			panic(err) // arguments that can not be wrong
		}
		if count == 0 {
			return
		}
		for i := range events[:count] {
			event := &events[i]
			if event.Kind != int32(native.BP_EVENT_JOB_DONE) {
				continue
			}
			if result := d.ended(event.Job); result != nil {
				result.collect()
			}
		}
	}
}

// ended notes that a job has ended, and returns the result that is now to be collected.
func (d *dispatcher) ended(id uint64) *Result {
	d.mu.Lock()
	defer d.mu.Unlock()
	result, expected := d.waiting[id]
	if expected {
		delete(d.waiting, id)
	} else if !d.over {
		d.early[id] = struct{}{}
	}
	return result
}

// expect takes charge of a new job's result.
func (d *dispatcher) expect(result *Result) {
	d.mu.Lock()
	_, ended := d.early[result.job]
	delete(d.early, result.job)
	ended = ended || d.over
	if !ended {
		d.waiting[result.job] = result
	}
	d.mu.Unlock()
	if ended {
		result.collect()
	}
}

// settle collects everything, once all jobs have ended.
func (d *dispatcher) settle() {
	d.drain()
	d.mu.Lock()
	d.over = true
	left := d.waiting
	d.waiting = nil
	d.mu.Unlock()
	for _, result := range left {
		result.collect()
	}
}

// stop ends the goroutine, once all jobs have ended.
func (d *dispatcher) stop() {
	d.file.Close()
	<-d.stopped
	d.settle()
}
