package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"billiard"
)

func init() {
	for name, play := range map[string]scenario{
		"pipe_values":            pipeValues,
		"pipe_bytes":             pipeBytes,
		"pipe_one_way":           pipeOneWay,
		"connection_poll":        connectionPoll,
		"connection_max_length":  connectionMaxLength,
		"connection_into":        connectionInto,
		"connection_nonblocking": connectionNonBlocking,
		"connection_closed":      connectionClosed,
		"connection_timeout":     connectionTimeout,
		"connection_hand_over":   connectionHandOver,
		"fd_ticket":              fdTicket,
		"wait_ready":             waitReady,
	} {
		scenarios[name] = play
	}
}

// A road is both ends of a pipe.
type road struct{ first, second *billiard.Connection }

func newRoad(options billiard.PipeOptions) (made road, err error) {
	made.first, made.second, err = billiard.Pipe(options)
	return made, err
}

func (made road) close() {
	made.first.Close()
	made.second.Close()
}

// along sends 7 by one end, and returns what comes out at the other.
func along(from, to *billiard.Connection) (int, error) {
	if err := from.Send(forever, 7); err != nil {
		return 0, err
	}
	var number int
	return number, to.Recv(forever, &number)
}

// onRoad plays a scenario on a pipe.
func onRoad(options billiard.PipeOptions, play func(road) (string, error)) (string, error) {
	made, err := newRoad(options)
	if err != nil {
		return "", err
	}
	defer made.close()
	return play(made)
}

func pipeValues(on *stage) (string, error) {
	return onRoad(billiard.PipeOptions{}, func(ends road) (string, error) {
		return exchanged(func(value any) (any, error) {
			if err := ends.first.Send(forever, value); err != nil {
				return nil, err
			}
			var received any
			err := ends.second.Recv(forever, &received)
			return received, err
		})
	})
}

// exchanged is the outcome of peer values that went somewhere, one by one.
func exchanged(exchange func(value any) (any, error)) (string, error) {
	var received []any
	for _, value := range peerValues() {
		came, err := exchange(value)
		if err != nil {
			return "", err
		}
		received = append(received, came)
	}
	return "ok " + strings.Join(notations(received), " "), nil
}

func pipeBytes(on *stage) (string, error) {
	return onRoad(billiard.PipeOptions{}, func(ends road) (string, error) {
		for _, data := range [][]byte{[]byte("hello"), []byte("abcdef")[2 : 2+3], nil} {
			if err := ends.first.SendBytes(forever, data); err != nil {
				return "", err
			}
		}
		var received [3][]byte
		for i := range received {
			var err error
			if received[i], err = ends.second.RecvBytes(forever); err != nil {
				return "", err
			}
		}
		return fmt.Sprintf("ok %s %s %d", received[0], received[1], len(received[2])), nil
	})
}

func pipeOneWay(on *stage) (string, error) {
	return onRoad(billiard.PipeOptions{OneWay: true}, func(ends road) (string, error) {
		outcome := naming(ends.first.Send(forever, 7), "read-only")
		_, err := ends.second.RecvBytes(forever)
		outcome += "; then " + naming(err, "write-only")
		number, err := along(ends.second, ends.first)
		return fmt.Sprintf("%s; then ok %d", outcome, number), err
	})
}

func connectionPoll(on *stage) (string, error) {
	return onRoad(billiard.PipeOptions{}, func(ends road) (string, error) {
		first, err := ends.first.Poll()
		if err != nil {
			return "", err
		}
		if err := ends.second.Send(forever, 7); err != nil {
			return "", err
		}
		second := ends.first.WaitReadable(forever) == nil
		if _, err := ends.first.RecvBytes(forever); err != nil {
			return "", err
		}
		ends.second.Close()
		third := ends.first.WaitReadable(forever) == nil
		_, err = ends.first.RecvBytes(forever)
		return fmt.Sprintf("ok %v %v %v %s", first, second, third, status(err)), nil
	})
}

func connectionMaxLength(on *stage) (string, error) {
	return onRoad(billiard.PipeOptions{}, func(ends road) (string, error) {
		if err := ends.second.SendBytes(forever, []byte("0123456789")); err != nil {
			return "", err
		}
		_, failed := ends.first.RecvBytesMax(forever, 5)
		number, err := along(ends.first, ends.second)
		return fmt.Sprintf("error %s; then readable=%v writable=%v; then ok %d", status(failed),
			ends.first.Readable(), ends.first.Writable(), number), err
	})
}

