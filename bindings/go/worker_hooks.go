package billiard

// WorkerHooks are called in a worker process, in this order, in the goroutine of Init. Each may be nil.
// A worker that is killed calls none any more.
type WorkerHooks struct {
	// Start sets the worker up, before it takes jobs. With an error it leaves, which counts as a failed
	// start; submitters get the text when the pool fails of it.
	Start func() error
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
