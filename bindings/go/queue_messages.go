package billiard

import (
	"context"

	"billiard/internal/native"
)

// Put puts a value, encoded as MessagePack, as one message.
//
// Owner: the value is copied. Blocks: while the queue is full.
// Errors: the context's, ErrClosed, *EncodingError, ErrTooLarge, ErrNoMemory.
func (queue *Queue) Put(ctx context.Context, value any) error {
	data, err := encodeValue("message", value)
	if err != nil {
		return err
	}
	return queue.PutMessage(ctx, Message{Format: FormatMessagePack, Data: data})
}

// PutBytes puts bytes as they are. Otherwise it is Put.
func (queue *Queue) PutBytes(ctx context.Context, data []byte) error {
	return queue.PutMessage(ctx, Message{Format: FormatRaw, Data: data})
}

// PutMessage puts a message whose bytes are already in its format. Otherwise it is Put.
func (queue *Queue) PutMessage(ctx context.Context, message Message) error {
	if ctx.Err() != nil {
		return waitEnded(ctx, ErrTimeout)
	}
	if !queue.life.use() {
		return errQueueClosed
	}
	defer queue.life.done()
	err := queue.putWithin(message, 0, 0)
	if statusOf(err) == ErrFull {
		err = queue.put.wait(ctx, ErrFull, func(token uintptr) error {
			return queue.putWithin(message, native.BP_FOREVER, token)
		})
	}
	return err
}

// TryPut is Put that never waits. Errors: ErrFull, else as Put.
func (queue *Queue) TryPut(value any) error {
	data, err := encodeValue("message", value)
	if err != nil {
		return err
	}
	if !queue.life.use() {
		return errQueueClosed
	}
	defer queue.life.done()
	return queue.putWithin(Message{Format: FormatMessagePack, Data: data}, 0, 0)
}

// Get takes the oldest message and decodes it into `to`, a pointer (see Result.Value).
//
// Blocks: while the queue is empty. Errors: the context's, ErrClosed, *EncodingError (the message
// did not fit; it is taken all the same), ErrNoMemory.
func (queue *Queue) Get(ctx context.Context, to any) error {
	message, err := queue.GetMessage(ctx)
	if err != nil {
		return err
	}
	return message.Decode(to)
}

// GetBytes takes the oldest message and returns its bytes, undecoded whatever their format.
// Otherwise it is Get.
func (queue *Queue) GetBytes(ctx context.Context) ([]byte, error) {
	message, err := queue.GetMessage(ctx)
	return message.Data, err
}

// GetMessage takes the oldest message as it is. Otherwise it is Get.
func (queue *Queue) GetMessage(ctx context.Context) (Message, error) {
	if ctx.Err() != nil {
		return Message{}, waitEnded(ctx, ErrTimeout)
	}
	if !queue.life.use() {
		return Message{}, errQueueClosed
	}
	defer queue.life.done()
	message, err := queue.getWithin(0, 0)
	if statusOf(err) == ErrEmpty {
		err = queue.get.wait(ctx, ErrEmpty, func(token uintptr) error {
			message, err = queue.getWithin(native.BP_FOREVER, token)
			return err
		})
	}
	return message, err
}

// TryGet is Get that never waits. Errors: ErrEmpty, else as Get.
func (queue *Queue) TryGet(to any) error {
	if !queue.life.use() {
		return errQueueClosed
	}
	defer queue.life.done()
	message, err := queue.getWithin(0, 0)
	if err != nil {
		return err
	}
	return message.Decode(to)
}

func (queue *Queue) putWithin(message Message, timeout int64, token uintptr) error {
	var cerr uintptr
	status := native.Bp_queue_put(queue.handle, message.Data, uint(message.Format), timeout, token, &cerr)
	return takeError(status, cerr)
}

func (queue *Queue) getWithin(timeout int64, token uintptr) (Message, error) {
	var buffer native.Buffer
	var cerr uintptr
	if status := native.Bp_queue_get(queue.handle, timeout, token, &buffer, &cerr); status < 0 {
		return Message{}, takeError(status, cerr)
	}
	defer native.Bp_buffer_free(&buffer)
	return Message{Format: Format(buffer.Format), Data: append([]byte{}, buffer.Bytes()...)}, nil
}
