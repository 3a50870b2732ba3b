// How a process ended, asked of its pidfd; no wait here meets any other child.
#ifndef BILLIARD_CORE_OS_REAP_H_
#define BILLIARD_CORE_OS_REAP_H_

#include <cstdint>

namespace billiard::os {

// Beside exit codes, minus the numbers of signals, and kExitUnknown (base/exit_text.h).
inline constexpr int32_t kNotEnded = INT32_MIN + 1;

// The exit status of a child of this process, which is reaped when it has ended; kNotEnded; or, when
// somebody else reaped it (or SIGCHLD is ignored), what KernelsExitStatus says. Never waits for its end.
int32_t ReapByPidfd(int pidfd);

// The exit status of any process that has ended and was reaped, as kernels from 6.15 on keep it;
// kExitUnknown from older ones.
int32_t KernelsExitStatus(int pidfd);

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_REAP_H_
