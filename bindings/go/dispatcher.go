package billiard

import (
	"fmt"
	"os"
	"sync"
	"syscall"

	"billiard/internal/native"
)

// A dispatcher reads the pool's events and hands each to whom it concerns: one goroutine, parked in
// the netpoller on the pool's file descriptor. Waiters sleep on their result's channel.
//
// Events of a job may come before its submitter has said that it expects them; they wait in `early`.
// Submitters say when they begin, so events of an id that is unknown while nobody submits have nobody
// left to hear them, and are dropped.
type dispatcher struct {
	pool    uintptr
	onEvent func(PoolEvent) // or nil
	calls   *callbacks
	file    *os.File // a duplicate of the pool's descriptor
	stopped chan struct{}

	reading sync.Mutex // held until the events that were read are handed out

	mu         sync.Mutex
	listeners  map[uint64]listener
	early      map[uint64][]native.PoolEvent
	submitting int
	over       bool // all jobs have ended
}

// A listener hears the events of one id. Its methods are called one at a time, and not with the
// dispatcher's locks that `expect` takes.
type listener interface {
	// hear takes an event, and returns true when it was the last.
	hear(event *native.PoolEvent) bool
	// end says that the pool has ended.
	end()
}

func newDispatcher(pool uintptr, calls *callbacks, onEvent func(PoolEvent)) (*dispatcher, error) {
	fd, err := duplicate(native.Bp_pool_fd(pool))
	if err != nil {
		return nil, err
	}
	d := &dispatcher{
		pool:      pool,
		onEvent:   onEvent,
		calls:     calls,
		file:      os.NewFile(uintptr(fd), "billiard pool"),
		stopped:   make(chan struct{}),
		listeners: map[uint64]listener{},
		early:     map[uint64][]native.PoolEvent{},
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
	made, err := duplicateFD(fd)
	if err != nil {
		return -1, fmt.Errorf("billiard: the pool's descriptor: %w", err)
	}
	if err := syscall.SetNonblock(made, true); err != nil {
		syscall.Close(made)
		return -1, fmt.Errorf("billiard: the pool's descriptor: %w", err)
	}
	return made, nil
}

// run reads whenever the descriptor becomes readable. Reading until nothing is left arms it again, so
// the edge that the netpoller waits for comes with the next event.
func (d *dispatcher) run(events syscall.RawConn) {
	defer close(d.stopped)
	events.Read(func(uintptr) bool {
		d.readAll()
		return false // wait for the next edge, until the file is closed
	})
}

func (d *dispatcher) readAll() {
	for d.readSome() {
	}
}

// readSome hands out some events, and returns false when there were none.
func (d *dispatcher) readSome() bool {
	d.reading.Lock()
	defer d.reading.Unlock()
	var events [128]native.PoolEvent
	var count uint64
	var cerr uintptr
	if err := takeError(native.Bp_pool_read_events(d.pool, events[:], &count, &cerr), cerr); err != nil {
		panic(err) // arguments that can not be wrong
	}
	for i := range events[:count] {
		d.handOut(&events[i])
	}
	return count > 0
}

func (d *dispatcher) handOut(event *native.PoolEvent) {
	if event.Kind >= int32(EventSoftTimeout) && d.onEvent != nil {
		told := newPoolEvent(event)
		d.calls.add(func() { d.onEvent(told) })
	}
	if kind := PoolEventKind(event.Kind); event.Job == NoJob || kind == EventTimeoutSet || kind == EventTimeoutCancel {
		return // nobody listens for those
	}
	if to := d.listenerOf(event); to != nil && to.hear(event) {
		d.forget(event.Job)
	}
}

// listenerOf returns who hears the event, or keeps the event for a submitter who has not come back.
func (d *dispatcher) listenerOf(event *native.PoolEvent) listener {
	d.mu.Lock()
	defer d.mu.Unlock()
	to := d.listeners[event.Job]
	if to == nil && d.submitting > 0 && !d.over {
		d.early[event.Job] = append(d.early[event.Job], *event)
	}
	return to
}

// begin says that a submission begins, which expect or abandon ends.
func (d *dispatcher) begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.submitting++
}

// abandon ends a submission that came to nothing.
func (d *dispatcher) abandon() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.endSubmission()
}

func (d *dispatcher) endSubmission() {
	d.submitting--
	if d.submitting == 0 && len(d.early) > 0 {
		d.early = map[uint64][]native.PoolEvent{}
	}
}

// expect ends a submission: the listener gets the events of the id from now on, and those that came
// before.
func (d *dispatcher) expect(id uint64, to listener) {
	if d.listen(id, to) {
		return
	}
	// Events are there already. No others are handed out while the listener hears them.
	d.reading.Lock()
	defer d.reading.Unlock()
	d.mu.Lock()
	early, over := d.early[id], d.over
	delete(d.early, id)
	d.listeners[id] = to
	d.endSubmission()
	d.mu.Unlock()
	last := false
	for i := range early {
		last = to.hear(&early[i])
	}
	if !last && over {
		to.end()
	}
	if last || over {
		d.forget(id)
	}
}

// listen is expect in the usual case: no event has come yet.
func (d *dispatcher) listen(id uint64, to listener) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.early[id]) > 0 || d.over {
		return false
	}
	d.listeners[id] = to
	d.endSubmission()
	return true
}

func (d *dispatcher) forget(id uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.listeners, id)
}

// settle tells every listener that is left of the pool's end, once all jobs have ended.
func (d *dispatcher) settle() {
	d.readAll()
	d.mu.Lock()
	d.over = true
	left := d.listeners
	d.listeners = map[uint64]listener{}
	d.mu.Unlock()
	for _, each := range left {
		each.end()
	}
}

// stop ends the goroutine, once all jobs have ended.
func (d *dispatcher) stop() {
	d.file.Close()
	<-d.stopped
	d.settle()
}
