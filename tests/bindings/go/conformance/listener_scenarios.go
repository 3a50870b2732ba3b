package main

import (
	"fmt"
	"os"
	"syscall"

	"billiard"
)

func init() {
	for name, play := range map[string]scenario{
		"listener_between_languages": listenerBetweenLanguages,
		"listener_wrong_key":         listenerWrongKey,
		"listener_closed":            listenerClosed,
		"client_refused":             clientRefused,
	} {
		scenarios[name] = play
	}
}

const listenersKey = "opensesame"

func (on *stage) address() string { return "@" + on.objectName() }

func (on *stage) listener() (*billiard.Listener, error) {
	return billiard.Listen(on.address(), billiard.ListenOptions{Key: []byte(listenersKey)})
}

func listenerBetweenLanguages(on *stage) (string, error) {
	listener, err := on.listener()
	if err != nil {
		return "", err
	}
	defer listener.Close()
	client, err := on.start("echo_client", on.address(), listenersKey)
	if err != nil {
		return "", err
	}
	defer client.end()
	connection, err := listener.Accept(forever)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	return exchanged(func(value any) (any, error) {
		if err := connection.Send(forever, value); err != nil {
			return nil, err
		}
		var received any
		err := connection.Recv(forever, &received)
		return received, err
	})
}

func listenerWrongKey(on *stage) (string, error) {
	listener, err := on.listener()
	if err != nil {
		return "", err
	}
	defer listener.Close()
	stranger, err := on.start("echo_client", on.address(), "wrong")
	if err != nil {
		return "", err
	}
	_, refused := listener.Accept(forever)
	said, err := stranger.line()
	stranger.end()
	if err != nil {
		return "", err
	}
	friend, err := on.start("echo_client", on.address(), listenersKey)
	if err != nil {
		return "", err
	}
	defer friend.end()
	connection, err := listener.Accept(forever)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	number, err := along(connection, connection)
	return fmt.Sprintf("error %s client=%s; then ok %d", status(refused), said, number), err
}

func listenerClosed(on *stage) (string, error) {
	listener, err := billiard.Listen("", billiard.ListenOptions{})
	if err != nil {
		return "", err
	}
	listener.Close()
	listener.Close()
	_, err = listener.Accept(forever)
	return "error " + status(err), nil
}

func clientRefused(on *stage) (string, error) {
	_, err := billiard.Dial(forever, on.address(), billiard.DialOptions{})
	return "error " + status(err), nil
}

// echoClient is the assistant's part.
func echoClient(address string, args []string) error {
	connection, err := billiard.Dial(forever, address, billiard.DialOptions{Key: []byte(args[0])})
	switch {
	case status(err) == "AUTHENTICATION":
		say("AUTHENTICATION")
	case err != nil:
		return err
	default:
		if err := echoToTheEnd(connection); err != nil {
			return err
		}
	}
	untilInputEnds()
	return nil
}

func echoToTheEnd(connection *billiard.Connection) error {
	defer connection.Close()
	for {
		var value any
		err := connection.Recv(forever, &value)
		if status(err) == "END_OF_STREAM" {
			return nil
		}
		if err == nil {
			err = connection.Send(forever, value)
		}
		if err != nil {
			return err
		}
	}
}

// fileOf makes a file of a connection's descriptor, of its own.
func fileOf(connection *billiard.Connection) (*os.File, error) {
	fd, err := connection.FD()
	if err != nil {
		return nil, err
	}
	copied, err := syscall.Dup(fd)
	return os.NewFile(uintptr(copied), "connection"), err
}
