package idiom

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"billiard"
)

func registerEntries() {
	billiard.RegisterEntry("nothing", func() {})
	billiard.RegisterEntry("value", func() int { return 7 })
	billiard.RegisterEntry("exit with", func(code int) error { return billiard.ExitCode(code) })
	billiard.RegisterEntry("exit", func(code int) { billiard.Exit(code) })
	billiard.RegisterEntry("last words", func(text string) { billiard.ExitWithText(text) })
	billiard.RegisterEntry("direct exit", func(code int) {
		billiard.AtExit(0, func() error { fmt.Fprintln(os.Stderr, "never"); return nil })
		os.Exit(code)
	})
	billiard.RegisterEntry("fail", func(text string) error { return errors.New(text) })
	billiard.RegisterEntry("panic", func(text string) { panic(text) })
	billiard.RegisterEntry("goexit", runtime.Goexit)
	billiard.RegisterEntry("kill", func(signal int) error { return syscall.Kill(os.Getpid(), syscall.Signal(signal)) })
	billiard.RegisterEntry("read until the end", func(input *os.File) error {
		_, err := io.Copy(io.Discard, input)
		return err
	})
	billiard.RegisterEntry("tell", tellWhoIAm)
	billiard.RegisterEntry("echo", func(ctx context.Context, connection *billiard.Connection) error {
		var value any
		return firstOf(connection.Recv(ctx, &value), connection.Send(ctx, value))
	})
	billiard.RegisterEntry("start one", startOne)
	billiard.RegisterEntry("finalizers", registerFinalizers)
	billiard.RegisterEntry("children", haveChildren)
	billiard.RegisterEntry("use objects", useObjects)
	billiard.RegisterEntry("count up", func(total *billiard.SharedValue[int64], times int) error {
		for i := 0; i < times; i++ {
			if _, err := total.Add(1); err != nil {
				return err
			}
		}
		return nil
	})
	billiard.RegisterEntry("answer in queues", func(ctx context.Context, in *billiard.Queue, out *billiard.JoinableQueue,
		last *billiard.SimpleQueue) error {
		var value any
		return firstOf(in.Get(ctx, &value), out.Put(ctx, value), out.TaskDone(), last.Put("last"))
	})
	billiard.RegisterEntry("inherited", func(out *billiard.Connection) error {
		files, err := billiard.InheritedFiles()
		if err != nil || len(files) != 2 {
			return fmt.Errorf("%v, %v", files, err)
		}
		text, err := io.ReadAll(files[1])
		return firstOf(err, out.Send(background, string(text)))
	})
}

// who is what a child knows of itself.
type who struct {
	Name       string
	Identity   []int
	Daemon     bool
	Parent     int
	ParentName string
	Method     string
	Key        []byte
	Input      int
	Again      string
}

func tellWhoIAm(ctx context.Context, out *billiard.Connection) error {
	self := billiard.CurrentProcess()
	key, err := self.AuthKey()
	if err != nil {
		return err
	}
	pid, name := billiard.ParentProcess()
	input, _ := io.ReadAll(os.Stdin)
	return out.Send(ctx, who{self.Name(), self.Identity(), self.Daemon(), pid, name,
		string(billiard.CurrentStartMethod()), key, len(input), ""})
}

func newProcess(t testing.TB, options billiard.ProcessOptions) *billiard.Process {
	t.Helper()
	process, err := billiard.NewProcess(options)
	must(t, err)
	return process
}

// start starts an entry; the end of the test kills it if it is still there.
func start(t testing.TB, entry string, args ...any) *billiard.Process {
	t.Helper()
	process := newProcess(t, billiard.ProcessOptions{Entry: entry, Args: args})
	must(t, process.Start())
	t.Cleanup(func() { must(t, firstOf(process.Kill(), process.Join(background))) })
	return process
}

// endOf waits for the end of a process, and returns its exit code.
func endOf(t testing.TB, process *billiard.Process) int {
	t.Helper()
	must(t, process.Join(background))
	code, ended := process.ExitCode()
	want(t, "ended", ended, true)
	return code
}

