package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"billiard"
)

// What a host is told of its jobs, and what another process sees of its pool.
func init() {
	scenarios["callbacks_order"] = callbacksOrder
	scenarios["failing_acceptance"] = failingAcceptance
	scenarios["refused_acceptance"] = refusedAcceptance
	scenarios["failing_callback"] = failingCallback
	scenarios["event_loop"] = eventLoop
	scenarios["watched_pool"] = watchedPool
}

func callbacksOrder(on *stage) (string, error) {
	pool, err := on.pool(1)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	var words []string
	done := make(chan bool)
	_, err = pool.SubmitJob(forever, billiard.Job{
		Task: "add", Args: []any{40, 2},
		OnAccepted: func(int, time.Time) error {
			words = append(words, "accepted")
			return nil
		},
		OnSuccess: func(result *billiard.Result) {
			value, err := billiard.Get[int](forever, result)
			words = append(words, fmt.Sprint("done ", value))
			if err != nil {
				words = append(words, err.Error())
			}
			close(done)
		},
	})
	if err != nil {
		return "", err
	}
	<-done
	return strings.Join(words, " "), nil
}

// addWithFailingAcceptance submits add(40, 2), and returns when its acceptance was asked and has failed.
func addWithFailingAcceptance(pool *billiard.Pool) (*billiard.Result, error) {
	asked := make(chan bool, 1)
	result, err := pool.SubmitJob(forever, billiard.Job{
		Task: "add", Args: []any{40, 2},
		OnAccepted: func(int, time.Time) error {
			asked <- true
			return errors.New("on purpose")
		},
	})
	if err == nil {
		<-asked
	}
	return result, err
}

func failingAcceptance(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		result, err := addWithFailingAcceptance(pool)
		if err != nil {
			return "", err
		}
		sum, err := billiard.Get[int](forever, result)
		return fmt.Sprint("ok ", sum), err
	})
}

func refusedAcceptance(on *stage) (string, error) {
	pool, err := billiard.NewPool(forever, billiard.PoolOptions{Workers: 1, Synack: true})
	if err != nil {
		return "", err
	}
	defer pool.Close()
	result, err := addWithFailingAcceptance(pool)
	if err != nil {
		return "", err
	}
	return thenAdd(pool, "error "+status(result.Value(forever, nil)))
}

func failingCallback(on *stage) (string, error) {
	return inPool(on, func(pool *billiard.Pool) (string, error) {
		called := make(chan bool, 1)
		result, err := pool.SubmitJob(forever, billiard.Job{
			Task: "echo", Args: []any{1},
			OnSuccess: func(*billiard.Result) {
				called <- true
				panic("on purpose")
			},
		})
		if err != nil {
			return "", err
		}
		<-called
		select {
		case <-result.Done():
			return thenAdd(pool, "ok ready")
		default:
			return thenAdd(pool, "ok not ready")
		}
	})
}

// A pool's descriptor belongs to the netpoller, and a goroutine takes its events.
func eventLoop(on *stage) (string, error) {
	return "not possible: goroutines of the program serve every pool of Go", nil
}

func watchedPool(on *stage) (string, error) {
	host, err := on.start("host_pool", on.objectName())
	if err != nil {
		return "", err
	}
	defer host.end()
	if err := host.says("busy"); err != nil {
		return "", err
	}
	watch, err := billiard.WatchPool(host.command.Process.Pid, 0)
	if err != nil {
		return "", err
	}
	defer watch.Close()
	seen, err := describeWatched(watch)
	if err != nil {
		return "", err
	}
	if err := host.kill(); err != nil {
		return "", err
	}
	_, err = watch.Stats()
	return seen + "; then error " + status(err), nil
}

func describeWatched(watch *billiard.PoolWatch) (string, error) {
	stats, err := watch.Stats()
	if err != nil {
		return "", err
	}
	workers, err := watch.Workers()
	if err != nil || len(workers) != 1 {
		return "", fmt.Errorf("%d workers: %w", len(workers), err)
	}
	group, err := watch.GroupName(workers[0].Group)
	return fmt.Sprintf("ok running=%d queued=%d workers=%d %v %s",
		stats.Running, stats.Queued, stats.Workers, workers[0].State, group), err
}
