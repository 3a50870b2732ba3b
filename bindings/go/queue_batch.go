package billiard

import (
	"context"

	"billiard/internal/native"
)

// PutBatch puts values, each as one message, one after the other; other processes' may come in
// between. It returns how many are in, also with an error: these stay. Takers are woken once.
//
// Owner: the values are copied. Blocks: while the queue is full. Errors: as Put; nothing is put when
// one of the values is at fault.
func (queue *Queue) PutBatch(ctx context.Context, values ...any) (int, error) {
	messages := make([]Message, 0, len(values))
	for _, value := range values {
		data, err := encodeValue("message", value)
		if err != nil {
			return 0, err
		}
		messages = append(messages, Message{Format: FormatMessagePack, Data: data})
	}
	return queue.PutMessages(ctx, messages)
}

// PutMessages puts messages whose bytes are already in their format. Otherwise it is PutBatch.
func (queue *Queue) PutMessages(ctx context.Context, messages []Message) (done int, err error) {
	if len(messages) == 0 {
		return 0, nil
	}
	if ctx.Err() != nil {
		return 0, waitEnded(ctx, ErrTimeout)
	}
	if !queue.life.use() {
		return 0, errQueueClosed
	}
	defer queue.life.done()
	more := func(timeout int64, token uintptr) error {
		count, err := queue.putSome(messages[done:], timeout, token)
		done += count
		return err
	}
	err = more(0, 0)
	if statusOf(err) == ErrFull {
		err = queue.put.wait(ctx, ErrFull, func(token uintptr) error { return more(native.BP_FOREVER, token) })
	}
	return done, err
}

func (queue *Queue) putSome(messages []Message, timeout int64, token uintptr) (int, error) {
	batch := native.Bpi_batch_new()
	defer native.Bpi_batch_free(batch)
	for _, message := range messages {
		native.Bpi_batch_add(batch, message.Data, uint(message.Format))
	}
	var cerr uintptr
	status := native.Bpi_queue_put_batch(queue.handle, batch, timeout, token, &cerr)
	return int(native.Bpi_batch_done(batch)), takeError(status, cerr)
}

// GetBatch waits for a message, then takes up to so many of those that are there, oldest first.
//
// Blocks: while the queue is empty. Errors: the context's, ErrInvalid (limit below 1), ErrClosed,
// ErrNoMemory (nothing is taken).
func (queue *Queue) GetBatch(ctx context.Context, limit int) (messages []Message, err error) {
	if limit < 1 || limit > 1<<28 {
		return nil, invalid("limit is %d, out of range", limit)
	}
	if ctx.Err() != nil {
		return nil, waitEnded(ctx, ErrTimeout)
	}
	if !queue.life.use() {
		return nil, errQueueClosed
	}
	defer queue.life.done()
	messages, err = queue.getSome(limit, 0, 0)
	if statusOf(err) == ErrEmpty {
		err = queue.get.wait(ctx, ErrEmpty, func(token uintptr) error {
			messages, err = queue.getSome(limit, native.BP_FOREVER, token)
			return err
		})
	}
	return messages, err
}

func (queue *Queue) getSome(limit int, timeout int64, token uintptr) ([]Message, error) {
	batch := native.Bpi_batch_new()
	defer native.Bpi_batch_free(batch)
	var cerr uintptr
	status := native.Bpi_queue_get_batch(queue.handle, batch, int64(limit), timeout, token, &cerr)
	if status < 0 {
		return nil, takeError(status, cerr)
	}
	messages := make([]Message, native.Bpi_batch_count(batch))
	for i := range messages {
		var view native.View
		native.Bpi_go_batch_message(batch, int64(i), &view)
		messages[i] = Message{Format: Format(view.Format), Data: append([]byte{}, view.Bytes()...)}
	}
	return messages, nil
}
