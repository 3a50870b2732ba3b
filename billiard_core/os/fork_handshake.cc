#include "billiard_core/os/fork_handshake.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "billiard_core/base/deadline.h"

namespace billiard::os {
namespace {

void Close(int* fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

}  // namespace

void ForkHandshake::Begin() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  parents_end_ = ends[0];
  childs_end_ = ends[1];
}

void ForkHandshake::ChildIsReady() {
  Close(&parents_end_);
  Close(&childs_end_);
}

void ForkHandshake::AwaitChild(int64_t patience_ns) {
  if (parents_end_ < 0) return;
  const int error = errno;  // fork's own, when it failed
  Close(&childs_end_);
  pollfd entry = {parents_end_, POLLIN, 0};
  const Deadline deadline = Deadline::After(patience_ns);
  for (;;) {
    const int millis =
        static_cast<int>((deadline.Remaining() + kNanosPerMilli - 1) / kNanosPerMilli);
    if (poll(&entry, 1, millis) >= 0 || errno != EINTR) break;
  }
  Close(&parents_end_);
  errno = error;
}

}  // namespace billiard::os
