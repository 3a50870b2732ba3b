// An eventfd: one process or thread pokes, another polls.
#ifndef BILLIARD_CORE_OS_EVENTFD_H_
#define BILLIARD_CORE_OS_EVENTFD_H_

#include "absl/status/statusor.h"
#include "billiard_core/os/fd.h"

namespace billiard::os {

// Non-blocking and close-on-exec.
absl::StatusOr<Fd> CreateEventfd();

// Makes it readable. Async-signal-safe, keeps errno; never blocks.
void PokeEventfd(int fd);

// Makes it unreadable.
void DrainEventfd(int fd);

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_EVENTFD_H_
