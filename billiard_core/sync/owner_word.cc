#include "billiard_core/sync/owner_word.h"

#include "billiard_core/base/fault_point.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/sync/outcomes.h"
#include "billiard_core/sync/slices.h"
#include "billiard_core/sync/spin.h"

namespace billiard::sync {

using shared_memory::kNobody;
using shared_memory::Participants;

// Waits until found(word, grant, sleepers) returns true for the word of a lock that is free, or whose
// holder is dead; `sleepers` is the flag that the word must keep or get (I2).
template <typename Found>
absl::Status OwnerWord::Await(const Participants& participants, Owner me, Deadline deadline,
                              os::Interrupt* interrupt, Found found) {
  uint32_t now = value_.load(std::memory_order_relaxed);  // whatever is seen, a CAS decides
  for (int tries = deadline.IsNow() ? 0 : SpinTries(); tries > 0; --tries) {
    if (OwnerIn(now) == kNobody && found(now, Grant::kClean, now & kSleepers)) {
      return absl::OkStatus();
    }
    PauseCpu();
    now = value_.load(std::memory_order_relaxed);
  }
  Slices slices;
  absl::Status end;  // why to give up
  if (deadline.Expired()) end = TimedOut();
  uint32_t slept = 0;  // kSleepers once it slept
  bool look_for_death = !end.ok();
  for (;;) {
    now = value_.load(std::memory_order_relaxed);
    if (OwnerIn(now) == kNobody) {
      if (found(now, Grant::kClean, (now & kSleepers) | slept)) return absl::OkStatus();
      continue;
    }
    if (look_for_death && OwnerIn(now) != me && participants.IsDead(OwnerIn(now))) {
      if (found(now, Grant::kOwnerDied, kSleepers)) return absl::OkStatus();
      continue;
    }
    look_for_death = false;
    // Before sleeping, and before leaving after a sleep: the wake-up may have been taken from another.
    if ((now & kSleepers) == 0 && (end.ok() || slept != 0)) {
      if (!value_.compare_exchange_weak(now, now | kSleepers, std::memory_order_relaxed)) continue;
      now |= kSleepers;
      BP_FAULT_POINT("lock_wait_announced");
    }
    if (!end.ok()) return end;
    UpdateSpinTries();
    slept = kSleepers;
    switch (os::FutexWait(&value_, now, Earlier(deadline, slices.end()), interrupt)) {
      case os::FutexResult::kWoken:  // or by a signal
      case os::FutexResult::kValueChanged:
        BP_FAULT_POINT("lock_wait_woken");
        break;
      case os::FutexResult::kInterrupted:
        end = Interrupted();
        break;
      case os::FutexResult::kTimedOut:
        if (deadline.Expired()) end = TimedOut();
        break;
    }
    // Whatever ended the wait, the last look comes after it.
    look_for_death = slices.Over() || !end.ok();
  }
}

absl::StatusOr<Grant> OwnerWord::Take(const Participants& participants, Owner me,
                                      uint32_t takeover_flags, Deadline deadline,
                                      os::Interrupt* interrupt) {
  Grant result = Grant::kClean;
  absl::Status status = Await(
      participants, me, deadline, interrupt, [&](uint32_t seen, Grant grant, uint32_t sleepers) {
        const uint32_t mine = me | sleepers | (grant == Grant::kOwnerDied ? takeover_flags : 0);
        // [LOCK] acquire: what the last holder did is seen. A dead one did it before it died, which the
        // kernel told us of afterwards.
        if (!value_.compare_exchange_strong(seen, mine, std::memory_order_acquire,
                                            std::memory_order_relaxed)) {
          return false;
        }
        BP_FAULT_POINT("lock_wait_taken");
        result = grant;
        return true;
      });
  if (!status.ok()) return status;
  return result;
}

absl::Status OwnerWord::WaitFree(const Participants& participants, Owner me, Deadline deadline,
                                 os::Interrupt* interrupt) {
  return Await(
      participants, me, deadline, interrupt, [this](uint32_t seen, Grant grant, uint32_t sleepers) {
        // The flag goes onto a free lock too: whoever takes it wakes the next sleeper.
        if (grant == Grant::kOwnerDied || (seen & kSleepers) == sleepers) return true;
        return value_.compare_exchange_strong(seen, seen | sleepers, std::memory_order_relaxed);
      });
}

void OwnerWord::WakeOne() {
  BP_FAULT_POINT("lock_release_freed");
  os::FutexWake(&value_, 1);
  BP_FAULT_POINT("lock_release_woke");
}

}  // namespace billiard::sync
