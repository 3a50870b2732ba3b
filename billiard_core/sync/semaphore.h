// A counter that Acquire takes one off, waiting while it is 0, and Release adds to. Its bound is exact:
// no interleaving of releases gets past it (SYNC-35). Units belong to nobody: those of a dead process are
// gone (see TrackedSemaphore).
//
// Threads, processes: any. Fork: works in children. Death: a unit is either taken or not; a waiter that
// dies with a wake-up costs the next one at most 50 ms. Blocking: Acquire and WaitFree, to the deadline or
// the interrupt token.
#ifndef BILLIARD_CORE_SYNC_SEMAPHORE_H_
#define BILLIARD_CORE_SYNC_SEMAPHORE_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/fault_point.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/sync/context.h"
#include "billiard_core/sync/event_count.h"

namespace billiard::sync {

class Semaphore {
 public:
  static constexpr int64_t kMaxValue = 2147483647;  // SEM_VALUE_MAX

  // In shared memory; zeroed, it is a semaphore with value and bound 0.
  struct State {
    std::atomic<uint32_t> value;
    EventCount released;          // value has become greater
    std::atomic<uint32_t> bound;  // never changes after Init
  };
  static_assert(sizeof(State) <= 64);

  // Before anybody else sees the state. kInvalid: the value is negative or above kMaxValue.
  static absl::Status Init(State* state, int64_t value);

  // A view of the state, which must outlive it.
  Semaphore(const Context& context, State* state);

  // Takes one. kTimeout, kInterrupted. A unit that is there is taken whatever deadline and token say.
  absl::Status Acquire(Deadline deadline, os::Interrupt* interrupt = nullptr) {
    return TryTake() ? absl::OkStatus() : AcquireSlowly(deadline, interrupt);
  }

  // Adds one. kState: the value would exceed the bound.
  absl::Status Release() {
    uint32_t now = state_->value.load(std::memory_order_relaxed);  // the CAS decides
    // [UNIT] release; [EVENT-SLEEPERS] seq_cst.
    if (now >= bound_ || !state_->value.compare_exchange_strong(
                             now, now + 1, std::memory_order_seq_cst, std::memory_order_relaxed))
        [[unlikely]] {
      return Release(1);
    }
    BP_FAULT_POINT("semaphore_released");
    state_->released.NotifyOneAfterSeqCst();
    return absl::OkStatus();
  }

  // Adds `count`, all or none of them. kState: the value would exceed the bound; kInvalid: count is 0.
  absl::Status Release(uint32_t count);

  // Waits until the value is greater than 0; takes nothing.
  absl::Status WaitFree(Deadline deadline, os::Interrupt* interrupt = nullptr);

  uint32_t Value() const { return state_->value.load(std::memory_order_relaxed); }
  uint32_t Bound() const { return bound_; }

 protected:
  static absl::Status Init(State* state, int64_t value, int64_t bound);

 private:
  bool TryTake() {
    // [EVENT-SLEEPERS] seq_cst: after Prepare, where somebody waits.
    uint32_t now = state_->value.load(std::memory_order_seq_cst);
    while (now > 0) {
      // [UNIT] acquire: what was done before the unit's release is seen after it.
      if (state_->value.compare_exchange_weak(now, now - 1, std::memory_order_acquire,
                                              std::memory_order_relaxed)) {
        BP_FAULT_POINT("semaphore_taken");
        return true;
      }
    }
    return false;
  }
  absl::Status AcquireSlowly(Deadline deadline, os::Interrupt* interrupt);
  template <typename Try>
  absl::Status Until(Deadline deadline, os::Interrupt* interrupt, Try try_once);

  // Fixed after construction.
  State* state_;
  uint32_t bound_;
};

// A semaphore whose value never exceeds its initial one (SYNC-32).
class BoundedSemaphore : public Semaphore {
 public:
  static absl::Status Init(State* state, int64_t value) {
    return Semaphore::Init(state, value, value);
  }
  BoundedSemaphore(const Context& context, State* state) : Semaphore(context, state) {}
};

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_SEMAPHORE_H_
