package main

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
	"time"

	"billiard"
)

func init() {
	scenarios["queue_batch"] = queueBatch
	scenarios["queue_in_place"] = queueInPlace
	scenarios["queue_redelivery"] = queueRedelivery
	scenarios["queue_fd"] = queueFD
	scenarios["joinable_queue"] = joinableQueue
	scenarios["simple_queue"] = simpleQueue
}

func queueBatch(on *stage) (string, error) {
	return inQueue(on, billiard.QueueOptions{}, func(queue *billiard.Queue) (string, error) {
		if _, err := queue.PutBatch(forever, 1, 2, 3, 4, 5); err != nil {
			return "", err
		}
		first, err := batchText(queue, 3)
		if err != nil {
			return "", err
		}
		second, err := batchText(queue, 10)
		return fmt.Sprintf("ok %s; then ok %s", first, second), err
	})
}

func batchText(queue *billiard.Queue, limit int) (string, error) {
	messages, err := queue.GetBatch(forever, limit)
	if err != nil {
		return "", err
	}
	var texts []string
	for _, message := range messages {
		var value int
		if err := message.Decode(&value); err != nil {
			return "", err
		}
		texts = append(texts, fmt.Sprint(value))
	}
	return strings.Join(texts, " "), nil
}

func queueInPlace(on *stage) (string, error) {
	return inQueue(on, billiard.QueueOptions{}, func(queue *billiard.Queue) (string, error) {
		reservation, err := queue.Reserve(512)
		if err != nil {
			return "", err
		}
		defer reservation.Close()
		expected := make([]byte, 512)
		for i := range expected {
			expected[i] = byte(i)
			reservation.Bytes()[i] = byte(i)
		}
		if err := reservation.Commit(forever, 512, billiard.FormatRaw); err != nil {
			return "", err
		}
		delivery, err := queue.Take(forever)
		if err != nil {
			return "", err
		}
		defer delivery.Close()
		size, same := len(delivery.Bytes()), "different"
		if bytes.Equal(delivery.Bytes(), expected) {
			same = "equal"
		}
		if err := delivery.Ack(); err != nil {
			return "", err
		}
		return fmt.Sprintf("ok %d %s size=%d", size, same, queue.Len()), nil
	})
}

func queueRedelivery(on *stage) (string, error) {
	queue, err := billiard.OpenQueue(on.objectName(), billiard.QueueOptions{Delivery: billiard.AtLeastOnce})
	if err != nil {
		return "", err
	}
	defer queue.Close()
	if err := queue.Put(forever, 7); err != nil {
		return "", err
	}
	helper, err := on.start("take", on.objectName())
	if err != nil {
		return "", err
	}
	defer helper.end()
	if err := helper.says("held"); err != nil {
		return "", err
	}
	if err := helper.kill(); err != nil {
		return "", err
	}
	delivery, err := queue.Take(forever)
	if err != nil {
		return "", err
	}
	defer delivery.Close()
	var value int
	if err := delivery.Decode(&value); err != nil {
		return "", err
	}
	return fmt.Sprintf("ok %d redelivered=%d", value, delivery.Redelivered()), delivery.Ack()
}

func queueFD(on *stage) (string, error) {
	return inQueue(on, billiard.QueueOptions{}, func(queue *billiard.Queue) (string, error) {
		fd, err := queue.FD()
		if err != nil {
			return "", err
		}
		before, err := readable(fd)
		if err != nil {
			return "", err
		}
		if err := queue.Put(forever, 1); err != nil {
			return "", err
		}
		between := false
		for !between {
			if between, err = readable(fd); err != nil {
				return "", err
			}
			time.Sleep(time.Millisecond)
		}
		if err := drain(queue); err != nil {
			return "", err
		}
		after, err := readable(fd)
		return fmt.Sprintf("ok %v %v %v", before, between, after), err
	})
}

// drain gets until there is nothing, after which the descriptor is not readable.
func drain(queue *billiard.Queue) error {
	for {
		switch err := queue.TryGet(nil); status(err) {
		case "OK":
		case "EMPTY":
			return nil
		default:
			return err
		}
	}
}

func readable(fd int) (bool, error) {
	var set syscall.FdSet
	set.Bits[fd/64] |= 1 << (uint(fd) % 64)
	count, err := syscall.Select(fd+1, &set, nil, nil, &syscall.Timeval{})
	return count == 1, err
}

func joinableQueue(on *stage) (string, error) {
	queue, err := billiard.NewJoinableQueue(billiard.QueueOptions{})
	if err != nil {
		return "", err
	}
	defer queue.Close()
	if err := putAll(queue.Queue, 1, 2); err != nil {
		return "", err
	}
	none, cancel := within(0)
	defer cancel()
	before := queue.Join(none) == nil
	for i := 0; i < 2; i++ {
		if err := queue.Get(forever, nil); err != nil {
			return "", err
		}
		if err := queue.TaskDone(); err != nil {
			return "", err
		}
	}
	after := queue.Join(none) == nil
	return fmt.Sprintf("ok %v %v; then %s", before, after, naming(queue.TaskDone(), "too many times")), nil
}

func simpleQueue(on *stage) (string, error) {
	queue, err := billiard.NewSimpleQueue()
	if err != nil {
		return "", err
	}
	defer queue.Close()
	first := queue.Empty()
	if err := queue.Put(1); err != nil {
		return "", err
	}
	second := queue.Empty()
	var value int
	if err := queue.Get(forever, &value); err != nil {
		return "", err
	}
	queue.Close()
	return fmt.Sprintf("ok %v %v %d %s", first, second, value, status(queue.Put(2))), nil
}
