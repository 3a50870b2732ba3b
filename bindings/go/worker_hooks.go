package billiard

// WorkerHooks are called in a worker process, in the goroutine of Init, but for PrepareResult, which is called
// in that of the task. Each may be nil. Start comes first, then LoopStart, LoopStop and Exit.
// A worker that is killed calls none any more.
type WorkerHooks struct {
	// Start sets the worker up, before it takes jobs. With an error it leaves, which counts as a failed
	// start; submitters get the text when the pool fails of it.
	Start func() error
	// PrepareResult is given each value of a task, and returns what is to be answered in its place; with an
	// error the job fails.
	PrepareResult func(value any) (any, error)
	// LoopStart is called before the first job, LoopStop after the last.
	LoopStart func()
	LoopStop  func()
	// Exit is called last, with the status that the process leaves with: 0; 155 when the pool wants a
	// fresh process; 1 after an error.
	Exit func(status int)
}

var workerHooks WorkerHooks

// SetWorkerHooks sets what workers of this program call. It is called before Init.
func SetWorkerHooks(hooks WorkerHooks) { workerHooks = hooks }

func callIf(hook func()) {
	if hook != nil {
		hook()
	}
}
