#include "billiard_core/os/poll.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "billiard_core/base/status.h"
#include "billiard_core/os/eventfd.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/os/process_lock.h"

namespace billiard::os {
namespace {

// Held while a token gets its descriptor, which happens once in its life.
ProcessLock making;

}  // namespace

// Knows the descriptor of a token, and makes it when it is first waited for.
class DescriptorWaiter {
 public:
  static absl::StatusOr<int> Descriptor(Interrupt* token) {
    if (token->descriptor_of_.load(std::memory_order_acquire) != ProcessToken()) {
      if (absl::Status status = Make(token); !status.ok()) return status;
    }
    return token->descriptor_.load(std::memory_order_seq_cst);
  }

  // After its descriptor was found readable: whether the token is raised. A poke that is of a past raise
  // is taken away; one that is not is given back to the other waits.
  static bool Settle(Interrupt* token) {
    if (IsRaised(token)) return true;
    const int fd = token->descriptor_.load(std::memory_order_seq_cst);
    DrainEventfd(fd);
    if (!IsRaised(token)) return false;
    PokeEventfd(fd);
    return true;
  }

  // seq_cst: whoever raises it after this look sees the descriptor, and pokes it.
  static bool IsRaised(const Interrupt* token) {
    return token->word_.load(std::memory_order_seq_cst) != 0;
  }

 private:
  static absl::Status Make(Interrupt* token) {
    ProcessLock::Hold hold(&making);
    if (token->descriptor_of_.load(std::memory_order_acquire) == hold.token()) {
      return absl::OkStatus();
    }
    absl::StatusOr<Fd> made = CreateEventfd();
    if (!made.ok()) return made.status();
    const int of_parent = token->descriptor_.load(std::memory_order_acquire);
    if (of_parent < 0) {
      token->descriptor_.store(made->Release(), std::memory_order_seq_cst);
    } else if (dup3(made->get(), of_parent, O_CLOEXEC) < 0) {
      // Under the same number, so that a raise under way pokes one of the two and never a stranger's.
      return OsStatus(errno, "dup3");
    }
    token->descriptor_of_.store(hold.token(), std::memory_order_release);
    return absl::OkStatus();
  }
};

namespace {

constexpr size_t kTokens = 2;

// ppoll for as long as the deadline allows, through signals: the number of entries with events.
absl::StatusOr<int> PollToDeadline(pollfd* entries, size_t count, Deadline deadline) {
  for (;;) {
    timespec left = {};
    if (!deadline.IsForever()) {
      const int64_t nanos = deadline.IsNow() ? 0 : deadline.Remaining();
      left.tv_sec = nanos / kNanosPerSecond;
      left.tv_nsec = nanos % kNanosPerSecond;
    }
    const int ready = ppoll(entries, count, deadline.IsForever() ? nullptr : &left, nullptr);
    if (ready > 0) return ready;
    if (ready < 0 && errno != EINTR) return OsStatus(errno, "poll");
    if (deadline.Expired()) return 0;
  }
}

// `entries` has room for two more behind `count`.
absl::StatusOr<PollResult> PollWithTokens(pollfd* entries, size_t count, Deadline deadline,
                                          Interrupt* const (&tokens)[kTokens]) {
  Interrupt* polled[kTokens];
  size_t polled_count = 0;
  for (Interrupt* token : tokens) {
    if (token == nullptr) continue;
    const absl::StatusOr<int> fd = DescriptorWaiter::Descriptor(token);
    if (!fd.ok()) return fd.status();
    entries[count + polled_count] = {*fd, POLLIN, 0};
    polled[polled_count++] = token;
  }
  for (;;) {
    for (size_t i = 0; i < polled_count; ++i) {
      if (DescriptorWaiter::IsRaised(polled[i])) return PollResult::kInterrupted;
    }
    const absl::StatusOr<int> ready = PollToDeadline(entries, count + polled_count, deadline);
    if (!ready.ok()) return ready.status();
    if (*ready == 0) return PollResult::kTimedOut;
    const auto has_events = [](const pollfd& entry) { return entry.revents != 0; };
    if (std::any_of(entries, entries + count, has_events)) return PollResult::kReady;
    for (size_t i = 0; i < polled_count; ++i) {
      if (entries[count + i].revents != 0 && DescriptorWaiter::Settle(polled[i])) {
        return PollResult::kInterrupted;
      }
    }
  }
}

// `entries` has room for two more behind `count`.
absl::StatusOr<PollResult> PollInPlace(pollfd* entries, size_t count, Deadline deadline,
                                       Interrupt* first, Interrupt* second) {
  // What is there already needs no token, and so no descriptor of one.
  const absl::StatusOr<int> ready = PollToDeadline(entries, count, Deadline::Now());
  if (!ready.ok()) return ready.status();
  if (*ready > 0) return PollResult::kReady;
  if (deadline.IsNow()) {
    const bool raised =
        (first != nullptr && first->raised()) || (second != nullptr && second->raised());
    return raised ? PollResult::kInterrupted : PollResult::kTimedOut;
  }
  return PollWithTokens(entries, count, deadline, {first, second});
}

}  // namespace

absl::StatusOr<PollResult> Poll(pollfd* entries, size_t count, Deadline deadline, Interrupt* first,
                                Interrupt* second) {
  std::vector<pollfd> all(entries, entries + count);
  all.resize(count + kTokens);
  absl::StatusOr<PollResult> result = PollInPlace(all.data(), count, deadline, first, second);
  std::copy_n(all.begin(), count, entries);
  return result;
}

absl::StatusOr<PollResult> PollOne(int fd, short events, Deadline deadline, Interrupt* first,
                                   Interrupt* second) {
  pollfd entries[1 + kTokens] = {{fd, events, 0}};
  return PollInPlace(entries, 1, deadline, first, second);
}

}  // namespace billiard::os
