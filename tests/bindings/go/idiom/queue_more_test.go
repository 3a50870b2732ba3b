package idiom

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"billiard"
)

// QUEUE-13
func TestBatches(t *testing.T) {
	queue, _ := openQueue(t, billiard.QueueOptions{Capacity: 3})
	done, err := queue.PutBatch(soon(t), 1, 2, 3, 4, 5)
	want(t, "what had room", done, 3)
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, billiard.ErrFull) {
		t.Error(err)
	}
	messages, err := queue.GetBatch(background, 10)
	must(t, err)
	want(t, "messages", len(messages), 3)
	over := make(chan error)
	go func() {
		_, err := queue.PutBatch(background, "a", "b", "c", "d", "e", "f", "g")
		over <- err
	}()
	text := ""
	for len(text) < 7 {
		messages, err := queue.GetBatch(background, 2)
		must(t, err)
		for _, message := range messages {
			var letter string
			must(t, message.Decode(&letter))
			text += letter
		}
	}
	want(t, "order", text, "abcdefg")
	must(t, <-over)
	_, err = queue.GetBatch(soon(t), 1)
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, billiard.ErrEmpty) {
		t.Error(err)
	}
	_, err = queue.GetBatch(background, 0)
	fails(t, err, billiard.ErrInvalid, "limit")
	done, err = queue.PutBatch(background, 1, make(chan int))
	fails(t, err, billiard.ErrInvalid, "message")
	want(t, "all or none", done+queue.Len(), 0)
	must(t, queue.Close())
	_, err = queue.PutBatch(background, 1)
	fails(t, err, billiard.ErrClosed, "")
}

// G-QUEUE-3
func TestMessagesInPlace(t *testing.T) {
	queue, _ := openQueue(t, billiard.QueueOptions{Capacity: 1})
	reservation, err := queue.Reserve(10)
	must(t, err)
	copy(reservation.Bytes(), "hello")
	fails(t, reservation.Commit(background, 11, billiard.FormatRaw), billiard.ErrInvalid, "size")
	must(t, queue.Put(background, 1))
	if err := reservation.Commit(soon(t), 5, billiard.FormatRaw); !errors.Is(err, billiard.ErrFull) {
		t.Error(err)
	}
	must(t, queue.Get(background, nil))
	must(t, reservation.Commit(background, 5, billiard.FormatRaw))
	fails(t, reservation.Commit(background, 5, billiard.FormatRaw), billiard.ErrState, "before")
	delivery, err := queue.Take(background)
	must(t, err)
	want(t, "bytes", string(delivery.Bytes()), "hello")
	must(t, delivery.Return())
	fails(t, delivery.Ack(), billiard.ErrState, "before")
	delivery, err = queue.Take(background)
	must(t, err)
	want(t, "again", delivery.Redelivered(), 1)
	must(t, delivery.Ack())
	want(t, "size", queue.Len(), 0)
	if _, err := queue.Take(soon(t)); !errors.Is(err, billiard.ErrEmpty) {
		t.Error(err)
	}
	_, err = queue.Reserve(-1)
	fails(t, err, billiard.ErrInvalid, "size")
}

// G-QUEUE-1
func TestAForgottenDeliveryComesBack(t *testing.T) {
	queue, _ := openQueue(t, billiard.QueueOptions{Delivery: billiard.AtLeastOnce})
	want(t, "delivery", queue.Delivery(), billiard.AtLeastOnce)
	must(t, queue.Put(background, 7))
	if _, err := queue.Take(background); err != nil {
		t.Fatal(err)
	}
	eventually(func() bool {
		runtime.GC()
		return queue.Len() == 1
	})
	var value int
	must(t, queue.Get(background, &value))
	want(t, "value", value, 7)
}

// QUEUE-40 QUEUE-41 QUEUE-42
func TestJoinWaitsForTheWork(t *testing.T) {
	queue, err := billiard.NewJoinableQueue(billiard.QueueOptions{})
	must(t, err)
	defer queue.Close()
	must(t, queue.Join(background))
	for i := 0; i < 20; i++ {
		must(t, queue.Put(background, i))
	}
	if err := queue.Join(soon(t)); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	go together(4, func(int) {
		for i := 0; i < 5; i++ {
			if err := firstOf(queue.Get(background, nil), queue.TaskDone()); err != nil {
				t.Error(err)
			}
		}
	})
	together(3, func(int) {
		if err := queue.Join(background); err != nil {
			t.Error(err)
		}
	})
	want(t, "unfinished", queue.Unfinished(), 0)
	fails(t, queue.TaskDone(), billiard.ErrState, "too many times")
	over := make(chan error)
	must(t, queue.Put(background, 1))
	go func() { over <- queue.Join(background) }()
	must(t, queue.Close())
	fails(t, <-over, billiard.ErrClosed, "")
}

// QUEUE-50 QUEUE-52
func TestASimpleQueue(t *testing.T) {
	queue, err := billiard.OpenSimpleQueue(objectName(t))
	must(t, err)
	want(t, "empty", queue.Empty(), true)
	must(t, queue.Put("hello"))
	want(t, "empty", queue.Empty(), false)
	var text string
	must(t, queue.Get(background, &text))
	want(t, "text", text, "hello")
	must(t, queue.Close())
	fails(t, queue.Put(1), billiard.ErrClosed, "")
	fails(t, queue.Get(background, nil), billiard.ErrClosed, "")
}

// QUEUE-10
func TestTheDescriptorOfAQueue(t *testing.T) {
	queue, _ := openQueue(t, billiard.QueueOptions{})
	open := descriptors(t)
	fd, err := queue.FD()
	must(t, err)
	again, err := queue.FD()
	must(t, err)
	want(t, "the same", again, fd)
	queue.CloseFD()
	eventually(func() bool { return descriptors(t) <= open })
	must(t, queue.Close())
	_, err = queue.FD()
	fails(t, err, billiard.ErrClosed, "")
}
