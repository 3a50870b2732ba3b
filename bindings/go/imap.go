package billiard

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"billiard/internal/native"
)

// Iterator gives the values of a task for one item after the other. Its methods may be called by any
// number of goroutines; each value is given to one.
type Iterator[R any] struct {
	*iteration
}

// Imap runs the task for the items of a source, also an endless one, and gives the values in their
// order, by Iterator.Next. The source is asked in Next, for at most LookAhead jobs more than were taken.
// It says io.EOF after the last item; another error ends the input too, and comes from Next once, after
// the values of all items before.
//
//	lines, err := billiard.Imap[int](ctx, pool, "length", billiard.FromSlice(words))
//	for {
//		length, err := lines.Next(ctx)
//		if err == io.EOF { break }
//		...
//	}
//
// Owner: the iterator is ended by Close, by taking until io.EOF, or by the garbage collector.
// Blocks: only while MaxJobs is reached. Errors: those of Pool.Submit.
func Imap[R, T any](ctx context.Context, pool *Pool, task string, source func() (T, error),
	options ...MapOption) (*Iterator[R], error) {
	return newIterator[R](ctx, pool, task, 1, source, options)
}

// ImapUnordered is Imap, but values come as their jobs end; NextItem says which item each belongs to.
func ImapUnordered[R, T any](ctx context.Context, pool *Pool, task string, source func() (T, error),
	options ...MapOption) (*Iterator[R], error) {
	return newIterator[R](ctx, pool, task, 0, source, options)
}

// FromSlice is a source of the items of a slice.
func FromSlice[T any](items []T) func() (T, error) {
	return func() (item T, err error) {
		if len(items) == 0 {
			return item, io.EOF
		}
		item, items = items[0], items[1:]
		return item, nil
	}
}

// FromChannel is a source of what a channel delivers until it is closed. While nothing comes, Next
// waits for it, also when values are there.
func FromChannel[T any](items <-chan T) func() (T, error) {
	return func() (T, error) {
		item, ok := <-items
		if !ok {
			return item, io.EOF
		}
		return item, nil
	}
}

// Next waits for the next value. An item that failed gives its own error, as Result.Value has them, and
// the iteration goes on. After the last one it is io.EOF.
//
// Blocks: the goroutine, no thread; and for the source. Errors also: the context's; nothing is lost
// then.
func (iterator *Iterator[R]) Next(ctx context.Context) (R, error) {
	_, value, err := iterator.NextItem(ctx)
	return value, err
}

// NextItem is Next and says which item it is about, from 0; -1 when it is about none.
func (iterator *Iterator[R]) NextItem(ctx context.Context) (int, R, error) {
	var value R
	index, item, err := iterator.next(ctx)
	if err == nil {
		err = decodeInto(fmt.Sprintf("result %d of task %q", index, iterator.task), item.format, item.data, &value)
	}
	return index, value, err
}

func newIterator[R, T any](ctx context.Context, pool *Pool, task string, ordered int,
	source func() (T, error), options []MapOption) (*Iterator[R], error) {
	wishes, err := newMapOptions(task, options)
	if err != nil {
		return nil, err
	}
	made, err := pool.submitIteration(ctx, ordered, wishes, func() (any, error) { return source() })
	if err != nil {
		return nil, err
	}
	return &Iterator[R]{made}, nil
}

// iteration is an Iterator without its type.
type iteration struct {
	pool   *Pool // kept from being collected
	handle uintptr
	life   lifetime
	id     uint64
	task   string
	wishes *mapOptions
	source func() (any, error)

	turn  chan struct{} // held by the one who takes; guards the following
	wake  waker
	count int
	kept  []byte // an item that had no room
	ended bool   // the input
	err   error  // of the source, not delivered yet
}

// A waker holds at most one call. It is apart from its iteration, so that the dispatcher does not keep
// that from being collected.
type waker chan struct{}

func (wake waker) call() {
	select {
	case wake <- struct{}{}:
	default:
	}
}

func (wake waker) hear(*native.PoolEvent) bool {
	wake.call()
	return false
}

func (wake waker) end() { wake.call() }

