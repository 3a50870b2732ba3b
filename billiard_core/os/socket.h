// A pair of connected message sockets between related processes, which carry file descriptors too.
#ifndef BILLIARD_CORE_OS_SOCKET_H_
#define BILLIARD_CORE_OS_SOCKET_H_

#include <cstddef>
#include <utility>

#include "absl/status/statusor.h"
#include "billiard_core/os/fd.h"

namespace billiard::os {

// AF_UNIX, SOCK_SEQPACKET: message boundaries are kept, the end of the peer is seen.
absl::StatusOr<std::pair<Fd, Fd>> CreateSocketPair();

// Sends one message, with a descriptor when `passed_fd` >= 0. Returns the bytes sent, or -1 with errno
// (EAGAIN: would block). Never raises SIGPIPE. Does not allocate.
ssize_t SendMessage(int socket, const void* data, size_t bytes, int passed_fd, int flags = 0);

// Receives one message; a descriptor that came with it is close-on-exec in *received. Returns the bytes,
// 0 at the peer's end, or -1 with errno. Does not allocate.
ssize_t ReceiveMessage(int socket, void* data, size_t bytes, Fd* received, int flags = 0);

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_SOCKET_H_
