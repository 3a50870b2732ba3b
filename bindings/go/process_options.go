package billiard

import (
	"os"
	"time"

	"billiard/internal/native"
)

// Daemon says whether a process ends with the one that started it.
type Daemon int

const (
	// DaemonInherited: as the process that makes it is.
	DaemonInherited Daemon = 0
	// DaemonYes: it ends with its parent, however that ends.
	DaemonYes Daemon = 1
	// DaemonNo: it goes on, and Exit waits for it.
	DaemonNo Daemon = -1
)

// ProcessOptions describes a process. One of Entry and Command is to be set; zero in another field means
// its default.
type ProcessOptions struct {
	// Entry is the name of a function of RegisterEntry, which this program, started anew, runs with Args.
	// They are encoded as MessagePack, but for files, connections and queues, which the child gets as such,
	// and shared objects, see Object. *EncodingError when an argument has no encoding.
	Entry string
	Args  []any
	// Command is a program with its arguments, looked up in PATH. Env has more "NAME=value" for it.
	Command []string
	Env     []string

	// Name is at most 255 bytes. Default: by kind and identity, as "Process-1".
	Name string
	// Daemon: default DaemonInherited.
	Daemon Daemon
	// Files are open in the child too: InheritedFiles has them for an entry, a command finds them as 3, 4
	// and so on. The caller may close its own when NewProcess has returned.
	Files []*os.File
	// Method: default CurrentStartMethod().
	Method StartMethod
	// StartTimeout limits Start. Default: 30 s; -1: no limit.
	StartTimeout time.Duration
}

func (options *ProcessOptions) check() error {
	switch {
	case options.Args != nil && options.Entry == "":
		return invalid("options.Args: are for options.Entry")
	case options.StartTimeout < -1:
		return invalid("options.StartTimeout is %v, out of range", options.StartTimeout)
	case hasNul(options.Entry, options.Name, string(options.Method)):
		return invalid("options.Entry, Name or Method has a NUL byte")
	case hasNul(options.Command...):
		return invalid("options.Command: a word has a NUL byte")
	case hasNul(options.Env...):
		return invalid("options.Env: a setting has a NUL byte")
	case options.Daemon < DaemonNo || options.Daemon > DaemonYes:
		return invalid("options.Daemon is %d, out of range", options.Daemon)
	}
	return nil
}

// create makes the C process, and the descriptors that it needs until its start.
func (options *ProcessOptions) create() (handle uintptr, handed *handing, err error) {
	handed = &handing{}
	defer func() {
		if err != nil {
			handed.close()
		}
	}()
	if err := options.check(); err != nil {
		return 0, handed, err
	}
	var data []byte
	if options.Entry != "" {
		if data, err = encodeEntryArguments(options.Args, handed); err != nil {
			return 0, handed, err
		}
	}
	for _, file := range options.Files {
		if err := handed.addFile(file); err != nil {
			return 0, handed, err
		}
	}
	builder := native.Bpi_process_builder_new()
	if builder == 0 {
		return 0, handed, ErrNoMemory
	}
	defer native.Bpi_process_builder_free(builder)
	options.fill(builder, data, handed.fds)
	var cerr uintptr
	return handle, handed, takeError(native.Bpi_process_builder_create(builder, &handle, &cerr), cerr)
}

func (options *ProcessOptions) fill(builder uintptr, data []byte, fds []int) {
	native.Bpi_process_builder_set_name(builder, options.Name)
	native.Bpi_process_builder_set_start_method(builder, string(options.Method))
	native.Bpi_process_builder_set_daemon(builder, int(options.Daemon))
	native.Bpi_process_builder_set_entry(builder, options.Entry)
	native.Bpi_process_builder_set_data(builder, data)
	native.Bpi_process_builder_set_start_timeout(builder, int64(options.StartTimeout))
	for _, word := range options.Command {
		native.Bpi_process_builder_add_command_word(builder, word)
	}
	for _, setting := range options.Env {
		native.Bpi_process_builder_add_environment(builder, setting)
	}
	for _, fd := range fds {
		native.Bpi_process_builder_add_fd(builder, fd)
	}
}
