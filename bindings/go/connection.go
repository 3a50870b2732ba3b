package billiard

import (
	"math"
	"os"
	"syscall"

	"billiard/internal/native"
)

// Connection is one end of a stream of whole messages between two processes, in any language, also on
// different machines. It is made by Pipe, Dial, Listener.Accept, NewConnection, or received.
//
// What a call could not finish, for a context that ended or an end that does not block, is kept inside
// the connection: nothing is lost or sent twice. A peer that announces a negative length, or one above
// the limit, has its connection closed, and no memory is taken for bytes that have not come.
//
// All methods may be called by any number of goroutines: one at a time sends, and one receives, whole
// messages. Those that wait hold no thread. Two processes must not use the same end at the same time.
//
// A connection is ended by Close. One that is forgotten without is closed by the garbage collector at
// some time.
type Connection struct {
	core *core
	in   *flow
	out  *flow
}

// MaxPassed is how many files go with one message at most.
const MaxPassed = 64

// ConnectionOptions describes a connection. Zero in a field means its default.
type ConnectionOptions struct {
	// ReceiveOnly and SendOnly leave out the other direction.
	ReceiveOnly bool
	SendOnly    bool
	// NonBlocking: see SetBlocking.
	NonBlocking bool
	// MaxMessage limits the bytes of one message, either way. Default: 256 MiB; at most 2 GiB - 1.
	MaxMessage int
}

// PipeOptions describes a pipe. Zero in a field means its default.
type PipeOptions struct {
	// OneWay: the first end receives, the second sends. Default: both do both.
	OneWay bool
	// FirstNonBlocking and SecondNonBlocking: see SetBlocking.
	FirstNonBlocking  bool
	SecondNonBlocking bool
	// MaxMessage is as in ConnectionOptions.
	MaxMessage int
}

// Pipe makes two connected ends. Their descriptors are close-on-exec: an end goes to another process as
// an argument of Process, or by SendConnection.
//
// Blocks: never. Errors: ErrInvalid, ErrNoMemory, ErrOS.
func Pipe(options PipeOptions) (first, second *Connection, err error) {
	limit, err := maxMessage(options.MaxMessage)
	if err != nil {
		return nil, nil, err
	}
	var one, other, cerr uintptr
	status := native.Bpi_pipe_create(asUint(options.OneWay), asUint(options.FirstNonBlocking),
		asUint(options.SecondNonBlocking), limit, &one, &other, &cerr)
	if status < 0 {
		return nil, nil, takeError(status, cerr)
	}
	return ownConnection(one), ownConnection(other), nil
}

// NewConnection makes a connection of a stream: a socket, or an end of a pipe. The file stays the
// caller's, and may be closed.
//
// Blocks: never. Errors: ErrInvalid (file: carries no stream; options), ErrNoMemory, ErrOS.
func NewConnection(file *os.File, options ConnectionOptions) (*Connection, error) {
	limit, err := maxMessage(options.MaxMessage)
	if err != nil {
		return nil, err
	}
	fd, err := duplicateOf(file)
	if err != nil {
		return nil, err
	}
	return connectionOf(fd, options, limit)
}

// connectionOf takes the descriptor.
func connectionOf(fd int, options ConnectionOptions, limit uint) (*Connection, error) {
	var handle, cerr uintptr
	status := native.Bpi_connection_from_fd(fd, asUint(options.SendOnly), asUint(options.ReceiveOnly),
		asUint(options.NonBlocking), limit, &handle, &cerr)
	if status < 0 {
		syscall.Close(fd)
		return nil, takeError(status, cerr)
	}
	return ownConnection(handle), nil
}

func ownConnection(handle uintptr) *Connection {
	in, out := &watch{}, &watch{}
	made := newCore("connection", handle, 0, func(handle uintptr) {
		in.close()
		out.close()
		native.Bp_connection_release(handle)
	})
	return &Connection{
		core: made,
		in:   newFlow(made, in, toRead, native.Bp_connection_fd),
		out:  newFlow(made, out, toWrite, native.Bp_connection_fd),
	}
}

func maxMessage(limit int) (uint, error) {
	if limit < 0 || limit > math.MaxInt32 {
		return 0, invalid("options.MaxMessage is %d, out of range", limit)
	}
	return uint(limit), nil
}

// Close closes this process's end: calls under way and later ones return ErrClosed. What is pending is
// not sent. Blocks: never. Errors: none.
func (connection *Connection) Close() error {
	connection.core.close()
	return nil
}

// Closed says whether the connection is closed, by Close or because its peer could not be believed.
func (connection *Connection) Closed() bool {
	open := read(connection.core, func(handle uintptr) bool { return native.Bp_connection_closed(handle) == 0 })
	return !open
}

// Readable says whether the connection receives; one that lost it (RecvBytesMax) says so.
func (connection *Connection) Readable() bool {
	return read(connection.core, native.Bp_connection_readable) == 1
}

// Writable says whether the connection sends.
func (connection *Connection) Writable() bool {
	return read(connection.core, native.Bp_connection_writable) == 1
}

// SetBlocking chooses what becomes of a call that would have to wait. At first it waits, as its context
// says; else it fails with ErrAgain, or with ErrPending when a part of its message is on its way. It
// concerns this handle alone, and not the descriptor.
func (connection *Connection) SetBlocking(blocking bool) {
	read(connection.core, func(handle uintptr) struct{} {
		native.Bp_connection_set_blocking(handle, asInt(blocking))
		return struct{}{}
	})
}

// FD returns the connection's descriptor, for a program's own event loop: it is readable when Poll would
// say so. It stays the connection's. Errors: ErrClosed.
func (connection *Connection) FD() (int, error) {
	return descriptorOf(connection.core, native.Bp_connection_fd)
}

// Control runs the function with the descriptor, which is open as long as it runs. See Wait.
// Errors: ErrClosed.
func (connection *Connection) Control(use func(fd uintptr)) error {
	return control(connection.core, native.Bp_connection_fd, use)
}

func (connection *Connection) closable() *core { return connection.core }

func asUint(yes bool) uint { return uint(asInt(yes)) }
