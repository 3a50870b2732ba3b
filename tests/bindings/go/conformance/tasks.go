package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"billiard"
)

func registerTasks() {
	billiard.Register("echo", func(value any) any { return value })
	billiard.Register("add", func(a, b int64) int64 { return a + b })
	billiard.Register("count_arguments", func(args ...any) int { return len(args) })
	billiard.Register("reverse", reversed)
	billiard.Register("fail", func(message string) error { return conformanceFailure{message} })
	billiard.Register("take", takeFromQueue)
	billiard.Register("put", putIntoQueue)
	billiard.Register("exit_process", func(code int) { os.Exit(code) })
	billiard.Register("fail_odd", failOdd)
	billiard.Register("kill_at_two", killAtTwo)
	billiard.Register("own_pid", os.Getpid)
	billiard.Register("wait_for_soft_limit", waitForSoftLimit)
	billiard.Register("killed_once", killedOnce)
	billiard.Register("make_bytes", func(n int) []byte { return bytes.Repeat([]byte("x"), n) })
}

// conformanceFailure is the class of the task `fail`.
type conformanceFailure struct{ message string }

func (failure conformanceFailure) Error() string { return failure.message }

func reversed(data []byte) []byte {
	for i, j := 0, len(data)-1; i < j; i, j = i+1, j-1 {
		data[i], data[j] = data[j], data[i]
	}
	return data
}

func takeFromQueue(ctx context.Context, name string) (any, error) {
	queue, err := billiard.OpenQueue(name, billiard.QueueOptions{})
	if err != nil {
		return nil, err
	}
	defer queue.Close()
	var message any
	err = queue.Get(ctx, &message)
	return message, err
}

func putIntoQueue(ctx context.Context, name string, value any) error {
	queue, err := billiard.OpenQueue(name, billiard.QueueOptions{})
	if err != nil {
		return err
	}
	defer queue.Close()
	return queue.Put(ctx, value)
}

func failOdd(n int) (int, error) {
	if n%2 != 0 {
		return 0, conformanceFailure{fmt.Sprint("odd ", n)}
	}
	return n, nil
}

func killAtTwo(n int) int {
	if n == 2 {
		killMyself()
	}
	return n
}

func killMyself() {
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func waitForSoftLimit(ctx context.Context) string {
	<-ctx.Done()
	if !billiard.SoftLimitReached(ctx) {
		return "the context ended without the limit"
	}
	return "cleaned"
}

// killedOnce kills its worker when there is a message for it.
func killedOnce(name string) (string, error) {
	queue, err := billiard.OpenQueue(name, billiard.QueueOptions{})
	if err != nil {
		return "", err
	}
	defer queue.Close()
	err = queue.TryGet(nil)
	if err == nil {
		killMyself()
	}
	if !errors.Is(err, billiard.ErrEmpty) {
		return "", err
	}
	return "second", nil
}
