#include "billiard_core/sync/semaphore.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/sync/outcomes.h"
#include "billiard_core/sync/slices.h"
#include "billiard_core/sync/spin.h"

namespace billiard::sync {

absl::Status Semaphore::Init(State* state, int64_t value) { return Init(state, value, kMaxValue); }

absl::Status Semaphore::Init(State* state, int64_t value, int64_t bound) {
  if (value < 0 || value > kMaxValue) {
    return MakeStatus(Code::kInvalid,
                      absl::StrCat("value: ", value, " is not from 0 to ", kMaxValue));
  }
  // Published with the object.
  state->value.store(static_cast<uint32_t>(value), std::memory_order_relaxed);
  state->bound.store(static_cast<uint32_t>(bound), std::memory_order_relaxed);
  return absl::OkStatus();
}

Semaphore::Semaphore(const Context&, State* state)
    : state_(state),
      bound_(std::min(state->bound.load(std::memory_order_relaxed), uint32_t{kMaxValue})) {}

template <typename Try>
absl::Status Semaphore::Until(Deadline deadline, os::Interrupt* interrupt, Try try_once) {
  for (int tries = deadline.IsNow() ? 0 : SpinTries(); tries > 0; --tries) {
    if (try_once()) return absl::OkStatus();
    PauseCpu();
  }
  if (deadline.Expired()) return try_once() ? absl::OkStatus() : TimedOut();
  absl::Status end;
  for (;;) {
    const EventCount::Key key = state_->released.Prepare();
    BP_FAULT_POINT("semaphore_announced");
    // Whatever ended the wait, the last look comes after it.
    if (try_once()) {
      state_->released.Cancel(key);
      return absl::OkStatus();
    }
    if (!end.ok()) {
      state_->released.Cancel(key);
      return end;
    }
    UpdateSpinTries();
    const WaitResult result = state_->released.Wait(key, deadline, interrupt, kLongestSlice);
    BP_FAULT_POINT("semaphore_woken");
    if (result == WaitResult::kTimedOut) end = TimedOut();
    if (result == WaitResult::kInterrupted) end = Interrupted();
  }
}

absl::Status Semaphore::AcquireSlowly(Deadline deadline, os::Interrupt* interrupt) {
  return Until(deadline, interrupt, [this] { return TryTake(); });
}

absl::Status Semaphore::WaitFree(Deadline deadline, os::Interrupt* interrupt) {
  // [EVENT-SLEEPERS] seq_cst, as in TryTake.
  const absl::Status status =
      Until(deadline, interrupt, [this] { return state_->value.load() > 0; });
  // It may have been woken for a unit that it does not take: the wake-up goes on to the next.
  if (status.ok()) state_->released.NotifyOne();
  return status;
}

absl::Status Semaphore::Release(uint32_t count) {
  if (count == 0) return MakeStatus(Code::kInvalid, "count: must be at least 1");
  uint32_t now = state_->value.load(std::memory_order_relaxed);  // the CAS decides
  do {
    if (now > bound_ || count > bound_ - now) return ReleasedTooOften();
    // [UNIT] release; [EVENT-SLEEPERS] seq_cst.
  } while (!state_->value.compare_exchange_weak(now, now + count, std::memory_order_seq_cst,
                                                std::memory_order_relaxed));
  BP_FAULT_POINT("semaphore_released");
  if (count == 1) {
    state_->released.NotifyOneAfterSeqCst();
  } else {
    state_->released.NotifySome(static_cast<int>(count));
  }
  return absl::OkStatus();
}

}  // namespace billiard::sync
