#include "billiard_core/sync/event_count.h"

#include "billiard_core/os/futex.h"

namespace billiard::sync {

EventCount::Key EventCount::Prepare() {
  uint32_t before = word_.load(std::memory_order_relaxed);  // only a guess for the CAS
  uint32_t after;
  do {
    // Arrivals wrap within their own bits.
    after = (before & ~kArrivalMask) | ((before + kArrival) & kArrivalMask) | kSleepers;
    // [EVENT-SLEEPERS] seq_cst: the waiter's look at its condition comes after it for everybody.
  } while (!word_.compare_exchange_weak(before, after, std::memory_order_seq_cst));
  return Key{after, (before & kSleepers) == 0};
}

void EventCount::Cancel(Key key) {
  if (!key.first) return;
  // Nobody slept before and nobody came since: the bit is ours alone. Else it stays, as a hint.
  uint32_t expected = key.word;
  word_.compare_exchange_strong(expected, key.word & ~kSleepers, std::memory_order_relaxed);
}

WaitResult EventCount::Wait(Key key, Deadline deadline, os::Interrupt* interrupt,
                            int64_t slice_ns) {
  const Deadline slice = slice_ns < 0 ? Deadline::Forever() : Deadline::After(slice_ns);
  const Deadline end = Earlier(deadline, slice);
  for (;;) {
    // [EVENT-NOTIFIED] acquire: what was done before the notification is seen after it.
    const uint32_t now = word_.load(std::memory_order_acquire);
    if ((now ^ key.word) >= kNotification) return WaitResult::kNotified;
    switch (os::FutexWait(&word_, now, end, interrupt)) {
      case os::FutexResult::kWoken:  // by a notification, which the word shows, or by a signal
      case os::FutexResult::kValueChanged:  // perhaps only another arrival
        break;
      case os::FutexResult::kInterrupted:
        return WaitResult::kInterrupted;
      case os::FutexResult::kTimedOut:
        return deadline.Expired() ? WaitResult::kTimedOut : WaitResult::kRecheck;
    }
  }
}

void EventCount::FullFence() {
#ifdef __SANITIZE_THREAD__
  // ThreadSanitizer does not know fences.
  word_.fetch_add(0, std::memory_order_seq_cst);
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

void EventCount::NotifyOne() {
  FullFence();  // [EVENT-SLEEPERS]
  NotifyOneAfterSeqCst();
}

void EventCount::NotifyAll() {
  FullFence();  // [EVENT-SLEEPERS]
  if (MayHaveSleepers()) Wake(os::kWakeAll);
}

void EventCount::NotifySome(int count) {
  FullFence();  // [EVENT-SLEEPERS]
  if (MayHaveSleepers()) Wake(count);
}

void EventCount::NotifyNext() {
  FullFence();  // [EVENT-SLEEPERS]
  NotifyNextAfterSeqCst();
}

void EventCount::WakeNext() {
  uint32_t before = word_.load(std::memory_order_relaxed);  // only a guess for the CAS
  do {
    if ((before & kSleepers) == 0) return;  // somebody else has woken one
    // [EVENT-NOTIFIED] The new number keeps those who are on their way from sleeping.
  } while (!word_.compare_exchange_weak(before, (before + kNotification) & ~kSleepers,
                                        std::memory_order_seq_cst));
  os::FutexWake(&word_, 1);
}

bool EventCount::Adopt(const std::atomic<uint32_t>* word, uint32_t expected) {
  if (!os::FutexMoveOne(word, expected, &word_)) return false;
  // I1. Who notifies in between wakes nobody; the caller sees to that.
  AssumeSleepers();
  return true;
}

void EventCount::WakeAllAnyway() { Wake(os::kWakeAll); }

void EventCount::Wake(int count) {
  // [EVENT-NOTIFIED] The new number keeps those who are on their way from sleeping.
  const uint32_t mine = word_.fetch_add(kNotification, std::memory_order_seq_cst) + kNotification;
  const int woken = os::FutexWake(&word_, count);
  if (woken >= count) return;  // there may be more sleepers
  // Nobody sleeps any more, unless somebody has prepared since, which changed the word (I3).
  uint32_t expected = mine;
  word_.compare_exchange_strong(expected, mine & ~kSleepers, std::memory_order_relaxed);
}

}  // namespace billiard::sync
