// The waiters of a fair lock, in their order, and the handing over of the lock to the first of them.
//
// A waiter enrols in a slot of its own: one CAS writes {arrival 32 | owner and state 32}, and it sleeps on
// the slot's lower half. While there are more waiters than slots, the others sleep beside the word, in
// the kernel's order, and newcomers behind them.
//
// A release does not free the lock if somebody is enrolled, but grants it: the lock's word becomes
// kGranted with {arrival's low 16 | flags | slot 12}. That is a reservation, not ownership: the grantee
// makes the lock its own by a CAS from exactly that word. Nobody else can, but others may hand it on.
//
// I1: a slot belongs to the owner in it; 0 is vacant. Only the owner vacates it, or anybody after its
//     death. Others change its state only: to kCalled, which tells it to look, or to kParked.
// I2: whoever sleeps here has found kWaiters set in the word of the holder, or set it, or found a
//     grant, whose taker sets it; so a release that does not find it set has nobody to hand over to. A
//     release that finds it set, but nobody enrolled, frees the lock and looks once more.
// I3: a grant names one enrolment. Whoever sees a grant whose enrolment is gone, or whose owner is dead, or
//     that stays untouched for kGraceMillis (its owner is stopped: it is parked, which means not granted
//     to until it has run again), hands it on. The news of a dead holder (kDeathNews) go along. Since when
//     it stays is kept here, so that it is noticed also when others only try, and do not stay.
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
  static constexpr uint32_t kGraceMillis = 50;

  struct State {
    // {milliseconds 16 | arrival 15 | fair 1}: whether the lock is fair, which never changes after Init,
    // and which grant was seen last that nobody had taken yet, and when first. If the numbers wrap in
    // between, a waiter is parked that has not stood still, and waits once more.
    std::atomic<uint32_t> watch;
    std::atomic<uint32_t> arrivals;  // numbers given out; some are never used
    std::atomic<uint64_t> slots[kSlots];
  };

  // Before anybody else sees the state, which is zero.
  static void Init(State* state, bool fair) {
    state->watch.store(fair ? kFair : 0, std::memory_order_relaxed);  // published with the object
  }
  static bool IsFair(const State& state) {
    return (state.watch.load(std::memory_order_relaxed) & kFair) != 0;
  }

  // A view of the two parts of a fair lock, for one call.
  FifoWaiters(const shared_memory::Participants& participants, OwnerWord* word, State* state)
      : participants_(participants), word_(word->value()), vacancy_(word->event()), state_(state) {}

  // Waits for its turn. kTimeout, kInterrupted.
  absl::StatusOr<Grant> Take(Owner me, Deadline deadline, os::Interrupt* interrupt);

  // Hands the lock over, or frees it; false if nobody holds it.
  bool Release();

  // Waits until the lock is free or its holder is dead, without a place among the waiters; looks every
  // few milliseconds.
  absl::Status WaitFree(Owner me, Deadline deadline, os::Interrupt* interrupt);

 private:
  static constexpr uint32_t kFair = 1;

  // States of a slot, beside the owner.
  static constexpr uint32_t kWaiting = 1u << 12;  // awake, and about to look
  static constexpr uint32_t kAsleep = 1u << 13;
  static constexpr uint32_t kCalled = 1u << 14;
  static constexpr uint32_t kParked = 1u << 15;

  // An enrolment as it was seen; kSlots: none.
  struct Place {
    uint32_t slot = kSlots;
    uint64_t word = 0;
    explicit operator bool() const { return slot < kSlots; }
    uint32_t arrival() const { return static_cast<uint32_t>(word >> 32); }
    uint32_t owner_and_state() const { return static_cast<uint32_t>(word); }
    Owner owner() const { return OwnerWord::OwnerIn(owner_and_state()); }
    bool IsSameAs(const Place& other) const {
      return slot == other.slot && arrival() == other.arrival();
    }
  };
  enum class Look { kTaken, kAgain, kWait };

  static uint32_t GrantTo(const Place& place, uint32_t news);
  static bool Names(uint32_t grant, const Place& place);

  Place Enrol(Owner me, bool look_for_death);
  bool AnyVacant() const;
  Place First() const;
  Place Grantee(uint32_t grant) const;
  bool SetState(Place* place, uint32_t state);
  void Call(Place place);
  void Vacate(const Place& mine);
  Look LookOnce(Owner me, const Place& mine, bool will_wait, bool look_for_death, Grant* grant);
  Look LastLook(Owner me, Grant* grant);
  Look GiveToFirst(uint32_t seen, uint32_t news, Owner me, const Place& mine, Grant* grant);
  bool GranteeIsGone(uint32_t grant);
  bool HasStoodStill(const Place& grantee);
  absl::StatusOr<Grant> TakeEnrolled(Owner me, const Place& mine, Deadline deadline,
                                     os::Interrupt* interrupt);
  Place WaitOutside(Owner me, bool behind, Deadline deadline, os::Interrupt* interrupt,
                    absl::StatusOr<Grant>* outcome);

  const shared_memory::Participants& participants_;
  std::atomic<uint32_t>& word_;
  EventCount& vacancy_;  // a slot was vacated, or the lock is free
  State* state_;
};

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_FIFO_WAITERS_H_
