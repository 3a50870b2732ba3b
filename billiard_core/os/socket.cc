#include "billiard_core/os/socket.h"

#include <sys/socket.h>

#include <cerrno>

#include "billiard_core/base/status.h"

namespace billiard::os {

absl::StatusOr<std::pair<Fd, Fd>> CreateSocketPair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
    return OsStatus(errno, "socketpair");
  }
  return std::make_pair(Fd(fds[0]), Fd(fds[1]));
}

}  // namespace billiard::os
