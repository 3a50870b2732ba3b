package billiard

import (
	"math"
	"strings"
	"time"

	"billiard/internal/native"
)

// PoolOptions describes a pool. Zero in a field means its default.
type PoolOptions struct {
	// Workers is the number of worker processes; default: CPUs().
	Workers int
	// Command starts a worker; default: this program, which must call Init. The first word is
	// looked up in PATH.
	Command []string
	// Env has more "NAME=value" for the workers, which inherit this process's environment.
	Env []string
	// Groups lists the workers of a mixed pool; Workers, Command and Env are then left out.
	Groups []Group

	// MaxJobs limits the jobs that are queued, running, or finished and not yet fetched from the
	// library; a submission waits while it is reached. Default: 1,048,576.
	MaxJobs int
	// MaxPayload limits the bytes of one payload or result. Default: 1 GiB.
	MaxPayload int64
	// StartTimeout: a job that a worker took and did not begun for so long goes to another worker,
	// and that worker is replaced. Default: 1 s.
	StartTimeout time.Duration
	// BootTimeout: a worker that is not ready after this is replaced. Default: 60 s; -1: no limit.
	BootTimeout time.Duration
	// MaxBootFailures is the number of workers in a row that end before they are ready until the
	// pool fails. Default: 10 for each worker; -1: no limit.
	MaxBootFailures int

	// SoftTimeLimit and TimeLimit are those of jobs without their own; default: none. See Job.
	SoftTimeLimit time.Duration
	TimeLimit     time.Duration
	// TerminateGrace is the time from SIGTERM to SIGKILL, wherever a worker is ended. Default: 100 ms.
	TerminateGrace time.Duration
	// MaxJobsPerWorker: a worker that has answered so many is replaced by a fresh one. Default: no
	// limit.
	MaxJobsPerWorker int
	// MaxMemoryPerWorker limits by how many KiB a worker's own memory may grow after its start. Over
	// it the worker is replaced after its job; over twice as much it is killed, and its job ends in
	// ErrMemoryLimit. Default: no limit.
	MaxMemoryPerWorker int64

	// MaxRestarts is the number of workers that may be replaced within RestartWindow (default: 1 s)
	// when they did not end in good order; one more, and the pool fails with ErrRestartLimit. A job
	// that begins sets the count back. Default: no limit.
	MaxRestarts   int
	RestartWindow time.Duration
	// MaxWorkers is the largest number of workers that Grow can make. Default: the larger of 64 and
	// 2 x Workers.
	MaxWorkers int

	// Slots is how many jobs that wait for a slot may be unfinished at once; default: as many as
	// workers. Grow and Shrink change it by as much. WaitForSlot: jobs wait for one unless they say
	// otherwise, see Job.Slot.
	Slots       int
	WaitForSlot bool
	// Synack: a job with OnAccepted is begun only when that has returned nil. One that does not return
	// within SynackTimeout (default: 60 s) refuses the job.
	Synack        bool
	SynackTimeout time.Duration

	// LostWorkerTimeout is how long the exit status of a worker that has ended is awaited at most. Default: 1 s.
	LostWorkerTimeout time.Duration

	// OnEvent, when it is not nil, is told of workers that come and go, and of limits that pass. It runs
	// where the functions of jobs do, see Job.
	OnEvent func(PoolEvent)

	// TemplatePath is the billiard-template program; default: $BILLIARD_TEMPLATE, or beside the
	// library, or where the library was installed.
	TemplatePath string
}

// Group is some workers of a pool that run the same program and know the same tasks. A job goes to
// the first group that knows its task.
type Group struct {
	// Name of the group; default: "default" for the first, else "group-" and its index.
	Name string
	// Workers, Command and Env are as in PoolOptions.
	Workers int
	Command []string
	Env     []string
}

// CPUs returns how many CPUs this process may use, at least 1: the default number of workers.
func CPUs() int { return native.Bp_cpus_available() }

// create makes the C pool.
func (options *PoolOptions) create() (uintptr, error) {
	builder := native.Bpi_pool_builder_new()
	if builder == 0 {
		return 0, ErrNoMemory
	}
	defer native.Bpi_pool_builder_free(builder)
	if err := options.setUp(builder); err != nil {
		return 0, err
	}
	groups, err := options.groups()
	if err != nil {
		return 0, err
	}
	for _, group := range groups {
		if err := group.add(builder); err != nil {
			return 0, err
		}
	}
	var pool, cerr uintptr
	return pool, takeError(native.Bpi_pool_builder_create(builder, &pool, &cerr), cerr)
}

// setUp sets what concerns the whole pool.
func (options *PoolOptions) setUp(builder uintptr) error {
	for _, set := range []func(uintptr) error{options.setLimits, options.setJobLimits, options.setWorkerLimits,
		options.setSlots} {
		if err := set(builder); err != nil {
			return err
		}
	}
	native.Bpi_pool_builder_set_events(builder, uint(native.BP_EVENTS_LIMITS|native.BP_EVENTS_WORKERS))
	return nil
}

func (options *PoolOptions) setLimits(builder uintptr) error {
	switch {
	case options.MaxJobs < 0 || options.MaxJobs > math.MaxUint32:
		return invalid("options.MaxJobs is %d, out of range", options.MaxJobs)
	case options.MaxPayload < 0:
		return invalid("options.MaxPayload is %d, out of range", options.MaxPayload)
	case !fitsInt32(options.MaxBootFailures):
		return invalid("options.MaxBootFailures is %d, out of range", options.MaxBootFailures)
	case hasNul(options.TemplatePath):
		return invalid("options.TemplatePath has a NUL byte")
	}
	native.Bpi_pool_builder_set_max_jobs(builder, uint(options.MaxJobs))
	native.Bpi_pool_builder_set_max_payload(builder, uint64(options.MaxPayload))
	native.Bpi_pool_builder_set_max_boot_failures(builder, options.MaxBootFailures)
	native.Bpi_pool_builder_set_start_timeout(builder, int64(options.StartTimeout))
	native.Bpi_pool_builder_set_boot_timeout(builder, int64(options.BootTimeout))
	if options.TemplatePath != "" {
		native.Bpi_pool_builder_set_template_path(builder, options.TemplatePath)
	}
	return nil
}