// standardError runs the function, with this process's standard error going to the returned text.
func standardError(t testing.TB, run func()) string {
	t.Helper()
	reader, writer, err := os.Pipe()
	must(t, err)
	saved, err := syscall.Dup(2)
	must(t, err)
	must(t, syscall.Dup2(int(writer.Fd()), 2))
	writer.Close()
	text := make(chan string)
	go func() {
		all, _ := io.ReadAll(reader)
		text <- string(all)
	}()
	run()
	must(t, firstOf(syscall.Dup2(saved, 2), syscall.Close(saved)))
	defer reader.Close()
	return <-text
}

// PROC-30 to PROC-33, PROC-38, G-PROC-2, UTIL-30, UTIL-31
func TestExitCodesAreExact(t *testing.T) {
	for _, each := range []struct {
		entry string
		arg   []any
		code  int
		text  string
	}{
		{"nothing", nil, 0, "exitcode 0"},
		{"value", nil, 0, "exitcode 0"}, // which is dropped
		{"exit with", []any{7}, 7, "exitcode 7"},
		{"exit with", []any{265}, 9, "exitcode 9"},
		{"exit with", []any{-1}, 255, "exitcode 255"},
		{"exit", []any{3}, 3, "exitcode 3"},
		{"direct exit", []any{5}, 5, "exitcode 5"},
		{"kill", []any{int(syscall.SIGKILL)}, -9, "signal 9 (SIGKILL)"},
		{"kill", []any{int(syscall.SIGTERM)}, -15, "signal 15 (SIGTERM)"},
	} {
		process := start(t, each.entry, each.arg...)
		want(t, each.entry, endOf(t, process), each.code)
		want(t, each.entry, process.ExitText(), each.text)
	}
}

// PROC-34 PROC-36 PROC-37
func TestFailuresOfAnEntryGoToStandardError(t *testing.T) {
	for _, each := range []struct {
		entry string
		arg   []any
		texts []string
	}{
		{"fail", []any{"own words"}, []string{"Process Process-", ":\nown words\n"}},
		{"panic", []any{"deliberate"}, []string{"Process Process-", ":\npanic: deliberate\n", "process_test.go"}},
		{"goexit", nil, []string{"the entry ended its goroutine"}},
		{"last words", []any{"that was it"}, []string{"that was it\n"}},
		{"exit with", nil, []string{`"exit with": 0 arguments given, 1 wanted`}},
		{"exit with", []any{"text"}, []string{"argument 1"}},
	} {
		code := -1
		text := standardError(t, func() { code = endOf(t, start(t, each.entry, each.arg...)) })
		want(t, each.entry, code, 1)
		for _, part := range each.texts {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %q is not in %q", each.entry, part, text)
			}
		}
	}
	if text := standardError(t, func() { endOf(t, start(t, "direct exit", 0)) }); text != "" {
		t.Errorf("%q", text)
	}
}

// PROC-1 PROC-9 PROC-10 PROC-13 PROC-20 PROC-22 PROC-25 PROC-27 PROC-28
func TestAProcessKnowsItsState(t *testing.T) {
	reader, writer, err := os.Pipe()
	must(t, err)
	defer writer.Close()
	process := newProcess(t, billiard.ProcessOptions{Entry: "read until the end", Args: []any{reader}, Name: "Reader"})
	reader.Close()
	want(t, "initial", process.String(), "<Process(Reader, initial)>")
	want(t, "pid", process.PID(), 0)
	want(t, "alive", process.Alive(), false)
	fails(t, process.Join(background), billiard.ErrState, "not started")
	fails(t, process.Terminate(), billiard.ErrState, "not started")
	_, err = process.Sentinel()
	fails(t, err, billiard.ErrState, "not started")
	must(t, process.Start())
	fails(t, process.Start(), billiard.ErrState, "cannot start a process twice")
	want(t, "started", process.String(), "<Process(Reader, started)>")
	want(t, "alive", process.Alive(), true)
	_, ended := process.ExitCode()
	want(t, "ended", ended, false)
	fails(t, process.SetDaemon(true), billiard.ErrState, "already started")
	fails(t, process.Close(), billiard.ErrState, "runs")
	if err := process.Join(soon(t)); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, billiard.ErrTimeout) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(background)
	over := make(chan error)
	go func() { over <- process.Join(ctx) }()
	cancel()
	if err := <-over; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	children, err := billiard.ActiveChildren()
	must(t, err)
	found := false
	for _, child := range children {
		found = found || child.PID() == process.PID() && child.Name() == "Reader"
	}
	want(t, "in the list", found, true)
	must(t, process.Terminate())
	must(t, process.Join(background))
	must(t, process.Join(background))
	must(t, process.Terminate()) // it has gone: no error
	want(t, "stopped", process.String(), "<Process(Reader, stopped[SIGTERM])>")
	want(t, "alive", process.Alive(), false)
	must(t, firstOf(process.Close(), process.Close(), process.Join(background)))
	code, ended := process.ExitCode()
	want(t, "code after close", code, -15)
	want(t, "pid after close", process.PID() > 0, true)
}

