package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"billiard"
)

// An assistant is a process that a scenario starts, to hold something, to wait or to count. It says
// by lines how far it is.
var assistantRoles = map[string]func(name string, args []string) error{
	"hold_lock":      holdLock,
	"hold_unit":      holdUnit,
	"wait_event":     waitEvent,
	"wait_condition": waitCondition,
	"wait_barrier":   waitBarrier,
	"add":            addMany,
	"take":           takeAndHold,
	"host_pool":      hostPool,
	"echo_client":    echoClient,
}

const assistantPatience = 30 * time.Second

// assist plays a role: ROLE NAME [ARGUMENT...].
func assist(args []string) error {
	role := assistantRoles[args[0]]
	if role == nil {
		return fmt.Errorf("no role %q", args[0])
	}
	return role(args[1], args[2:])
}

// say writes one line at once: os.Stdout has no buffer.
func say(words ...any) { fmt.Println(words...) }

func untilInputEnds() { io.Copy(io.Discard, os.Stdin) }

func holdLock(name string, _ []string) error {
	lock, err := billiard.OpenLock(name)
	if err != nil {
		return err
	}
	if err := lock.Acquire(forever); err != nil {
		return err
	}
	say("held")
	untilInputEnds()
	return lock.Release()
}

func holdUnit(name string, _ []string) error {
	semaphore, err := billiard.OpenSemaphore(name, 1, billiard.Tracked())
	if err != nil {
		return err
	}
	if err := semaphore.Acquire(forever); err != nil {
		return err
	}
	say("held")
	untilInputEnds()
	return semaphore.Release()
}

func waitEvent(name string, _ []string) error {
	event, err := billiard.OpenEvent(name)
	if err != nil {
		return err
	}
	say("ready")
	limited, cancel := within(assistantPatience)
	defer cancel()
	say(event.Wait(limited) == nil)
	return nil
}

func waitCondition(name string, _ []string) error {
	condition, err := billiard.OpenCondition(name)
	if err != nil {
		return err
	}
	owner := billiard.NewOwner()
	if err := condition.Acquire(forever, owner); err != nil {
		return err
	}
	say("ready")
	limited, cancel := within(assistantPatience)
	defer cancel()
	notified := condition.Wait(limited, owner) == nil
	if err := condition.Release(owner); err != nil {
		return err
	}
	say(notified)
	return nil
}

func waitBarrier(name string, _ []string) error {
	barrier, err := billiard.OpenBarrier(name, 2)
	if err != nil {
		return err
	}
	say("ready")
	limited, cancel := within(assistantPatience)
	defer cancel()
	index, err := barrier.Wait(limited)
	if err != nil {
		say(status(err))
		return nil
	}
	say(index)
	return nil
}

func addMany(name string, args []string) error {
	value, err := billiard.OpenValue(name, "q")
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(strings.Join(args, " "))
	if err != nil {
		return err
	}
	if err := addTimes(value, count); err != nil {
		return err
	}
	say("done")
	return nil
}

func addTimes(value *billiard.Value, count int) error {
	for i := 0; i < count; i++ {
		if _, err := value.Add(1); err != nil {
			return err
		}
	}
	return nil
}

func takeAndHold(name string, _ []string) error {
	queue, err := billiard.OpenQueue(name, billiard.QueueOptions{Delivery: billiard.AtLeastOnce})
	if err != nil {
		return err
	}
	delivery, err := queue.Take(forever)
	if err != nil {
		return err
	}
	say("held")
	untilInputEnds()
	return delivery.Close()
}

func hostPool(name string, _ []string) error {
	queue, err := billiard.OpenQueue(name, billiard.QueueOptions{})
	if err != nil {
		return err
	}
	defer queue.Close()
	pool, err := billiard.NewPool(forever, billiard.PoolOptions{Workers: 1})
	if err != nil {
		return err
	}
	defer pool.Close()
	held, err := pool.Submit(forever, "take", name)
	if err != nil {
		return err
	}
	if _, err := busyWith(pool, held); err != nil {
		return err
	}
	if _, err := pool.Submit(forever, "echo", 1); err != nil {
		return err
	}
	say("busy")
	untilInputEnds()
	return nil
}

// An assistant seen from the scenario that started it.
type assistant struct {
	command *exec.Cmd
	input   io.Closer
	lines   *bufio.Reader
}

// start starts an assistant of the scenario: this program, unless the checker wants another
// language's.
func (on *stage) start(role, name string, args ...string) (*assistant, error) {
	program := os.Getenv("BILLIARD_ASSISTANT")
	if program == "" {
		program = "/proc/self/exe"
	}
	command := exec.Command(program, append([]string{on.nonce, "--assist", role, name}, args...)...)
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	return &assistant{command: command, input: input, lines: bufio.NewReader(output)}, nil
}

// line returns what the assistant says next.
func (helper *assistant) line() (string, error) {
	line, err := helper.lines.ReadString('\n')
	return strings.TrimSuffix(line, "\n"), err
}

// says waits until the assistant says exactly that.
func (helper *assistant) says(expected string) error {
	line, err := helper.line()
	if err == nil && line != expected {
		err = fmt.Errorf("the assistant says %q instead of %q", line, expected)
	}
	return err
}

// kill ends the assistant by SIGKILL, and returns when it is dead.
func (helper *assistant) kill() error {
	if err := helper.command.Process.Kill(); err != nil {
		return err
	}
	var signalled *exec.ExitError
	if err := helper.command.Wait(); !errors.As(err, &signalled) {
		return fmt.Errorf("the killed assistant ended with %v", err)
	}
	return nil
}

// end lets the assistant end, if it still lives.
func (helper *assistant) end() {
	helper.input.Close()
	helper.command.Wait()
}

// objectName is a name that no other run has, and that the table's roles know.
func (on *stage) objectName() string { return on.name + "-" + on.nonce }
