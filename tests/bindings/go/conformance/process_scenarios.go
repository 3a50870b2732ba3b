package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"

	"billiard"
)

func init() {
	for name, play := range map[string]scenario{
		"process_exit_code":     processExitCode,
		"process_exit_wraps":    processExitWraps,
		"process_fails":         processFails,
		"process_killed":        processKilled,
		"process_terminated":    processTerminated,
		"process_states":        processStates,
		"process_join_early":    processJoinEarly,
		"process_join_timeout":  processJoinTimeout,
		"process_self":          processSelf,
		"process_sentinel":      processSentinel,
		"active_children":       activeChildren,
		"process_unknown_entry": processUnknownEntry,
		"process_connection":    processConnection,
		"process_shared_value":  processSharedValue,
		"process_command":       processCommand,
		"context_fixed":         contextFixed,
		"finalizer_order":       finalizerOrder,
	} {
		scenarios[name] = play
	}
}

func child(entry string, args ...any) (*billiard.Process, error) {
	return billiard.NewProcess(billiard.ProcessOptions{Entry: entry, Args: args, Method: billiard.StartSpawn})
}

// spawn starts an entry.
func spawn(entry string, args ...any) (*billiard.Process, error) {
	process, err := child(entry, args...)
	if err != nil {
		return nil, err
	}
	return process, process.Start()
}

// exitText is the exit code, or none.
func exitText(process *billiard.Process) string {
	code, ended := process.ExitCode()
	if !ended {
		return "none"
	}
	return fmt.Sprint(code)
}

// ended waits for the end, and returns the exit code.
func ended(process *billiard.Process, err error) (string, error) {
	if err != nil {
		return "", err
	}
	if err := process.Join(forever); err != nil {
		return "", err
	}
	return exitText(process), nil
}

func processExitCode(on *stage) (string, error) {
	process, err := child("exit_with", 7)
	if err != nil {
		return "", err
	}
	before := exitText(process)
	after, err := ended(process, process.Start())
	return fmt.Sprintf("ok %s %s", before, after), err
}

func processExitWraps(on *stage) (string, error) {
	above, err := ended(spawn("exit_with", 265))
	if err != nil {
		return "", err
	}
	below, err := ended(spawn("exit_with", -1))
	return fmt.Sprintf("ok %s %s", above, below), err
}

func processFails(on *stage) (string, error) {
	code, err := ended(spawn("fail_child", "boom"))
	return "ok " + code, err
}

// A taker is a process that waits for a message of a queue.
type taker struct {
	*billiard.Process
	queue *billiard.Queue
}

func (on *stage) newTaker() (*taker, error) {
	queue, err := on.queue("Q", billiard.QueueOptions{})
	if err != nil {
		return nil, err
	}
	process, err := child("take_from", on.queueName("Q"))
	return &taker{process, queue}, err
}

func (on *stage) startTaker() (*taker, error) {
	made, err := on.newTaker()
	if err != nil {
		return nil, err
	}
	return made, made.Start()
}

// goOn lets it end, and returns its exit code.
func (made *taker) goOn() (string, error) {
	if err := made.queue.Put(forever, "go"); err != nil {
		return "", err
	}
	return ended(made.Process, nil)
}

func processKilled(on *stage) (string, error) {
	process, err := on.startTaker()
	if err != nil {
		return "", err
	}
	code, err := ended(process.Process, process.Kill())
	return fmt.Sprintf("ok %s %s", code, process.ExitText()), err
}

func processTerminated(on *stage) (string, error) {
	process, err := on.startTaker()
	if err != nil {
		return "", err
	}
	code, err := ended(process.Process, process.Terminate())
	return "ok " + code, err
}

func processStates(on *stage) (string, error) {
	process, err := on.newTaker()
	if err != nil {
		return "", err
	}
	pid := "none"
	if process.PID() != 0 {
		pid = fmt.Sprint(process.PID())
	}
	outcome := fmt.Sprintf("ok alive=%v pid=%s", process.Alive(), pid)
	if err := process.Start(); err != nil {
		return "", err
	}
	outcome += fmt.Sprintf(" alive=%v; then %s", process.Alive(), naming(process.Start(), "twice"))
	code, err := process.goOn()
	return fmt.Sprintf("%s; then ok alive=%v %s", outcome, process.Alive(), code), err
}

func processJoinEarly(on *stage) (string, error) {
	process, err := child("exit_with", 0)
	if err != nil {
		return "", err
	}
	return naming(process.Join(forever), "not started"), nil
}

func processJoinTimeout(on *stage) (string, error) {
	process, err := on.startTaker()
	if err != nil {
		return "", err
	}
	short, cancel := within(50 * time.Millisecond)
	defer cancel()
	if err := process.Join(short); status(err) != "TIMEOUT" {
		return "", err
	}
	alive := process.Alive()
	code, err := process.goOn()
	return fmt.Sprintf("ok alive=%v %s", alive, code), err
}

