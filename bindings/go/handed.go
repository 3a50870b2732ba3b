package billiard

import (
	"fmt"
	"os"
	"reflect"
	"sync"
	"syscall"

	"billiard/internal/native"

	"github.com/vmihailenco/msgpack/v5"
)

// Files, connections and queues without a name among the arguments of a process go to it as descriptors,
// before those of ProcessOptions.Files. Their places in the arguments say which, and which way a connection
// goes.
type handedStream struct {
	Stream      int  `msgpack:"stream"` // counted from 0
	ReceiveOnly bool `msgpack:"receive_only"`
	SendOnly    bool `msgpack:"send_only"`
}

var (
	connectionType = reflect.TypeOf((*Connection)(nil))
	fileType       = reflect.TypeOf((*os.File)(nil))
	queueType      = reflect.TypeOf((*Queue)(nil))
	joinableType   = reflect.TypeOf((*JoinableQueue)(nil))
	simpleType     = reflect.TypeOf((*SimpleQueue)(nil))
)

// handing collects descriptors on their way to a process. They are duplicates.
type handing struct {
	fds     []int
	closing sync.Once
}

// close ends the duplicates.
func (handing *handing) close() {
	handing.closing.Do(func() {
		for _, fd := range handing.fds {
			syscall.Close(fd)
		}
	})
}

// addFile adds a file.
func (handing *handing) addFile(file *os.File) error {
	if file == nil {
		return invalid("options.Files: has a nil")
	}
	return handing.add(duplicateOf(file))
}

// replace puts what says where it is in the place of an argument that goes as a descriptor.
func (handing *handing) replace(argument any) (any, error) {
	if value := reflect.ValueOf(argument); !value.IsValid() || isStream(value.Type()) && value.IsNil() {
		return nil, nil
	}
	place := handedStream{Stream: len(handing.fds)}
	switch stream := argument.(type) {
	case *os.File:
		return place, handing.addFile(stream)
	case *Connection:
		place.ReceiveOnly, place.SendOnly = !stream.Writable(), !stream.Readable()
		fd, failed := -1, error(nil)
		if err := stream.Control(func(number uintptr) { fd, failed = duplicateFD(int(number)) }); err != nil {
			return nil, err
		}
		return place, handing.add(fd, failed)
	case *Queue:
		return handing.replaceQueue(argument, stream, place)
	case *JoinableQueue:
		return handing.replaceQueue(argument, stream.Queue, place)
	case *SimpleQueue:
		return handing.replaceQueue(argument, stream.queue, place)
	}
	return argument, nil
}

// replaceQueue leaves a queue that has a name as it is.
func (handing *handing) replaceQueue(argument any, queue *Queue, place handedStream) (any, error) {
	if queue.name != "" {
		return argument, nil
	}
	return place, handing.add(queue.memoryFD())
}

func (handing *handing) add(fd int, err error) error {
	if err == nil {
		handing.fds = append(handing.fds, fd)
	}
	return err
}

// handed are the inherited descriptors of a process that runs an entry. Its arguments take some, each once,
// before the entry runs; the others are those of ProcessOptions.Files.
type handed struct{ taken map[int]bool }

var handedHere handed

// isStream says whether a value of the type may go as a descriptor.
func isStream(parameter reflect.Type) bool {
	switch parameter {
	case fileType, connectionType, queueType, joinableType, simpleType:
		return true
	}
	return false
}

// decode makes the argument of a parameter whose type isStream.
func (handed *handed) decode(decoder *msgpack.Decoder, to reflect.Value) error {
	if code, err := decoder.PeekCode(); err != nil || !isMap(code) {
		return decodeOne(decoder, to) // a queue that has a name, or nil
	}
	var stream handedStream
	if err := decoder.Decode(&stream); err != nil {
		return err
	}
	if stream.Stream < 0 || stream.Stream >= native.Bpi_inherited_fd_count() || handed.taken[stream.Stream] {
		return fmt.Errorf("there is no stream %d", stream.Stream)
	}
	handed.taken[stream.Stream] = true
	object, err := stream.open(native.Bpi_inherited_fd(int64(stream.Stream)), to.Type())
	if err == nil {
		to.Set(reflect.ValueOf(object))
	}
	return err
}

// open takes the descriptor.
func (stream *handedStream) open(fd int, as reflect.Type) (any, error) {
	switch as {
	case fileType:
		return os.NewFile(uintptr(fd), "billiard handed file"), nil
	case connectionType:
		return connectionOf(fd, ConnectionOptions{ReceiveOnly: stream.ReceiveOnly, SendOnly: stream.SendOnly}, 0)
	}
	defer syscall.Close(fd)
	queue, err := attachQueueFD(fd)
	switch {
	case err != nil:
		return nil, err
	case as == joinableType:
		return &JoinableQueue{queue}, nil
	case as == simpleType:
		return &SimpleQueue{queue}, nil
	}
	return queue, nil
}
