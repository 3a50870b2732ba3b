package billiard

import (
	"context"
	"os"
	"syscall"
	"time"
)

// readiness parks a goroutine in the netpoller until descriptors are ready, whoever owns these and
// however they are set: it polls a set of them, which is a descriptor of its own.
//
// One goroutine at a time waits.
type readiness struct {
	set  *os.File
	poll syscall.RawConn
}

const (
	toRead  = uint32(syscall.EPOLLIN)
	toWrite = uint32(syscall.EPOLLOUT)
)

// newReadiness watches the descriptors for events. They must stay open until the first wait has begun;
// one that is closed afterwards leaves the set by itself.
func newReadiness(events uint32, fds ...int) (*readiness, error) {
	set, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	for _, fd := range fds {
		event := syscall.EpollEvent{Events: events, Fd: int32(fd)}
		err := syscall.EpollCtl(set, syscall.EPOLL_CTL_ADD, fd, &event)
		// EEXIST: it is in the set. EPERM: a file that is always ready, which its first try finds.
		if err != nil && err != syscall.EEXIST && err != syscall.EPERM {
			syscall.Close(set)
			return nil, os.NewSyscallError("epoll_ctl", err)
		}
	}
	return readinessOf(set)
}

// readinessOf takes a descriptor that the netpoller is to poll.
func readinessOf(fd int) (*readiness, error) {
	// The netpoller takes what does not block; only this package has this descriptor.
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	file := os.NewFile(uintptr(fd), "billiard readiness")
	poll, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, err
	}
	return &readiness{file, poll}, nil
}

// close frees the set; nobody waits any more.
func (ready *readiness) close() { ready.set.Close() }

// wait tries, whenever something may have become ready, until an attempt is the last; false when one of
// the contexts ended before.
//
// An attempt that is not the last must have found that there is nothing to do, since what was there
// before it wakes nobody afterwards.
func (ready *readiness) wait(attempt func() bool, ends ...context.Context) bool {
	ready.set.SetReadDeadline(time.Time{})
	for _, end := range ends {
		defer onDone(end, func() { ready.set.SetReadDeadline(time.Unix(1, 0)) })()
	}
	return ready.poll.Read(func(uintptr) bool { return attempt() }) == nil
}
