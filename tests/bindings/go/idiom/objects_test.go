package idiom

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"billiard"
)

// must ends the test at an error of a call that has to succeed.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// made returns what a call made, which the end of the test closes.
func made[T io.Closer](t testing.TB) func(object T, err error) T {
	return func(object T, err error) T {
		t.Helper()
		must(t, err)
		t.Cleanup(func() { object.Close() })
		return object
	}
}

// want compares.
func want[T comparable](t testing.TB, what string, got, expected T) {
	t.Helper()
	if got != expected {
		t.Errorf("%s: %v instead of %v", what, got, expected)
	}
}

// fails looks for a status and a text in an error.
func fails(t testing.TB, err error, status billiard.Status, text string) {
	t.Helper()
	if !errors.Is(err, status) || !strings.Contains(err.Error(), text) {
		t.Errorf("%v instead of %s with %q", err, status.Name(), text)
	}
}

// ended is a context that has ended.
func ended() context.Context {
	ctx, cancel := context.WithCancel(background)
	cancel()
	return ctx
}

// soon is a context that ends soon.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(background, 20*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func objectName(t testing.TB) string {
	return fmt.Sprintf("idiom-%d-%d", os.Getpid(), time.Now().UnixNano())
}

// helpers are what other processes do; each is this program, started anew, that says when it is
// ready and then waits for the end of its input, or its death.
var helpers = map[string]func(name string) error{
	"have a busy pool": haveABusyPool,
	"start a daemon":   startADaemon,
	"hold lock": func(name string) error {
		lock, err := billiard.OpenLock(name)
		if err != nil {
			return err
		}
		return lock.Acquire(background)
	},
	"hold rlock": func(name string) error {
		lock, err := billiard.OpenRLock(name)
		if err != nil {
			return err
		}
		owner := billiard.NewOwner()
		return firstOf(lock.Acquire(background, owner), lock.Acquire(background, owner))
	},
	"hold value": func(name string) error {
		value, err := billiard.OpenValue(name, "q")
		if err != nil {
			return err
		}
		return firstOf(value.Acquire(background, billiard.NewOwner()), value.SetInt(42))
	},
	"wait for condition": func(name string) error {
		condition, err := billiard.OpenCondition(name)
		if err != nil {
			return err
		}
		owner := billiard.NewOwner()
		go condition.With(background, owner, func() error { return condition.Wait(background, owner) })
		eventually(func() bool { return condition.Waiters() > 0 })
		return nil
	},
	"attach to segment": func(id string) error {
		segment, err := billiard.AttachSegment(os.NewFile(3, "segment"))
		if err != nil {
			return err
		}
		var number billiard.ID
		fmt.Sscan(id, &number)
		array, err := billiard.AttachSharedArray[int32](segment, number)
		if err != nil {
			return err
		}
		for i := range array.Slice() {
			array.Slice()[i] *= 2
		}
		return nil
	},
}

var kept any // what a helper holds is not collected

// runHelper plays a helper, if this process is one.
func runHelper() {
	what, name := os.Getenv("IDIOM_HELPER"), os.Getenv("IDIOM_NAME")
	if what == "" {
		return
	}
	kept = helpers[what]
	if err := helpers[what](name); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

type helper struct {
	t       testing.TB
	command *exec.Cmd
	input   io.Closer
}

// startHelper starts a helper and waits until it is ready.
func startHelper(t testing.TB, what, name string, files ...*os.File) *helper {
	t.Helper()
	command := exec.Command("/proc/self/exe")
	// A collection would end what the helper holds and does not use any more.
	command.Env = append(os.Environ(), "GOGC=off", "IDIOM_HELPER="+what, "IDIOM_NAME="+name)
	command.ExtraFiles = files
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	must(t, err)
	output, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	started := &helper{t, command, input}
	t.Cleanup(started.end)
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil || line != "ready\n" {
		t.Fatalf("helper %q: %q, %v", what, line, err)
	}
	return started
}

// kill ends it by SIGKILL and waits for its death.
func (started *helper) kill() {
	must(started.t, started.command.Process.Kill())
	started.command.Wait()
}

func (started *helper) end() {
	started.input.Close()
	started.command.Wait()
}

// together runs a function in so many goroutines.
func together(count int, body func(number int)) {
	var all sync.WaitGroup
	for i := 0; i < count; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			body(i)
		}(i)
	}
	all.Wait()
}

// firstOf returns the first error of several calls.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
