// The program echo_server starts three clients, each a process of its own, and serves them at an address
// that only they have the key for. Each client counts in a shared value what came back. The last client is
// served by a fourth process, to which the server hands the connection.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"billiard"
)

const (
	clients  = 3
	messages = 100
)

// client runs in the clients. It got the counter from the process that started it.
func client(ctx context.Context, address string, key []byte, echoed *billiard.SharedValue[int64]) error {
	connection, err := billiard.Dial(ctx, address, billiard.DialOptions{Key: key})
	if err != nil {
		return err
	}
	defer connection.Close()
	for i := 0; i < messages; i++ {
		if err := connection.Send(ctx, map[string]any{"number": i}); err != nil {
			return err
		}
		var answer struct {
			Number int `msgpack:"number"`
		}
		if err := connection.Recv(ctx, &answer); err != nil {
			return err
		}
		if answer.Number != i {
			return fmt.Errorf("%d came back as %d", i, answer.Number)
		}
		if _, err := echoed.Add(1); err != nil {
			return err
		}
	}
	return nil
}

// echo runs in the server, and in the process that a connection is handed to.
func echo(ctx context.Context, connection *billiard.Connection) error {
	defer connection.Close()
	for {
		message, err := connection.RecvBytes(ctx)
		if errors.Is(err, billiard.ErrEndOfStream) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := connection.SendBytes(ctx, message); err != nil {
			return err
		}
	}
}

func init() {
	billiard.RegisterEntry("client", client)
	billiard.RegisterEntry("echo", echo)
}

func main() {
	billiard.Init()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	key, err := billiard.CurrentProcess().AuthKey()
	if err != nil {
		return err
	}
	listener, err := billiard.Listen("", billiard.ListenOptions{Key: key})
	if err != nil {
		return err
	}
	defer listener.Close()
	address, err := listener.Address()
	if err != nil {
		return err
	}
	echoed, err := billiard.NewSharedValue(int64(0))
	if err != nil {
		return err
	}
	defer echoed.Close()

	var processes []*billiard.Process
	for i := 0; i < clients; i++ {
		process, err := start("client", address, key, echoed)
		if err != nil {
			return err
		}
		processes = append(processes, process)
	}
	served := make(chan error)
	for i := 0; i < clients; i++ {
		connection, err := listener.Accept(ctx)
		if err != nil {
			return err
		}
		if i == clients-1 { // another process serves the last one
			process, err := start("echo", connection)
			if err != nil {
				return err
			}
			connection.Close()
			processes = append(processes, process)
			continue
		}
		go func() { served <- echo(ctx, connection) }()
	}
	for i := 0; i < clients-1; i++ {
		if err := <-served; err != nil {
			return err
		}
	}
	for _, process := range processes {
		if err := process.Join(ctx); err != nil {
			return err
		}
		if code, _ := process.ExitCode(); code != 0 {
			return fmt.Errorf("%v", process)
		}
	}
	total, err := echoed.Load()
	fmt.Println(len(processes), total) // 4 300
	return err
}

func start(entry string, args ...any) (*billiard.Process, error) {
	process, err := billiard.NewProcess(billiard.ProcessOptions{Entry: entry, Args: args, Daemon: billiard.DaemonYes})
	if err != nil {
		return nil, err
	}
	return process, process.Start()
}
