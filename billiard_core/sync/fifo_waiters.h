// The waiters of a fair lock, in their order, and the handing over of the lock to the first of them.
//
// A waiter enrols in a slot of its own: one CAS writes {arrival 32 | owner and state 32}. While there are
// more waiters than slots, the others sleep on `vacancy`, in the kernel's order.
//
// A release does not free the lock if somebody is enrolled, but grants it: the lock's word becomes
// kGranted with {arrival's low 16 | flags | slot 12}. That is a reservation, not ownership: the grantee
// makes it its own by CAS (I1 of OwnerWord holds for a word that is granted, instead of free).
//
// I1: a slot belongs to the owner in it; 0 is vacant. Only the owner vacates it, or anybody after its
//     death.
// I2: enrolled waiters, and sleepers on `vacancy`, have kSleepers set in the lock's word while it is held
//     (they set it themselves after they enrolled, by a CAS from the word that they saw), so that a
//     release that does not find it set has nobody to hand over to.
// I3: a grant names one enrolment. Whoever sees a grant whose enrolment is gone, or whose owner is dead, or
//     which stays untouched for kGraceNanos (its owner is stopped: then it is parked, and not granted
//     to until it has run again), may hand it on by CAS. News of a dead holder (kDeathNews) go along.
#ifndef BILLIARD_CORE_SYNC_FIFO_WAITERS_H_
#define BILLIARD_CORE_SYNC_FIFO_WAITERS_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/sync/event_count.h"
#include "billiard_core/sync/grant.h"
#include "billiard_core/sync/owner_word.h"

namespace billiard::sync {

class FifoWaiters {
 public:
  using Owner = shared_memory::Owner;
  static constexpr uint32_t kSlots = 6;
  static constexpr int64_t kGraceNanos = 50 * kNanosPerMilli;

  struct State {
    EventCount vacancy;
    std::atomic<uint32_t> arrivals;  // numbers given out; some are never used
    std::atomic<uint64_t> slots[kSlots];
  };

  FifoWaiters(const shared_memory::Participants& participants, OwnerWord* word, State* state)
      : participants_(participants), word_(word->value()), state_(state) {}

  // Waits for its turn. kTimeout, kInterrupted.
  absl::StatusOr<Grant> Take(Owner me, Deadline deadline, os::Interrupt* interrupt);

  // Hands the lock over, or frees it; false if nobody holds it.
  bool Release();

  // Waits until the lock is free or its holder is dead, without a place among the waiters.
  absl::Status WaitFree(Owner me, Deadline deadline, os::Interrupt* interrupt);

 private:
  const shared_memory::Participants& participants_;
  std::atomic<uint32_t>& word_;
  State* state_;
};

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_FIFO_WAITERS_H_
