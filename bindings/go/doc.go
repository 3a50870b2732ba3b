// Package billiard runs named tasks in a pool of worker processes and functions in processes of their
// own, passes messages between processes through queues and connections, and shares locks, values and
// other objects in shared memory. All of them cross between Go, Ruby, Lua and C.
//
// A goroutine can not be killed, and a crash in one ends the whole program. A worker process can be
// killed, and its crash is one typed error: the pool starts another worker and goes on.
//
// # Workers
//
// A Go program can not fork, so its workers are the program itself, started anew. Init, called
// first in main, turns such a process into a worker: it serves the registered tasks and never
// returns.
//
//	func init() { billiard.Register("add", func(a, b int) int { return a + b }) }
//
//	func main() {
//		billiard.Init()
//		pool, err := billiard.NewPool(ctx, billiard.PoolOptions{Workers: 4})
//		if err != nil { ... }
//		defer pool.Close()
//		sum, err := billiard.Apply[int](ctx, pool, "add", 40, 2)
//	}
//
// Workers in other languages, and other Go programs, are started by PoolOptions.Groups.
//
// # Shared objects
//
// Lock, RLock, Semaphore, BoundedSemaphore, Condition, Event, Barrier, Value, Array and Memory live
// in shared memory. There are three ways to one object from several processes:
//
//	lock, err := billiard.OpenLock("name")              // by name, in every process
//	lock, err := billiard.AttachLock(segment, id)       // by its ID, in a Segment that both have
//	lock, err := billiard.NewLock()                     // and another handle of this process: its ID
//
// A process that dies, at any moment, leaves nothing locked: its lock goes to the next one, who is
// told by Recovered; its place at a barrier breaks that; a notification that it was given goes to
// another waiter.
//
// A goroutine has no name, so what belongs to an owner and not to a process (RLock, and the locks of
// Condition, Value and Array) takes an Owner, which a program makes by NewOwner and hands on to the
// code that may take the lock again.
//
// SharedValue and SharedArray are values of Go types, for instance SharedArray[int32], with Slice for
// access in place. Value and Array are the same things, typed by a text when the program runs.
//
// # Processes and connections
//
// A Process runs an entry, a function of RegisterEntry, in this program started anew, or a command. It has
// what it is handed as arguments: values, files, connections, shared objects. Wait waits for the ends of
// processes beside connections and listeners.
//
// Pipe makes two connected ends; Listen and Dial connect programs in any language, on one machine or
// several, with a key that both sides prove. A Connection carries whole messages: nothing is lost when a
// context ends in the middle of one.
//
// # Waiting
//
// Every call that may block takes a context first and returns the context's error when it ends.
// Waiting for results costs no thread: one goroutine per pool waits in the netpoller for finished
// jobs. Calls that wait inside the library (a full pool, an empty queue) hold at most one thread
// for each pool, for each direction of a queue, and for each Lock, RLock, Semaphore or Event, however
// many goroutines wait. Those that wait for connections, listeners and processes hold none. Waits for a
// Condition, a Barrier, a change of a Value or the end of a JoinableQueue's work hold a thread each.
//
// # Values
//
// Arguments, results and messages travel as MessagePack, so a Go map is a Ruby Hash is a Lua table.
// A struct becomes a map; fields are named by their `msgpack:"name"` tag. Raw bytes go as they are,
// by SubmitRaw and PutBytes.
//
// # Errors
//
// Errors are values. A Status, such as ErrClosed, is what errors.Is finds in each error of the
// library, with one number and meaning in every language; a wait that its context ended matches
// both the context's error and the Status (ErrTimeout, ErrFull, ErrEmpty, or ErrInterrupted when it
// was cancelled). *TaskError and *WorkerLostError are found by errors.As and tell what happened to
// a job.
package billiard