// setJobLimits sets the limits of jobs.
func (options *PoolOptions) setJobLimits(builder uintptr) error {
	switch {
	case options.SoftTimeLimit < 0:
		return invalid("options.SoftTimeLimit is %v, out of range", options.SoftTimeLimit)
	case options.TimeLimit < 0:
		return invalid("options.TimeLimit is %v, out of range", options.TimeLimit)
	case options.TerminateGrace < 0:
		return invalid("options.TerminateGrace is %v, out of range", options.TerminateGrace)
	case options.LostWorkerTimeout < 0:
		return invalid("options.LostWorkerTimeout is %v, out of range", options.LostWorkerTimeout)
	}
	native.Bpi_pool_builder_set_lost_worker_timeout(builder, int64(options.LostWorkerTimeout))
	native.Bpi_pool_builder_set_soft_time_limit(builder, int64(options.SoftTimeLimit))
	native.Bpi_pool_builder_set_time_limit(builder, int64(options.TimeLimit))
	native.Bpi_pool_builder_set_terminate_grace(builder, int64(options.TerminateGrace))
	return nil
}

// setWorkerLimits sets the limits of workers and of their number.
func (options *PoolOptions) setWorkerLimits(builder uintptr) error {
	switch {
	case options.MaxJobsPerWorker < 0:
		return invalid("options.MaxJobsPerWorker is %d, out of range", options.MaxJobsPerWorker)
	case options.MaxMemoryPerWorker < 0:
		return invalid("options.MaxMemoryPerWorker is %d, out of range", options.MaxMemoryPerWorker)
	case options.MaxRestarts < 0 || !fitsInt32(options.MaxRestarts):
		return invalid("options.MaxRestarts is %d, out of range", options.MaxRestarts)
	case options.RestartWindow < 0:
		return invalid("options.RestartWindow is %v, out of range", options.RestartWindow)
	case options.MaxWorkers < 0 || !fitsInt32(options.MaxWorkers):
		return invalid("options.MaxWorkers is %d, out of range", options.MaxWorkers)
	}
	native.Bpi_pool_builder_set_max_jobs_per_worker(builder, uint64(options.MaxJobsPerWorker))
	native.Bpi_pool_builder_set_max_memory_per_worker(builder, options.MaxMemoryPerWorker)
	native.Bpi_pool_builder_set_max_restarts(builder, options.MaxRestarts)
	native.Bpi_pool_builder_set_restart_window(builder, int64(options.RestartWindow))
	native.Bpi_pool_builder_set_max_workers(builder, options.MaxWorkers)
	return nil
}

// setSlots sets what jobs wait for before and at their begin.
func (options *PoolOptions) setSlots(builder uintptr) error {
	switch {
	case options.Slots < 0 || !fitsInt32(options.Slots):
		return invalid("options.Slots is %d, out of range", options.Slots)
	case options.SynackTimeout < 0:
		return invalid("options.SynackTimeout is %v, out of range", options.SynackTimeout)
	}
	native.Bpi_pool_builder_set_slots(builder, options.Slots)
	native.Bpi_pool_builder_set_wait_for_slot(builder, asInt(options.WaitForSlot))
	native.Bpi_pool_builder_set_synack(builder, asInt(options.Synack))
	native.Bpi_pool_builder_set_synack_timeout(builder, int64(options.SynackTimeout))
	return nil
}

func asInt(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// groups returns the groups of the pool: the listed ones, or a nameless one.
func (options *PoolOptions) groups() ([]Group, error) {
	if len(options.Groups) == 0 {
		return []Group{{Workers: options.Workers, Command: options.Command, Env: options.Env}}, nil
	}
	if options.Workers != 0 || options.Command != nil || options.Env != nil {
		return nil, invalid("options.Groups is given, so options.Workers, Command and Env must not be")
	}
	return options.Groups, nil
}

func (group *Group) add(builder uintptr) error {
	command := group.Command
	if len(command) == 0 {
		self, err := ownProgram()
		if err != nil {
			return err
		}
		command = []string{self}
	}
	if err := group.check(); err != nil {
		return err
	}
	index := native.Bpi_pool_builder_add_group(builder, group.Name, group.Workers, int(native.BP_START_SPAWN))
	for _, word := range command {
		native.Bpi_pool_builder_add_command_word(builder, index, word)
	}
	for _, setting := range group.Env {
		native.Bpi_pool_builder_add_environment(builder, index, setting)
	}
	return nil
}

func (group *Group) check() error {
	switch {
	case !fitsInt32(group.Workers):
		return invalid("workers is %d, out of range", group.Workers)
	case hasNul(group.Name):
		return invalid("the name of a group has a NUL byte")
	case hasNul(group.Command...):
		return invalid("a word of command has a NUL byte")
	case hasNul(group.Env...):
		return invalid("a word of env has a NUL byte")
	}
	return nil
}

func fitsInt32(number int) bool { return number >= math.MinInt32 && number <= math.MaxInt32 }

func hasNul(texts ...string) bool {
	for _, text := range texts {
		if strings.IndexByte(text, 0) >= 0 {
			return true
		}
	}
	return false
}
