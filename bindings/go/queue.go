package billiard

import (
	"math"
	"runtime"

	"billiard/internal/native"
)

// QueueOptions describes a queue. Zero in a field means its default.
type QueueOptions struct {
	// Capacity is the largest number of messages. Default: as many as the memory holds.
	Capacity int
	// MaxMessage limits the bytes of one message. Default: 1 GiB.
	MaxMessage int64
	// MaxBytes limits the shared memory that the queue may use. Default: 64 GiB of address space,
	// of which only what is used counts.
	MaxBytes int64
	// Delivery says what becomes of a message whose taker dies with it.
	Delivery DeliveryMode
}

// DeliveryMode says how often a message comes out when processes die.
type DeliveryMode uint32

const (
	// AtMostOnce: a message goes with the process that took it.
	AtMostOnce DeliveryMode = 0
	// AtLeastOnce: a message that was taken and not acknowledged comes out again, when its taker
	// dies. Get acknowledges by itself; Take leaves that to its caller.
	AtLeastOnce DeliveryMode = 1
)

// Queue is a bounded queue of messages between processes, in any language. A message is in shared
// memory when Put returns, so the process may exit; it comes out once, whole, in the order of the
// puts.
//
// All methods may be called by any number of goroutines. However many of them wait, they hold at
// most two threads: one for those that put and one for those that get.
//
// Any queue may be an argument of a Process; one that has a name also of a job, or a part of a message. The
// receiver, which asks for the same type, gets a handle of its own, and closes it.
//
// A queue is ended by Close. One that is forgotten without is closed by the garbage collector at
// some time.
type Queue struct{ *openQueue }

// openQueue is one handle of the library. The garbage collector ends a forgotten one.
type openQueue struct {
	handle uintptr
	name   string
	life   lifetime
	put    *turn
	get    *turn
}

// NewQueue makes a queue without a name. Processes get it as an argument, and others by its File.
//
// Blocks: never. Errors: ErrInvalid, ErrNoMemory, ErrOS.
func NewQueue(options QueueOptions) (*Queue, error) {
	return newQueue(options, newSpecial(options, 0))
}

// OpenQueue opens the queue of that name (1 to 200 bytes, no '/' and no NUL), and makes it when no
// living process has it open. A queue that exists keeps its own capacity and limits. The name goes
// away with the last process that has it open.
//
// Blocks: only while another process is making the same queue.
// Errors: ErrInvalid, ErrCorrupt (something foreign has that name), ErrNoMemory, ErrOS.
func OpenQueue(name string, options QueueOptions) (*Queue, error) {
	if hasNul(name) {
		return nil, invalid("name: %q has a NUL byte", name)
	}
	return namedQueue(newQueue(options, openSpecial(name, options, 0)))(name)
}

// namedQueue notes the name of a queue that was opened.
func namedQueue(queue *Queue, err error) func(name string) (*Queue, error) {
	return func(name string) (*Queue, error) {
		if err == nil {
			queue.name = name
		}
		return queue, err
	}
}

type openQueueCall func(capacity uint, message, bytes uint64, out, cerr *uintptr) int32

func newSpecial(options QueueOptions, joinable uint) openQueueCall {
	return func(capacity uint, message, bytes uint64, out, cerr *uintptr) int32 {
		return native.Bpi_queue_create_special(capacity, message, bytes, uint(options.Delivery), joinable, out, cerr)
	}
}

func openSpecial(name string, options QueueOptions, joinable uint) openQueueCall {
	return func(capacity uint, message, bytes uint64, out, cerr *uintptr) int32 {
		return native.Bpi_queue_open_special(name, capacity, message, bytes, uint(options.Delivery), joinable, out, cerr)
	}
}

func newQueue(options QueueOptions, open openQueueCall) (*Queue, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	put, err := newTurn()
	if err != nil {
		return nil, err
	}
	get, err := newTurn()
	if err != nil {
		put.release()
		return nil, err
	}
	var handle, cerr uintptr
	status := open(uint(options.Capacity), uint64(options.MaxMessage), uint64(options.MaxBytes), &handle, &cerr)
	if status < 0 {
		put.release()
		get.release()
		return nil, takeError(status, cerr)
	}
	queue := &openQueue{handle: handle, put: put, get: get}
	queue.life.free = func() {
		native.Bp_queue_release(handle)
		put.release()
		get.release()
	}
	runtime.SetFinalizer(queue, (*openQueue).close)
	return &Queue{queue}, nil
}

