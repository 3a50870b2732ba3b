package billiard

import (
	"context"

	"billiard/internal/native"
)

// ExitUnknown is the exit code of a child whose end somebody else learned of, on kernels before 6.15.
const ExitUnknown = -1 << 31 // BP_EXIT_UNKNOWN

// Process is an entry of this program, or a command, in a process of its own. It is a child of this
// process, followed by a pidfd: no signal handler is needed, and its end is seen whatever its descendants
// do and whoever else waits.
//
//	process, err := billiard.NewProcess(billiard.ProcessOptions{Entry: "resize", Args: []any{path}})
//	err = process.Start()
//	err = process.Join(ctx)
//	code, _ := process.ExitCode()
//
// All methods may be called by any number of goroutines; those that wait hold no thread. A Process that is
// forgotten stays in ActiveChildren as long as the child runs.
type Process struct {
	core   *core
	handed *handing
}

// NewProcess makes a process object. Nothing runs before Start. Arguments are encoded, and files
// duplicated, now.
//
// Blocks: never. Errors: ErrInvalid (the message names the option; a start method that Go has not),
// *EncodingError, ErrNoMemory, ErrOS.
func NewProcess(options ProcessOptions) (*Process, error) {
	handle, handed, err := options.create()
	if err != nil {
		return nil, err
	}
	return ownProcess(handle, handed), nil
}

func ownProcess(handle uintptr, handed *handing) *Process {
	return &Process{newCore("process", handle, 0, func(handle uintptr) {
		native.Bp_process_release(handle)
		handed.close()
	}), handed}
}

// Start starts it, and returns when the child has found what it is to run. It may be tried again when it
// fails: nothing is left then.
//
// Blocks: until the child is ready, to options.StartTimeout, and holds a thread meanwhile.
// Errors: ErrState (started already; this process is itself still being started, or did not call Init),
// ErrNotFound (no such entry), ErrStartFailed, ErrTimeout, ErrNoMemory, ErrOS.
func (process *Process) Start() error {
	err := process.core.call(native.Bp_process_start)
	if err == nil {
		process.handed.close()
	}
	return err
}

// Join waits for the end of the child; it may be repeated. Errors: the context's, ErrState (not started).
func (process *Process) Join(ctx context.Context) error {
	if ctx.Err() != nil {
		return waitEnded(ctx, ErrTimeout)
	}
	err := process.joinNow()
	if statusOf(err) != ErrTimeout {
		return err
	}
	// The descriptor is not closed while the child lives.
	var ready *readiness
	if controlErr := process.Control(func(fd uintptr) { ready, err = newReadiness(toRead, int(fd)) }); controlErr != nil {
		return process.joinNow() // it has ended, and was closed, meanwhile
	}
	if err != nil {
		return err
	}
	defer ready.close()
	if ready.wait(func() bool {
		err = process.joinNow()
		return statusOf(err) != ErrTimeout
	}, ctx) {
		return err
	}
	return waitEnded(ctx, ErrTimeout)
}

func (process *Process) joinNow() error {
	return process.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_process_join(handle, 0, 0, cerr)
	})
}

// Alive says whether the child runs.
func (process *Process) Alive() bool {
	var alive int32
	err := process.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_process_is_alive(handle, &alive, cerr)
	})
	return err == nil && alive == 1
}

// ExitCode returns the exit code of a child that has ended, minus the number of the signal that ended it, or
// ExitUnknown. `ended` is false before.
func (process *Process) ExitCode() (code int, ended bool) {
	var status int32
	err := process.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_process_exit_status(handle, &status, cerr)
	})
	if err != nil || int(status) == native.BP_EXIT_NONE {
		return 0, false
	}
	return int(status), true
}

// ExitText puts the exit code in words: "signal 9 (SIGKILL)", "exitcode 3"; "" before the end.
func (process *Process) ExitText() string {
	code, ended := process.ExitCode()
	if !ended {
		return ""
	}
	return textOf(func(text []byte) int64 { return native.Bp_exit_status_text(code, text) })
}

// Terminate asks the child to end by SIGTERM, or by what the environment's REMAP_SIGTERM names. One that has
// ended is no error. Its own children are not signalled.
// Blocks: 0.1 s at most, when refused. Errors: ErrState (not started), ErrOS.
func (process *Process) Terminate() error { return process.core.call(native.Bp_process_terminate) }

// Kill ends the child by SIGKILL. Otherwise it is Terminate.
func (process *Process) Kill() error { return process.core.call(native.Bp_process_kill) }

// Close gives the sentinel back; PID, exit code and name can still be asked for. It may be repeated.
// Errors: ErrState (the child is alive).
func (process *Process) Close() error { return process.core.call(native.Bp_process_close) }

// PID returns the child's process id; 0 before Start. It is kept after the end.
func (process *Process) PID() int { return read(process.core, native.Bp_process_pid) }

// Sentinel returns a descriptor that is readable once the child has ended. It is the process's, valid until
// Close. Errors: ErrState (not started, or closed).
func (process *Process) Sentinel() (int, error) {
	return descriptorOf(process.core, native.Bp_process_sentinel)
}

// Control runs the function with the sentinel, which must not be closed meanwhile. See Wait.
// Errors: ErrState (not started, or closed).
func (process *Process) Control(use func(fd uintptr)) error {
	return control(process.core, native.Bp_process_sentinel, use)
}

// Name returns the process's name.
func (process *Process) Name() string {
	return read(process.core, func(handle uintptr) string {
		return textOf(func(text []byte) int64 { return native.Bp_process_name(handle, text) })
	})
}

// SetName gives it another name; the child knows it when it is given before Start. Errors: ErrInvalid (name:
// 1 to 255 bytes, no NUL).
func (process *Process) SetName(name string) error {
	if name == "" || hasNul(name) {
		return invalid("name: %q is empty or has a NUL byte", name)
	}
	return process.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_process_set_name(handle, name, cerr)
	})
}

// Daemon says whether it ends with this process.
func (process *Process) Daemon() bool { return read(process.core, native.Bp_process_is_daemon) == 1 }

// SetDaemon chooses that before Start. Errors: ErrState ("process has already started").
func (process *Process) SetDaemon(daemon bool) error {
	return process.core.call(func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_process_set_daemon(handle, asInt(daemon), cerr)
	})
}

// Identity returns the numbers of its creator's identity, and the count of its creator's children.
func (process *Process) Identity() []int {
	return read(process.core, func(handle uintptr) []int {
		return identityOf(func(index int64) int64 { return native.Bpi_process_identity_part(handle, index) })
	})
}

// String returns "<Process(Process-1, stopped[SIGTERM] daemon)>": kind, name, and initial, started
// or stopped.
func (process *Process) String() string { return process.core.describe(native.Bp_process_describe) }

// MarshalBinary refuses: a process belongs to the one that made it.
func (process *Process) MarshalBinary() ([]byte, error) {
	return nil, invalid("process objects cannot be passed between processes")
}

// ActiveChildren returns the children of this process that are alive. Blocks: never.
func ActiveChildren() ([]*Process, error) {
	var list, cerr uintptr
	if status := native.Bpi_active_children(&list, &cerr); status < 0 {
		return nil, takeError(status, cerr)
	}
	defer native.Bpi_process_list_free(list)
	var children []*Process
	for i := int64(0); i < native.Bpi_process_list_count(list); i++ {
		children = append(children, ownProcess(native.Bpi_process_list_take(list, i), &handing{}))
	}
	return children, nil
}
