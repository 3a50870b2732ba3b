package billiard

import (
	"os"
	"syscall"
)

func descriptorOf(object *core, get func(handle uintptr, fd *int32, cerr *uintptr) int32) (int, error) {
	fd := int32(-1)
	err := object.call(func(handle uintptr, cerr *uintptr) int32 { return get(handle, &fd, cerr) })
	return int(fd), err
}

// control runs the function while the descriptor can not be closed.
func control(object *core, get func(handle uintptr, fd *int32, cerr *uintptr) int32, use func(fd uintptr)) error {
	if !object.life.use() {
		return object.errClosed()
	}
	defer object.life.done()
	var fd int32
	var cerr uintptr
	if status := get(object.handle, &fd, &cerr); status < 0 {
		return takeError(status, cerr)
	}
	use(uintptr(fd))
	return nil
}

// duplicateOf makes another descriptor of the file, close-on-exec.
func duplicateOf(file *os.File) (int, error) {
	connection, err := file.SyscallConn()
	if err != nil {
		return -1, err
	}
	made, failed := -1, error(nil)
	if err := connection.Control(func(fd uintptr) { made, failed = duplicateFD(int(fd)) }); err != nil {
		return -1, err
	}
	return made, failed
}

// duplicateFD is duplicateOf for a number.
func duplicateFD(fd int) (int, error) {
	made, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_DUPFD_CLOEXEC, 0)
	if errno != 0 {
		return -1, os.NewSyscallError("fcntl", errno)
	}
	return int(made), nil
}
