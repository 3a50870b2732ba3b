// How every call of a queue waits; only for the queue's own files.
#ifndef BILLIARD_CORE_QUEUE_QUEUE_WAIT_H_
#define BILLIARD_CORE_QUEUE_QUEUE_WAIT_H_

#include <algorithm>

#include "absl/status/status.h"
#include "billiard_core/base/status.h"
#include "billiard_core/queue/queue.h"
#include "billiard_core/sync/spin.h"

namespace billiard::queue {

inline absl::Status StatusOfLook(Look look) {
  switch (look) {
    case Look::kReady:
      return absl::OkStatus();
    case Look::kClosed:
      return MakeStatus(Code::kClosed, "the queue is closed for everybody");
    case Look::kNoMemory:
      return MakeStatus(Code::kNoMem, "out of memory");
    default:
      return MakeStatus(Code::kCorrupt, "the queue's shared memory is damaged");
  }
}

inline absl::Status HandleIsClosed() {
  return MakeStatus(Code::kClosed, "this handle of the queue is closed");
}

inline absl::Status NotInTime(Code code) {
  switch (code) {
    case Code::kFull:
      return MakeStatus(code, "the queue stayed full");
    case Code::kEmpty:
      return MakeStatus(code, "the queue stayed empty");
    default:
      return MakeStatus(code, "messages of the queue stayed unfinished");
  }
}

// Somebody else's change mostly comes within microseconds where the queue is busy, and a sleep costs tens of
// them, on both sides. So a waiter first looks again and again: a moment without giving up its CPU, then
// a little longer with whoever wants the CPU in between. Nobody is held up by that on a single CPU.
inline constexpr int kPauses = 32;  // between two looks, at most, if no more are asked for
inline constexpr int kYields = 24;  // about half a microsecond each when nobody wants the CPU

// The looks come ever more rarely, the first after so many pauses (pace.h).
template <typename TryOnce>
Look SpinFor(int pauses, const TryOnce& try_once) {
  const int most = sync::SpinTries() > 0 ? std::max(pauses, kPauses) : 0;
  for (; pauses <= most; pauses *= 2) {
    for (int i = 0; i < pauses; ++i) sync::PauseCpu();
    const Look look = try_once();
    if (look != Look::kNotYet) return look;
  }
  bool go_on = true;
  for (int i = 0; i < kYields && go_on; ++i) {
    go_on = sync::YieldCpu();
    const Look look = try_once();
    if (look != Look::kNotYet) return look;
  }
  return Look::kNotYet;
}

// Waits until try_once, which looks and perhaps does something, finds more to say than kNotYet. Whatever
// ends the wait, the last look comes after it: a wake-up that came with a timeout is not lost. Who looks
// again and again, with short timeouts, finds the dead as who waits for long does.
template <typename TryOnce>
absl::Status Queue::Until(sync::EventCount* event, Code not_in_time, Deadline deadline,
                          os::Interrupt* interrupt, TryOnce try_once) {
  if (ClosedHere()) return HandleIsClosed();
  const Look look = try_once();
  if (look == Look::kReady) return absl::OkStatus();
  return UntilSlowly(look, event, not_in_time, deadline, interrupt, try_once);
}

// The rest of it, after a first `look`.
template <typename TryOnce>
[[gnu::noinline]] absl::Status Queue::UntilSlowly(Look look, sync::EventCount* event,
                                                  Code not_in_time, Deadline deadline,
                                                  os::Interrupt* interrupt, TryOnce try_once) {
  for (bool first = true;; first = false) {
    if (!first) {
      if (ClosedHere()) return HandleIsClosed();
      look = try_once();
    }
    if (look == Look::kNotYet) {
      if (deadline.Expired()) {
        RecoverSometimes();
        look = try_once();
        return look != Look::kNotYet ? StatusOfLook(look) : NotInTime(not_in_time);
      }
      const bool raised = interrupt != nullptr && interrupt->raised();
      if (first && !raised) look = SpinFor(PausesFor(event), try_once);
    }
    if (look != Look::kNotYet) return StatusOfLook(look);
    const sync::EventCount::Key key = event->Prepare();
    if (ClosedHere()) {
      event->Cancel(key);
      return HandleIsClosed();
    }
    look = try_once();
    if (look != Look::kNotYet) {
      event->Cancel(key);
      return StatusOfLook(look);
    }
    sync::UpdateSpinTries();
    const sync::WaitResult result = event->Wait(key, deadline, interrupt, sync::kRecheckNanos);
    if (result == sync::WaitResult::kRecheck) RecoverSometimes();
    if (result == sync::WaitResult::kNotified || result == sync::WaitResult::kRecheck) continue;
    if (result == sync::WaitResult::kTimedOut) RecoverSometimes();
    if (ClosedHere()) return HandleIsClosed();
    look = try_once();
    if (look != Look::kNotYet) return StatusOfLook(look);
    if (result == sync::WaitResult::kTimedOut) return NotInTime(not_in_time);
    return MakeStatus(Code::kInterrupted, "interrupted by its token");
  }
}

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_QUEUE_WAIT_H_
