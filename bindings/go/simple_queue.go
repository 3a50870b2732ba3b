package billiard

import "context"

// SimpleQueue is a queue without a bound, and without what a bound needs. Put does not wait.
type SimpleQueue struct{ queue *Queue }

// NewSimpleQueue makes a queue without a name. See NewQueue.
// Blocks: never. Errors: ErrNoMemory, ErrOS.
func NewSimpleQueue() (*SimpleQueue, error) {
	queue, err := NewQueue(QueueOptions{})
	return asSimple(queue, err)
}

// OpenSimpleQueue opens the queue of that name, or makes it; see OpenQueue.
func OpenSimpleQueue(name string) (*SimpleQueue, error) {
	queue, err := OpenQueue(name, QueueOptions{})
	return asSimple(queue, err)
}

func asSimple(queue *Queue, err error) (*SimpleQueue, error) {
	if err != nil {
		return nil, err
	}
	return &SimpleQueue{queue}, nil
}

// Put puts a value, encoded as MessagePack. Blocks: never. Errors: ErrClosed, *EncodingError,
// ErrTooLarge, ErrNoMemory.
func (queue *SimpleQueue) Put(value any) error { return queue.queue.TryPut(value) }

// Get takes the oldest message and decodes it into `to`, a pointer. Blocks: while the queue is empty.
// Errors: as Queue.Get.
func (queue *SimpleQueue) Get(ctx context.Context, to any) error { return queue.queue.Get(ctx, to) }

// Empty reports whether there is no message; true after Close.
func (queue *SimpleQueue) Empty() bool { return queue.queue.Len() == 0 }

// Close ends the use of the queue by this handle; see Queue.Close.
func (queue *SimpleQueue) Close() error { return queue.queue.Close() }
