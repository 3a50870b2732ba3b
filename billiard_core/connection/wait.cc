#include "billiard_core/connection/wait.h"

#include <poll.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/poll.h"

namespace billiard::connection {

absl::StatusOr<size_t> WaitReadable(const int* fds, size_t count, Deadline deadline,
                                    os::Interrupt* interrupt, uint8_t* ready) {
  std::vector<pollfd> entries(count);
  for (size_t i = 0; i < count; ++i) {
    // poll() overlooks negative ones.
    if (fds[i] < 0) {
      return MakeStatus(Code::kInvalid, absl::StrCat("invalid file descriptor ", fds[i]));
    }
    entries[i] = {fds[i], POLLIN, 0};
    ready[i] = 0;
  }
  const absl::StatusOr<os::PollResult> result =
      os::Poll(entries.data(), count, deadline, interrupt);
  if (!result.ok()) return result.status();
  if (*result == os::PollResult::kInterrupted) {
    return MakeStatus(Code::kInterrupted, "interrupted");
  }
  size_t ready_count = 0;
  for (size_t i = 0; i < count; ++i) {
    if ((entries[i].revents & POLLNVAL) != 0) {
      return MakeStatus(Code::kInvalid, absl::StrCat("invalid file descriptor ", fds[i]));
    }
    ready[i] = entries[i].revents != 0 ? 1 : 0;
    ready_count += ready[i];
  }
  return ready_count;
}

}  // namespace billiard::connection