// PROC-3 PROC-4 PROC-7 PROC-40 PROC-41 CTX-12
func TestAChildKnowsWhoItIs(t *testing.T) {
	mine, its := pipe(t, billiard.PipeOptions{})
	process := newProcess(t, billiard.ProcessOptions{Entry: "tell", Args: []any{its}, Daemon: billiard.DaemonYes})
	must(t, process.Start())
	var told who
	must(t, mine.Recv(background, &told))
	want(t, "exit", endOf(t, process), 0)
	key, err := billiard.CurrentProcess().AuthKey()
	must(t, err)
	expected := who{process.Name(), process.Identity(), true, os.Getpid(), "MainProcess", "spawn", key, 0, ""}
	if !reflect.DeepEqual(told, expected) {
		t.Errorf("%+v instead of %+v", told, expected)
	}
	want(t, "name", process.Name(), fmt.Sprintf("Process-%d", process.Identity()[0]))
	want(t, "key", len(key), 32)
}

// PROC-50
func TestTheMainProcessIsKnown(t *testing.T) {
	self := billiard.CurrentProcess()
	want(t, "name", self.Name(), "MainProcess")
	want(t, "daemon", self.Daemon(), false)
	want(t, "identity", len(self.Identity()), 0)
	want(t, "pid", self.PID(), os.Getpid())
	pid, name := billiard.ParentProcess()
	want(t, "parent", pid, 0)
	want(t, "parent's name", name, "")
	fails(t, self.SetName(""), billiard.ErrInvalid, "name")
	fails(t, self.SetAuthKey(nil), billiard.ErrInvalid, "key")
	if billiard.CPUsOnline() < billiard.CPUs() {
		t.Error(billiard.CPUsOnline(), "CPUs online")
	}
}

// PROC-52
func startOne(ctx context.Context, out *billiard.Connection) error {
	child, err := billiard.NewProcess(billiard.ProcessOptions{Entry: "tell", Args: []any{out}})
	if err != nil {
		return err
	}
	return firstOf(child.Start(), child.Join(ctx))
}

func TestChildrenMayHaveChildren(t *testing.T) {
	mine, its := pipe(t, billiard.PipeOptions{})
	process := start(t, "start one", its)
	var told who
	must(t, mine.Recv(background, &told))
	want(t, "exit", endOf(t, process), 0)
	want(t, "parent", told.Parent, process.PID())
	want(t, "name", told.Name, fmt.Sprintf("Process-%d:1", process.Identity()[0]))
}

// CONN-83
func TestConnectionsAndFilesAreHandedOver(t *testing.T) {
	mine, its := pipe(t, billiard.PipeOptions{})
	process := start(t, "echo", its)
	must(t, its.Close())
	must(t, mine.Send(background, []any{"ping", int64(1)}))
	var value any
	must(t, mine.Recv(background, &value))
	want(t, "echo", fmt.Sprint(value), "[ping 1]")
	want(t, "exit", endOf(t, process), 0)
	_, err := mine.RecvBytes(background)
	fails(t, err, billiard.ErrEndOfStream, "") // nobody else has the other end

	// CTX-56
	reader, writer, err := os.Pipe()
	must(t, err)
	_, err = writer.WriteString("inherited")
	must(t, err)
	out, in := pipe(t, billiard.PipeOptions{OneWay: true})
	child := newProcess(t, billiard.ProcessOptions{Entry: "inherited", Args: []any{in}, Files: []*os.File{os.Stderr, reader}})
	must(t, firstOf(reader.Close(), child.Start(), writer.Close()))
	var text string
	must(t, out.Recv(background, &text))
	want(t, "text", text, "inherited")
	want(t, "exit", endOf(t, child), 0)
}

