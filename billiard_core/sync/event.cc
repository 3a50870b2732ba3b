#include "billiard_core/sync/event.h"

#include "billiard_core/base/fault_point.h"
#include "billiard_core/sync/outcomes.h"

namespace billiard::sync {
namespace {

constexpr uint64_t kSetBit = 1;
constexpr uint64_t kOnce = 2;  // of the times it was set

}  // namespace

void Event::Set() {
  uint64_t word = state_->word.load(std::memory_order_relaxed);  // the CAS orders
  uint64_t after;
  do {
    after = (word & kSetBit) != 0 ? word : word + kOnce + kSetBit;
    // [EVENT] release: what the caller did before is seen by those whose wait it ends. A write also when it
    // is set already: either a Clear() comes after it in the word's order and sees what the caller did,
    // or it came before, and is seen here. A mere load could come before the caller's own stores, and
    // one that clears, looks for work and waits would miss both.
  } while (!state_->word.compare_exchange_weak(word, after, std::memory_order_release,
                                               std::memory_order_relaxed));
  BP_FAULT_POINT("event_set_done");
  // Also if it was set already: whoever did it may have died before waking the waiters.
  state_->changed.NotifyAll();
}

void Event::Clear() {
  state_->word.fetch_and(~kSetBit, std::memory_order_acquire);  // [EVENT] of a Set() that it undoes
}

bool Event::IsSet() const {
  return (state_->word.load(std::memory_order_acquire) & kSetBit) != 0;  // [EVENT]
}

uint64_t Event::TimesSet() const {
  return state_->word.load(std::memory_order_acquire) >> 1;  // [EVENT]
}

bool Event::IsOver(uint64_t times_set) const {
  // [EVENT] acquire; [EVENT-SLEEPERS] seq_cst: the look that comes after EventCount::Prepare.
  const uint64_t word = state_->word.load(std::memory_order_seq_cst);
  return (word & kSetBit) != 0 || word >> 1 != times_set;
}

absl::Status Event::WaitSince(uint64_t times_set, Deadline deadline, os::Interrupt* interrupt) {
  for (;;) {
    if (IsOver(times_set)) return absl::OkStatus();
    const EventCount::Key key = state_->changed.Prepare();
    if (IsOver(times_set)) {
      state_->changed.Cancel(key);
      return absl::OkStatus();
    }
    BP_FAULT_POINT("event_wait_prepared");
    const WaitResult result = state_->changed.Wait(key, deadline, interrupt, kRecheckNanos);
    // Whatever ended the wait, an event that was set meanwhile is what counts.
    if (result == WaitResult::kNotified || result == WaitResult::kRecheck) continue;
    if (IsOver(times_set)) return absl::OkStatus();
    return result == WaitResult::kTimedOut ? TimedOut() : Interrupted();
  }
}

}  // namespace billiard::sync
