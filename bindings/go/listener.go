package billiard

import (
	"context"
	"math"
	"time"

	"billiard/internal/native"
)

// Family is a sort of addresses.
type Family uint32

// Families, as in the C header billiard/listener.h.
const (
	// FamilyAny: as the address looks.
	FamilyAny Family = 0
	// FamilyUnix: "/a/path", or "@name" in the abstract namespace.
	FamilyUnix Family = 1
	// FamilyInet: "host:7000".
	FamilyInet Family = 2
	// FamilyInet6: "[::1]:7000".
	FamilyInet6 Family = 3
)

// ListenOptions describes a listener. Zero in a field means its default.
type ListenOptions struct {
	// Family of the address; also of one that the system chooses.
	Family Family
	// Backlog is how many clients the system keeps waiting. Default: 128.
	Backlog int
	// Key, when it is not nil, must be the clients' too: both sides prove that they have it, and never
	// send it. Over AF_INET only a key keeps strangers away.
	Key []byte
	// HandshakeTimeout is for each client. Default: 20 s; -1: none.
	HandshakeTimeout time.Duration
	// MaxPending limits the handshakes under way. Default: 256.
	MaxPending int
	// AnyUser lets clients of other users in (AF_UNIX).
	AnyUser bool
	// MaxMessage is as in ConnectionOptions, for the connections.
	MaxMessage int
}

// DialOptions describes a client. Zero in a field means its default.
type DialOptions struct {
	// Family of the address.
	Family Family
	// Key is the listener's, when it has one.
	Key []byte
	// TimeLimit is for connecting and the handshake, beside the context. Default: 20 s; -1: none.
	TimeLimit time.Duration
	// AnyUser lets the listener be another user's (AF_UNIX).
	AnyUser bool
	// MaxMessage is as in ConnectionOptions.
	MaxMessage int
}

// Listener accepts connections at an address. A client that is silent, slow or hostile keeps nobody
// waiting: the handshakes of all go on side by side while somebody accepts.
//
// All methods may be called by any number of goroutines; those that wait hold no thread. A listener is
// ended by Close. One that is forgotten without is closed by the garbage collector at some time.
type Listener struct {
	core *core
	next *flow
}

// Listen listens at the address; at "" it is any, which is a fresh abstract name, or a free port of
// localhost. The file of a path has mode 0600 and is removed by Close; an abstract name leaves nothing,
// even when its process is killed.
//
// Owner: the key is copied. Blocks: while the system looks for a host's name.
// Errors: ErrInvalid (address, options; key: is empty), ErrNotFound (host), ErrOS (syscall.EADDRINUSE and
// others), ErrNoMemory.
func Listen(address string, options ListenOptions) (*Listener, error) {
	if err := options.check(address); err != nil {
		return nil, err
	}
	var handle, cerr uintptr
	status := native.Bpi_listener_open(address, uint(options.Family), uint(options.Backlog),
		asUint(options.Key != nil), options.Key, int64(options.HandshakeTimeout), uint(options.MaxPending),
		asUint(options.AnyUser), uint(options.MaxMessage), &handle, &cerr)
	if status < 0 {
		return nil, takeError(status, cerr)
	}
	next := &watch{}
	made := newCore("listener", handle, 0, func(handle uintptr) {
		next.close()
		native.Bp_listener_release(handle)
	})
	return &Listener{made, newFlow(made, next, toRead, native.Bp_listener_fd)}, nil
}

func (options *ListenOptions) check(address string) error {
	switch {
	case hasNul(address):
		return invalid("address: %q has a NUL byte", address)
	case options.Backlog < 0 || !fitsInt32(options.Backlog):
		return invalid("options.Backlog is %d, out of range", options.Backlog)
	case options.MaxPending < 0 || !fitsInt32(options.MaxPending):
		return invalid("options.MaxPending is %d, out of range", options.MaxPending)
	case options.HandshakeTimeout < -1:
		return invalid("options.HandshakeTimeout is %v, out of range", options.HandshakeTimeout)
	}
	_, err := maxMessage(options.MaxMessage)
	return err
}