// CTX-36 G-CTX-3 PROC-21 CTX-14 PROC-5
func TestWhatCanNotBeStartedIsRefused(t *testing.T) {
	process := newProcess(t, billiard.ProcessOptions{Entry: "nobody registered this"})
	before := openFiles(t)
	for i := 0; i < 2; i++ { // it may be tried again
		fails(t, process.Start(), billiard.ErrNotFound, "nobody registered this")
	}
	if after := openFiles(t); after > before { // fewer: those of objects that were forgotten before
		t.Errorf("%d descriptors before, and %d after", before, after)
	}
	want(t, "state", strings.Contains(process.String(), "initial"), true)
	fails(t, newProcess(t, billiard.ProcessOptions{Command: []string{"/no/such/program"}}).Start(),
		billiard.ErrStartFailed, "/no/such/program")
	for _, each := range []struct {
		options billiard.ProcessOptions
		text    string
	}{
		{billiard.ProcessOptions{}, "one of function, entry and command"},
		{billiard.ProcessOptions{Entry: "nothing", Method: billiard.StartFork}, "fork"},
		{billiard.ProcessOptions{Entry: "nothing", Method: "other"}, "cannot find context for 'other'"},
		{billiard.ProcessOptions{Command: []string{"true"}, Args: []any{1}}, "Args"},
		{billiard.ProcessOptions{Entry: "nothing", Daemon: 2}, "Daemon"},
		{billiard.ProcessOptions{Entry: "nothing", StartTimeout: -2}, "StartTimeout"},
		{billiard.ProcessOptions{Entry: "no\x00thing"}, "NUL"},
		{billiard.ProcessOptions{Entry: "nothing", Name: strings.Repeat("x", 256)}, "name"},
		{billiard.ProcessOptions{Entry: "nothing", Files: []*os.File{nil}}, "Files"},
		{billiard.ProcessOptions{Entry: "nothing", Args: []any{make(chan int)}}, "argument 1"},
		{billiard.ProcessOptions{Entry: "nothing", Args: []any{1, process}}, "argument 2"},
	} {
		_, err := billiard.NewProcess(each.options)
		fails(t, err, billiard.ErrInvalid, each.text)
	}
}

// CTX-1 CTX-4 CTX-6 CTX-14
func TestSpawnIsTheOnlyStartMethod(t *testing.T) {
	want(t, "methods", reflect.DeepEqual(billiard.StartMethods(), []billiard.StartMethod{"spawn"}), true)
	want(t, "default", billiard.CurrentStartMethod(), billiard.StartSpawn)
	want(t, "fixed", billiard.FixedStartMethod(), billiard.StartSpawn)
	fails(t, billiard.SetStartMethod(billiard.StartSpawn, false), billiard.ErrState, "context has already been set")
	fails(t, billiard.SetStartMethod(billiard.StartFork, true), billiard.ErrInvalid, "fork")
	fails(t, billiard.SetStartMethod("other", true), billiard.ErrInvalid, "cannot find context")
	must(t, billiard.SetStartMethod(billiard.StartDefault, true))
	want(t, "unset", billiard.FixedStartMethod(), billiard.StartDefault)
	// The fork server would be this program, which can not fork.
	process := newProcess(t, billiard.ProcessOptions{Entry: "nothing", Method: billiard.StartForkServer})
	fails(t, process.Start(), billiard.ErrForkUnsafe, "")
}

// G-PROC-1 PROC-11 CONN-30
func TestSentinelsAreWaitedForBesideConnections(t *testing.T) {
	reader, writer, err := os.Pipe()
	must(t, err)
	process := start(t, "read until the end", reader)
	must(t, reader.Close())
	first, second := pipe(t, billiard.PipeOptions{})
	ready := make(chan []billiard.Waitable)
	go func() {
		found, err := billiard.Wait(background, first, process)
		if err != nil {
			t.Error(err)
		}
		ready <- found
	}()
	must(t, writer.Close())
	want(t, "ready", reflect.DeepEqual(<-ready, []billiard.Waitable{process}), true)
	must(t, second.SendBytes(background, nil))
	found, err := billiard.Wait(background, first, process)
	must(t, err)
	want(t, "both", len(found), 2)
	want(t, "exit", endOf(t, process), 0)
}

func TestManyGoroutinesMayWaitForOneEnd(t *testing.T) {
	reader, writer, err := os.Pipe()
	must(t, err)
	process := start(t, "read until the end", reader)
	must(t, reader.Close())
	over := make(chan error)
	const waiters = 20
	for i := 0; i < waiters; i++ {
		go func() { over <- process.Join(background) }()
	}
	must(t, writer.Close())
	for i := 0; i < waiters; i++ {
		must(t, <-over)
	}
	want(t, "alive", process.Alive(), false)
}

