#include "billiard_core/connection/turn.h"

#include "billiard_core/base/status.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/os/futex.h"

namespace billiard::connection {

uint32_t Turn::TagOfThisProcess() {
  const uint64_t token = os::ProcessToken();
  const uint32_t tag = static_cast<uint32_t>(token ^ token >> 32) << 1;
  return tag == 0 ? 1u << 31 : tag;
}

absl::Status Turn::Take(Deadline deadline, os::Interrupt* interrupt) {
  const uint32_t mine = TagOfThisProcess();
  uint32_t waited = 0;
  uint32_t seen = word_.load(std::memory_order_relaxed);  // the CAS orders
  for (;;) {
    // Free, or taken by a thread of the process that this one was forked from.
    if (seen == 0 || (seen & ~kWaiters) != mine) {
      // [TURN] acquire: what the last one did is seen.
      if (word_.compare_exchange_weak(seen, mine | waited, std::memory_order_acquire)) {
        return absl::OkStatus();
      }
      continue;
    }
    if ((seen & kWaiters) == 0 &&
        !word_.compare_exchange_weak(seen, seen | kWaiters, std::memory_order_relaxed)) {
      continue;
    }
    waited = kWaiters;  // others may sleep behind this one
    switch (os::FutexWait(&word_, mine | kWaiters, deadline, interrupt)) {
      case os::FutexResult::kTimedOut:
        GiveUp();
        return MakeStatus(Code::kTimeout, "another thread uses the connection");
      case os::FutexResult::kInterrupted:
        GiveUp();
        return MakeStatus(Code::kInterrupted, "interrupted");
      default:
        seen = word_.load(std::memory_order_relaxed);
    }
  }
}

void Turn::GiveUp() {
  if (word_.load(std::memory_order_relaxed) == 0) os::FutexWake(&word_, 1);
}

void Turn::Give() {
  // [TURN] release: pairs with Take.
  if ((word_.exchange(0, std::memory_order_release) & kWaiters) != 0) os::FutexWake(&word_, 1);
}

}  // namespace billiard::connection
