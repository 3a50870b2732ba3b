package billiard

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"

	"billiard/internal/native"
)

// Exit ends this process in order: finalizers (AtExit) of priority 0 and more run; daemonic children are
// asked to end, and killed after five seconds; all others are waited for; the other finalizers run. Then it
// leaves with the low 8 bits of the status. Never returns.
//
// os.Exit, a return from main, and a panic that nobody recovers from do none of that, since a Go program
// leaves the system's exit handlers out; daemonic children end even then. A process that runs an entry does
// it when the entry returns.
func Exit(status int) { native.Bpi_go_exit(status, 0, "") }

// ExitWithText is Exit with status 1, after the text and a line feed on standard error.
func ExitWithText(text string) { native.Bpi_go_exit(1, 1, withoutNul(text)) }

// Finalizer is a function that runs at most once: at the end of this process (see Exit), or before by Run.
type Finalizer struct {
	handle uintptr
	number uint64
}

var finalizers = struct {
	sync.Mutex
	functions map[uint64]func() error
	errs      map[uint64]error
	last      uint64
}{functions: map[uint64]func() error{}, errs: map[uint64]error{}}

func init() { native.RunFinalizer = runFinalizer }

// AtExit registers a function that runs when this process ends by Exit, or at the end of its entry: the
// highest priority first, of equals the newest. One that fails or panics is reported on standard error, and
// stops nothing. Errors: ErrInvalid (function; priority: is no 32 bit number).
func AtExit(priority int, function func() error) (*Finalizer, error) {
	switch {
	case function == nil:
		return nil, invalid("function: is nil")
	case !fitsInt32(priority):
		return nil, invalid("priority is %d, out of range", priority)
	}
	finalizers.Lock()
	finalizers.last++
	made := &Finalizer{number: finalizers.last}
	finalizers.functions[made.number] = function
	finalizers.Unlock()
	var cerr uintptr
	status := native.Bpi_go_finalizer_create(made.number, priority, &made.handle, &cerr)
	if status < 0 {
		forgetFinalizer(made.number)
		return nil, takeError(status, cerr)
	}
	// The function runs at exit all the same.
	runtime.SetFinalizer(made, func(forgotten *Finalizer) { native.Bp_finalizer_release(forgotten.handle) })
	return made, nil
}

// Run runs the function now, unless it has run or was cancelled: then `ran` is false.
func (finalizer *Finalizer) Run() (ran bool, err error) {
	defer runtime.KeepAlive(finalizer)
	ran = native.Bpi_go_finalizer_run(finalizer.handle) == 1
	finalizers.Lock()
	defer finalizers.Unlock()
	if ran {
		err = finalizers.errs[finalizer.number]
		delete(finalizers.errs, finalizer.number)
	}
	return ran, err
}

// Cancel lets the function not run any more.
func (finalizer *Finalizer) Cancel() {
	defer runtime.KeepAlive(finalizer)
	native.Bp_finalizer_cancel(finalizer.handle)
	forgetFinalizer(finalizer.number)
}

// Active says whether the function may still run.
func (finalizer *Finalizer) Active() bool {
	defer runtime.KeepAlive(finalizer)
	return native.Bp_finalizer_is_active(finalizer.handle) == 1
}

func forgetFinalizer(number uint64) (function func() error) {
	finalizers.Lock()
	defer finalizers.Unlock()
	function = finalizers.functions[number]
	delete(finalizers.functions, number)
	return function
}

// runFinalizer is called by the library, once for each.
func runFinalizer(number uint64) int {
	function := forgetFinalizer(number)
	if function == nil {
		return 0 // cancelled at the same moment
	}
	if end := apart("finalizer", func() outcome { return outcome{err: function()} }); end.err != nil {
		finalizers.Lock()
		finalizers.errs[number] = end.err
		finalizers.Unlock()
		fmt.Fprintln(os.Stderr, strings.TrimSpace(fmt.Sprintf("billiard: a finalizer failed: %v\n%s", end.err, end.backtrace)))
		return 1
	}
	return 0
}