func TestCommandsGetTheirFilesAndVariables(t *testing.T) {
	reader, writer, err := os.Pipe()
	must(t, err)
	process := newProcess(t, billiard.ProcessOptions{
		Command: []string{"sh", "-c", `echo "$WORD" >&3; exit 4`},
		Env:     []string{"WORD=hello"},
		Files:   []*os.File{writer},
	})
	must(t, firstOf(writer.Close(), process.Start()))
	text, err := io.ReadAll(reader)
	must(t, firstOf(err, reader.Close()))
	want(t, "text", string(text), "hello\n")
	want(t, "exit", endOf(t, process), 4)
}

func registerFinalizers(ctx context.Context, out *billiard.Connection) error {
	tell := func(text string) func() error {
		return func() error { return out.Send(ctx, text) }
	}
	var errs []error
	register := func(priority int, function func() error) *billiard.Finalizer {
		made, err := billiard.AtExit(priority, function)
		errs = append(errs, err)
		return made
	}
	register(-100, tell("stop"))
	register(0, tell("d01"))
	register(0, tell("d02"))
	register(1, tell("d10"))
	register(2, func() error { panic("not the last") })
	register(-10, tell("e"))
	register(5, tell("cancelled")).Cancel()
	now := register(7, tell("now"))
	ran, err := now.Run()
	again, _ := now.Run()
	if err != nil || !ran || again || now.Active() {
		errs = append(errs, fmt.Errorf("ran %v, again %v, %v", ran, again, err))
	}
	return firstOf(errs...)
}

// UTIL-61 UTIL-62 UTIL-64 UTIL-65 UTIL-67
func TestFinalizersRunInTheirOrderWhenAnEntryReturns(t *testing.T) {
	mine, its := pipe(t, billiard.PipeOptions{})
	code := -1
	text := standardError(t, func() { code = endOf(t, start(t, "finalizers", its)) })
	must(t, its.Close())
	want(t, "exit", code, 0)
	for _, expected := range []string{"now", "d10", "d02", "d01", "e", "stop"} {
		var told string
		must(t, mine.Recv(background, &told))
		want(t, "finalizer", told, expected)
	}
	_, err := mine.RecvBytes(background)
	fails(t, err, billiard.ErrEndOfStream, "")
	want(t, "failure reported", strings.Contains(text, "not the last"), true)
	_, err = billiard.AtExit(0, nil)
	fails(t, err, billiard.ErrInvalid, "function")
}

// haveChildren starts a daemonic child that never ends by itself and another one that does, and returns.
func haveChildren(ctx context.Context, out *billiard.Connection, forever, line *os.File) error {
	daemon, err := billiard.NewProcess(billiard.ProcessOptions{Entry: "read until the end", Args: []any{forever},
		Daemon: billiard.DaemonYes})
	if err != nil {
		return err
	}
	other, err := billiard.NewProcess(billiard.ProcessOptions{Entry: "read until the end", Args: []any{line}})
	return firstOf(err, daemon.Start(), other.Start(), forever.Close(), line.Close(),
		out.Send(ctx, true))
}

// UTIL-67 G-UTIL-1
func TestTheEndOfAnEntryEndsDaemonsAndWaitsForTheOthers(t *testing.T) {
	forever, hold, err := os.Pipe()
	must(t, err)
	defer hold.Close()
	line, end, err := os.Pipe()
	must(t, err)
	mine, its := pipe(t, billiard.PipeOptions{})
	process := start(t, "children", its, forever, line)
	must(t, firstOf(its.Close(), forever.Close(), line.Close()))
	var started bool
	must(t, mine.Recv(background, &started))
	if err := process.Join(soon(t)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it did not wait for its child: %v", err)
	}
	must(t, end.Close())
	want(t, "exit", endOf(t, process), 0)
	if _, err := hold.WriteString("x"); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("the daemon reads still: %v", err)
	}
}

