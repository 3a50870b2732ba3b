package main

import (
	"fmt"
	"io"

	"billiard"
)

func init() {
	scenarios["map_order"] = mapOrder
	scenarios["map_empty"] = mapEmpty
	scenarios["map_failure"] = mapFailure
	scenarios["imap_order"] = imapOrder
	scenarios["imap_unordered_all"] = imapUnorderedAll
	scenarios["imap_item_error"] = imapItemError
	scenarios["imap_worker_killed"] = imapWorkerKilled
}

func upTo(count int) []int {
	numbers := make([]int, count)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// sumAndOrder says what came back for 0, 1 and so on.
func sumAndOrder(values []int) string {
	sum, order := 0, "ordered"
	for i, value := range values {
		sum += value
		if value != i {
			order = "not ordered"
		}
	}
	return fmt.Sprintf("ok %d %s", sum, order)
}

func mapOrder(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		values, err := billiard.Map[int](forever, pool, "echo", upTo(100))
		return sumAndOrder(values), err
	})
}

func mapEmpty(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		values, err := billiard.Map[int](forever, pool, "echo", []int{}, billiard.ChunkSize(20))
		return fmt.Sprint("ok ", len(values)), err
	})
}

func mapFailure(on *stage) (string, error) {
	pool, err := on.pool(1)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	_, err = billiard.Map[any](forever, pool, "fail", []string{"a", "b"}, billiard.ChunkSize(1))
	outcome, err := taskFailure(err)
	if err != nil {
		return "", err
	}
	return thenAdd(pool, outcome)
}

// takeUntilEnd takes the values of an iteration.
func takeUntilEnd(iterator *billiard.Iterator[int]) ([]int, error) {
	var values []int
	for {
		value, err := iterator.Next(forever)
		if err == io.EOF {
			return values, nil
		}
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
}

func imapOrder(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		iterator, err := billiard.Imap[int](forever, pool, "echo", billiard.FromSlice(upTo(50)))
		if err != nil {
			return "", err
		}
		defer iterator.Close()
		values, err := takeUntilEnd(iterator)
		if err != nil {
			return "", err
		}
		then := "end"
		if _, err := iterator.Next(forever); err != io.EOF {
			then = "error " + status(err)
		}
		return sumAndOrder(values) + "; then " + then, nil
	})
}

func imapUnorderedAll(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		iterator, err := billiard.ImapUnordered[int](forever, pool, "echo", billiard.FromSlice(upTo(50)))
		if err != nil {
			return "", err
		}
		defer iterator.Close()
		values, err := takeUntilEnd(iterator)
		sum := 0
		for _, value := range values {
			sum += value
		}
		return fmt.Sprint("ok ", sum), err
	})
}

// outcomes describes what each item of an iteration gave.
func outcomes(iterator *billiard.Iterator[int], describe func(err error) (string, error)) (string, error) {
	all := ""
	for {
		value, err := iterator.Next(forever)
		if err == io.EOF {
			return all + "end", nil
		}
		outcome := fmt.Sprint("ok ", value)
		if err != nil {
			if outcome, err = describe(err); err != nil {
				return "", err
			}
		}
		all += outcome + "; "
	}
}

func iterateInOneWorker(on *stage, task string, describe func(err error) (string, error)) (string, error) {
	pool, err := on.pool(1)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	iterator, err := billiard.Imap[int](forever, pool, task, billiard.FromSlice(upTo(4)))
	if err != nil {
		return "", err
	}
	defer iterator.Close()
	return outcomes(iterator, describe)
}

func imapItemError(on *stage) (string, error) { return iterateInOneWorker(on, "fail_odd", taskFailure) }

func imapWorkerKilled(on *stage) (string, error) {
	return iterateInOneWorker(on, "kill_at_two", func(err error) (string, error) {
		_, how := lostOutcome(err)
		return fmt.Sprintf("error %s %s", status(err), how), nil
	})
}
