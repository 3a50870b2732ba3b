// Processes named without the risk of a reused pid: a pidfd becomes readable when its process has
// ended, and signals sent through it never reach another process.
#ifndef BILLIARD_CORE_OS_PIDFD_H_
#define BILLIARD_CORE_OS_PIDFD_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/os/fd.h"

namespace billiard::os {

absl::StatusOr<Fd> PidfdOpen(pid_t pid);

// Sends a signal; a process that has ended is no error.
absl::Status PidfdSendSignal(int pidfd, int signal_number);

// The same to all of the process's group, where the kernel can do that; else to the process alone.
absl::Status PidfdSendSignalToGroup(int pidfd, int signal_number);

// True when the process has ended (a zombie has).
bool PidfdHasEnded(int pidfd);

// Start time of a process in clock ticks since boot, which together with the pid names a process for
// ever; 0 when there is no such process.
uint64_t ProcessStartTime(pid_t pid);

// Identity of this process's pid namespace.
uint64_t PidNamespaceId();

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_PIDFD_H_
