package billiard

import (
	"fmt"
	"sort"
	"strings"
	"sync"
)

var registry = struct {
	sync.Mutex
	tasks map[string]*task
}{tasks: map[string]*task{}}

// Register names a function as a task of this program's workers. It is called before Init, as from
// an init function, the same in hosts and workers.
//
// The function has one of these forms; the context may be left out, and so may the value, the
// error, or both:
//
//	func(ctx context.Context, a A, b B) (R, error)   // any number of arguments, also variadic
//	func(ctx context.Context, call *billiard.Call) (R, error)
//
// The arguments are decoded into the parameters; the value is encoded. A call that came raw needs a
// function of one []byte, string or any. A failure by the error, or by a panic, reaches the host as
// a *TaskError, and the worker goes on.
//
// The context ends when the job's soft time limit passes (see SoftLimitReached), and when the function
// returns, so that goroutines that it started can stop. It carries no deadline.
//
// Register panics on an empty name, one longer than 255 bytes or with a NUL, one that is taken, and
// a function of another form.
func Register(name string, function any) {
	if name == "" || len(name) > 255 || strings.IndexByte(name, 0) >= 0 {
		panic(fmt.Sprintf("billiard: Register: bad task name %q", name))
	}
	made, err := newTask(name, function)
	if err != nil {
		panic("billiard: Register: " + err.Error())
	}
	registry.Lock()
	defer registry.Unlock()
	if registry.tasks[name] != nil {
		panic(fmt.Sprintf("billiard: Register: the name %q is taken", name))
	}
	registry.tasks[name] = made
}

// registered returns the task of that name, or nil.
func registered(name string) *task {
	registry.Lock()
	defer registry.Unlock()
	return registry.tasks[name]
}

// taskNames returns all names, in the same order in each worker.
func taskNames() []string {
	registry.Lock()
	defer registry.Unlock()
	names := make([]string, 0, len(registry.tasks))
	for name := range registry.tasks {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
