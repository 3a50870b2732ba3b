// A condition variable over a Lock or an RLock (SYNC-40 to 47). Waiters enrol in the wait table, so a
// notification knows whom it wakes: Notify(n) wakes exactly n of those who wait at the time, the longest
// waiters first; those who timed out, or are dead, do not count; nobody wakes without a reason. Notify
// never waits for a waiter (G-SYNC-2).
//
// Who is notified alone is woken by the release of the lock, which it needs anyway, not before.
//
// Threads, processes: any. Fork: a child inherits no wait. Death of a waiter before it has the lock back:
// its notification goes to the next of those who waited when it was given, within kRecheckNanos; if the
// notifier sees the death, at once. Death of a notifier: each waiter was notified or not, and looks
// within kRecheckNanos. Stop: a
// notification stays with a stopped waiter, who is alive. Blocking: waits only.
//
// A wait in one call, or in three parts for runtimes with a lock of their own to release:
//   Condition::Waiting waiting;
//   condition.BeginWait(token, &waiting);                     // enrols, and releases the lock
//   condition.WaitNotified(waiting, deadline, interrupt);     // sleeps; may be repeated
//   condition.EndWait(&waiting, Deadline::Forever(), nullptr);  // takes the lock again; or Abandon()
#ifndef BILLIARD_CORE_SYNC_CONDITION_H_
#define BILLIARD_CORE_SYNC_CONDITION_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/sync/context.h"
#include "billiard_core/sync/grant.h"
#include "billiard_core/sync/lock.h"
#include "billiard_core/sync/rlock.h"
#include "billiard_core/sync/wait_table.h"

namespace billiard::sync {

class Condition {
 public:
  // In shared memory. Its lock's state is elsewhere.
  struct State {
    std::atomic<uint64_t> object;  // its name in the wait table; never changes after Init
  };
  static_assert(sizeof(State) <= 64);

  // Before anybody else sees the state.
  static void Init(const Context& context, State* state);

  // Views of the state and of its lock, which must outlive it. All users of a condition must use the same
  // lock. kCorrupt from all calls if the state was not initialised.
  Condition(const Context& context, State* state, Lock* lock)
      : context_(context), state_(state), lock_(lock) {}
  Condition(const Context& context, State* state, RLock* rlock)
      : context_(context), state_(state), rlock_(rlock) {}

  struct Outcome {
    bool notified;
    bool interrupted;  // and not notified
    Grant grant;       // of the lock, which the caller holds again
  };

  // Releases the lock wholly, waits, and takes it again to the same depth, in every outcome; the deadline
  // and the token limit the wait for the notification alone. `token` is the RLock's; ignored for a Lock.
  // kState "must acquire() condition before using wait()"; kNoMem, kFull: nothing has happened then.
  absl::StatusOr<Outcome> Wait(uint64_t token, Deadline deadline,
                               os::Interrupt* interrupt = nullptr);

  // A wait under way; belongs to the thread that began it.
  struct Waiting {
    WaitTable::Enrolment enrolment;
    uint64_t token = 0;
    uint32_t depth = 0;
    bool settled = false;   // by the first EndWait
    bool notified = false;  // valid when settled
  };

  // Enrols the caller and releases the lock wholly. Errors as for Wait: then nothing has begun.
  absl::Status BeginWait(uint64_t token, Waiting* waiting);
  // OK: notified. kTimeout, kInterrupted: not yet, and the caller is still enrolled.
  absl::Status WaitNotified(const Waiting& waiting, Deadline deadline,
                            os::Interrupt* interrupt = nullptr);
  // Decides at its first call whether the caller was notified, and takes the lock again. kTimeout,
  // kInterrupted: the lock is not there yet; must be called again.
  absl::StatusOr<Grant> EndWait(Waiting* waiting, Deadline deadline,
                                os::Interrupt* interrupt = nullptr);

  // For a wait that will never be ended: withdraws it, before or after the first EndWait, and takes no
  // lock. A notification that it had goes to another waiter, as if this one had died. Does nothing to a
  // wait that is over. Any thread; not in a child forked since.
  void Abandon(Waiting* waiting);

  // Wakes up to `count` waiters, and tells how many there were. kState "lock is not owned".
  absl::StatusOr<int> Notify(uint64_t token, int count = 1);
  absl::StatusOr<int> NotifyAll(uint64_t token);

  // Living waiters that were not notified. A moment's truth; looks at each one's process.
  int CountWaiters() const;

 private:
  absl::StatusOr<uint64_t> Object() const;
  bool Owns(uint64_t token) const;
  bool IsFree() const;
  EventCount* Released() { return rlock_ != nullptr ? rlock_->released() : lock_->released(); }

  // Fixed after construction; one of the locks is null.
  Context context_;
  State* state_;
  Lock* lock_ = nullptr;
  RLock* rlock_ = nullptr;
};

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_CONDITION_H_
