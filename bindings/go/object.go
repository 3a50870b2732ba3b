package billiard

import (
	"context"
	"fmt"
	"runtime"

	"billiard/internal/native"
)

// ID names an object within its segment, for ever: a process that has the segment attaches to the
// object by it. A named object has none (0).
type ID uint64

// Object is what all objects in shared memory have in common. Every process has its own hold on an
// object; the object goes with the last one, and the holds of a process that dies are dropped.
//
// An object may be an argument of a Process or a job, or a part of a message, where the receiver asks for
// the same type: it gets a handle of its own, which it closes. That works for objects of the default
// segment, between the processes of one tree (a Process and those that it starts), and for a Lock, RLock,
// Event or Condition that has a name, everywhere; it is *EncodingError for others.
//
// An object is ended by Close. One that is forgotten without is closed by the garbage collector at
// some time. Its methods may be called by any number of goroutines.
type Object struct{ core *core }

// ID returns the object's name in its segment, for AttachLock and so on in other processes; 0 when
// the object has a name.
func (object Object) ID() ID { return object.core.id }

// Close ends the use of the object by this handle: its waits, and later calls, return ErrClosed.
// What it guards or holds stays as it is. Blocks: never. Errors: none.
func (object Object) Close() error {
	object.core.close()
	return nil
}

// core is one handle of the library. The garbage collector ends a forgotten one, so nothing that
// its lifetime keeps may lead back to it.
type core struct {
	handle uintptr
	kind   string
	id     ID
	life   lifetime
	// name is that of a named object. elsewhere: it has none, and its segment is not the default one.
	name      string
	elsewhere bool
	// closing ends with Close, which ends all waits.
	closing context.Context
	end     context.CancelFunc
	// place is taken by the goroutine that waits inside the library, where one is enough.
	place chan struct{}
}

func newCore(kind string, handle uintptr, id ID, free func(handle uintptr)) *core {
	made := &core{handle: handle, kind: kind, id: id, place: make(chan struct{}, 1)}
	made.closing, made.end = context.WithCancel(context.Background())
	made.life.free = func() { free(handle) }
	runtime.SetFinalizer(made, (*core).close)
	return made
}

func (object *core) close() {
	runtime.SetFinalizer(object, nil)
	object.end()
	object.life.end()
}

// isPartOf notes that an object may be in the segment of another one.
func (object *core) isPartOf(other *core) {
	object.elsewhere = object.elsewhere || other.elsewhere || other.name != ""
}

func (object *core) errClosed() error {
	return &Error{Status: ErrClosed, Message: "the " + object.kind + " is closed"}
}

// call runs a call that never waits.
func (object *core) call(call func(handle uintptr, cerr *uintptr) int32) error {
	if !object.life.use() {
		return object.errClosed()
	}
	defer object.life.done()
	var cerr uintptr
	return takeError(call(object.handle, &cerr), cerr)
}

// describe returns the text that a call writes.
func (object *core) describe(write func(handle uintptr, text []byte) int64) string {
	if !object.life.use() {
		return fmt.Sprintf("<closed %s>", object.kind)
	}
	defer object.life.done()
	text := make([]byte, 128)
	for {
		length := int(write(object.handle, text))
		if length < len(text) {
			return string(text[:length])
		}
		text = make([]byte, length+1)
	}
}

// read asks a call that can not fail; a closed object gives the zero value.
func read[T any](object *core, ask func(handle uintptr) T) (answer T) {
	if !object.life.use() {
		return answer
	}
	defer object.life.done()
	return ask(object.handle)
}

// view shows memory of the object; nil when it is closed or has none.
func (object *core) view(show func(handle uintptr, out *native.View)) []byte {
	if !object.life.use() {
		return nil
	}
	defer object.life.done()
	var view native.View
	show(object.handle, &view)
	if view.Data == nil {
		return nil
	}
	return view.Bytes()
}

// kind has the calls that every sort of object has.
type kind struct {
	name   string
	attach func(segment uintptr, id uint64, out, cerr *uintptr) int32
	id     func(handle uintptr) uint64
	free   func(handle uintptr)
}

// own makes the core of a new handle.
func (kind *kind) own(handle uintptr) *core {
	return newCore(kind.name, handle, ID(kind.id(handle)), kind.free)
}

// attachTo makes a handle to the object of that id; a nil segment is the default one.
func (kind *kind) attachTo(segment *Segment, id ID) (*core, error) {
	var in uintptr
	if segment != nil {
		if !segment.core.life.use() {
			return nil, segment.core.errClosed()
		}
		defer segment.core.life.done()
		in = segment.core.handle
	}
	var handle, cerr uintptr
	if status := kind.attach(in, uint64(id), &handle, &cerr); status < 0 {
		return nil, takeError(status, cerr)
	}
	made := kind.own(handle)
	made.elsewhere = in != 0
	return made, nil
}
