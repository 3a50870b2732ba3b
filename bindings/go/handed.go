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

// Files and connections among the arguments of a process go to it as descriptors, before those of
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
		place := handedStream{Stream: len(handing.fds)}
		return place, handing.addFile(stream)
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
		return handedStream{len(handing.fds) - 1, !stream.Writable(), !stream.Readable()}, nil
	}
	return argument, nil
}

// handed are the inherited descriptors of a process that runs an entry. Its arguments take some, each once,
// before the entry runs; the others are those of ProcessOptions.Files.
type handed struct{ taken map[int]bool }

var handedHere handed

func isStream(parameter reflect.Type) bool {
	return parameter == fileType || parameter == connectionType
}

// decode makes the argument of a parameter that is a file or a connection.
func (handed *handed) decode(decoder *msgpack.Decoder, to reflect.Value) error {
	var stream *handedStream
	if err := decoder.Decode(&stream); err != nil || stream == nil {
		return err
	}
	if stream.Stream < 0 || stream.Stream >= native.Bpi_inherited_fd_count() || handed.taken[stream.Stream] {
		return fmt.Errorf("there is no stream %d", stream.Stream)
	}
	handed.taken[stream.Stream] = true
	fd := native.Bpi_inherited_fd(int64(stream.Stream))
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
