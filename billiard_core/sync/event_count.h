// Lets processes sleep until something that they look for may have happened. It carries no state of
// its own: the condition lives elsewhere; an EventCount only makes sure that nobody sleeps through its
// change, and that a change nobody waits for costs one load.
//
// Threads, processes: any number on both sides, through memory that all of them map. Fork: works in
// children. Zeroed memory is a valid EventCount.
//
//   waiting                                         notifying
//   for (;;) {                                      change the condition
//     EventCount::Key key = changed.Prepare();      changed.NotifyOne();
//     if (condition) { changed.Cancel(key); break; }
//     if (changed.Wait(key, deadline, interrupt, kRecheckNanos) is kTimedOut or kInterrupted) ...
//   }
//
// The word is {notifications 16 | arrivals 15 | sleepers 1}, and the futex that everybody sleeps on.
// I1: `sleepers` is a hint in one direction only: it may be set with nobody asleep (sleepers were killed,
//     or are on their way), it is never clear while somebody sleeps, or is about to, on the current
//     value's notification number.
// I2: every Prepare changes `arrivals`, every notification that finds `sleepers` set changes
//     `notifications`. A waiter sleeps only while the notification number is the one of its key.
// I3: `sleepers` is cleared only by a notifier after whose wake nobody sleeps, or by a canceller who was
//     the first to set it; both by a CAS from exactly the value that they made themselves, so that a
//     Prepare since then makes it fail.
// So a waiter killed anywhere leaves at most a set bit, which costs the next notifier one system call;
// there is no count of sleepers that a death could leave wrong.
//
// Two things end in a wait that is too long, never in one without end, if waiters pass a slice: a waiter
// killed after it was woken and before it used what it was woken for; and 2^16 notifications within the
// few instructions between two looks at the word. Waiters in objects without a supervisor pass
// kRecheckNanos and look at their condition again.
#ifndef BILLIARD_CORE_SYNC_EVENT_COUNT_H_
#define BILLIARD_CORE_SYNC_EVENT_COUNT_H_

#include <atomic>
#include <cstdint>

#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"

namespace billiard::sync {

// How often a sleeper looks again where nobody re-wakes it after a death.
inline constexpr int64_t kRecheckNanos = 100 * kNanosPerMilli;

enum class WaitResult {
  kNotified,     // look again
  kRecheck,      // the slice is over: look again
  kTimedOut,     // the deadline has passed
  kInterrupted,  // the token is raised
};

class EventCount {
 public:
  struct Key {
    uint32_t word;
    bool first;  // `sleepers` was clear before
  };

  // Announces a wait. The condition must be looked at after it (with seq_cst loads), and then either
  // Wait or Cancel be called.
  Key Prepare();

  // Takes the announcement back.
  void Cancel(Key key);

  // Sleeps until a notification after Prepare, the deadline, the interrupt, or the end of the slice
  // (-1: none). After any result but kNotified the condition may hold all the same: look once more.
  WaitResult Wait(Key key, Deadline deadline, os::Interrupt* interrupt, int64_t slice_ns = -1);

  // Wakes one sleeper, or all, if there are any. The change of the condition may have any order.
  void NotifyOne();
  void NotifyAll();

  // The same for a caller whose change of the condition is itself a seq_cst read-modify-write: no fence.
  void NotifyOneAfterSeqCst() { NotifyAfterSeqCst(1); }
  // Up to `count` sleepers, more than 0.
  void NotifyAfterSeqCst(int count) {
    if (MayHaveSleepers()) Wake(count);
  }

  // Wakes up to `count` sleepers.
  void NotifySome(int count);

  // Wakes one sleeper and clears `sleepers` although there may be more: for chains, in which everybody
  // who has slept prepares anew before it looks for the last time, and does not cancel that. So
  // while one that was woken is on its way, others who notify find nothing to do. In a chain I1 holds
  // but for a wake-up on its way; if that is lost with a process, the rest wait for their slice.
  void NotifyNext();
  void NotifyNextAfterSeqCst() {
    if (MayHaveSleepers()) WakeNext();
  }

  // One who sleeps on another word, while that is `expected`, is to be woken by a notification here: true.
  // False: nobody slept there. It is moved, not woken, and need not have prepared.
  bool Adopt(const std::atomic<uint32_t>* word, uint32_t expected);

  // Somebody may sleep here: for one of a chain who was woken without having slept on a key of this.
  void AssumeSleepers() { Prepare(); }

  // Wakes everybody, also when no sleeper is known: for a supervisor after a death.
  void WakeAllAnyway();

  // False: nobody sleeps, or is about to, who prepared before what the caller last changed with seq_cst.
  bool MayHaveSleepers() const {
    // [EVENT-SLEEPERS] seq_cst with the change before it: pairs with Prepare and the look after it.
    return (word_.load(std::memory_order_seq_cst) & kSleepers) != 0;
  }

 private:
  static constexpr uint32_t kSleepers = 1;
  static constexpr uint32_t kArrival = 2;
  static constexpr uint32_t kArrivalMask = 0xfffe;
  static constexpr uint32_t kNotification = 1u << 16;

  void FullFence();
  void WakeNext();
  void Wake(int count);

  std::atomic<uint32_t> word_{0};  // shared
};
static_assert(sizeof(EventCount) == 4);

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_EVENT_COUNT_H_