// Accept returns the next client that is through. Blocks: until there is one.
// Errors: the context's, ErrAuthentication (a client does not have the key; accept again), ErrClosed,
// ErrNoMemory, ErrOS.
func (listener *Listener) Accept(ctx context.Context) (accepted *Connection, err error) {
	err = listener.next.run(ctx, ErrTimeout, func() error {
		var handle, cerr uintptr
		status := native.Bp_listener_accept(listener.core.handle, 0, 0, &handle, &cerr)
		if status < 0 {
			return takeError(status, cerr)
		}
		accepted = ownConnection(handle)
		return nil
	})
	return accepted, err
}

// Address returns the address, with the port that the system chose. Errors: ErrClosed.
func (listener *Listener) Address() (string, error) {
	text, length := make([]byte, 128), uint64(math.MaxUint64)
	for {
		err := listener.core.call(func(handle uintptr, cerr *uintptr) int32 {
			return native.Bp_listener_address(handle, text, &length, cerr)
		})
		if err != nil {
			return "", err
		}
		if length < uint64(len(text)) {
			return string(text[:length]), nil
		}
		text = make([]byte, length+1)
	}
}

// LastAccepted returns the address of the peer accepted last; "" before the first, for one without a
// name (AF_UNIX), and after Close.
func (listener *Listener) LastAccepted() string {
	if !listener.core.life.use() {
		return ""
	}
	defer listener.core.life.done()
	return listener.core.describe(native.Bp_listener_last_accepted)
}

// Dropped returns how many clients were turned away without an error: gone or silent in their handshake,
// pushed out by newer ones, or another user's; 0 after Close.
func (listener *Listener) Dropped() uint64 { return read(listener.core, native.Bp_listener_dropped) }

// Close stops listening: later calls, and those under way, return ErrClosed. Connections go on.
// Blocks: never. Errors: none.
func (listener *Listener) Close() error {
	listener.core.close()
	return nil
}

// FD returns a descriptor for a program's own event loop: readable when Accept may get on, which it does
// with a context that ends at once. It stays the listener's. Errors: ErrClosed.
func (listener *Listener) FD() (int, error) {
	return descriptorOf(listener.core, native.Bp_listener_fd)
}

// Control runs the function with the descriptor, which is open as long as it runs. See Wait.
// Errors: ErrClosed.
func (listener *Listener) Control(use func(fd uintptr)) error {
	return control(listener.core, native.Bp_listener_fd, use)
}

func (listener *Listener) closable() *core { return listener.core }

// Dial connects to a listener in any language, and proves the key both ways when there is one.
//
// Blocks: until it is connected, and holds a thread meanwhile; while the system looks for a host's name
// the context does not end it.
// Errors: the context's, ErrTimeout (options.TimeLimit), ErrAuthentication (the listener does not have
// the key, or is another user's), ErrOS (syscall.ECONNREFUSED, syscall.ENOENT and others), ErrEndOfStream
// (it closed during the handshake), ErrNotFound (host), ErrInvalid (address, options; key: is empty),
// ErrNoMemory.
func Dial(ctx context.Context, address string, options DialOptions) (*Connection, error) {
	limit, err := maxMessage(options.MaxMessage)
	switch {
	case err != nil:
		return nil, err
	case hasNul(address):
		return nil, invalid("address: %q has a NUL byte", address)
	case options.TimeLimit < -1:
		return nil, invalid("options.TimeLimit is %v, out of range", options.TimeLimit)
	}
	var handle uintptr
	err = interruptibly(ctx, ErrTimeout, func(token uintptr) error {
		var cerr uintptr
		status := native.Bpi_client_connect(address, uint(options.Family), asUint(options.Key != nil), options.Key,
			asUint(options.AnyUser), int64(options.TimeLimit), limit, native.BP_FOREVER, token, &handle, &cerr)
		return takeError(status, cerr)
	})
	if err != nil {
		return nil, err
	}
	return ownConnection(handle), nil
}