// useObjects gets each kind of shared object as an argument, and leaves a trace in it.
func useObjects(ctx context.Context, out *billiard.Connection, lock *billiard.Lock, rlock *billiard.RLock,
	semaphore *billiard.Semaphore, event *billiard.Event, condition *billiard.Condition,
	barrier *billiard.Barrier, value *billiard.Value, total *billiard.SharedValue[int64],
	array *billiard.SharedArray[int32], memory *billiard.Memory, queue *billiard.Queue) error {
	owner := billiard.NewOwner()
	array.Slice()[1] = 7
	copy(memory.Bytes(), "seen")
	_, addErr := total.Add(41)
	err := firstOf(addErr, value.SetInt(5), lock.Acquire(ctx), rlock.Acquire(ctx, owner), semaphore.Release(),
		condition.With(ctx, owner, func() error { return condition.Notify(owner, 1) }), event.Set(),
		queue.Put(ctx, "in the queue"), out.Send(ctx, barrier.Parties()))
	runtime.KeepAlive(array)
	runtime.KeepAlive(memory)
	return err
}

// CTX-13 G-CTX-1
func TestSharedObjectsAreArgumentsOfProcesses(t *testing.T) {
	mine, its := pipe(t, billiard.PipeOptions{})
	lock := newLock(t)
	rlock := made[*billiard.RLock](t)(billiard.NewRLock())
	semaphore := made[*billiard.Semaphore](t)(billiard.NewSemaphore(0))
	event := made[*billiard.Event](t)(billiard.NewEvent())
	condition := made[*billiard.Condition](t)(billiard.NewCondition())
	barrier := made[*billiard.Barrier](t)(billiard.NewBarrier(3))
	value := made[*billiard.Value](t)(billiard.NewValue("q"))
	total := made[*billiard.SharedValue[int64]](t)(billiard.NewSharedValue(int64(1)))
	array := made[*billiard.SharedArray[int32]](t)(billiard.NewSharedArray[int32](3))
	memory := made[*billiard.Memory](t)(billiard.NewMemory(8))
	queue, _ := openQueue(t, billiard.QueueOptions{})
	process := start(t, "use objects", its, lock, rlock, semaphore, event, condition, barrier, value, total, array,
		memory, queue)
	want(t, "exit", endOf(t, process), 0)
	var parties int
	var message string
	must(t, firstOf(mine.Recv(background, &parties), queue.Get(background, &message)))
	want(t, "parties", parties, 3)
	want(t, "message", message, "in the queue")
	must(t, lock.Acquire(background))
	want(t, "lock of a dead holder", lock.Recovered(), true)
	must(t, rlock.Acquire(background, billiard.NewOwner()))
	want(t, "rlock of a dead holder", rlock.Recovered(), true)
	want(t, "unit", tryAcquire(t, semaphore.TryAcquire), true)
	want(t, "event", event.IsSet(), true)
	number, err := value.Int()
	must(t, err)
	want(t, "value", number, 5)
	sum, err := total.Load()
	must(t, err)
	want(t, "total", sum, 42)
	want(t, "array", array.Slice()[1], 7)
	want(t, "memory", string(memory.Bytes()[:4]), "seen")
	runtime.KeepAlive(memory)
}

// CTX-13
func TestQueuesWithoutANameAreHandedOver(t *testing.T) {
	in := made[*billiard.Queue](t)(billiard.NewQueue(billiard.QueueOptions{}))
	out := made[*billiard.JoinableQueue](t)(billiard.NewJoinableQueue(billiard.QueueOptions{}))
	last := made[*billiard.SimpleQueue](t)(billiard.NewSimpleQueue())
	process := start(t, "answer in queues", in, out, last)
	must(t, in.Put(background, "there and back"))
	want(t, "exit", endOf(t, process), 0)
	var value, final string
	must(t, firstOf(out.Get(background, &value), last.Get(background, &final)))
	want(t, "value", value, "there and back")
	want(t, "final", final, "last")
	want(t, "unfinished", out.Unfinished(), 0)

	file, err := in.File()
	must(t, err)
	other := made[*billiard.Queue](t)(billiard.AttachQueue(file))
	must(t, firstOf(file.Close(), other.Put(background, "same queue")))
	want(t, "length", in.Len(), 1)
	named, _ := openQueue(t, billiard.QueueOptions{})
	_, err = named.File()
	fails(t, err, billiard.ErrInvalid, "name")
	program, err := os.Open("/proc/self/exe")
	must(t, err)
	defer program.Close()
	_, err = billiard.AttachQueue(program)
	fails(t, err, billiard.ErrCorrupt, "")
}

