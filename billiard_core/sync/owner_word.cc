#include "billiard_core/sync/owner_word.h"

#include <algorithm>

#include "billiard_core/sync/outcomes.h"
#include "billiard_core/sync/slices.h"
#include "billiard_core/sync/spin.h"

namespace billiard::sync {

using shared_memory::kNobody;
using shared_memory::Participants;

namespace {

// Some hundreds of nanoseconds.
constexpr int kDrainTries = 16;

}  // namespace

// Looks 1 + `tries` times whether found(word, kClean) takes a free lock.
template <typename Found>
bool OwnerWord::LookFor(int tries, Found found) {
  for (;; --tries) {
    const uint32_t now = value_.load(std::memory_order_relaxed);  // a CAS decides
    if (OwnerIn(now) == kNobody && found(now, Grant::kClean)) return true;
    if (tries <= 0) return false;
    PauseCpu();
  }
}

// Waits until found(word, grant) returns true for the word of a lock that is free or whose holder is dead.
template <typename Found>
absl::Status OwnerWord::Await(const Participants& participants, Owner me, Deadline deadline,
                              os::Interrupt* interrupt, Found found) {
  const auto found_dead = [&] {
    const uint32_t now = value_.load(std::memory_order_relaxed);
    return OwnerIn(now) != kNobody && OwnerIn(now) != me && participants.IsDead(OwnerIn(now)) &&
           found(now, Grant::kOwnerDied);
  };
  if (deadline.Expired()) {
    return LookFor(0, found) || found_dead() ? absl::OkStatus() : TimedOut();
  }
  if (LookFor(SpinTries(), found)) return absl::OkStatus();
  Slices slices;
  absl::Status end;  // why to give up
  bool slept = false;
  bool look_for_death = false;
  for (;;) {
    const EventCount::Key key = freed_.Prepare();
    BP_FAULT_POINT("lock_announced");
    // Whatever ended the wait, the last look comes after it, and after the announcement. [DRAIN]
    const bool done =
        LookFor(SpinTries() > 0 ? kDrainTries : 0, found) || (look_for_death && found_dead());
    if (done || !end.ok()) {
      // Who slept may have taken the wake-up from somebody else, and leaves the hint (I2).
      if (!slept) freed_.Cancel(key);
      BP_FAULT_POINT("lock_rearmed");
      return done ? absl::OkStatus() : end;
    }
    UpdateSpinTries();
    slept = true;
    const int64_t slice_ns = std::max<int64_t>(0, slices.end().Remaining());
    const WaitResult result = freed_.Wait(key, deadline, interrupt, slice_ns);
    BP_FAULT_POINT("lock_woken");
    if (result == WaitResult::kTimedOut) end = TimedOut();
    if (result == WaitResult::kInterrupted) end = Interrupted();
    look_for_death = slices.Over() || !end.ok();
  }
}

absl::StatusOr<Grant> OwnerWord::Take(const Participants& participants, Owner me,
                                      uint32_t takeover_flags, Deadline deadline,
                                      os::Interrupt* interrupt) {
  Grant result = Grant::kClean;
  absl::Status status =
      Await(participants, me, deadline, interrupt, [&](uint32_t seen, Grant grant) {
        const uint32_t mine = grant == Grant::kOwnerDied ? me | takeover_flags : me;
        // [LOCK] acquire: what the last holder did is seen. A dead one did it before it died, which
        // the kernel told us of afterwards.
        if (!value_.compare_exchange_strong(seen, mine, std::memory_order_acquire,
                                            std::memory_order_relaxed)) {
          return false;
        }
        BP_FAULT_POINT("lock_taken");
        result = grant;
        return true;
      });
  if (!status.ok()) return status;
  return result;
}

absl::Status OwnerWord::WaitFree(const Participants& participants, Owner me, Deadline deadline,
                                 os::Interrupt* interrupt) {
  absl::Status status =
      Await(participants, me, deadline, interrupt, [](uint32_t, Grant) { return true; });
  // It does not take what it may have been woken for: the wake-up goes on to the next.
  if (status.ok()) freed_.NotifyNext();
  return status;
}

bool OwnerWord::TryReleaseAny() {
  const uint32_t before = value_.exchange(0, std::memory_order_seq_cst);  // [LOCK] release
  BP_FAULT_POINT("lock_freed");
  freed_.NotifyNextAfterSeqCst();
  return OwnerIn(before) != kNobody;
}

}  // namespace billiard::sync
