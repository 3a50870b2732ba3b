package billiard

import (
	"context"
	"os"

	"billiard/internal/native"
)

// Recv receives one message, which must be a value in MessagePack, and decodes it into `to`, a pointer
// (see Result.Value). Decoding makes values and runs nothing that the peer chose.
//
// Blocks: until the whole message has come; what has come stays, whenever the context ends.
// Errors: the context's, ErrEndOfStream (the other side has closed, between two messages), ErrOS (inside
// one), *EncodingError (the message did not fit; it is received all the same), ErrClosed, ErrState (it
// only sends), ErrTooLarge or ErrCorrupt (a bad length: the connection is closed), ErrAgain (an end that
// does not block has no whole message), ErrNoMemory.
func (connection *Connection) Recv(ctx context.Context, to any) error {
	data, err := connection.RecvBytes(ctx)
	if err != nil {
		return err
	}
	return decodeInto("message", FormatMessagePack, data, to)
}

// RecvBytes receives one message as it is. Otherwise it is Recv.
func (connection *Connection) RecvBytes(ctx context.Context) ([]byte, error) {
	return connection.recv(ctx, -1)
}

// RecvBytesMax receives one message of at most `limit` bytes. A longer one is ErrTooLarge and ends
// receiving: a connection that also sends still does, another is closed. Otherwise it is RecvBytes.
func (connection *Connection) RecvBytesMax(ctx context.Context, limit int) ([]byte, error) {
	if limit < 0 {
		return nil, invalid("limit is %d: negative maxlength", limit)
	}
	return connection.recv(ctx, int64(limit))
}

func (connection *Connection) recv(ctx context.Context, limit int64) (data []byte, err error) {
	err = connection.in.run(ctx, ErrTimeout, func() error {
		var buffer native.Buffer
		var cerr uintptr
		status := native.Bp_connection_recv(connection.core.handle, limit, 0, 0, &buffer, &cerr)
		if status < 0 {
			return takeError(status, cerr)
		}
		data = takeBytes(&buffer)
		return nil
	})
	return data, err
}

// RecvInto receives one message into the buffer, and returns how many bytes it has. One that is longer
// is a *TooShortError, which has the whole message; the connection goes on. Otherwise it is RecvBytes.
func (connection *Connection) RecvInto(ctx context.Context, buffer []byte) (int, error) {
	var received uint64
	err := connection.in.run(ctx, ErrTimeout, func() error {
		var whole native.Buffer
		var cerr uintptr
		status := native.Bp_connection_recv_into(connection.core.handle, buffer, 0, 0, 0, &received, &whole, &cerr)
		err := takeError(status, cerr)
		if statusOf(err) == ErrTooShort {
			return &TooShortError{Data: takeBytes(&whole), message: err.Error()}
		}
		return err
	})
	return int(received), err
}

// TooShortError is a message that did not fit into the buffer. errors.Is finds ErrTooShort.
type TooShortError struct {
	// Data is the whole message, which has been received.
	Data []byte

	message string
}

// Error says that the buffer is too short.
func (err *TooShortError) Error() string { return err.message }

// Unwrap returns ErrTooShort.
func (err *TooShortError) Unwrap() error { return ErrTooShort }

// RecvFiles receives one message, and the files that came with it, which are the caller's, to be closed.
// Their descriptors are close-on-exec. Otherwise it is RecvBytes. (Files that come with a message that is
// received in another way are closed.)
func (connection *Connection) RecvFiles(ctx context.Context) (data []byte, files []*os.File, err error) {
	err = connection.in.run(ctx, ErrTimeout, func() error {
		fds := native.Bpi_fds_new()
		defer native.Bpi_fds_free(fds)
		var buffer native.Buffer
		var cerr uintptr
		status := native.Bpi_connection_recv_fds(connection.core.handle, fds, 0, 0, &buffer, &cerr)
		if status < 0 {
			return takeError(status, cerr)
		}
		data = takeBytes(&buffer)
		for i := int64(0); i < native.Bpi_fds_count(fds); i++ {
			files = append(files, os.NewFile(uintptr(native.Bpi_fds_at(fds, i)), "billiard received file"))
		}
		return nil
	})
	return data, files, err
}

// RecvConnection receives a connection that SendConnection sent. Otherwise it is RecvBytes. Errors: also
// ErrCorrupt (the message is no connection).
func (connection *Connection) RecvConnection(ctx context.Context) (received *Connection, err error) {
	err = connection.in.run(ctx, ErrTimeout, func() error {
		var handle, cerr uintptr
		status := native.Bp_connection_recv_connection(connection.core.handle, 0, 0, &handle, &cerr)
		if status < 0 {
			return takeError(status, cerr)
		}
		received = ownConnection(handle)
		return nil
	})
	return received, err
}

// Poll says whether there is something to read, also when that is the other side's end. A receive may
// still have to wait for the rest of a message. Blocks: never. Errors: ErrClosed, ErrState (it only
// sends), ErrOS.
func (connection *Connection) Poll() (bool, error) {
	if !connection.core.life.use() {
		return false, connection.core.errClosed()
	}
	defer connection.core.life.done()
	err := connection.look(native.Bp_connection_poll)
	if statusOf(err) == ErrTimeout {
		return false, nil
	}
	return err == nil, err
}

// WaitReadable waits until Poll would be true. Errors: the context's, and those of Poll.
func (connection *Connection) WaitReadable(ctx context.Context) error {
	return connection.in.run(ctx, ErrTimeout, func() error { return connection.look(native.Bp_connection_poll) })
}

// takeBytes copies the bytes of a buffer into Go's memory, and frees it.
func takeBytes(buffer *native.Buffer) []byte {
	defer native.Bp_buffer_free(buffer)
	return append([]byte{}, buffer.Bytes()...)
}