func TestFourProcessesCountTogether(t *testing.T) {
	total := made[*billiard.SharedValue[int64]](t)(billiard.NewSharedValue(int64(0)))
	var processes []*billiard.Process
	for i := 0; i < 4; i++ {
		processes = append(processes, start(t, "count up", total, 1000))
	}
	for _, process := range processes {
		want(t, "exit", endOf(t, process), 0)
	}
	sum, err := total.Load()
	must(t, err)
	want(t, "sum", sum, 4000)
}

// What has no way into another process says so, wherever it is in the arguments.
func TestObjectsWithoutAWayAreRefused(t *testing.T) {
	segment := made[*billiard.Segment](t)(billiard.NewSegment(billiard.SegmentOptions{}))
	elsewhere := newLock(t, billiard.InSegment(segment))
	nameless := made[*billiard.Queue](t)(billiard.NewQueue(billiard.QueueOptions{}))
	first, _ := pipe(t, billiard.PipeOptions{})
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	for _, each := range []struct {
		value any
		text  string
	}{
		{elsewhere, "segment"}, {nameless, "name"}, {first, "connection"}, {segment, "segment"},
		{map[string]any{"inside": nameless}, "name"},
	} {
		_, err := pool.Submit(background, "echo", each.value)
		fails(t, err, billiard.ErrInvalid, each.text)
		var refused *billiard.EncodingError
		want(t, "EncodingError", errors.As(err, &refused), true)
	}
}

// A queue that has a name is opened by it in the worker, and so are locks; an object that only this tree of
// processes has is refused there.
func TestNamedObjectsAreArgumentsOfJobs(t *testing.T) {
	pool := newPool(t, billiard.PoolOptions{Workers: 1})
	queue, _ := openQueue(t, billiard.QueueOptions{})
	lock := made[*billiard.Lock](t)(billiard.OpenLock(objectName(t)))
	must(t, lock.Acquire(background))
	held, err := billiard.Apply[bool](background, pool, "put under lock", queue, lock, "put")
	must(t, err)
	want(t, "held", held, true)
	var message string
	must(t, queue.Get(background, &message))
	want(t, "message", message, "put")
	_, err = billiard.Apply[bool](background, pool, "put under lock", queue, newLock(t), "put")
	fails(t, err, billiard.ErrTaskFailed, "argument 2")
	want(t, "reason", strings.Contains(err.Error(), "another tree of processes"), true)
}

func putUnderLock(ctx context.Context, queue *billiard.Queue, lock *billiard.Lock, message string) (bool, error) {
	defer queue.Close()
	defer lock.Close()
	free, err := lock.TryAcquire()
	return !free, firstOf(err, queue.Put(ctx, message))
}

// G-UTIL-2
func TestDaemonsDieWithTheirStarter(t *testing.T) {
	host := exec.Command("/proc/self/exe")
	host.Env = append(os.Environ(), "IDIOM_HELPER=start a daemon")
	output, err := host.StdoutPipe()
	must(t, err)
	input, err := host.StdinPipe()
	must(t, err)
	defer input.Close()
	must(t, host.Start())
	var pid int
	line, err := bufio.NewReader(output).ReadString('\n')
	must(t, err)
	if _, err := fmt.Sscan(line, &pid); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	must(t, host.Process.Kill())
	host.Wait()
	eventually(func() bool { return isGone(pid) })
}

// isGone also counts a zombie that nobody reaps in this container.
func isGone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	return strings.Contains(string(stat), ") Z ")
}

func startADaemon(string) error {
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	kept = writer
	os.Unsetenv("IDIOM_HELPER") // which would make the child a helper too
	daemon, err := billiard.NewProcess(billiard.ProcessOptions{Entry: "read until the end", Args: []any{reader},
		Daemon: billiard.DaemonYes})
	if err != nil {
		return err
	}
	if err := daemon.Start(); err != nil {
		return err
	}
	fmt.Println(daemon.PID())
	time.Sleep(time.Hour) // until it is killed
	return nil
}

// CTX-42 CTX-44
func TestAProgramWithoutInitIsToldSo(t *testing.T) {
	process := newProcess(t, billiard.ProcessOptions{Entry: "nothing", StartTimeout: time.Second})
	must(t, billiard.SetExecutable("sh", "-c", "exec sleep 100"))
	defer func() { must(t, billiard.SetExecutable()) }()
	fails(t, process.Start(), billiard.ErrTimeout, "")
}
