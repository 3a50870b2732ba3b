package main

import (
	"context"
	"errors"
	"os"

	"billiard"
)

// registerEntries names what the processes of scenarios run.
func registerEntries() {
	billiard.RegisterEntry("exit_with", func(code int) error { return billiard.ExitCode(code) })
	billiard.RegisterEntry("fail_child", func(message string) error { return errors.New(message) })
	billiard.RegisterEntry("take_from", func(ctx context.Context, name string) error {
		queue, err := billiard.OpenQueue(name, billiard.QueueOptions{})
		if err != nil {
			return err
		}
		_, err = queue.GetMessage(ctx)
		return err
	})
	billiard.RegisterEntry("tell_self", tellSelf)
	billiard.RegisterEntry("echo_once", func(ctx context.Context, connection *billiard.Connection) error {
		var value any
		if err := connection.Recv(ctx, &value); err != nil {
			return err
		}
		return connection.Send(ctx, value)
	})
	billiard.RegisterEntry("add_to", func(value *billiard.Value, number int64) error {
		_, err := value.Add(number)
		return err
	})
	billiard.RegisterEntry("run_finalizers", runFinalizers)
}

func tellSelf(ctx context.Context, name string) error {
	queue, err := billiard.OpenQueue(name, billiard.QueueOptions{})
	if err != nil {
		return err
	}
	self := billiard.CurrentProcess()
	key, err := self.AuthKey()
	if err != nil {
		return err
	}
	parent, _ := billiard.ParentProcess()
	return queue.Put(ctx, []any{self.Name(), self.Daemon(), os.Getpid(), parent, key})
}

func runFinalizers(ctx context.Context, name string) error {
	queue, err := billiard.OpenQueue(name, billiard.QueueOptions{})
	if err != nil {
		return err
	}
	for _, each := range []struct {
		word     string
		priority int
	}{{"low", -100}, {"first", 0}, {"second", 0}, {"high", 10}} {
		word := each.word
		if _, err := billiard.AtExit(each.priority, func() error { return queue.Put(ctx, word) }); err != nil {
			return err
		}
	}
	return nil
}
