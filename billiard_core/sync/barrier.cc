#include "billiard_core/sync/barrier.h"

#include "absl/strings/str_cat.h"
#include "billiard_core/base/fault_point.h"
#include "billiard_core/base/status.h"
#include "billiard_core/sync/outcomes.h"
#include "billiard_core/sync/slices.h"
#include "billiard_core/sync/spin.h"

namespace billiard::sync {
namespace {

enum class Phase : uint64_t { kFilling = 0, kAction = 1, kBroken = 2 };

constexpr int kReasonShift = 8;
constexpr int kArrivedShift = 16;
constexpr int kGenerationShift = 32;
constexpr uint64_t kArrivedMask = 0xffff;

// About a third of a second, then half of one each time.
constexpr int kLooksUntilAll = 10;
static_assert(Barrier::kMaxParties <= kArrivedMask);

// Where few meet, the others mostly come within the time that a sleep and a wake-up cost both sides. Not where
// many do, who would give the CPU to each other and not to those who are still to come.
constexpr uint32_t kFew = 4;
constexpr int kYields = 16;

constexpr Phase PhaseOf(uint64_t word) { return static_cast<Phase>(word & 0xff); }
constexpr BreakReason ReasonOf(uint64_t word) {
  return static_cast<BreakReason>(word >> kReasonShift & 0xff);
}
constexpr uint32_t ArrivedOf(uint64_t word) {
  return static_cast<uint32_t>(word >> kArrivedShift & kArrivedMask);
}
constexpr uint32_t GenerationOf(uint64_t word) {
  return static_cast<uint32_t>(word >> kGenerationShift);
}
constexpr uint64_t Word(uint32_t generation, uint32_t arrived, Phase phase,
                        BreakReason reason = BreakReason::kNone) {
  return uint64_t{generation} << kGenerationShift | uint64_t{arrived} << kArrivedShift |
         static_cast<uint64_t>(reason) << kReasonShift | static_cast<uint64_t>(phase);
}

const char* TextOf(BreakReason reason) {
  switch (reason) {
    case BreakReason::kTimedOut:
      return "a wait timed out";
    case BreakReason::kPartyDied:
      return "a party died";
    case BreakReason::kAborted:
      return "it was aborted";
    case BreakReason::kReset:
      return "it was reset";
    case BreakReason::kActionFailed:
      return "its action failed";
    case BreakReason::kPartyLeft:
      return "a party left it";
    default:
      return "no reason is known";
  }
}

absl::Status BrokenFor(BreakReason reason) {
  return MakeStatus(Code::kBroken, absl::StrCat("the barrier is broken: ", TextOf(reason)));
}

}  // namespace

absl::Status Barrier::Init(const Context& context, State* state, int64_t parties) {
  if (parties < 1 || parties > int64_t{kMaxParties}) {
    return MakeStatus(Code::kInvalid, absl::StrCat("parties: must be from 1 to ", kMaxParties));
  }
  state->parties.store(static_cast<uint32_t>(parties), std::memory_order_relaxed);
  state->object.store(context.waits->NewObject(), std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::Status Barrier::Check() const {
  const bool good = state_->object.load(std::memory_order_relaxed) != 0 && parties() >= 1 &&
                    parties() <= kMaxParties;
  return good ? absl::OkStatus() : MakeStatus(Code::kCorrupt, "not a barrier");
}

uint64_t Barrier::Load() const {
  // [BARRIER] acquire: who arrived is enrolled, and what was marked is marked. [EVENT-SLEEPERS] seq_cst:
  // the look that comes after EventCount::Prepare.
  return state_->word.load(std::memory_order_seq_cst);
}

uint64_t Barrier::Object() const { return state_->object.load(std::memory_order_relaxed); }

absl::StatusOr<Barrier::Arrival> Barrier::Arrive(Deadline deadline, os::Interrupt* interrupt) {
  uint32_t waited_for;
  return Arrive(deadline, interrupt, &waited_for);
}

// *waited_for: on kTimeout, the generation whose action went on for too long.
absl::StatusOr<Barrier::Arrival> Barrier::Arrive(Deadline deadline, os::Interrupt* interrupt,
                                                 uint32_t* waited_for) {
  if (absl::Status status = Check(); !status.ok()) return status;
  Arrival arrival;
  for (;;) {
    uint64_t word = Load();
    const uint32_t generation = GenerationOf(word);
    if (PhaseOf(word) == Phase::kBroken) return Finish(&arrival, BrokenFor(ReasonOf(word)));
    if (PhaseOf(word) == Phase::kAction) {
      *waited_for = generation;
      if (absl::Status status = AwaitAction(word, deadline, interrupt); !status.ok()) {
        return Finish(&arrival, status);
      }
      continue;
    }
    if (absl::Status status = EnrolFor(generation, &arrival); !status.ok()) return status;
    arrival.index = ArrivedOf(word);
    arrival.last = arrival.index + 1 == parties();
    if (arrival.last && BreakIfPartyDied(generation)) continue;
    const Phase phase = arrival.last ? Phase::kAction : Phase::kFilling;
    // [BARRIER] release: our enrolment, for whoever sees that we arrived (I1).
    if (state_->word.compare_exchange_strong(word, Word(generation, arrival.index + 1, phase),
                                             std::memory_order_acq_rel)) {
      BP_FAULT_POINT("barrier_arrived");
      return arrival;
    }
  }
}

// Enrols a caller who has not arrived yet in this generation.
absl::Status Barrier::EnrolFor(uint32_t generation, Arrival* arrival) {
  if (arrival->enrolment.ticket == 0) {
    absl::StatusOr<WaitTable::Enrolment> enrolment = context_.waits->Enrol(Object(), generation);
    if (!enrolment.ok()) return enrolment.status();
    arrival->enrolment = *enrolment;
  } else if (arrival->generation != generation) {
    context_.waits->EnrolAnew(&arrival->enrolment, Object(), generation);
  }
  arrival->generation = generation;
  return absl::OkStatus();
}

// Returns OK when the word has changed, or may have.
absl::Status Barrier::AwaitAction(uint64_t word, Deadline deadline, os::Interrupt* interrupt) {
  const EventCount::Key key = state_->changed.Prepare();
  if (Load() != word) {
    state_->changed.Cancel(key);
    return absl::OkStatus();
  }
  switch (state_->changed.Wait(key, deadline, interrupt, kLongestSlice)) {
    case WaitResult::kNotified:
      return absl::OkStatus();
    case WaitResult::kRecheck:
      BreakIfPartyDied(GenerationOf(word));
      return absl::OkStatus();
    case WaitResult::kTimedOut:
      BreakIfPartyDied(GenerationOf(word));
      return Load() == word ? TimedOut() : absl::OkStatus();
    case WaitResult::kInterrupted:
      break;
  }
  return Load() == word ? Interrupted() : absl::OkStatus();
}

absl::Status Barrier::WaitOpened(Arrival* arrival, Deadline deadline, os::Interrupt* interrupt) {
  if (arrival->enrolment.ticket == 0 || arrival->last) {
    return MakeStatus(Code::kState, "not a party that waits");
  }
  if (!deadline.Expired() && parties() <= kFew) {
    LookForAWhile([&] { return IsOver(*arrival); }, kYields);
  }
  Slices slices;
  int looks = 0;
  for (;;) {
    if (IsOver(*arrival)) return Finish(arrival, Fate(*arrival));
    const EventCount::Key key = state_->changed.Prepare();
    if (IsOver(*arrival)) {
      state_->changed.Cancel(key);
      continue;
    }
    BP_FAULT_POINT("barrier_prepared");
    UpdateSpinTries();
    const Deadline end = Earlier(deadline, slices.end());
    const WaitResult result = state_->changed.Wait(key, end, interrupt);
    if (result == WaitResult::kNotified || IsOver(*arrival)) continue;
    if (result == WaitResult::kInterrupted) return Interrupted();
    const bool expired = deadline.Expired();
    if ((expired || slices.Over()) && SomebodyDied(*arrival, expired, &looks)) {
      Break(arrival->generation, BreakReason::kPartyDied);
      continue;
    }
    if (expired) return TimedOut();
  }
}

// Each waiter looks after the one who came after it, so all together after all, at the cost of one each.
// Now and then it looks after all, for whoever should have looked may be stopped; and at its end, for
// those who wait in short goes would never get there otherwise.
bool Barrier::SomebodyDied(const Arrival& arrival, bool last_look, int* looks) const {
  if (last_look || ++*looks % kLooksUntilAll == 0) {
    return context_.waits->AnyDied(Object(), arrival.generation);
  }
  return context_.waits->NextDied(Object(), arrival.generation, arrival.enrolment);
}

bool Barrier::IsOver(const Arrival& arrival) const {
  const uint64_t word = Load();
  return GenerationOf(word) != arrival.generation || PhaseOf(word) == Phase::kBroken;
}

// What became of the generation of an arrival; OK: it was opened.
absl::Status Barrier::Fate(const Arrival& arrival) const {
  const uint64_t word = Load();
  if (GenerationOf(word) == arrival.generation) return BrokenFor(ReasonOf(word));
  // I2: a generation that is past was opened, if we are not marked.
  const uint32_t mark = context_.waits->MarkOf(arrival.enrolment);
  return mark == 0 ? absl::OkStatus() : BrokenFor(static_cast<BreakReason>(mark));
}

absl::Status Barrier::Finish(Arrival* arrival, absl::Status fate) {
  if (arrival->enrolment.ticket != 0) context_.waits->Leave(&arrival->enrolment);
  return fate;
}

absl::Status Barrier::Open(Arrival* arrival) {
  if (arrival->enrolment.ticket == 0 || !arrival->last) {
    return MakeStatus(Code::kState, "not the last party to arrive");
  }
  const uint32_t generation = arrival->generation;
  uint64_t word = Word(generation, parties(), Phase::kAction);
  BP_FAULT_POINT("barrier_opening");
  // [BARRIER] release: the action, for those who go on after it.
  if (!state_->word.compare_exchange_strong(word, Word(generation + 1, 0, Phase::kFilling),
                                            std::memory_order_acq_rel)) {
    return Finish(arrival, Fate(*arrival));
  }
  BP_FAULT_POINT("barrier_opened");
  state_->changed.NotifyAll();
  return Finish(arrival, absl::OkStatus());
}

absl::Status Barrier::Leave(Arrival* arrival, BreakReason reason) {
  if (arrival->enrolment.ticket == 0) return MakeStatus(Code::kState, "the arrival is over");
  Break(arrival->generation, reason);
  return Finish(arrival, Fate(*arrival));
}

// Breaks a generation, unless it has ended: false if it was opened, or is broken already.
bool Barrier::Break(uint32_t generation, BreakReason reason) {
  uint64_t word = Load();
  while (GenerationOf(word) == generation && PhaseOf(word) != Phase::kBroken) {
    const uint64_t broken = Word(generation, 0, Phase::kBroken, reason);
    if (!state_->word.compare_exchange_weak(word, broken, std::memory_order_acq_rel)) continue;
    BP_FAULT_POINT("barrier_broken");
    state_->changed.NotifyAll();
    return true;
  }
  return false;
}

bool Barrier::BreakIfPartyDied(uint32_t generation) {
  if (!context_.waits->AnyDied(Object(), generation)) return false;
  Break(generation, BreakReason::kPartyDied);
  return true;
}

void Barrier::Abort() {
  if (!Check().ok()) return;
  for (;;) {
    const uint64_t word = Load();
    if (PhaseOf(word) == Phase::kBroken) return;
    Break(GenerationOf(word), BreakReason::kAborted);
  }
}

// Also a generation that nobody was counted in ends: somebody may have died on the way into it.
void Barrier::Reset() {
  if (!Check().ok()) return;
  uint64_t word = Load();
  const uint32_t generation = GenerationOf(word);
  Break(generation, BreakReason::kReset);
  BP_FAULT_POINT("barrier_reset_broken");
  for (;;) {
    word = Load();
    // Over, by somebody else's reset; or it was opened before we could break it, which is as good.
    if (GenerationOf(word) != generation) return;
    context_.waits->MarkAll(Object(), generation, static_cast<uint32_t>(ReasonOf(word)));  // I2
    BP_FAULT_POINT("barrier_reset_marked");
    // [BARRIER] release: the marks.
    if (state_->word.compare_exchange_strong(word, Word(generation + 1, 0, Phase::kFilling),
                                             std::memory_order_acq_rel)) {
      state_->changed.NotifyAll();
      return;
    }
  }
}

BreakReason Barrier::Broken() {
  if (!Check().ok()) return BreakReason::kNone;
  uint64_t word = Load();
  if (PhaseOf(word) != Phase::kBroken && BreakIfPartyDied(GenerationOf(word))) word = Load();
  return ReasonOf(word);
}

uint32_t Barrier::Waiting() {
  return Check().ok() && Broken() == BreakReason::kNone ? ArrivedOf(Load()) : 0;
}

absl::StatusOr<uint32_t> Barrier::Wait(const std::function<absl::Status()>& action,
                                       Deadline deadline, os::Interrupt* interrupt) {
  uint32_t waited_for = 0;
  absl::StatusOr<Arrival> arrival = Arrive(deadline, interrupt, &waited_for);
  while (CodeOf(arrival.status()) == Code::kTimeout) {
    // SYNC-63, though it waited for its turn alone. If that cycle ended meanwhile, it is in the next one.
    if (Break(waited_for, BreakReason::kTimedOut)) return BrokenFor(BreakReason::kTimedOut);
    arrival = Arrive(deadline, interrupt, &waited_for);
  }
  if (!arrival.ok()) return arrival.status();
  if (arrival->last) {
    absl::Status done = action ? action() : absl::OkStatus();
    if (done.ok()) {
      done = Open(&*arrival);
    } else {
      Leave(&*arrival, BreakReason::kActionFailed).IgnoreError();
    }
    if (!done.ok()) return done;
    return arrival->index;
  }
  const absl::Status waited = WaitOpened(&*arrival, deadline, interrupt);
  if (waited.ok()) return arrival->index;
  absl::Status fate = waited;
  if (CodeOf(waited) == Code::kTimeout) {
    fate = Leave(&*arrival, BreakReason::kTimedOut);
  } else if (CodeOf(waited) == Code::kInterrupted) {
    fate = Leave(&*arrival, BreakReason::kPartyLeft);
    if (!fate.ok()) fate = waited;
  }
  if (!fate.ok()) return fate;
  return arrival->index;
}

}  // namespace billiard::sync
