#include "billiard_core/os/eventfd.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "billiard_core/base/status.h"

namespace billiard::os {

absl::StatusOr<Fd> CreateEventfd() {
  Fd fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd.valid()) return OsStatus(errno, "eventfd");
  return fd;
}

void PokeEventfd(int fd) {
  const int saved_errno = errno;
  const uint64_t one = 1;
  // EAGAIN means that the counter is full, and so readable: nothing is lost.
  while (write(fd, &one, sizeof one) < 0 && errno == EINTR) {
  }
  errno = saved_errno;
}

void DrainEventfd(int fd) {
  const int saved_errno = errno;
  uint64_t count;
  while (read(fd, &count, sizeof count) < 0 && errno == EINTR) {
  }
  errno = saved_errno;
}

}  // namespace billiard::os
