package billiard

import (
	"context"
	"os"

	"billiard/internal/native"
)

const pendingNews = 2 // BP_PENDING: accepted, and a part of it is still to be sent

// Send sends a value, encoded as MessagePack, as one message.
//
// When it fails nothing of the message was or will be sent, but for ErrPending: the message is accepted,
// and its rest goes out with Flush, or before the next one; so it must not be sent again. That happens
// when the context ends in the middle of it (the error is also the context's), and on an end that does
// not block.
//
// Owner: the value is copied. Blocks: while there is no room.
// Errors: the context's, ErrClosed, ErrState (it only receives), ErrTooLarge, *EncodingError, ErrPending,
// ErrAgain (an end that does not block has no room), ErrNoMemory, ErrOS (syscall.EPIPE: the other side
// has gone).
func (connection *Connection) Send(ctx context.Context, value any) error {
	data, err := encodeValue("message", value)
	if err != nil {
		return err
	}
	return connection.SendBytes(ctx, data)
}

// SendBytes sends bytes as they are, as one message; an empty one is a message too. A part of them is
// sent by slicing. Otherwise it is Send.
func (connection *Connection) SendBytes(ctx context.Context, data []byte) error {
	return connection.sendWhole(ctx, func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_connection_send(handle, data, 0, 0, cerr)
	})
}

// SendFiles sends bytes as one message, and with it other descriptors for the same files, at most
// MaxPassed; the files stay the caller's. Otherwise it is SendBytes. Errors: also ErrState (the
// connection is no AF_UNIX one), ErrInvalid (too many files).
func (connection *Connection) SendFiles(ctx context.Context, data []byte, files ...*os.File) error {
	return withDescriptors(files, func(fds uintptr) error {
		return connection.sendWhole(ctx, func(handle uintptr, cerr *uintptr) int32 {
			return native.Bpi_connection_send_fds(handle, data, fds, 0, 0, cerr)
		})
	})
}

// SendConnection sends another reference to a connection, with its direction and flags, to the other
// side, which receives it by RecvConnection. It stays open here. Otherwise it is SendFiles. Errors: also
// ErrState (a message is pending on `passed`).
func (connection *Connection) SendConnection(ctx context.Context, passed *Connection) error {
	if !passed.core.life.use() {
		return passed.core.errClosed()
	}
	defer passed.core.life.done()
	return connection.sendWhole(ctx, func(handle uintptr, cerr *uintptr) int32 {
		return native.Bp_connection_send_connection(handle, passed.core.handle, 0, 0, cerr)
	})
}

// Flush sends the rest of a message that is pending; without one it does nothing. Blocks: while there is
// no room. Errors: as Send, but ErrPending.
func (connection *Connection) Flush(ctx context.Context) error {
	return connection.out.run(ctx, ErrTimeout, connection.flush)
}

// Pending returns how many bytes are pending; 0 after Close.
func (connection *Connection) Pending() int {
	return int(read(connection.core, native.Bp_connection_pending))
}

// SendRaw writes bytes as they are and without a frame, for a peer that speaks something else, in one
// write: it returns how many were written, which may be fewer. Blocks: never.
// Errors: ErrAgain (no room), ErrState (a message is pending, or it only receives), ErrClosed, ErrTimeout
// (another goroutine is sending), ErrOS.
func (connection *Connection) SendRaw(data []byte) (int, error) {
	var written uint64
	err := connection.out.now(func() error {
		var cerr uintptr
		return takeError(native.Bp_connection_send_raw(connection.core.handle, data, &written, &cerr), cerr)
	})
	return int(written), err
}

// WaitWritable waits until there is room to send, or the other side has gone. Errors: the context's,
// ErrClosed, ErrState (it only receives), ErrOS.
func (connection *Connection) WaitWritable(ctx context.Context) error {
	return connection.out.run(ctx, ErrTimeout, func() error {
		return connection.look(native.Bp_connection_poll_send)
	})
}

func (connection *Connection) flush() error {
	var cerr uintptr
	return takeError(native.Bp_connection_flush(connection.core.handle, 0, 0, &cerr), cerr)
}

// sendWhole begins a message, and goes on with what did not fit at once.
func (connection *Connection) sendWhole(ctx context.Context, begin func(handle uintptr, cerr *uintptr) int32) error {
	pending := false
	err := connection.out.run(ctx, ErrTimeout, func() error {
		if pending {
			return connection.flush()
		}
		var cerr uintptr
		status := begin(connection.core.handle, &cerr)
		if pending = status == pendingNews; pending {
			return connection.flush() // fails with ErrTimeout, or ErrAgain, when nothing goes on
		}
		return takeError(status, cerr)
	})
	if !pending || err == nil {
		return err
	}
	return pendingError(err)
}

// pendingError is for a message that is on its way, and whose sending ended in err.
func pendingError(err error) error {
	if ended, ok := err.(*waitError); ok {
		return &waitError{status: ErrPending, cause: ended.cause}
	}
	if statusOf(err) == ErrAgain {
		return &Error{Status: ErrPending, Message: "the message is accepted, and a part of it is still to be flushed"}
	}
	return err
}

// look asks for readiness without waiting.
func (connection *Connection) look(poll func(handle uintptr, timeout int64, token uintptr, ready *int32,
	cerr *uintptr) int32) error {
	var ready int32
	var cerr uintptr
	status := poll(connection.core.handle, 0, 0, &ready, &cerr)
	if status < 0 {
		return takeError(status, cerr)
	}
	if ready == 0 {
		return &Error{Status: ErrTimeout, Message: "not ready"}
	}
	return nil
}

// withDescriptors runs the call with a list of the files' descriptors, which stay open meanwhile.
func withDescriptors(files []*os.File, call func(fds uintptr) error) error {
	fds := native.Bpi_fds_new()
	defer native.Bpi_fds_free(fds)
	return addDescriptors(fds, files, func() error { return call(fds) })
}

func addDescriptors(fds uintptr, files []*os.File, call func() error) error {
	if len(files) == 0 {
		return call()
	}
	connection, err := files[0].SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = connection.Control(func(fd uintptr) {
		native.Bpi_fds_add(fds, int(fd))
		failed = addDescriptors(fds, files[1:], call)
	})
	if err != nil {
		return err
	}
	return failed
}
