package native

/*
#include <stddef.h>
#include <stdint.h>
*/
import "C"

import "unsafe"

// RunEntry and RunFinalizer are what the library's calls of Go functions lead to: the package billiard sets
// them. The numbers are those that it registered the functions with. The calls come in a thread that is
// in a call of Go's own, never in one of the library's.
var (
	RunEntry     func(number uint64, data []byte) int
	RunFinalizer func(number uint64) int
)

//export billiardGoRunEntry
func billiardGoRunEntry(data unsafe.Pointer, size C.size_t, number C.uintptr_t) C.int32_t {
	return C.int32_t(RunEntry(uint64(number), unsafe.Slice((*byte)(data), int(size))))
}

//export billiardGoRunFinalizer
func billiardGoRunFinalizer(number C.uintptr_t) C.int32_t {
	return C.int32_t(RunFinalizer(uint64(number)))
}
