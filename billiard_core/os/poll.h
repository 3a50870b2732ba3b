// Waiting for descriptors, to a deadline, with tokens that end the wait.
#ifndef BILLIARD_CORE_OS_POLL_H_
#define BILLIARD_CORE_OS_POLL_H_

#include <poll.h>

#include <cstddef>

#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"

namespace billiard::os {

enum class PollResult {
  kReady,  // at least one entry has events, also POLLNVAL, POLLERR or POLLHUP
  kTimedOut,
  kInterrupted,  // `first` or `second` is raised
};

// Never returns early, and a handled signal does not end it. What is ready at once is kReady, also when a
// token is raised. A failed poll() is kOs.
absl::StatusOr<PollResult> Poll(pollfd* entries, size_t count, Deadline deadline,
                                Interrupt* first = nullptr, Interrupt* second = nullptr);

// The same for one descriptor; `events`: POLLIN or POLLOUT.
absl::StatusOr<PollResult> PollOne(int fd, short events, Deadline deadline,
                                   Interrupt* first = nullptr, Interrupt* second = nullptr);

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_POLL_H_
