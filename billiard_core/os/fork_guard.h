// Tells whether this process is still the one that made an object, at the cost of a load. It notices
// every fork, also one made by a raw system call, since the kernel wipes the page in the child
// (design D2).
#ifndef BILLIARD_CORE_OS_FORK_GUARD_H_
#define BILLIARD_CORE_OS_FORK_GUARD_H_

#include <cstdint>

namespace billiard::os {

// A number, never 0, that is this process's alone within its tree of forks: a forked child sees another
// one. Async-signal-safe after the first call in a process tree.
uint64_t ProcessToken();

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_FORK_GUARD_H_