func processSelf(on *stage) (string, error) {
	queue, err := on.queue("Q", billiard.QueueOptions{})
	if err != nil {
		return "", err
	}
	process, err := child("tell_self", on.queueName("Q"))
	if err != nil {
		return "", err
	}
	if err := process.SetDaemon(true); err != nil {
		return "", err
	}
	if _, err := ended(process, process.Start()); err != nil {
		return "", err
	}
	var told []any
	if err := queue.Get(forever, &told); err != nil {
		return "", err
	}
	key, err := billiard.CurrentProcess().AuthKey()
	if err != nil || len(told) != 5 {
		return fmt.Sprintf("told %v", told), err
	}
	itsKey, _ := told[4].([]byte)
	return fmt.Sprintf("ok %v %v pid=%s parent=%s key=%s", told[0], told[1], same(told[2] == int64(process.PID())),
		same(told[3] == int64(os.Getpid())), same(bytes.Equal(itsKey, key))), nil
}

func same(yes bool) string {
	if yes {
		return "same"
	}
	return "different"
}

func processSentinel(on *stage) (string, error) {
	process, err := on.startTaker()
	if err != nil {
		return "", err
	}
	now, cancel := within(0)
	defer cancel()
	before, err := billiard.Wait(now, process)
	if err != nil && status(err) != "TIMEOUT" {
		return "", err
	}
	if err := process.queue.Put(forever, "go"); err != nil {
		return "", err
	}
	after, err := billiard.Wait(forever, process)
	if err != nil {
		return "", err
	}
	code, err := ended(process.Process, nil)
	words := map[int]string{0: "none", 1: "ready"}
	return fmt.Sprintf("ok %s %s %s", words[len(before)], words[len(after)], code), err
}

func activeChildren(on *stage) (string, error) {
	before, err := billiard.ActiveChildren()
	if err != nil {
		return "", err
	}
	process, err := on.startTaker()
	if err != nil {
		return "", err
	}
	during, err := billiard.ActiveChildren()
	if err != nil || len(during) == 0 {
		return fmt.Sprint(len(during)), err
	}
	itsOwn := same(during[0].PID() == process.PID())
	if _, err := process.goOn(); err != nil {
		return "", err
	}
	after, err := billiard.ActiveChildren()
	return fmt.Sprintf("ok %d %d %s %d", len(before), len(during), itsOwn, len(after)), err
}

func processUnknownEntry(on *stage) (string, error) {
	process, err := child("no_such_entry")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s; then alive=%v", naming(process.Start(), "no_such_entry"), process.Alive()), nil
}

func processConnection(on *stage) (string, error) {
	return onRoad(billiard.PipeOptions{}, func(ends road) (string, error) {
		process, err := spawn("echo_once", ends.second)
		if err != nil {
			return "", err
		}
		ends.second.Close()
		if err := ends.first.Send(forever, "ping"); err != nil {
			return "", err
		}
		var text string
		if err := ends.first.Recv(forever, &text); err != nil {
			return "", err
		}
		code, err := ended(process, nil)
		return fmt.Sprintf("ok %s %s", text, code), err
	})
}

func processSharedValue(on *stage) (string, error) {
	value, err := billiard.NewValue("q")
	if err != nil {
		return "", err
	}
	defer value.Close()
	if err := value.SetInt(40); err != nil {
		return "", err
	}
	code, err := ended(spawn("add_to", value, 2))
	if err != nil {
		return "", err
	}
	number, err := value.Int()
	return fmt.Sprintf("ok %d %s", number, code), err
}

func processCommand(on *stage) (string, error) {
	process, err := billiard.NewProcess(billiard.ProcessOptions{Command: []string{"/bin/sh", "-c", "exit 3"}})
	if err != nil {
		return "", err
	}
	code, err := ended(process, process.Start())
	if err != nil {
		return "", err
	}
	missing, err := billiard.NewProcess(billiard.ProcessOptions{Command: []string{"/nonexistent/program"}})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("ok %s; then %s", code, naming(missing.Start(), "/nonexistent/program")), nil
}

func contextFixed(on *stage) (string, error) {
	before := string(billiard.FixedStartMethod())
	if before == "" {
		before = "none"
	}
	if err := billiard.SetStartMethod(billiard.StartSpawn, false); err != nil {
		return "", err
	}
	outcome := fmt.Sprintf("ok %s %s", before, billiard.FixedStartMethod())
	again := naming(billiard.SetStartMethod(billiard.StartSpawn, false), "already been set")
	_, err := billiard.NewProcess(billiard.ProcessOptions{Entry: "exit_with", Method: "frok"})
	return strings.Join([]string{outcome, again, naming(err, "cannot find context")}, "; then "), nil
}

func finalizerOrder(on *stage) (string, error) {
	queue, err := on.queue("Q", billiard.QueueOptions{})
	if err != nil {
		return "", err
	}
	if _, err := ended(spawn("run_finalizers", on.queueName("Q"))); err != nil {
		return "", err
	}
	outcome := "ok"
	for i := 0; i < 4; i++ {
		var word string
		if err := queue.TryGet(&word); err != nil {
			return "", err
		}
		outcome += " " + word
	}
	return outcome, nil
}
