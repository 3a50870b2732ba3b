// Gives descriptors to processes that no connection leads to: through a queue, a job, a file. Share() keeps a
// duplicate and makes a ticket of it; whoever has the ticket claims the descriptor, once (CONN-81, CONN-82).
//
// A thread of the library serves the claims of its process, at a listener of its own that the tickets
// authenticate to; it starts with the first Share() and blocks all signals. Threads: any. Fork: a child
// drops what its parent shares, and shares anew.
//
// I1: a registration is taken out of the table before its descriptor is sent: it is never sent twice.
#ifndef BILLIARD_CORE_CONNECTION_FD_SHARER_H_
#define BILLIARD_CORE_CONNECTION_FD_SHARER_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/interrupt.h"

namespace billiard::connection {

// The ticket of a duplicate of `fd`, which stays the caller's. kInvalid (fd), kOs, kNoMem.
absl::StatusOr<std::string> ShareFd(int fd);

// The descriptor of a ticket, close-on-exec. kNotFound: claimed already, or its process has gone or stopped
// sharing. kInvalid: no ticket. kTimeout, kInterrupted, kOs.
absl::StatusOr<os::Fd> ClaimFd(absl::string_view ticket, Deadline deadline,
                               os::Interrupt* interrupt);

// Descriptors that wait to be claimed from this process.
size_t CountSharedFds();

// Ends the thread and closes what was not claimed. kTimeout: it serves a claim still.
absl::Status StopSharingFds(Deadline deadline);

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_FD_SHARER_H_
