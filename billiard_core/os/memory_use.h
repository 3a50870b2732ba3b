// How much memory a process has of its own.
#ifndef BILLIARD_CORE_OS_MEMORY_USE_H_
#define BILLIARD_CORE_OS_MEMORY_USE_H_

#include <sys/types.h>

#include <cstdint>

namespace billiard::os {

// Resident memory of the process (0: this one) in KiB, without pages of files and of shared memory: its
// heap, stacks and private mappings. -1 when it can not be told, as for a process that has gone.
int64_t AnonymousMemoryKib(pid_t pid);

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_MEMORY_USE_H_
