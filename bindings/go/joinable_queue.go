package billiard

import (
	"context"

	"billiard/internal/native"
)

// JoinableQueue is a Queue that counts the messages that are not finished: whoever got one calls
// TaskDone after its work, and Join waits until all are.
//
// Messages of a process that dies with them count as finished, or, when the queue delivers at least
// once, go back to the queue.
type JoinableQueue struct{ *Queue }

// NewJoinableQueue makes a queue without a name. Otherwise it is NewQueue.
func NewJoinableQueue(options QueueOptions) (*JoinableQueue, error) {
	return asJoinable(newQueue(options, newSpecial(options, 1)))
}

// OpenJoinableQueue opens the queue of that name, or makes it; see OpenQueue. Errors also: ErrState
// from TaskDone and Join, when the queue was made as one that is not joinable.
func OpenJoinableQueue(name string, options QueueOptions) (*JoinableQueue, error) {
	if hasNul(name) {
		return nil, invalid("name: %q has a NUL byte", name)
	}
	return asJoinable(namedQueue(newQueue(options, openSpecial(name, options, 1)))(name))
}

func asJoinable(queue *Queue, err error) (*JoinableQueue, error) {
	if err != nil {
		return nil, err
	}
	return &JoinableQueue{queue}, nil
}

// TaskDone says that one message that came out is finished. Messages of Take are finished by their
// Ack. Blocks: never. Errors: ErrState (more often than there were messages), ErrClosed.
func (queue *JoinableQueue) TaskDone() error {
	return queue.call(native.Bp_queue_task_done)
}

// Unfinished returns how many messages were put and are not finished; 0 after Close.
func (queue *JoinableQueue) Unfinished() int { return int(queue.count(native.Bp_queue_unfinished)) }

// Join waits until every message that was put is finished. A queue where that is so wins over a
// context that has ended. Blocks: until then; the goroutine holds a thread. Errors: the context's,
// ErrClosed.
func (queue *JoinableQueue) Join(ctx context.Context) error {
	if !queue.life.use() {
		return errQueueClosed
	}
	defer queue.life.done()
	within := func(timeout int64, token uintptr) error {
		var cerr uintptr
		status := native.Bp_queue_join(queue.handle, timeout, token, &cerr)
		return takeError(status, cerr)
	}
	err := within(0, 0)
	if statusOf(err) != ErrTimeout {
		return err
	}
	own, err := newTurn()
	if err != nil {
		return err
	}
	defer own.release()
	return own.wait(ctx, ErrTimeout, func(token uintptr) error { return within(native.BP_FOREVER, token) })
}
