#include "billiard_core/os/readable.h"

#include <poll.h>
#include <time.h>

namespace billiard::os {
namespace {

constexpr int64_t kTokenSlice = 10 * kNanosPerMilli;

bool PollOnce(int fd, Deadline deadline) {
  pollfd entry = {fd, POLLIN, 0};
  if (deadline.IsForever()) return ppoll(&entry, 1, nullptr, nullptr) > 0;
  const int64_t left = deadline.Remaining();
  const timespec timeout = {left / kNanosPerSecond, left % kNanosPerSecond};
  return ppoll(&entry, 1, &timeout, nullptr) > 0;
}

}  // namespace

Readable AwaitReadable(int fd, Deadline deadline, Interrupt* interrupt) {
  while (true) {
    const Deadline slice =
        interrupt == nullptr ? deadline : Earlier(deadline, Deadline::After(kTokenSlice));
    if (interrupt != nullptr && interrupt->raised()) {
      return PollOnce(fd, Deadline::Now()) ? Readable::kYes : Readable::kInterrupted;
    }
    if (PollOnce(fd, slice)) return Readable::kYes;
    if (deadline.Expired()) return Readable::kTimedOut;
  }
}

}  // namespace billiard::os
