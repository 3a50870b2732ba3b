#include "billiard_core/sync/tracked_semaphore.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/fault_point.h"
#include "billiard_core/base/status.h"
#include "billiard_core/sync/outcomes.h"
#include "billiard_core/sync/slices.h"
#include "billiard_core/sync/spin.h"

namespace billiard::sync {

using shared_memory::kNobody;
using shared_memory::Owner;
using shared_memory::Participants;

namespace {

constexpr uint32_t kUnitsToSpin = 16;

constexpr uint64_t MakeReturned(uint64_t count, uint64_t noted) { return count << 32 | noted; }
constexpr uint64_t CountOf(uint64_t returned) { return returned >> 32; }
constexpr uint32_t NotedIn(uint64_t returned) { return static_cast<uint32_t>(returned); }

// Asks about each owner once, in one walk over the units.
class Census {
 public:
  explicit Census(const Participants& participants, Owner me) : participants_(participants) {
    NoteAlive(me);
  }

  bool IsDead(Owner owner) {
    if (alive_[owner % alive_.size()] == owner) return false;
    if (participants_.IsDead(owner)) return true;
    NoteAlive(owner);
    return false;
  }

 private:
  void NoteAlive(Owner owner) { alive_[owner % alive_.size()] = owner; }

  const Participants& participants_;
  std::array<Owner, 64> alive_{};
};

}  // namespace

absl::Status TrackedSemaphore::Init(State* state, int64_t units) {
  if (units < 0 || units > int64_t{kMaxUnits}) {
    return MakeStatus(Code::kInvalid, absl::StrCat("value: ", units, " is not from 0 to ",
                                                   kMaxUnits, " for a tracked semaphore"));
  }
  // Published with the object.
  state->units.store(static_cast<uint32_t>(units), std::memory_order_relaxed);
  return absl::OkStatus();
}

TrackedSemaphore::TrackedSemaphore(const Context& context, State* state, uint64_t bytes)
    : participants_(context.participants),
      state_(state),
      units_(reinterpret_cast<std::atomic<uint32_t>*>(state + 1)) {
  const uint64_t room = bytes < sizeof(State) ? 0 : (bytes - sizeof(State)) / sizeof *units_;
  const uint64_t units = state->units.load(std::memory_order_relaxed);
  unit_count_ = static_cast<uint32_t>(std::min({units, room, uint64_t{kMaxUnits}}));
}

// Upwards from the latest: a process that takes and releases in turns uses the same unit again.
bool TrackedSemaphore::TryTake(Owner me) {
  const uint32_t start = latest_.load(std::memory_order_relaxed);
  for (uint32_t i = 0; i < unit_count_; ++i) {
    const uint32_t unit = (start + i) % unit_count_;
    // [EVENT-SLEEPERS] seq_cst: after Prepare, where somebody waits.
    uint32_t word = units_[unit].load(std::memory_order_seq_cst);
    // [UNIT] acquire: what was done before the unit's release is seen after it.
    if (word == 0 && units_[unit].compare_exchange_strong(word, me, std::memory_order_acquire)) {
      BP_FAULT_POINT("tracked_taken");
      latest_.store(unit, std::memory_order_relaxed);
      return true;
    }
  }
  return false;
}

// Downwards: the latest one first.
bool TrackedSemaphore::TryRelease(Owner me) {
  const uint32_t start = latest_.load(std::memory_order_relaxed);
  for (uint32_t i = 0; i < unit_count_; ++i) {
    const uint32_t unit = (start + unit_count_ - i) % unit_count_;
    uint32_t word = units_[unit].load(std::memory_order_relaxed);
    // [UNIT] release; [EVENT-SLEEPERS] seq_cst.
    if (word == me && units_[unit].compare_exchange_strong(word, 0, std::memory_order_seq_cst)) {
      BP_FAULT_POINT("tracked_released");
      latest_.store(unit, std::memory_order_relaxed);
      state_->released.NotifyOneAfterSeqCst();
      return true;
    }
  }
  return false;
}

template <typename Try>
absl::Status TrackedSemaphore::Until(Deadline deadline, os::Interrupt* interrupt, Try try_once) {
  // Where a look takes longer than a moment, it is not worth repeating.
  const bool spin = !deadline.IsNow() && unit_count_ <= kUnitsToSpin;
  for (int tries = spin ? SpinTries() : 0; tries > 0; --tries) {
    if (try_once()) return absl::OkStatus();
    PauseCpu();
  }
  Slices slices;
  absl::Status end;
  if (deadline.Expired()) end = TimedOut();
  bool look_for_death = !end.ok();
  for (;;) {
    const EventCount::Key key = state_->released.Prepare();
    BP_FAULT_POINT("tracked_announced");
    bool found = try_once();
    if (!found && look_for_death) {
      Recover();
      found = try_once();
    }
    if (found || !end.ok()) {
      state_->released.Cancel(key);
      return found ? absl::OkStatus() : end;
    }
    UpdateSpinTries();
    const int64_t slice_ns = std::max<int64_t>(0, slices.end().Remaining());
    const WaitResult result = state_->released.Wait(key, deadline, interrupt, slice_ns);
    BP_FAULT_POINT("tracked_woken");
    if (result == WaitResult::kTimedOut) end = TimedOut();
    if (result == WaitResult::kInterrupted) end = Interrupted();
    look_for_death = slices.Over() || !end.ok();
  }
}

absl::Status TrackedSemaphore::Acquire(Deadline deadline, os::Interrupt* interrupt) {
  const absl::StatusOr<Owner> me = participants_->Self();
  if (!me.ok()) return me.status();
  if (TryTake(*me)) return absl::OkStatus();
  return Until(deadline, interrupt, [this, me = *me] { return TryTake(me); });
}

absl::Status TrackedSemaphore::WaitFree(Deadline deadline, os::Interrupt* interrupt) {
  const absl::Status status = Until(deadline, interrupt, [this] { return Count(0) > 0; });
  // It may have been woken for a unit that it does not take: the wake-up goes on to the next.
  if (status.ok()) state_->released.NotifyOne();
  return status;
}

absl::Status TrackedSemaphore::Release(uint32_t count) {
  if (count == 0) return MakeStatus(Code::kInvalid, "count: must be at least 1");
  const Owner me = participants_->SelfIfRegistered();
  if (me == kNobody || (count > 1 && Held() < count)) return ReleasedTooOften();
  for (; count > 0; --count) {
    if (!TryRelease(me)) return ReleasedTooOften();
  }
  return absl::OkStatus();
}

uint32_t TrackedSemaphore::Count(uint32_t word) const {
  // [EVENT-SLEEPERS] seq_cst, as in TryTake.
  return static_cast<uint32_t>(
      std::count_if(units_, units_ + unit_count_,
                    [word](const std::atomic<uint32_t>& unit) { return unit.load() == word; }));
}

uint32_t TrackedSemaphore::Value() {
  Recover();
  return Count(0);
}

uint32_t TrackedSemaphore::Held() const {
  const Owner me = participants_->SelfIfRegistered();
  return me == kNobody ? 0 : Count(me);
}

uint64_t TrackedSemaphore::Returned() const {
  return CountOf(state_->returned.load(std::memory_order_acquire));
}

void TrackedSemaphore::Recover() {
  Census census(*participants_, participants_->SelfIfRegistered());
  for (uint32_t unit = 0; unit < unit_count_; ++unit) {
    const uint32_t word = units_[unit].load(std::memory_order_acquire);
    if (word == 0) continue;
    if ((word & kCounted) != 0) {
      // Its recoverer may have died before the note was gone.
      const uint64_t returned = state_->returned.load(std::memory_order_acquire);
      if (NotedIn(returned) != 0) FinishNoted(returned);
      Free(unit, word);
    } else if (census.IsDead(word)) {
      Return(unit, word);
    }
  }
}

// Counts and frees a unit, the word of which is a dead owner's.
void TrackedSemaphore::Return(uint32_t unit, uint32_t seen) {
  for (;;) {
    const uint64_t returned = state_->returned.load(std::memory_order_acquire);  // [RETURNED]
    if (NotedIn(returned) != 0) {
      FinishNoted(returned);
      continue;
    }
    // Looked at after `returned`: if that is unchanged at the CAS, nobody has counted it meanwhile.
    const uint32_t now = units_[unit].load(std::memory_order_acquire);
    if (now != seen) {
      if (now == (seen | kCounted)) Free(unit, now);  // the note that was in the way was its own
      return;
    }
    const uint64_t noted = MakeReturned(CountOf(returned) + 1, unit + 1);
    uint64_t expected = returned;
    if (!state_->returned.compare_exchange_strong(expected, noted, std::memory_order_acq_rel)) {
      continue;
    }
    BP_FAULT_POINT("tracked_noted");
    FinishNoted(noted);
    Free(unit, seen | kCounted);
    return;
  }
}

// owner -> owner | kCounted, then the note goes. Anyone may finish what another one noted.
void TrackedSemaphore::FinishNoted(uint64_t returned) {
  const uint32_t unit = NotedIn(returned) - 1;
  if (unit < unit_count_) {
    uint32_t word = units_[unit].load(std::memory_order_acquire);
    // Still noted: so what we saw is the dead owner, perhaps counted already, and not a later one (I2).
    if (state_->returned.load(std::memory_order_acquire) != returned) return;
    if ((word & kCounted) == 0) {
      units_[unit].compare_exchange_strong(word, word | kCounted, std::memory_order_acq_rel);
      BP_FAULT_POINT("tracked_counted");
    }
  }
  state_->returned.compare_exchange_strong(returned, MakeReturned(CountOf(returned), 0),
                                           std::memory_order_acq_rel);  // [RETURNED]
}

// The note is gone. Of those who see the counted unit one frees it, and tells a waiter.
void TrackedSemaphore::Free(uint32_t unit, uint32_t counted) {
  if (!units_[unit].compare_exchange_strong(counted, 0, std::memory_order_seq_cst)) return;
  BP_FAULT_POINT("tracked_freed");
  state_->released.NotifyOneAfterSeqCst();
}

}  // namespace billiard::sync
