package billiard

import (
	"syscall"
	"unsafe"
)

// monotonicNow reads the clock of the library's times, which the standard library hides.
func monotonicNow() int64 {
	const clockMonotonic = 1
	var now syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&now)), 0)
	return now.Nano()
}