func (pool *Pool) submitIteration(ctx context.Context, ordered int, wishes *mapOptions,
	source func() (any, error)) (*iteration, error) {
	made := &iteration{
		pool: pool, task: wishes.job.Task, wishes: wishes, source: source,
		turn: make(chan struct{}, 1), wake: make(waker, 1),
	}
	var handle uintptr
	err := pool.submitWith(ctx, submission{
		job:    &wishes.job,
		format: FormatMessagePack,
		call: func(options uintptr, timeout int64, token uintptr, cerr *uintptr) int32 {
			return native.Bpi_imap(pool.handle, wishes.job.Task, ordered, uint64(wishes.chunkSize),
				uint64(wishes.lookAhead), options, timeout, token, &handle, cerr)
		},
		made: func() (uint64, listener) {
			made.handle, made.id = handle, native.Bp_imap_id(handle)
			return made.id, made.wake
		},
	})
	if err != nil {
		return nil, err
	}
	made.life.free = func() { native.Bp_imap_release(handle) }
	runtime.SetFinalizer(made, (*iteration).Close)
	return made, nil
}

// Close ends the iteration: its jobs go on, and their values are dropped. Next gives ErrClosed then.
// Later calls do nothing. Errors: none.
func (it *iteration) Close() error {
	runtime.SetFinalizer(it, nil)
	it.pool.finished.forget(it.id)
	it.life.end()
	it.wake.call()
	return nil
}

var errIterationClosed = &Error{Status: ErrClosed, Message: "the iterator is closed"}

// next feeds and takes, until there is something to give.
func (it *iteration) next(ctx context.Context) (int, mapItem, error) {
	for {
		index, item, err := it.tryNext(ctx)
		if statusOf(err) != ErrTimeout {
			it.wake.call() // perhaps there is more, for another taker
			return index, item, err
		}
		select {
		case <-it.wake:
		case <-ctx.Done():
			return -1, mapItem{}, waitEnded(ctx, ErrTimeout)
		}
	}
}

// tryNext gives ErrTimeout, as an *Error, when nothing is there yet.
func (it *iteration) tryNext(ctx context.Context) (int, mapItem, error) {
	select {
	case it.turn <- struct{}{}:
	case <-ctx.Done():
		return -1, mapItem{}, waitEnded(ctx, ErrTimeout)
	}
	defer func() { <-it.turn }()
	if !it.life.use() {
		return -1, mapItem{}, errIterationClosed
	}
	defer it.life.done()
	it.feed()
	index, item, err := it.take()
	if statusOf(err) == ErrClosed {
		return -1, mapItem{}, it.atEnd()
	}
	return index, item, err
}

func (it *iteration) take() (int, mapItem, error) {
	var buffer native.Buffer
	var index uint64
	var cerr uintptr
	status := native.Bp_imap_next(it.handle, 0, 0, &buffer, &index, &cerr)
	if err := takeError(status, cerr); err != nil {
		return int(index), mapItem{}, err
	}
	defer native.Bp_buffer_free(&buffer)
	return int(index), mapItem{Format(buffer.Format), append([]byte{}, buffer.Bytes()...)}, nil
}

// atEnd delivers the error of the source, once.
func (it *iteration) atEnd() error {
	err := it.err
	if err == nil {
		it.pool.finished.forget(it.id)
		return io.EOF
	}
	it.err = nil
	return err
}

// feed asks the source for items while there is room for them.
func (it *iteration) feed() {
	for !it.ended && native.Bp_imap_room(it.handle) > 0 {
		err := it.feedOne()
		if it.kept != nil && statusOf(err) == ErrFull {
			return // the item is kept until something was taken
		}
		if err != nil {
			it.endInput(err)
		}
	}
}

func (it *iteration) feedOne() error {
	if it.kept == nil {
		item, err := it.source()
		if err != nil {
			return err
		}
		if it.kept, err = it.wishes.encodeItem(it.count, item); err != nil {
			return err
		}
		it.count++
	}
	var cerr uintptr
	status := native.Bp_imap_put(it.handle, it.kept, uint(FormatMessagePack), &cerr)
	err := takeError(status, cerr)
	if err == nil {
		it.kept = nil
	}
	return err
}

// endInput ends the input; an error other than io.EOF is delivered after the last value.
func (it *iteration) endInput(err error) {
	it.ended = true
	if err != io.EOF {
		it.err = err
	}
	native.Bp_imap_end(it.handle, nil)
}