func connectionInto(on *stage) (string, error) {
	return onRoad(billiard.PipeOptions{}, func(ends road) (string, error) {
		for _, text := range []string{"abcdef", "xyz"} {
			if err := ends.first.SendBytes(forever, []byte(text)); err != nil {
				return "", err
			}
		}
		buffer := make([]byte, 4)
		_, failed := ends.second.RecvInto(forever, buffer)
		var short *billiard.TooShortError
		if !errors.As(failed, &short) {
			return "error " + status(failed), nil
		}
		count, err := ends.second.RecvInto(forever, buffer)
		return fmt.Sprintf("error %s with %d; then ok %d %s", status(failed), len(short.Data), count, buffer[:count]), err
	})
}

func connectionNonBlocking(on *stage) (string, error) {
	return onRoad(billiard.PipeOptions{FirstNonBlocking: true}, func(ends road) (string, error) {
		_, failed := ends.first.RecvBytes(forever)
		number, err := along(ends.second, ends.first)
		return fmt.Sprintf("error %s; then ok %d", status(failed), number), err
	})
}

func connectionClosed(on *stage) (string, error) {
	return onRoad(billiard.PipeOptions{}, func(ends road) (string, error) {
		ends.first.Close()
		ends.first.Close()
		sent := ends.first.Send(forever, 7)
		_, received := ends.first.RecvBytes(forever)
		return fmt.Sprintf("error %s; then error %s", status(sent), status(received)), nil
	})
}

func connectionTimeout(on *stage) (string, error) {
	return onRoad(billiard.PipeOptions{}, func(ends road) (string, error) {
		short, cancel := within(50 * time.Millisecond)
		defer cancel()
		_, failed := ends.first.RecvBytes(short)
		number, err := along(ends.second, ends.first)
		return fmt.Sprintf("error %s; then ok %d", status(failed), number), err
	})
}

func connectionHandOver(on *stage) (string, error) {
	return onRoad(billiard.PipeOptions{}, func(way road) (string, error) {
		return onRoad(billiard.PipeOptions{OneWay: true}, func(ends road) (string, error) {
			if err := way.first.SendConnection(forever, ends.second); err != nil {
				return "", err
			}
			came, err := way.second.RecvConnection(forever)
			if err != nil {
				return "", err
			}
			defer came.Close()
			ends.second.Close()
			number, err := along(came, ends.first)
			return fmt.Sprintf("ok readable=%v writable=%v %d", came.Readable(), came.Writable(), number), err
		})
	})
}

func fdTicket(on *stage) (string, error) {
	return onRoad(billiard.PipeOptions{OneWay: true}, func(ends road) (string, error) {
		file, err := fileOf(ends.second)
		if err != nil {
			return "", err
		}
		ticket, err := billiard.ShareFile(file)
		file.Close()
		if err != nil {
			return "", err
		}
		claimed, err := billiard.ClaimFile(forever, ticket)
		if err != nil {
			return "", err
		}
		sends, err := billiard.NewConnection(claimed, billiard.ConnectionOptions{SendOnly: true})
		claimed.Close()
		if err != nil {
			return "", err
		}
		defer sends.Close()
		number, err := along(sends, ends.first)
		_, again := billiard.ClaimFile(forever, ticket)
		return fmt.Sprintf("ok %d; then error %s", number, status(again)), err
	})
}

func waitReady(on *stage) (string, error) {
	return onRoad(billiard.PipeOptions{}, func(a road) (string, error) {
		return onRoad(billiard.PipeOptions{}, func(b road) (string, error) {
			none, err := readyLetters(a, b, "AB", false)
			if err != nil {
				return "", err
			}
			if err := b.second.Send(forever, 7); err != nil {
				return "", err
			}
			one, err := readyLetters(a, b, "AB", true)
			if err != nil {
				return "", err
			}
			if err := a.second.Send(forever, 7); err != nil {
				return "", err
			}
			three, err := readyLetters(a, b, "BAB", true)
			return fmt.Sprintf("%s; then %s; then %s", none, one, three), err
		})
	})
}

// readyLetters waits for the first ends of those letters.
func readyLetters(a, b road, letters string, patient bool) (string, error) {
	ends := map[rune]*billiard.Connection{'A': a.first, 'B': b.first}
	names := map[billiard.Waitable]string{a.first: "A", b.first: "B"}
	var objects []billiard.Waitable
	for _, letter := range letters {
		objects = append(objects, ends[letter])
	}
	ctx, cancel := within(0)
	defer cancel()
	if patient {
		ctx = forever
	}
	ready, err := billiard.Wait(ctx, objects...)
	if status(err) == "TIMEOUT" {
		return "none", nil
	}
	var texts []string
	for _, each := range ready {
		texts = append(texts, names[each])
	}
	return strings.Join(texts, " "), err
}
