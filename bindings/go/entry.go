package billiard

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"billiard/internal/native"
)

// ExitCode is an error that ends an entry with that code: the process leaves with its low 8 bits.
type ExitCode int

// Error returns "exit code <n>".
func (code ExitCode) Error() string { return fmt.Sprintf("exit code %d", int(code)) }

var entries struct {
	sync.Mutex
	list []*task
}

func init() { native.RunEntry = runEntry }

// RegisterEntry names a function that processes can be started with, see Process. It is called before Init,
// as from an init function, the same in the starting and the started program.
//
// The function has the form of a task (see Register), also with *Connection, *os.File and queues
// among its parameters, which come open and are the function's; a value that it returns is dropped. The process ends
// with 0 when it returns, with the code of an ExitCode as its error, and with 1 after any other error or a
// panic, which is written to standard error; also when it does not fit the arguments. Exit and ExitWithText
// end it from anywhere. Before the process leaves, its finalizers run and its children end, see Exit.
//
// RegisterEntry panics on an empty name, one longer than 255 bytes or with a NUL, one that is taken, and a
// function of another form.
func RegisterEntry(name string, function any) {
	made, err := newTask(name, function)
	if err != nil {
		panic("billiard: RegisterEntry: " + err.Error())
	}
	if name == "" || hasNul(name) {
		panic(fmt.Sprintf("billiard: RegisterEntry: bad name %q", name))
	}
	entries.Lock()
	defer entries.Unlock()
	entries.list = append(entries.list, made)
	var cerr uintptr
	status := native.Bpi_go_entry_register(name, uint64(len(entries.list)-1), &cerr)
	if err := takeError(status, cerr); err != nil {
		panic("billiard: RegisterEntry: " + err.Error())
	}
}

// becomeChild runs the entry of a process that was started with one, and never returns then.
func becomeChild() {
	words := textList(os.Args)
	defer native.Bpi_names_free(words)
	native.Bpi_freeze_support(words)
}

// runEntry is called by the library in a started process. It returns the exit request.
func runEntry(number uint64, data []byte) int {
	entries.Lock()
	entry := entries.list[number]
	entries.Unlock()
	handedHere.taken = map[int]bool{}
	call := &Call{Task: entry.name, format: FormatMessagePack, payload: data, handed: &handedHere}
	end := apart("entry", func() (end outcome) {
		_, end.err = entry.run(context.Background(), call)
		return end
	})
	var code ExitCode
	switch {
	case end.err == nil:
		return 0
	case !end.panicked && errors.As(end.err, &code):
		return int(code)
	}
	complain(end)
	return 1
}

// complain tells how an entry failed.
func complain(end outcome) {
	failure := fmt.Sprintf("Process %s:\n%v", CurrentProcess().Name(), end.err)
	if end.panicked {
		failure = fmt.Sprintf("Process %s:\npanic: %v\n\n%s", CurrentProcess().Name(), end.err, end.backtrace)
	}
	fmt.Fprintln(os.Stderr, strings.TrimSpace(failure))
	if LogEnabled(LogError) {
		Log(LogError, failure)
	}
}
