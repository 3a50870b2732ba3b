#include "billiard_core/sync/fifo_waiters.h"

#include <algorithm>
#include <bit>
#include <iterator>

#include "billiard_core/base/fault_point.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/sync/outcomes.h"
#include "billiard_core/sync/slices.h"
#include "billiard_core/sync/spin.h"

namespace billiard::sync {

using shared_memory::kNobody;

namespace {

constexpr int64_t kPollNanos = 5 * kNanosPerMilli;

// The futex that the owner of a slot sleeps on.
const std::atomic<uint32_t>* LowerHalf(const std::atomic<uint64_t>& slot) {
  static_assert(std::endian::native == std::endian::little);
  return reinterpret_cast<const std::atomic<uint32_t>*>(&slot);
}

constexpr uint64_t WithState(uint64_t slot, uint32_t state) {
  return (slot & ~uint64_t{OwnerWord::kFlags}) | state;
}

// Whether arrival `a` was before `b`, across the numbers' end.
constexpr bool Before(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b) < 0; }

}  // namespace

uint32_t FifoWaiters::GrantTo(const Place& place, uint32_t news) {
  return place.arrival() << 16 | OwnerWord::kGranted | news | place.slot;
}

bool FifoWaiters::Names(uint32_t grant, const Place& place) {
  return place && (grant & OwnerWord::kGranted) != 0 &&
         (grant & ~OwnerWord::kDeathNews) == GrantTo(place, 0);
}

// Slot words change with seq_cst, and so does the lock's word here: I2 needs one order of them.

// Takes a vacant slot, or that of a dead waiter; none if there is none.
FifoWaiters::Place FifoWaiters::Enrol(Owner me, bool look_for_death) {
  const uint32_t arrival = state_->arrivals.fetch_add(1, std::memory_order_relaxed);
  for (uint32_t i = 0; i < kSlots; ++i) {
    Place place;
    place.slot = i;
    place.word = state_->slots[i].load();
    if (place.word != 0 && !(look_for_death && participants_.IsDead(place.owner()))) continue;
    const uint64_t mine = uint64_t{arrival} << 32 | me | kWaiting;
    if (state_->slots[i].compare_exchange_strong(place.word, mine)) {
      BP_FAULT_POINT("fifo_enrolled");
      place.word = mine;
      return place;
    }
  }
  return Place();
}

bool FifoWaiters::AnyVacant() const {
  return std::any_of(std::begin(state_->slots), std::end(state_->slots),
                     [](const std::atomic<uint64_t>& slot) { return slot.load() == 0; });
}

// The longest waiter that is not parked.
FifoWaiters::Place FifoWaiters::First() const {
  Place first;
  for (uint32_t i = 0; i < kSlots; ++i) {
    Place place;
    place.slot = i;
    place.word = state_->slots[i].load();
    if (place.word == 0 || (place.owner_and_state() & kParked) != 0) continue;
    if (!first || Before(place.arrival(), first.arrival())) first = place;
  }
  return first;
}

// The enrolment that a grant names, or none if that is gone.
FifoWaiters::Place FifoWaiters::Grantee(uint32_t grant) const {
  Place place;
  place.slot = grant & 0xfff;
  if (!place) return Place();
  place.word = state_->slots[place.slot].load();
  return place.word != 0 && Names(grant, place) ? place : Place();
}

// False if the enrolment is gone or its state has changed; then *place is what is there now.
bool FifoWaiters::SetState(Place* place, uint32_t state) {
  const uint64_t after = WithState(place->word, state);
  if (!state_->slots[place->slot].compare_exchange_strong(place->word, after)) return false;
  place->word = after;
  return true;
}

// Makes the waiter look at the lock's word.
void FifoWaiters::Call(Place place) {
  const Place called = place;
  while (place.word != 0 && place.IsSameAs(called)) {
    const uint32_t before = place.owner_and_state();
    if (!SetState(&place, kCalled)) continue;
    BP_FAULT_POINT("fifo_called");
    if ((before & kAsleep) != 0) os::FutexWake(LowerHalf(state_->slots[place.slot]), 1);
    return;
  }
}

void FifoWaiters::Vacate(const Place& mine) {
  state_->slots[mine.slot].store(0);
  BP_FAULT_POINT("fifo_vacated");
  vacancy_.NotifyOneAfterSeqCst();
}

// The lock is nobody's, and `seen` is its word: the first in line gets it, or this caller if that is
// itself or there is none.
FifoWaiters::Look FifoWaiters::GiveToFirst(uint32_t seen, uint32_t news, Owner me,
                                           const Place& mine, Grant* grant) {
  const Place first = First();
  if (first && !first.IsSameAs(mine)) {
    if (word_.compare_exchange_strong(seen, GrantTo(first, news))) Call(first);
    return Look::kAgain;
  }
  if (!word_.compare_exchange_strong(seen, me | OwnerWord::kWaiters)) return Look::kAgain;
  BP_FAULT_POINT("fifo_taken");
  *grant = news == 0 ? Grant::kClean : Grant::kOwnerDied;
  return Look::kTaken;
}

