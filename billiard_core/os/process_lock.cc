#include "billiard_core/os/process_lock.h"

#include <sched.h>

#include "billiard_core/base/deadline.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/os/futex.h"

namespace billiard::os {
namespace {

constexpr int kYields = 100;
constexpr int64_t kNapNanos = 100'000;

// The holder may have been put off the CPU: do not burn it.
void Nap() {
  const std::atomic<uint32_t> nobody_wakes{0};
  FutexWait(&nobody_wakes, 0, Deadline::After(kNapNanos));
}

}  // namespace

uint64_t ProcessLock::Lock() {
  const uint64_t token = ProcessToken();
  for (int tries = 0;; ++tries) {
    uint64_t holder = holder_.load(std::memory_order_relaxed);  // the CAS orders
    // [LOCK] A holder that is not of this process is of a past one: this is a fork of it.
    if (holder != token &&
        holder_.compare_exchange_strong(holder, token, std::memory_order_acquire)) {
      return token;
    }
    if (tries < kYields) {
      sched_yield();
    } else {
      Nap();
    }
  }
}

}  // namespace billiard::os
