package billiard

import (
	"context"
	"runtime"

	"billiard/internal/native"
)

// Reservation is room for one message inside a queue's memory, to be filled in place. It is ended by
// Commit, or by Close, which gives the room back; one that is forgotten is closed by the garbage
// collector at some time. Its methods are for one goroutine at a time.
type Reservation struct {
	queue  *Queue
	handle uintptr
	room   []byte
}

// Reserve gives room for a message of so many bytes. Blocks: never.
// Errors: ErrInvalid, ErrTooLarge, ErrNoMemory, ErrClosed.
func (queue *Queue) Reserve(size int) (*Reservation, error) {
	if size < 0 {
		return nil, invalid("size is %d, out of range", size)
	}
	var handle uintptr
	var view native.View
	err := queue.call(func(of uintptr, cerr *uintptr) int32 {
		return native.Bpi_go_queue_reserve(of, int64(size), &handle, &view, cerr)
	})
	if err != nil {
		return nil, err
	}
	reservation := &Reservation{queue: queue, handle: handle}
	if size > 0 {
		reservation.room = view.Bytes()
	}
	runtime.SetFinalizer(reservation, (*Reservation).Close)
	return reservation, nil
}

// Bytes returns the room in place. It may be used while the Reservation is reachable and neither
// committed nor closed.
func (reservation *Reservation) Bytes() []byte { return reservation.room }

// Commit puts the first `size` bytes as one message of that format. When it fails the reservation
// is as it was. Blocks: while the queue is full. Errors: as Put; ErrInvalid (more than reserved),
// ErrState (committed or closed before).
func (reservation *Reservation) Commit(ctx context.Context, size int, format Format) error {
	if reservation.handle == 0 {
		return &Error{Status: ErrState, Message: "the reservation was committed or closed before"}
	}
	if size < 0 || size > len(reservation.room) {
		return invalid("size is %d: there are %d bytes", size, len(reservation.room))
	}
	if ctx.Err() != nil {
		return waitEnded(ctx, ErrTimeout)
	}
	queue := reservation.queue
	if !queue.life.use() {
		return errQueueClosed
	}
	defer queue.life.done()
	within := func(timeout int64, token uintptr) error {
		var cerr uintptr
		status := native.Bp_queue_commit(reservation.handle, int64(size), uint(format), timeout, token, &cerr)
		return takeError(status, cerr)
	}
	err := within(0, 0)
	if statusOf(err) == ErrFull {
		err = queue.put.wait(ctx, ErrFull, func(token uintptr) error { return within(native.BP_FOREVER, token) })
	}
	if err == nil {
		return reservation.Close()
	}
	return err
}

// Close gives the room back; after a Commit it does nothing. Errors: none.
func (reservation *Reservation) Close() error {
	runtime.SetFinalizer(reservation, nil)
	native.Bp_reservation_release(reservation.handle)
	reservation.handle, reservation.room = 0, nil
	return nil
}

// Delivery is one message that was taken and is still in the queue's memory. It is this process's
// until Ack or Return; if the process dies before, the queue's delivery decides. Its methods are for
// one goroutine at a time.
//
// One that is closed, or forgotten, without either is returned when the queue delivers at least once,
// and acknowledged otherwise.
type Delivery struct {
	handle uintptr
	format Format
	bytes  []byte
	before int
}

// Take takes the oldest message and leaves it where it is, to be read in place. Blocks: while the
// queue is empty. Errors: the context's, ErrClosed, ErrNoMemory (nothing is taken).
func (queue *Queue) Take(ctx context.Context) (*Delivery, error) {
	if ctx.Err() != nil {
		return nil, waitEnded(ctx, ErrTimeout)
	}
	if !queue.life.use() {
		return nil, errQueueClosed
	}
	defer queue.life.done()
	var handle uintptr
	within := func(timeout int64, token uintptr) error {
		var cerr uintptr
		return takeError(native.Bp_queue_take(queue.handle, timeout, token, &handle, &cerr), cerr)
	}
	err := within(0, 0)
	if statusOf(err) == ErrEmpty {
		err = queue.get.wait(ctx, ErrEmpty, func(token uintptr) error { return within(native.BP_FOREVER, token) })
	}
	if err != nil {
		return nil, err
	}
	return newDelivery(handle), nil
}

func newDelivery(handle uintptr) *Delivery {
	var view native.View
	native.Bpi_go_message_payload(handle, &view)
	delivery := &Delivery{
		handle: handle,
		format: Format(view.Format),
		bytes:  view.Bytes(),
		before: int(native.Bp_message_redelivered(handle)),
	}
	runtime.SetFinalizer(delivery, (*Delivery).Close)
	return delivery
}

// Bytes returns the message in place, in shared memory: it must not be written. It may be used while
// the Delivery is reachable and open.
func (delivery *Delivery) Bytes() []byte { return delivery.bytes }

// Format says what the bytes are.
func (delivery *Delivery) Format() Format { return delivery.format }

// Redelivered returns how often the message was delivered before: 0, unless a taker died with it or
// returned it.
func (delivery *Delivery) Redelivered() int { return delivery.before }

// Decode decodes the message into `to`, a pointer. See Result.Value.
func (delivery *Delivery) Decode(to any) error {
	defer runtime.KeepAlive(delivery)
	return Message{Format: delivery.format, Data: delivery.bytes}.Decode(to)
}

// Ack is done with the message: it is gone for good; in a joinable queue it is finished. Blocks:
// never. Errors: ErrState (acknowledged, returned or closed before).
func (delivery *Delivery) Ack() error { return delivery.finish(native.Bp_message_ack) }

// Return gives the message back: it comes out again, before newer ones. Otherwise it is Ack.
func (delivery *Delivery) Return() error { return delivery.finish(native.Bp_message_return) }

func (delivery *Delivery) finish(call func(handle uintptr, cerr *uintptr) int32) error {
	if delivery.handle == 0 {
		return &Error{Status: ErrState, Message: "the message was acknowledged, returned or closed before"}
	}
	var cerr uintptr
	if err := takeError(call(delivery.handle, &cerr), cerr); err != nil {
		return err
	}
	return delivery.Close()
}

// Close ends the use of the message; after Ack or Return it does nothing. Errors: none.
func (delivery *Delivery) Close() error {
	runtime.SetFinalizer(delivery, nil)
	native.Bp_message_release(delivery.handle)
	delivery.handle, delivery.bytes = 0, nil
	return nil
}
