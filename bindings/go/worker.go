package billiard

import (
	"fmt"
	"os"

	"billiard/internal/native"
)

// Init makes this process a worker, when a pool started it as one: it serves the registered tasks
// until the pool asks it to leave, and exits. In any other process it returns at once.
//
// It is called first in main, before flags are parsed and before anything is printed, and in tests
// first in TestMain. Tasks must be registered before it.
//
// Blocks: for the life of a worker. Standard output and error of a worker are the host's.
func Init() {
	if native.Bp_worker_requested() == 0 {
		return
	}
	exitStatus, err := serve()
	if statusOf(err) != ErrClosed {
		fmt.Fprintf(os.Stderr, "%v (worker process %d)\n", err, os.Getpid())
		os.Exit(1)
	}
	os.Exit(exitStatus)
}

// serve attaches to the pool and runs its jobs. It ends with an error: ErrClosed when the pool lets
// the worker go, at whatever point, and then with the status that the process is to exit with.
func serve() (int, error) {
	var handle, cerr uintptr
	if status := native.Bp_worker_attach(&handle, &cerr); status < 0 {
		return 0, takeError(status, cerr)
	}
	defer native.Bp_worker_release(handle)
	if err := announce(handle); err != nil {
		return 0, err
	}
	worker, group := native.Bp_worker_index(handle), native.Bp_worker_group(handle)
	for {
		var job, cerr uintptr
		status := native.Bp_worker_next(handle, native.BP_FOREVER, 0, &job, &cerr)
		if err := takeError(status, cerr); err != nil {
			return int(native.Bp_worker_exit_status(handle)), err
		}
		if err := answer(job, newCall(job, worker, group)); err != nil {
			return 0, err
		}
	}
}

// announce says which tasks this worker can run.
func announce(handle uintptr) error {
	names := native.Bpi_names_new()
	defer native.Bpi_names_free(names)
	for _, name := range taskNames() {
		native.Bpi_names_add(names, name)
	}
	var cerr uintptr
	return takeError(native.Bpi_worker_ready(handle, names, &cerr), cerr)
}
