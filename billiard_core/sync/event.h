// A flag that processes and threads wait for (SYNC-50 to 53). Whoever waits when Set() is called sees it,
// even if Clear() follows at once: the flag counts how often it was set, and a wait is over when it is
// set or has been set since the wait began (G-SYNC-3).
//
// Threads, processes: any. Fork: works in children. Death and stop: nobody waits for a waiter, and a
// waiter that died or stands still takes nothing away from others. A process that dies inside Set()
// either has not set it, or has: then waiters whom it did not wake find out within kRecheckNanos.
// Set() may be called in a signal handler, also of a thread that is in Wait(); so may Clear and IsSet.
//
// The word is {times set 63 | set 1}.
// I1: "times set" grows by one with every change from clear to set, and never otherwise.
#ifndef BILLIARD_CORE_SYNC_EVENT_H_
#define BILLIARD_CORE_SYNC_EVENT_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/sync/event_count.h"

namespace billiard::sync {

class Event {
 public:
  // In shared memory; zeroed, it is clear.
  struct State {
    std::atomic<uint64_t> word;
    EventCount changed;
    uint32_t reserved;
  };
  static_assert(sizeof(State) <= 64 && std::atomic<uint64_t>::is_always_lock_free);

  // A view of the state, which must outlive it.
  explicit Event(State* state) : state_(state) {}

  void Set();
  void Clear();
  bool IsSet() const;

  // OK: it is set, or was set since the call. kTimeout, kInterrupted; not while it is set.
  absl::Status Wait(Deadline deadline, os::Interrupt* interrupt = nullptr) {
    return WaitSince(TimesSet(), deadline, interrupt);
  }

  // For callers that wait in several goes: how often it was set when the wait as a whole began, and one
  // go, which ends as Wait does.
  uint64_t TimesSet() const;
  absl::Status WaitSince(uint64_t times_set, Deadline deadline, os::Interrupt* interrupt = nullptr);

 private:
  bool IsOver(uint64_t times_set) const;

  State* state_;  // fixed after construction
};

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_EVENT_H_
