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

// Files and connections among the arguments of a process go to it as descriptors, behind those of
// ProcessOptions.Files. Their places in the arguments say which, and which way a connection goes.
type handedStream struct {
	Stream      int  `msgpack:"stream"` // counted from 0
	ReceiveOnly bool `msgpack:"receive_only"`
	SendOnly    bool `msgpack:"send_only"`
}

var (
	connectionType = reflect.TypeOf((*Connection)(nil))
	fileType       = reflect.TypeOf((*os.File)(nil))
)

// handing collects descriptors on their way to a process. They are duplicates.
type handing struct {
	fds     []int
	streams int
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

// addFile adds one of the files that are no arguments.
func (handing *handing) addFile(file *os.File) error {
	if file == nil {
		return invalid("options.Files: has a nil")
	}
	fd, err := duplicateOf(file)
	if err == nil {
		handing.fds = append(handing.fds, fd)
	}
	return err
}

// replace puts what says where it is in the place of a file or connection.
func (handing *handing) replace(argument any) (any, error) {
	switch stream := argument.(type) {
	case *os.File:
		if stream == nil {
			return nil, nil
		}
		if err := handing.addFile(stream); err != nil {
			return nil, err
		}
		return handing.add(handedStream{}), nil
	case *Connection:
		if stream == nil {
			return nil, nil
		}
		made, errno := -1, error(nil)
		err := stream.Control(func(fd uintptr) { made, errno = duplicateFD(int(fd)) })
		if err == nil {
			err = errno
		}
		if err != nil {
			return nil, err
		}
		handing.fds = append(handing.fds, made)
		return handing.add(handedStream{ReceiveOnly: !stream.Writable(), SendOnly: !stream.Readable()}), nil
	}
	return argument, nil
}

func (handing *handing) add(stream handedStream) handedStream {
	stream.Stream = handing.streams
	handing.streams++
	return stream
}

// handedStreams is how many of this process's inherited descriptors are arguments.
var handedStreams int

// handed are the descriptors that came as arguments, each to be taken once.
type handed struct{ fds []int }

// find reads how many of the inherited descriptors are arguments, which these say first.
func (handed *handed) find(decoder *msgpack.Decoder) error {
	count, err := decoder.DecodeInt()
	if err != nil {
		return err
	}
	inherited := native.Bpi_inherited_fd_count()
	if count < 0 || count > 0 && count > inherited {
		return fmt.Errorf("%d streams among the arguments, and %d descriptors", count, inherited)
	}
	handedStreams = count
	for i := inherited - count; i < inherited; i++ {
		handed.fds = append(handed.fds, native.Bpi_inherited_fd(int64(i)))
	}
	return nil
}

func isStream(parameter reflect.Type) bool {
	return parameter == fileType || parameter == connectionType
}

// decode makes the argument of a parameter that is a file or a connection.
func (handed *handed) decode(decoder *msgpack.Decoder, to reflect.Value) error {
	var stream *handedStream
	if err := decoder.Decode(&stream); err != nil || stream == nil {
		return err
	}
	if stream.Stream < 0 || stream.Stream >= len(handed.fds) || handed.fds[stream.Stream] < 0 {
		return fmt.Errorf("there is no stream %d", stream.Stream)
	}
	fd := handed.fds[stream.Stream]
	handed.fds[stream.Stream] = -1
	if to.Type() == fileType {
		to.Set(reflect.ValueOf(os.NewFile(uintptr(fd), "billiard handed file")))
		return nil
	}
	connection, err := connectionOf(fd, ConnectionOptions{ReceiveOnly: stream.ReceiveOnly, SendOnly: stream.SendOnly}, 0)
	if err == nil {
		to.Set(reflect.ValueOf(connection))
	}
	return err
}
