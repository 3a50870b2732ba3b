package billiard

import (
	"reflect"

	"billiard/internal/native"
)

// Call is one job, as the task in the worker sees it. It is valid until the task returns.
type Call struct {
	// Task is the name that was called, JobID the job's id in the host.
	Task  string
	JobID uint64
	// Worker is the worker's stable place in its pool, 0 and up; Group the name of its group; WorkerName
	// what it is called in lines of the log: "SpawnPoolWorker-1" at place 0.
	Worker     int
	Group      string
	WorkerName string

	format  Format
	payload []byte  // C memory
	handed  *handed // of an entry
}

// read makes the call of a job, by the worker that `worker` tells of.
func (worker Call) read(job uintptr) *Call {
	var view native.View
	native.Bpi_go_job_payload(job, &view)
	call := worker
	call.Task = native.Bp_job_task(job)
	call.JobID = native.Bp_job_id(job)
	call.format = Format(view.Format)
	call.payload = view.Bytes()
	return &call
}

// Format says how the payload came.
func (call *Call) Format() Format { return call.format }

// Payload returns the payload in place, in shared memory: it must not be written, nor used after
// the task has returned.
func (call *Call) Payload() []byte { return call.payload }

// Bind decodes the arguments into the pointers, as Register describes it for parameters; their
// numbers must be equal. The error is an *ArgumentError.
func (call *Call) Bind(to ...any) error {
	binder := &task{name: call.Task}
	for i, pointer := range to {
		destination := reflect.ValueOf(pointer)
		if destination.Kind() != reflect.Pointer || destination.IsNil() {
			return invalid("Bind: destination %d must be a pointer that is not nil, not %T", i+1, pointer)
		}
		binder.parameters = append(binder.parameters, destination.Type().Elem())
	}
	values, err := binder.arguments(call)
	if err != nil {
		return err
	}
	for i, value := range values {
		reflect.ValueOf(to[i]).Elem().Set(value)
	}
	return nil
}
