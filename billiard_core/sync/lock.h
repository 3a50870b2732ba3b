// A mutual exclusion lock over shared memory that survives the death of its holder. Not recursive; held
// by a process, so that any thread, and in fact any other process, may release it (SYNC-10, SYNC-11).
//
// Threads, processes: any. Fork: a child holds nothing of what its parent held. Death of the holder: the
// next acquirer gets the lock with Grant::kOwnerDied, a sleeper within 100 ms, a try at once. A holder
// that is stopped, or only one thread of which ended, still holds it. Blocking: Acquire and WaitFree, to
// the deadline or the interrupt token; handled signals do not end a wait. Uncontended, a pair of
// Acquire and Release is no system call and, on x86, one locked instruction (owner_word.h, [DRAIN]).
//
// Fair mode (LockOptions::fifo): a release hands the lock to the longest waiter; newcomers can not
// overtake it. It costs a sleep and a wake-up per hand-over, where otherwise whoever runs may take the
// lock. A waiter that is dead is passed over, one that does not run (stopped) after some 50 ms.
#ifndef BILLIARD_CORE_SYNC_LOCK_H_
#define BILLIARD_CORE_SYNC_LOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/fault_point.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/sync/context.h"
#include "billiard_core/sync/fifo_waiters.h"
#include "billiard_core/sync/grant.h"
#include "billiard_core/sync/owner_word.h"

namespace billiard::sync {

struct LockOptions {
  bool fifo = false;
};

class Lock {
 public:
  // In shared memory; zeroed, it is a free lock that is not fair.
  struct State {
    OwnerWord word;
    FifoWaiters::State fifo;
  };
  static_assert(sizeof(State) <= 64);

  // Before anybody else sees the state, which is zero.
  static void Init(State* state, const LockOptions& options);

  // A view of the state, which must outlive it.
  Lock(const Context& context, State* state)
      : participants_(context.participants),
        state_(state),
        fifo_(FifoWaiters::IsFair(state->fifo)) {}

  // kTimeout, kInterrupted, or why this process could not be registered (kFull, kNoMem). A free lock is
  // taken whatever the deadline and the token say.
  absl::StatusOr<Grant> Acquire(Deadline deadline, os::Interrupt* interrupt = nullptr) {
    const shared_memory::Owner me = participants_->SelfIfRegistered();
    if (me == shared_memory::kNobody || !state_->word.TryTake(me)) {
      return AcquireSlowly(deadline, interrupt);
    }
    BP_FAULT_POINT("lock_taken");
    return Grant::kClean;
  }

  // By anybody. kState: the lock is free (two that release it once more than it was taken at the very
  // same time may both be told that they did).
  absl::Status Release() {
    BP_FAULT_POINT("lock_releasing");
    const shared_memory::Owner me = participants_->SelfIfRegistered();
    if (!fifo_ && me != shared_memory::kNobody && state_->word.TryReleaseOwn(me)) {
      return absl::OkStatus();
    }
    return ReleaseSlowly();
  }

  // Waits until an Acquire might succeed, for callers that must not take the lock where they wait: OK when
  // it is free or its holder is dead. It takes nothing and keeps no place in a queue.
  absl::Status WaitFree(Deadline deadline, os::Interrupt* interrupt = nullptr);

  // Who holds it, perhaps a dead process; kNobody if nobody does. A moment's truth.
  shared_memory::Owner Holder() const { return state_->word.holder(); }
  bool fifo() const { return fifo_; }

  // What a release notifies, in a chain (owner_word.h, I2); null for a fair lock. For conditions.
  EventCount* released() { return fifo_ ? nullptr : &state_->word.event(); }

 private:
  absl::StatusOr<Grant> AcquireSlowly(Deadline deadline, os::Interrupt* interrupt);
  absl::Status ReleaseSlowly();
  FifoWaiters Waiters() const { return FifoWaiters(*participants_, &state_->word, &state_->fifo); }

  // Fixed after construction.
  shared_memory::Participants* participants_;
  State* state_;
  bool fifo_;
};

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_LOCK_H_
