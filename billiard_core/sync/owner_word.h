// The word that says who holds a lock: the holder and nothing else decides, so a lock whose holder died
// can be told from one that is held (design D3). With it, what its waiters sleep on.
//
// The word is {epoch 16 | flags 4 | index 12}: an Owner, whose bits 12 to 15 are 0, and the flags there.
//   0                free
//   owner            held
//   kUnsettled       (with an owner) the holder took it from a dead one and is still tidying up
//   kWaiters, kGranted, kDeathNews: of fair locks only, see fifo_waiters.h
//
// I1: only a CAS from 0, or from the word of a dead owner, makes somebody the holder. The second is
//     Grant::kOwnerDied, and exactly one process succeeds in it.
// I2: waiters are woken in a chain: a release that finds sleepers clears that hint and wakes one; the one
//     that was woken sets it again, whether it gets the lock, sleeps on, or leaves, for there may be
//     more. So there is at most one wake-up under way, and those who come meanwhile pay for none.
// I3: a wake-up that is lost with a process (the releaser before its wake, the sleeper after it) costs the
//     other sleepers the rest of their slice, at most kLongestSlice.
//
// On x86 a release is a plain store followed by a load of the hint, where one sequentially consistent
// order of the two would need a second locked instruction, the greater part of a pair's cost. [DRAIN] A
// store reaches the other CPUs within the time that a store buffer takes to drain, whatever happens to
// its thread (an interrupt drains it too). So a waiter looks at the word for kDrainTries after it
// has announced itself, which is many times longer; if it saw the holder even so, I3 holds for it.
#ifndef BILLIARD_CORE_SYNC_OWNER_WORD_H_
#define BILLIARD_CORE_SYNC_OWNER_WORD_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/fault_point.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/sync/event_count.h"
#include "billiard_core/sync/grant.h"

namespace billiard::sync {

class OwnerWord {
 public:
  using Owner = shared_memory::Owner;
  static constexpr uint32_t kUnsettled = 1u << 12;
  static constexpr uint32_t kWaiters = 1u << 13;
  static constexpr uint32_t kGranted = 1u << 14;
  static constexpr uint32_t kDeathNews = 1u << 15;
  static constexpr uint32_t kFlags = 0xf000;

  // The owner in a word that is not kGranted; kNobody if it is free.
  static constexpr Owner OwnerIn(uint32_t word) { return word & ~kFlags; }

  // Takes a lock that is free.
  bool TryTake(Owner me) {
    uint32_t expected = 0;
    // [LOCK] acquire: what the last holder did is seen.
    return value_.compare_exchange_strong(expected, me, std::memory_order_acquire,
                                          std::memory_order_relaxed);
  }

  // Takes the lock as soon as it is free or its holder is dead; in the second case the word gets the
  // `takeover_flags` too. kTimeout, kInterrupted.
  absl::StatusOr<Grant> Take(const shared_memory::Participants& participants, Owner me,
                             uint32_t takeover_flags, Deadline deadline, os::Interrupt* interrupt);

  // Releases what this process holds; false if it does not. Not for fair locks.
  bool TryReleaseOwn(Owner me) {
    if (OwnerIn(value_.load(std::memory_order_relaxed)) != me) return false;
#if defined(__x86_64__) || defined(__i386__)
    value_.store(0, std::memory_order_release);           // [LOCK]
    std::atomic_signal_fence(std::memory_order_seq_cst);  // [DRAIN] the compiler keeps the order
#else
    value_.store(0, std::memory_order_seq_cst);  // [LOCK]
#endif
    BP_FAULT_POINT("lock_freed");
    freed_.NotifyNextAfterSeqCst();
    return true;
  }

  // Releases it, whoever holds it; false if it was free. Not for fair locks.
  bool TryReleaseAny();

  // Waits until the lock is free or its holder is dead. kTimeout, kInterrupted.
  absl::Status WaitFree(const shared_memory::Participants& participants, Owner me,
                        Deadline deadline, os::Interrupt* interrupt);

  // The holder clears kUnsettled.
  void Settle() {
    value_.fetch_and(~kUnsettled, std::memory_order_release);  // [SETTLED]
  }

  // True if `me` holds it and is not about to tidy up after a dead holder.
  bool IsHeldBy(Owner me) const {
    return value_.load(std::memory_order_acquire) == me;  // [SETTLED] acquire
  }

  Owner holder() const {
    const uint32_t now = value_.load(std::memory_order_relaxed);
    return (now & kGranted) != 0 ? shared_memory::kNobody : OwnerIn(now);
  }

  // For fair locks, which know what the word may become, and use the other for their own purpose.
  std::atomic<uint32_t>& value() { return value_; }
  EventCount& event() { return freed_; }

 private:
  template <typename Found>
  absl::Status Await(const shared_memory::Participants& participants, Owner me, Deadline deadline,
                     os::Interrupt* interrupt, Found found);
  template <typename Found>
  bool LookFor(int tries, Found found);

  std::atomic<uint32_t> value_{0};  // shared
  EventCount freed_;                // shared; notified in a chain (I2)
};
static_assert(sizeof(OwnerWord) == 8);

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_OWNER_WORD_H_
