package billiard

import (
	"context"
	"os"
	"time"

	"billiard/internal/native"
)

// ShareFile keeps another descriptor of the file and gives a ticket for it: a line of text that may go
// through a queue, a job or a file to any process of the same user, in any language, which claims it,
// once. The first call starts a thread of the library that serves claims.
//
// Owner: the file stays the caller's. Blocks: never. Errors: ErrInvalid, ErrNoMemory, ErrOS.
func ShareFile(file *os.File) (ticket string, err error) {
	connection, err := file.SyscallConn()
	if err != nil {
		return "", err
	}
	var failed error
	err = connection.Control(func(fd uintptr) {
		var buffer native.Buffer
		var cerr uintptr
		if failed = takeError(native.Bp_fd_share(int(fd), &buffer, &cerr), cerr); failed == nil {
			ticket = string(takeBytes(&buffer))
		}
	})
	if err == nil {
		err = failed
	}
	return ticket, err
}

// ClaimFile claims the file of a ticket; it is the caller's, to be closed.
//
// Blocks: until the process that shares it has answered, and holds a thread.
// Errors: the context's, ErrNotFound (claimed already, or its process has gone or stopped sharing),
// ErrInvalid (it is no ticket), ErrAuthentication (the ticket is forged), ErrNoMemory, ErrOS.
func ClaimFile(ctx context.Context, ticket string) (*os.File, error) {
	var fd int32
	err := interruptibly(ctx, ErrTimeout, func(token uintptr) error {
		var cerr uintptr
		return takeError(native.Bp_fd_claim([]byte(ticket), native.BP_FOREVER, token, &fd, &cerr), cerr)
	})
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "billiard claimed file"), nil
}

// StopSharing ends the thread of ShareFile, and closes what was not claimed. Another ShareFile starts
// anew. Blocks: until the thread has ended, to the limit; below 0: without one. Errors: ErrTimeout (it
// serves a claim still, and ends after that).
func StopSharing(limit time.Duration) error {
	timeout := int64(limit)
	if limit < 0 {
		timeout = native.BP_FOREVER
	}
	var cerr uintptr
	return takeError(native.Bp_fd_sharing_stop(timeout, &cerr), cerr)
}