// Whether a grant has to be handed on (I3).
bool FifoWaiters::GranteeIsGone(uint32_t grant) {
  Place grantee = Grantee(grant);
  if (!grantee) return true;
  if (participants_.IsDead(grantee.owner())) {
    if (state_->slots[grantee.slot].compare_exchange_strong(grantee.word, 0)) {
      vacancy_.NotifyOneAfterSeqCst();
    }
    return true;
  }
  // Parking fails if the grantee runs after all.
  return HasStoodStill(grantee) && SetState(&grantee, kParked);
}

// Whether somebody, not necessarily this caller, saw the same grant kGraceMillis ago.
bool FifoWaiters::HasStoodStill(const Place& grantee) {
  constexpr uint32_t kArrivalMask = 0x7fff;
  const uint32_t arrival = (grantee.arrival() & kArrivalMask) << 1 | kFair;
  const uint32_t now = static_cast<uint32_t>(MonotonicNow() / kNanosPerMilli) & 0xffff;
  uint32_t seen = state_->watch.load(std::memory_order_relaxed);  // a clock, and nothing else
  if ((seen & 0xffff) != arrival) {
    state_->watch.compare_exchange_strong(seen, now << 16 | arrival, std::memory_order_relaxed);
    return false;
  }
  if (((now - (seen >> 16)) & 0xffff) < kGraceMillis) return false;
  // The same waiter may be granted to once more: that is another grant.
  state_->watch.compare_exchange_strong(seen, kFair, std::memory_order_relaxed);
  return true;
}

// `mine`: the caller's enrolment, if it has one. A caller that will wait is told of the next release.
FifoWaiters::Look FifoWaiters::LookOnce(Owner me, const Place& mine, bool will_wait,
                                        bool look_for_death, Grant* grant) {
  uint32_t now = word_.load();
  if ((now & OwnerWord::kGranted) != 0) {
    const uint32_t news = now & OwnerWord::kDeathNews;
    if (Names(now, mine)) {
      if (!word_.compare_exchange_strong(now, me | OwnerWord::kWaiters)) return Look::kAgain;
      BP_FAULT_POINT("fifo_taken");
      *grant = news == 0 ? Grant::kClean : Grant::kOwnerDied;
      return Look::kTaken;
    }
    if (!look_for_death || !GranteeIsGone(now)) return Look::kWait;
    return GiveToFirst(now, news, me, mine, grant);
  }
  const Owner holder = OwnerWord::OwnerIn(now);
  if (holder == kNobody) return GiveToFirst(now, 0, me, mine, grant);
  if (look_for_death && holder != me && participants_.IsDead(holder)) {
    return GiveToFirst(now, OwnerWord::kDeathNews, me, mine, grant);
  }
  if (will_wait && (now & OwnerWord::kWaiters) == 0) {
    if (!word_.compare_exchange_strong(now, now | OwnerWord::kWaiters)) return Look::kAgain;
    BP_FAULT_POINT("fifo_announced");
  }
  return Look::kWait;
}

// Of somebody who has no place among the waiters, and will not wait: kTaken or kWait.
FifoWaiters::Look FifoWaiters::LastLook(Owner me, Grant* grant) {
  Look look;
  do {
    look = LookOnce(me, Place(), false, true, grant);
  } while (look == Look::kAgain);
  return look;
}

absl::StatusOr<Grant> FifoWaiters::Take(Owner me, Deadline deadline, os::Interrupt* interrupt) {
  if (deadline.Expired()) {
    Grant grant;
    if (LastLook(me, &grant) == Look::kTaken) return grant;
    return TimedOut();
  }
  // Behind those who wait for a slot. A vacant one means that they were told, or that there are none.
  bool behind = vacancy_.MayHaveSleepers();
  if (behind && AnyVacant()) {
    vacancy_.NotifyOne();
    behind = vacancy_.MayHaveSleepers();
  }
  Place mine;
  if (!behind) mine = Enrol(me, false);
  if (!mine) {
    absl::StatusOr<Grant> outcome = Grant::kClean;
    mine = WaitOutside(me, behind, deadline, interrupt, &outcome);
    if (!mine) return outcome;
  }
  return TakeEnrolled(me, mine, deadline, interrupt);
}

