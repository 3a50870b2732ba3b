// The word that says who holds a lock: the holder and nothing else decides, so a lock whose holder died
// can be told from one that is held (design D3). Waiters sleep on the word itself.
//
// The word is {epoch 16 | flags 4 | index 12}: an Owner, whose bits 12 to 15 are 0, and the flags there.
//   0                free
//   owner            held
//   kSleepers        (alone, or with an owner) somebody may sleep; whoever releases wakes one
//   kUnsettled       (with an owner) the holder took it from a dead one and is still tidying up
//   kGranted         of fair locks only, see fifo_waiters.h; then the rest is not an owner
//   kDeathNews       of fair locks only: the next holder is told of the death of the last
//
// I1: only a CAS from 0 (or kSleepers alone), or from the word of a dead owner, makes somebody the holder.
//     The second is Grant::kOwnerDied, and exactly one process succeeds in it.
// I2: a sleeper set kSleepers, or found it set, after its last look and before it slept; the kernel sees
//     a change in between. A release clears the flag and wakes one; the one that is woken sets it again,
//     whether it gets the lock, sleeps on, or leaves: there may be more sleepers. So a release wakes at
//     most one, and one that wakes nobody is the last.
// I3: a wake-up that died with a process (the releaser before its wake, the sleeper after it) costs the
//     other sleepers the rest of their slice, at most kLongestSlice, not more.
#ifndef BILLIARD_CORE_SYNC_OWNER_WORD_H_
#define BILLIARD_CORE_SYNC_OWNER_WORD_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/sync/grant.h"

namespace billiard::sync {

class OwnerWord {
 public:
  using Owner = shared_memory::Owner;
  static constexpr uint32_t kSleepers = 1u << 12;
  static constexpr uint32_t kUnsettled = 1u << 13;
  static constexpr uint32_t kGranted = 1u << 14;
  static constexpr uint32_t kDeathNews = 1u << 15;
  static constexpr uint32_t kFlags = 0xf000;

  // The owner in a word that is not kGranted; kNobody if it is free.
  static constexpr Owner OwnerIn(uint32_t word) { return word & ~kFlags; }

  // Takes a lock that is free and that nobody sleeps for.
  bool TryTake(Owner me) {
    uint32_t expected = 0;
    // [LOCK] acquire: what the last holder did is seen.
    return value_.compare_exchange_strong(expected, me, std::memory_order_acquire,
                                          std::memory_order_relaxed);
  }

  // Takes the lock as soon as it is free or its holder is dead; in the second case `takeover_flags` are
  // set in the word too. kTimeout, kInterrupted.
  absl::StatusOr<Grant> Take(const shared_memory::Participants& participants, Owner me,
                             uint32_t takeover_flags, Deadline deadline, os::Interrupt* interrupt);

  // Releases it, whoever holds it; false if it was free. Not for fair locks.
  bool TryRelease() {
    const uint32_t before = value_.exchange(0, std::memory_order_release);  // [LOCK]
    if ((before & kSleepers) != 0) WakeOne();
    return OwnerIn(before) != shared_memory::kNobody;
  }

  // Waits until the lock is free or its holder is dead. kTimeout, kInterrupted.
  absl::Status WaitFree(const shared_memory::Participants& participants, Owner me,
                        Deadline deadline, os::Interrupt* interrupt);

  // The holder clears kUnsettled.
  void Settle() {
    value_.fetch_and(~kUnsettled, std::memory_order_release);  // [SETTLED]
  }

  // True if `me` holds it and is not about to tidy up after a dead holder.
  bool IsHeldBy(Owner me) const {
    // [SETTLED] acquire: what the holder wrote before Settle is seen.
    return (value_.load(std::memory_order_acquire) & ~kSleepers) == me;
  }

  Owner holder() const {
    const uint32_t now = value_.load(std::memory_order_relaxed);
    return (now & kGranted) != 0 ? shared_memory::kNobody : OwnerIn(now);
  }

  // For fair locks, which know what the word may become.
  std::atomic<uint32_t>& value() { return value_; }

 private:
  template <typename Found>
  absl::Status Await(const shared_memory::Participants& participants, Owner me, Deadline deadline,
                     os::Interrupt* interrupt, Found found);
  void WakeOne();

  std::atomic<uint32_t> value_{0};  // shared
};
static_assert(sizeof(OwnerWord) == 4);

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_OWNER_WORD_H_
