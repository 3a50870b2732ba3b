package billiard

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// run runs a function as the task "t" with these arguments.
func run(t *testing.T, function any, args ...any) (any, error) {
	t.Helper()
	made, err := newTask("t", function)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := encodeArguments(args)
	if err != nil {
		t.Fatal(err)
	}
	return made.run(context.Background(), &Call{Task: "t", format: FormatMessagePack, payload: payload})
}

func TestTasksOfManyForms(t *testing.T) {
	ctxSeen := false
	for _, form := range []struct {
		function any
		args     []any
		want     any
	}{
		{func() {}, nil, nil},
		{func() error { return nil }, nil, nil},
		{func() int { return 7 }, nil, 7},
		{func(a, b int) int { return a + b }, []any{40, 2}, 42},
		{func(ctx context.Context, a string) (string, error) { ctxSeen = ctx != nil; return a + "!", nil },
			[]any{"a"}, "a!"},
		{func(words ...string) string { return strings.Join(words, "-") }, []any{"a", "b", "c"}, "a-b-c"},
		{func(first int, rest ...int) int { return first*10 + len(rest) }, []any{1}, 10},
		{func(v any) any { return v }, []any{nil}, nil},
		{func(v []any) int { return len(v) }, []any{[]any{1, 2}}, 2},
		{func(v map[string]int) int { return v["a"] }, []any{map[string]any{"a": 5}}, 5},
		{func(f float64) float64 { return f }, []any{3}, 3.0},
	} {
		got, err := run(t, form.function, form.args...)
		if err != nil || !reflect.DeepEqual(got, form.want) {
			t.Errorf("%T: got %#v, %v, want %#v", form.function, got, err, form.want)
		}
	}
	if !ctxSeen {
		t.Error("the task saw no context")
	}
}

func TestWrongArgumentsAreNamed(t *testing.T) {
	for _, bad := range []struct {
		function any
		args     []any
		text     string
	}{
		{func(int) {}, nil, `task "t": 0 arguments given, 1 wanted`},
		{func(int) {}, []any{1, 2}, `task "t": 2 arguments given, 1 wanted`},
		{func(int, ...int) {}, nil, "at least 1 wanted"},
		{func(a, b int) {}, []any{1, "x"}, `task "t": argument 2: a string does not fit in int`},
		{func(string) {}, []any{5}, `task "t": argument 1:`},
		{func([]any) {}, []any{map[string]any{}}, `task "t": argument 1:`},
	} {
		_, err := run(t, bad.function, bad.args...)
		var failure *ArgumentError
		if !errors.As(err, &failure) || !strings.Contains(err.Error(), bad.text) {
			t.Errorf("%T: got %v, want %q", bad.function, err, bad.text)
		}
	}
}

func TestRawCallsGiveBytes(t *testing.T) {
	made, err := newTask("t", func(data []byte) string { return string(data) + "!" })
	if err != nil {
		t.Fatal(err)
	}
	call := &Call{Task: "t", format: FormatRaw, payload: []byte("\x00\xff")}
	if got, err := made.run(context.Background(), call); err != nil || got != "\x00\xff!" {
		t.Errorf("got %q, %v", got, err)
	}
	two, _ := newTask("t", func(a, b []byte) {})
	if _, err := two.run(context.Background(), call); err == nil {
		t.Error("a raw call fitted two parameters")
	}
}

func TestACallCanBeBound(t *testing.T) {
	function := func(call *Call) (string, error) {
		var name string
		var count int
		if err := call.Bind(&name, &count); err != nil {
			return "", err
		}
		return strings.Repeat(name, count), nil
	}
	if got, err := run(t, function, "ab", 2); err != nil || got != "abab" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := run(t, function, "ab"); err == nil {
		t.Error("one argument was bound to two pointers")
	}
	if _, err := run(t, func(call *Call) error { return call.Bind(5) }, 1); !errors.Is(err, ErrInvalid) {
		t.Errorf("bound to no pointer: %v", err)
	}
}

func TestRegisterRefusesWhatIsNoTask(t *testing.T) {
	var none func()
	for _, bad := range []struct {
		name     string
		function any
	}{
		{"", func() {}},
		{"a\x00b", func() {}},
		{strings.Repeat("n", 256), func() {}},
		{"value", 5},
		{"nil", nil},
		{"nil function", none},
		{"two values", func() (int, int) { return 1, 2 }},
		{"three", func() (int, int, error) { return 1, 2, nil }},
	} {
		if message := panicOf(func() { Register(bad.name, bad.function) }); message == "" {
			t.Errorf("%q: was registered", bad.name)
		}
	}
}

func TestRegisterRefusesATakenName(t *testing.T) {
	Register("taken", func() {})
	if message := panicOf(func() { Register("taken", func() {}) }); !strings.Contains(message, `"taken"`) {
		t.Errorf("got %q", message)
	}
}

func panicOf(action func()) (message string) {
	defer func() {
		if panicked := recover(); panicked != nil {
			message = fmt.Sprint(panicked)
		}
	}()
	action()
	return ""
}

func TestTheEndsOfATask(t *testing.T) {
	call := &Call{Task: "t", format: FormatMessagePack, payload: []byte{0x90}}
	apart := func(function any) outcome {
		made, err := newTask("t", function)
		if err != nil {
			t.Fatal(err)
		}
		return runApart(made, 0, call)
	}
	if end := apart(func() int { return 5 }); end.err != nil || end.value != 5 || end.panicked {
		t.Errorf("good task: %+v", end)
	}
	panicked := apart(func() { panic("boom") })
	if !panicked.panicked || panicked.err.Error() != "boom" || !strings.Contains(panicked.backtrace, "task_test.go") {
		t.Errorf("panicking task: %+v", panicked)
	}
	if end := apart(func() { t := []int{}; _ = t[len(t)] }); !end.panicked || end.err == nil {
		t.Errorf("task with a run-time error: %+v", end)
	}
	if end := runApart(nil, 0, call); end.err == nil {
		t.Error("a task that is not registered succeeded")
	}
}