func (options *QueueOptions) check() error {
	switch {
	case options.Capacity < 0 || options.Capacity > math.MaxUint32:
		return invalid("options.Capacity is %d, out of range", options.Capacity)
	case options.MaxMessage < 0:
		return invalid("options.MaxMessage is %d, out of range", options.MaxMessage)
	case options.MaxBytes < 0:
		return invalid("options.MaxBytes is %d, out of range", options.MaxBytes)
	}
	return nil
}

// Len returns the number of messages that were put and not taken; 0 after Close.
func (queue *Queue) Len() int { return int(queue.count(native.Bp_queue_size)) }

// Cap returns the largest number of messages; 0 after Close.
func (queue *Queue) Cap() int { return int(queue.count(native.Bp_queue_capacity)) }

// Lost returns how many messages were lost with processes that were killed while taking them; 0
// after Close.
func (queue *Queue) Lost() uint64 { return queue.count(native.Bp_queue_lost) }

// Close ends the use of the queue by this handle: calls under way and later ones return ErrClosed.
// Messages stay for other processes. Blocks: never. Errors: none.
func (queue *Queue) Close() error {
	queue.openQueue.close()
	return nil
}

func (queue *openQueue) close() {
	if !queue.life.use() {
		return
	}
	defer queue.life.done()
	runtime.SetFinalizer(queue, nil)
	native.Bp_queue_close(queue.handle)
	queue.life.end()
}

// CloseAll closes the queue for every process: puts return ErrClosed at once, gets when no message
// is left. Blocks: never. Errors: ErrClosed (after Close).
func (queue *Queue) CloseAll() error {
	if !queue.life.use() {
		return errQueueClosed
	}
	defer queue.life.done()
	var cerr uintptr
	return takeError(native.Bp_queue_close_all(queue.handle, &cerr), cerr)
}

// HeldByDead returns how many messages processes took that have died since, and with which nothing
// has been done yet; 0 after Close.
func (queue *Queue) HeldByDead() uint64 { return queue.count(native.Bp_queue_held_by_dead) }

// Delivery returns how the queue delivers, which the process that made it chose.
func (queue *Queue) Delivery() DeliveryMode {
	return DeliveryMode(queue.count(func(handle uintptr) uint64 {
		return uint64(native.Bp_queue_delivery(handle))
	}))
}

// FD returns a descriptor for a program's own event loop: readable when there is a message or the
// queue is closed. It stays so until a get of this Queue finds the queue empty, so take with TryGet
// until ErrEmpty, then poll. It is the queue's, valid until CloseFD or Close. Goroutines need none:
// they wait in Get.
//
// Blocks: never. Errors: ErrClosed, ErrNoMemory, ErrOS.
func (queue *Queue) FD() (int, error) {
	fd := -1
	err := queue.call(func(handle uintptr, cerr *uintptr) int32 {
		var made int32
		status := native.Bpi_go_queue_fd(handle, &made, cerr)
		fd = int(made)
		return status
	})
	return fd, err
}

// CloseFD ends the descriptor of FD, and the thread behind it. Blocks: until that has ended.
func (queue *Queue) CloseFD() {
	if queue.life.use() {
		defer queue.life.done()
		native.Bp_queue_close_fd(queue.handle)
	}
}

// call runs a call that never waits.
func (queue *Queue) call(call func(handle uintptr, cerr *uintptr) int32) error {
	if !queue.life.use() {
		return errQueueClosed
	}
	defer queue.life.done()
	var cerr uintptr
	return takeError(call(queue.handle, &cerr), cerr)
}

func (queue *Queue) count(read func(queue uintptr) uint64) uint64 {
	if !queue.life.use() {
		return 0
	}
	defer queue.life.done()
	return read(queue.handle)
}

var errQueueClosed = &Error{Status: ErrClosed, Message: "the queue is closed"}
