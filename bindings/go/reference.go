package billiard

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"billiard/internal/native"
)

// A reference is how a shared object goes to another process: its kind, and its name, or its id and which
// segment that counts in. Whoever decodes it opens the object; nothing is run.
const referenceMark = "billiard object"

// MarshalBinary makes a reference to the object. See Object. Errors: ErrInvalid (there is no way to it),
// ErrClosed.
func (object Object) MarshalBinary() ([]byte, error) {
	core := object.core
	switch {
	case core.name != "" && byName[core.kind]:
		return marshalReference(core.kind, "name", core.name), nil
	case core.name != "":
		return nil, invalid("a %s that has a name can not be passed to another process; pass its name", core.kind)
	case core.id == 0 || core.elsewhere:
		return nil, invalid("a %s of a segment that is not the default one can not be passed to another process; "+
			"hand over the segment, by File or its name, and the ID", core.kind)
	}
	mark, err := defaultSegmentMark()
	if err != nil {
		return nil, err
	}
	return marshalReference(core.kind, mark, strconv.FormatUint(uint64(core.id), 10)), nil
}

// byName has the kinds that need nothing but their name.
var byName = map[string]bool{lockKind.name: true, rlockKind.name: true, eventKind.name: true, conditionKind.name: true}

// MarshalBinary makes a reference to a queue that has a name. See Queue. Errors: ErrInvalid (it has none).
func (queue *Queue) MarshalBinary() ([]byte, error) {
	if queue.name == "" {
		return nil, invalid("a queue without a name can not be passed to another process")
	}
	return marshalReference("queue", "name", queue.name), nil
}

// MarshalBinary is Queue.MarshalBinary.
func (queue *SimpleQueue) MarshalBinary() ([]byte, error) { return queue.queue.MarshalBinary() }

// MarshalBinary refuses: a connection is passed by SendConnection, or as an argument of a Process by itself.
func (connection *Connection) MarshalBinary() ([]byte, error) {
	return nil, invalid("a connection can only be passed by SendConnection, or as an argument of a Process")
}

func marshalReference(kind, where, what string) []byte {
	return []byte(strings.Join([]string{referenceMark, kind, where, what}, "\x00"))
}

// openReference opens what MarshalBinary wrote, by the name or by the id.
func openReference[T any](to *T, kind string, data []byte, open func(name string) (*T, error),
	attach func(segment *Segment, id ID) (*T, error)) error {
	parts := strings.Split(string(data), "\x00")
	if len(parts) != 4 || parts[0] != referenceMark || parts[1] != kind {
		return invalid("this is no %s", kind)
	}
	made, err := followReference(parts[2], parts[3], open, attach)
	if err != nil {
		return err
	}
	*to = *made
	return nil
}

func followReference[T any](where, what string, open func(name string) (*T, error),
	attach func(segment *Segment, id ID) (*T, error)) (*T, error) {
	if where == "name" && open != nil {
		return open(what)
	}
	mark, err := defaultSegmentMark()
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseUint(what, 10, 64)
	switch {
	case err != nil || attach == nil:
		return nil, invalid("this is no reference to a shared object")
	case where != mark:
		return nil, &Error{Status: ErrNotFound, Message: "the object is in the memory of another tree of processes; " +
			"objects with a name go everywhere"}
	}
	return attach(nil, ID(id))
}

// segmentMark tells the default segment of this tree of processes from those of others.
var segmentMark struct {
	once sync.Once
	text string
	err  error
}

func defaultSegmentMark() (string, error) {
	segmentMark.once.Do(func() {
		segment, err := DefaultSegment()
		if err != nil {
			segmentMark.err = err
			return
		}
		defer segment.Close()
		var about syscall.Stat_t
		if err := syscall.Fstat(native.Bp_segment_fd(segment.core.handle), &about); err != nil {
			segmentMark.err = err
			return
		}
		segmentMark.text = fmt.Sprintf("segment %d-%d", about.Dev, about.Ino)
	})
	return segmentMark.text, segmentMark.err
}

// UnmarshalBinary opens what MarshalBinary refers to; the same holds for the other kinds of objects.
func (lock *Lock) UnmarshalBinary(data []byte) error {
	return openReference(lock, lockKind.name, data, func(name string) (*Lock, error) { return OpenLock(name) }, AttachLock)
}

// UnmarshalBinary: see Lock.
func (lock *RLock) UnmarshalBinary(data []byte) error {
	return openReference(lock, rlockKind.name, data, func(name string) (*RLock, error) { return OpenRLock(name) }, AttachRLock)
}

// UnmarshalBinary: see Lock.
func (event *Event) UnmarshalBinary(data []byte) error {
	return openReference(event, eventKind.name, data, func(name string) (*Event, error) { return OpenEvent(name) }, AttachEvent)
}

// UnmarshalBinary: see Lock.
func (condition *Condition) UnmarshalBinary(data []byte) error {
	open := func(name string) (*Condition, error) { return OpenCondition(name) }
	return openReference(condition, conditionKind.name, data, open, AttachCondition)
}

// UnmarshalBinary: see Lock.
func (semaphore *Semaphore) UnmarshalBinary(data []byte) error {
	return openReference(semaphore, semaphoreKind.name, data, nil, AttachSemaphore)
}

// UnmarshalBinary: see Lock.
func (barrier *Barrier) UnmarshalBinary(data []byte) error {
	return openReference(barrier, barrierKind.name, data, nil, AttachBarrier)
}

// UnmarshalBinary: see Lock.
func (value *Value) UnmarshalBinary(data []byte) error {
	return openReference(value, valueKind.name, data, nil, AttachValue)
}

// UnmarshalBinary: see Lock.
func (array *Array) UnmarshalBinary(data []byte) error {
	return openReference(array, arrayKind.name, data, nil, AttachArray)
}

// UnmarshalBinary: see Lock.
func (memory *Memory) UnmarshalBinary(data []byte) error {
	return openReference(memory, memoryKind.name, data, nil, AttachMemory)
}

// UnmarshalBinary: see Lock. Another type of value is ErrInvalid.
func (value *SharedValue[T]) UnmarshalBinary(data []byte) error {
	return openReference(value, valueKind.name, data, nil, AttachSharedValue[T])
}

// UnmarshalBinary: see Lock. Another type of elements is ErrInvalid.
func (array *SharedArray[T]) UnmarshalBinary(data []byte) error {
	return openReference(array, arrayKind.name, data, nil, AttachSharedArray[T])
}

// UnmarshalBinary opens the queue that MarshalBinary refers to.
func (queue *Queue) UnmarshalBinary(data []byte) error {
	open := func(name string) (*Queue, error) { return OpenQueue(name, QueueOptions{}) }
	return openReference(queue, "queue", data, open, nil)
}

// UnmarshalBinary: see Queue.
func (queue *JoinableQueue) UnmarshalBinary(data []byte) error {
	open := func(name string) (*JoinableQueue, error) { return OpenJoinableQueue(name, QueueOptions{}) }
	return openReference(queue, "queue", data, open, nil)
}

// UnmarshalBinary: see Queue.
func (queue *SimpleQueue) UnmarshalBinary(data []byte) error {
	open := func(name string) (*SimpleQueue, error) { return OpenSimpleQueue(name) }
	return openReference(queue, "queue", data, open, nil)
}
