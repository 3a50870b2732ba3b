// Waits for any of several descriptors: of connections, listeners, processes (pidfds), or the caller's own
// (connection.md 3).
#ifndef BILLIARD_CORE_CONNECTION_WAIT_H_
#define BILLIARD_CORE_CONNECTION_WAIT_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"

namespace billiard::connection {

// Sets ready[i] to 1 where fds[i] can be read, has ended or hung up, else to 0, and returns how many are: 0
// when none became so in time. A descriptor may be there twice. kInvalid: one is not open;
// kInterrupted, kOs.
absl::StatusOr<size_t> WaitReadable(const int* fds, size_t count, Deadline deadline,
                                    os::Interrupt* interrupt, uint8_t* ready);

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_WAIT_H_
