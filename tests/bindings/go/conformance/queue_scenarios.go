package main

import (
	"fmt"
	"time"

	"billiard"
)

func init() {
	scenarios["queue_order"] = queueOrder
	scenarios["queue_full"] = queueFull
	scenarios["queue_empty"] = queueEmpty
	scenarios["queue_closed"] = queueClosed
	scenarios["queue_closed_for_all"] = queueClosedForAll
	scenarios["queue_too_large"] = queueTooLarge
}

// inQueue plays a scenario that needs nothing but one named queue.
func inQueue(on *stage, options billiard.QueueOptions,
	body func(queue *billiard.Queue) (string, error)) (string, error) {
	queue, err := on.queue("Q", options)
	if err != nil {
		return "", err
	}
	defer queue.Close()
	return body(queue)
}

func putAll(queue *billiard.Queue, values ...any) error {
	for _, value := range values {
		if err := queue.Put(forever, value); err != nil {
			return err
		}
	}
	return nil
}

func queueOrder(on *stage) (string, error) {
	return inQueue(on, billiard.QueueOptions{Capacity: 10}, func(queue *billiard.Queue) (string, error) {
		if err := putAll(queue, 1, 2, 3, 4, 5); err != nil {
			return "", err
		}
		return takeAll(queue, 5)
	})
}

func queueFull(on *stage) (string, error) {
	return inQueue(on, billiard.QueueOptions{Capacity: 2}, func(queue *billiard.Queue) (string, error) {
		if err := putAll(queue, 1, 2); err != nil {
			return "", err
		}
		atOnce := queue.TryPut(3)
		short, cancel := within(50 * time.Millisecond)
		defer cancel()
		later := queue.Put(short, 3)
		return fmt.Sprintf("%s %s size=%d", status(atOnce), status(later), queue.Len()), nil
	})
}

func queueEmpty(on *stage) (string, error) {
	return inQueue(on, billiard.QueueOptions{}, func(queue *billiard.Queue) (string, error) {
		atOnce := queue.TryGet(nil)
		short, cancel := within(50 * time.Millisecond)
		defer cancel()
		later := queue.Get(short, nil)
		return status(atOnce) + " " + status(later), nil
	})
}

func queueClosed(on *stage) (string, error) {
	return inQueue(on, billiard.QueueOptions{}, func(queue *billiard.Queue) (string, error) {
		if err := putAll(queue, 1); err != nil {
			return "", err
		}
		if err := queue.Close(); err != nil {
			return "", err
		}
		return status(queue.Put(forever, 2)) + " " + status(queue.Get(forever, nil)), nil
	})
}

func queueClosedForAll(on *stage) (string, error) {
	return inQueue(on, billiard.QueueOptions{}, func(first *billiard.Queue) (string, error) {
		second, err := on.queue("Q", billiard.QueueOptions{})
		if err != nil {
			return "", err
		}
		defer second.Close()
		if err := putAll(first, 1); err != nil {
			return "", err
		}
		if err := first.CloseAll(); err != nil {
			return "", err
		}
		put := second.Put(forever, 2)
		var value int
		if err := second.Get(forever, &value); err != nil {
			return "", err
		}
		return fmt.Sprintf("%s %d %s", status(put), value, status(second.Get(forever, nil))), nil
	})
}

func queueTooLarge(on *stage) (string, error) {
	return inQueue(on, billiard.QueueOptions{MaxMessage: 1000}, func(queue *billiard.Queue) (string, error) {
		outcome := naming(queue.PutBytes(forever, make([]byte, 2000)), "2000")
		if err := putAll(queue, 7); err != nil {
			return "", err
		}
		var value int
		err := queue.Get(forever, &value)
		return fmt.Sprintf("%s; then ok %d", outcome, value), err
	})
}
