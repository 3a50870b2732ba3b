// A pair of connected message sockets between related processes, which carry file descriptors too
// (message.h).
#ifndef BILLIARD_CORE_OS_SOCKET_H_
#define BILLIARD_CORE_OS_SOCKET_H_

#include <utility>

#include "absl/status/statusor.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/message.h"  // IWYU pragma: export

namespace billiard::os {

// AF_UNIX, SOCK_SEQPACKET: message boundaries are kept, the end of the peer is seen.
absl::StatusOr<std::pair<Fd, Fd>> CreateSocketPair();

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_SOCKET_H_
