package billiard

import (
	"fmt"
	"os"

	"billiard/internal/native"
)

// Init makes this process a worker, when a pool started it as one: it serves the registered tasks
// until the pool asks it to leave, and exits. When a Process was started with an entry, this is where
// the child runs it, and leaves. In any other process it returns at once.
//
// It is called first in main, before flags are parsed and before anything is printed, and in tests
// first in TestMain. Tasks and entries must be registered before it. A program that starts itself and
// does not call it would run anew instead; a Process that it tries to start is refused with ErrState.
//
// Blocks: for the life of a worker. Standard output and error of a worker are the host's.
func Init() {
	becomeChild()
	if native.Bp_worker_requested() == 0 {
		return
	}
	status, err := serve()
	if statusOf(err) != ErrClosed {
		fmt.Fprintf(os.Stderr, "%v (worker process %d)\n", err, os.Getpid())
		status = 1
	}
	if workerHooks.Exit != nil {
		workerHooks.Exit(status)
	}
	os.Exit(status)
}

// serve attaches to the pool and runs its jobs. It ends with an error: ErrClosed when the pool lets
// the worker go, at whatever point, and then with the status that the process is to exit with.
func serve() (int, error) {
	var handle, cerr uintptr
	if status := native.Bp_worker_attach(&handle, &cerr); status < 0 {
		return 1, takeError(status, cerr)
	}
	defer native.Bp_worker_release(handle)
	if err := setUp(handle); err != nil {
		return 1, err
	}
	if err := announce(handle); err != nil {
		return native.Bp_worker_exit_status(handle), err
	}
	callIf(workerHooks.LoopStart)
	defer callIf(workerHooks.LoopStop)
	worker := Call{
		Worker:     native.Bp_worker_index(handle),
		Group:      native.Bp_worker_group(handle),
		WorkerName: native.Bp_worker_name(handle),
	}
	for {
		var job, cerr uintptr
		status := native.Bp_worker_next(handle, native.BP_FOREVER, 0, &job, &cerr)
		if err := takeError(status, cerr); err != nil {
			return native.Bp_worker_exit_status(handle), err
		}
		if err := answer(job, worker.read(job)); err != nil {
			return 1, err
		}
	}
}

// setUp runs the hook Start, and lets the pool know why it failed.
func setUp(handle uintptr) error {
	if workerHooks.Start == nil {
		return nil
	}
	err := workerHooks.Start()
	if err == nil {
		return nil
	}
	var cerr uintptr
	if told := takeError(native.Bp_worker_failed(handle, err.Error(), &cerr), cerr); told != nil {
		return told
	}
	return fmt.Errorf("billiard: the worker's start: %w", err)
}

// announce says which tasks this worker can run, and that it handles SIGUSR1.
func announce(handle uintptr) error {
	names := native.Bpi_names_new()
	defer native.Bpi_names_free(names)
	for _, name := range taskNames() {
		native.Bpi_names_add(names, name)
	}
	watchSoftLimits()
	var cerr uintptr
	status := native.Bpi_worker_ready_with(handle, names, int(native.BP_SOFT_SIGNAL_OWN), 0, &cerr)
	return takeError(status, cerr)
}