// Waits for a slot. Returns none, and the outcome, if the lock was obtained without one or the wait ended.
FifoWaiters::Place FifoWaiters::WaitOutside(Owner me, bool behind, Deadline deadline,
                                            os::Interrupt* interrupt,
                                            absl::StatusOr<Grant>* outcome) {
  Slices slices;
  Grant grant;
  bool look_for_death = false;
  for (;;) {
    const EventCount::Key key = vacancy_.Prepare();
    const Place mine = behind ? Place() : Enrol(me, look_for_death);
    if (mine) {
      vacancy_.Cancel(key);
      return mine;
    }
    behind = false;
    Look look;
    do {
      look = LookOnce(me, Place(), true, look_for_death, &grant);
    } while (look == Look::kAgain);
    if (look == Look::kTaken) {
      vacancy_.Cancel(key);
      *outcome = grant;
      return Place();
    }
    const WaitResult result =
        vacancy_.Wait(key, deadline, interrupt, std::max<int64_t>(0, slices.end().Remaining()));
    if (result == WaitResult::kTimedOut || result == WaitResult::kInterrupted) {
      // The wake-up may have come together with the end.
      vacancy_.NotifyOne();
      // As after a wait in a slot: a holder may have died since the last look at that.
      if (LastLook(me, &grant) == Look::kTaken) {
        *outcome = grant;
      } else {
        *outcome = result == WaitResult::kTimedOut ? TimedOut() : Interrupted();
      }
      return Place();
    }
    look_for_death = slices.Over();
  }
}

absl::StatusOr<Grant> FifoWaiters::TakeEnrolled(Owner me, const Place& mine, Deadline deadline,
                                                os::Interrupt* interrupt) {
  Slices slices;
  Grant grant;
  absl::Status end;
  bool look_for_death = false;
  int tries = SpinTries();
  for (;;) {
    const Look look = LookOnce(me, mine, true, look_for_death, &grant);
    if (look == Look::kTaken) {
      Vacate(mine);
      return grant;
    }
    if (look == Look::kAgain) continue;
    look_for_death = false;
    if (!end.ok()) {
      Vacate(mine);
      // From now on others hand on what was granted to it; it may have been granted before.
      uint32_t now = word_.load();
      if (!Names(now, mine) || !word_.compare_exchange_strong(now, me | OwnerWord::kWaiters)) {
        return end;
      }
      return (now & OwnerWord::kDeathNews) == 0 ? Grant::kClean : Grant::kOwnerDied;
    }
    if (tries > 0) {
      --tries;
      PauseCpu();
      continue;
    }
    Place asleep = mine;
    asleep.word = state_->slots[mine.slot].load();
    if ((asleep.owner_and_state() & kWaiting) == 0) {  // called or parked meanwhile: look once more
      SetState(&asleep, kWaiting);
      continue;
    }
    if (!SetState(&asleep, kAsleep)) continue;
    BP_FAULT_POINT("fifo_asleep");
    UpdateSpinTries();
    switch (os::FutexWait(LowerHalf(state_->slots[mine.slot]), asleep.owner_and_state(),
                          Earlier(deadline, slices.end()), interrupt)) {
      case os::FutexResult::kWoken:
      case os::FutexResult::kValueChanged:
        break;
      case os::FutexResult::kInterrupted:
        end = Interrupted();
        break;
      case os::FutexResult::kTimedOut:
        if (deadline.Expired()) end = TimedOut();
        break;
    }
    BP_FAULT_POINT("fifo_woken");
    look_for_death = slices.Over() || !end.ok();
  }
}

bool FifoWaiters::Release() {
  uint32_t now = word_.load();
  for (;;) {
    if ((now & OwnerWord::kGranted) != 0 || OwnerWord::OwnerIn(now) == kNobody) return false;
    const Place first = (now & OwnerWord::kWaiters) != 0 ? First() : Place();
    if (!word_.compare_exchange_weak(now, first ? GrantTo(first, 0) : 0)) continue;
    BP_FAULT_POINT("fifo_released");
    if (first) {
      Call(first);
    } else if ((now & OwnerWord::kWaiters) != 0) {
      // Somebody may have enrolled after First(), having seen the word with kWaiters (I2).
      const Place late = First();
      uint32_t free = 0;
      if (late) {
        word_.compare_exchange_strong(free, GrantTo(late, 0));
        Call(late);  // if somebody else was quicker, it has to look again
      } else {
        vacancy_.NotifyOneAfterSeqCst();
      }
    }
    return true;
  }
}

absl::Status FifoWaiters::WaitFree(Owner me, Deadline deadline, os::Interrupt* interrupt) {
  for (;;) {
    const uint32_t now = word_.load();
    const bool granted = (now & OwnerWord::kGranted) != 0;
    Place grantee;
    if (granted) grantee = Grantee(now);
    const Owner holder = granted ? grantee.owner() : OwnerWord::OwnerIn(now);
    if (holder == kNobody || (holder != me && participants_.IsDead(holder))) {
      return absl::OkStatus();
    }
    const os::FutexResult result =
        os::FutexWait(&word_, now, Earlier(deadline, Deadline::After(kPollNanos)), interrupt);
    if (result == os::FutexResult::kInterrupted) return Interrupted();
    if (result == os::FutexResult::kTimedOut && deadline.Expired()) return TimedOut();
  }
}

}  // namespace billiard::sync
