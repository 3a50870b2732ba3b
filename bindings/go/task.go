package billiard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
)

var (
	contextType = reflect.TypeOf((*context.Context)(nil)).Elem()
	errorType   = reflect.TypeOf((*error)(nil)).Elem()
	callType    = reflect.TypeOf((*Call)(nil))
)

// A task is a registered function, and what its signature says.
type task struct {
	name       string
	function   reflect.Value
	context    bool           // the first parameter is a context
	call       bool           // the only other parameter is a *Call
	parameters []reflect.Type // the others
	variadic   bool           // the last of them takes any number
	value      bool           // it returns a value
	failure    bool           // it returns an error, last
}

func newTask(name string, function any) (*task, error) {
	made := &task{name: name, function: reflect.ValueOf(function)}
	if made.function.Kind() != reflect.Func || made.function.IsNil() {
		return nil, fmt.Errorf("task %q: want a function, not %T", name, function)
	}
	signature := made.function.Type()
	for i := 0; i < signature.NumIn(); i++ {
		made.parameters = append(made.parameters, signature.In(i))
	}
	made.variadic = signature.IsVariadic()
	if len(made.parameters) > 0 && made.parameters[0] == contextType {
		made.context = true
		made.parameters = made.parameters[1:]
	}
	made.call = len(made.parameters) == 1 && made.parameters[0] == callType
	if err := made.readResults(signature); err != nil {
		return nil, fmt.Errorf("task %q: %w", name, err)
	}
	return made, nil
}

func (t *task) readResults(signature reflect.Type) error {
	results := signature.NumOut()
	t.failure = results > 0 && signature.Out(results-1) == errorType
	if t.failure {
		results--
	}
	t.value = results == 1
	if results > 1 {
		return errors.New("a task returns at most one value and one error")
	}
	return nil
}

// run calls the function with the arguments of the call.
func (t *task) run(ctx context.Context, call *Call) (any, error) {
	var in []reflect.Value
	if t.context {
		in = append(in, reflect.ValueOf(ctx))
	}
	if t.call {
		in = append(in, reflect.ValueOf(call))
	} else {
		arguments, err := t.arguments(call)
		if err != nil {
			return nil, err
		}
		in = append(in, arguments...)
	}
	return t.results(t.function.Call(in))
}

func (t *task) results(out []reflect.Value) (value any, err error) {
	if t.failure {
		err, _ = out[len(out)-1].Interface().(error)
	}
	if t.value {
		value = out[0].Interface()
	}
	return value, err
}

// arguments decodes the payload into values for the parameters.
func (t *task) arguments(call *Call) ([]reflect.Value, error) {
	switch call.Format() {
	case FormatRaw:
		return t.rawArgument(call)
	case FormatMessagePack:
		return t.decodedArguments(call)
	}
	return nil, fmt.Errorf("task %q: a call in the format %v can not be read by Go", t.name, call.Format())
}

func (t *task) rawArgument(call *Call) ([]reflect.Value, error) {
	if len(t.parameters) != 1 || t.variadic {
		return nil, t.wrongCount(1)
	}
	parameter := reflect.New(t.parameters[0]).Elem()
	if err := storeBytes(call.payload, parameter); err != nil {
		return nil, t.wrongArgument(1, err)
	}
	return []reflect.Value{parameter}, nil
}

func (t *task) decodedArguments(call *Call) ([]reflect.Value, error) {
	reader := bytes.NewReader(call.payload)
	decoder := newDecoder(reader)
	count, err := decoder.DecodeArrayLen()
	if err != nil {
		return nil, fmt.Errorf("task %q: the arguments are no array: %w", t.name, err)
	}
	if !t.takes(count) {
		return nil, t.wrongCount(count)
	}
	var values []reflect.Value
	for i := 0; i < count; i++ {
		value := reflect.New(t.parameter(i)).Elem()
		decode := decodeOne
		if call.handed != nil && isStream(value.Type()) {
			decode = call.handed.decode
		}
		if err := decode(decoder, value); err != nil {
			return nil, t.wrongArgument(i+1, err)
		}
		values = append(values, value)
	}
	if reader.Len() > 0 {
		return nil, fmt.Errorf("task %q: the arguments: %w", t.name, errTrailing)
	}
	return values, nil
}

func (t *task) takes(count int) bool {
	if t.variadic {
		return count >= len(t.parameters)-1
	}
	return count == len(t.parameters)
}

// parameter returns the type of the argument with that index.
func (t *task) parameter(index int) reflect.Type {
	if last := len(t.parameters) - 1; t.variadic && index >= last {
		return t.parameters[last].Elem()
	}
	return t.parameters[index]
}

func (t *task) wrongCount(count int) error {
	wanted := fmt.Sprint(len(t.parameters))
	if t.variadic {
		wanted = fmt.Sprintf("at least %d", len(t.parameters)-1)
	}
	return &ArgumentError{Task: t.name, Message: fmt.Sprintf("%d arguments given, %s wanted", count, wanted)}
}

func (t *task) wrongArgument(number int, err error) error {
	return &ArgumentError{Task: t.name, Message: fmt.Sprintf("argument %d: %v", number, err)}
}

// ArgumentError is what a job fails with when its arguments do not fit the task. The host gets a
// *TaskError of this class.
type ArgumentError struct {
	Task    string
	Message string
}

// Error names the task and the argument.
func (err *ArgumentError) Error() string {
	return fmt.Sprintf("task %q: %s", err.Task, err.Message)
}
