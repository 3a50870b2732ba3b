// A place where `parties` threads or processes wait for each other, again and again (SYNC-60 to 68). It
// breaks, for all who are in it, when a wait times out, a party dies, somebody aborts or resets it, or
// the action fails; then it stays broken until Reset(). Nobody hangs because of a death (G-SYNC-6).
//
// Threads, processes: any. Fork: a child inherits no arrival. Death of a party: other waiters notice
// within kRecheckNanos, and the last arrival, Broken() and Waiting() before they do anything else. A
// party that is stopped is waited for. Blocking: waits only.
//
// A wait in one call, or in parts:
//   absl::StatusOr<Barrier::Arrival> arrival = barrier.Arrive(deadline, interrupt);
//   if (arrival->last) { ...the action...; barrier.Open(&*arrival) or barrier.Leave(&*arrival, kActionFailed) }
//   else               { barrier.WaitOpened(&*arrival, ...), as often as it takes, or barrier.Leave(...) }
//
// The word is {generation 32 | arrived 16 | reason 8 | phase 8}.
//   FILLING  fewer than `parties` have arrived
//   ACTION   all have; the last one runs the action, new arrivals wait
//   BROKEN   for the reason
// I1: who arrived is enrolled in the wait table with this generation before it is counted here. So a
//     dead party is found there, whether it was counted or not, and either is a death in the barrier.
// I2: a generation ends either opened, {g, ACTION} -> {g + 1, FILLING}, or broken, {g, BROKEN}; the second
//     is marked at every party that was counted in it before g + 1 begins. So whoever wakes up late, in
//     whatever generation, knows what became of its own.
#ifndef BILLIARD_CORE_SYNC_BARRIER_H_
#define BILLIARD_CORE_SYNC_BARRIER_H_

#include <atomic>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/sync/context.h"
#include "billiard_core/sync/event_count.h"
#include "billiard_core/sync/wait_table.h"

namespace billiard::sync {

// Why a barrier is broken; the text of kBroken says it.
enum class BreakReason : uint8_t {
  kNone = 0,
  kTimedOut = 1,
  kPartyDied = 2,
  kAborted = 3,
  kReset = 4,
  kActionFailed = 5,
  kPartyLeft = 6,
};

class Barrier {
 public:
  static constexpr uint32_t kMaxParties = WaitTable::kMaxRecords;

  // In shared memory.
  struct State {
    std::atomic<uint64_t> word;
    std::atomic<uint64_t> object;   // its name in the wait table; never changes after Init
    std::atomic<uint32_t> parties;  // never changes after Init
    EventCount changed;
  };
  static_assert(sizeof(State) <= 64);

  // Before anybody else sees the state, which is zero. kInvalid: not from 1 to kMaxParties parties.
  static absl::Status Init(const Context& context, State* state, int64_t parties);

  // A view of the state, which must outlive it. kCorrupt from all calls if it was not initialised.
  Barrier(const Context& context, State* state) : context_(context), state_(state) {}

  // Arrives, runs `action` (if there is one) as the last party, before anybody goes on, and waits until
  // all have arrived. Returns a number that no other party has, 0 for the first to arrive. kBroken, also
  // for the one that timed out; kInterrupted, and broken for the others; the action's own failure.
  absl::StatusOr<uint32_t> Wait(const std::function<absl::Status()>& action, Deadline deadline,
                                os::Interrupt* interrupt = nullptr);

  // A place in the barrier; belongs to the thread that arrived.
  struct Arrival {
    uint32_t index = 0;
    bool last = false;
    uint32_t generation = 0;
    WaitTable::Enrolment enrolment;
  };

  // Takes a place. Waits only while the action of the cycle before runs. kBroken; kTimeout, kInterrupted
  // (that action went on for too long): not arrived, and nothing is broken; kNoMem, kFull.
  absl::StatusOr<Arrival> Arrive(Deadline deadline, os::Interrupt* interrupt = nullptr);

  // Waits for the opening. OK, kBroken: the arrival is over. kTimeout, kInterrupted: the place is still
  // taken; wait again, or leave.
  absl::Status WaitOpened(Arrival* arrival, Deadline deadline, os::Interrupt* interrupt = nullptr);

  // The last party opens the barrier. kBroken: it was broken meanwhile. The arrival is over.
  absl::Status Open(Arrival* arrival);

  // Gives the place up, which breaks the barrier for that reason. OK: it was opened before. kBroken: it
  // is broken, for the reason that the text gives. The arrival is over.
  absl::Status Leave(Arrival* arrival, BreakReason reason);

  // Breaks it; current waiters get kBroken, and so do later ones until Reset().
  void Abort();
  // Makes it empty and whole again; current waiters get kBroken.
  void Reset();

  // Why it is broken; kNone: it is not. Looks for dead parties first.
  BreakReason Broken();
  // How many have arrived and wait; 0 when it is broken. Looks for dead parties first.
  uint32_t Waiting();
  uint32_t parties() const { return state_->parties.load(std::memory_order_relaxed); }

 private:
  absl::Status Check() const;
  uint64_t Load() const;
  uint64_t Object() const;
  absl::StatusOr<Arrival> Arrive(Deadline deadline, os::Interrupt* interrupt, uint32_t* waited_for);
  absl::Status EnrolFor(uint32_t generation, Arrival* arrival);
  absl::Status AwaitAction(uint64_t word, Deadline deadline, os::Interrupt* interrupt);
  bool IsOver(const Arrival& arrival) const;
  bool SomebodyDied(const Arrival& arrival, bool last_look, int* looks) const;
  absl::Status Fate(const Arrival& arrival) const;
  absl::Status Finish(Arrival* arrival, absl::Status fate);
  bool Break(uint32_t generation, BreakReason reason);
  bool BreakIfPartyDied(uint32_t generation);

  // Fixed after construction.
  Context context_;
  State* state_;
};

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_BARRIER_H_
