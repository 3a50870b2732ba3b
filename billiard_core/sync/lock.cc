#include "billiard_core/sync/lock.h"

#include "billiard_core/sync/outcomes.h"

namespace billiard::sync {

void Lock::Init(State* state, const LockOptions& options) {
  FifoWaiters::Init(&state->fifo, options.fifo);
}

absl::StatusOr<Grant> Lock::AcquireSlowly(Deadline deadline, os::Interrupt* interrupt) {
  const absl::StatusOr<shared_memory::Owner> me = participants_->Self();
  if (!me.ok()) return me.status();
  if (fifo_) return Waiters().Take(*me, deadline, interrupt);
  return state_->word.Take(*participants_, *me, 0, deadline, interrupt);
}

absl::Status Lock::ReleaseSlowly() {
  const bool released = fifo_ ? Waiters().Release() : state_->word.TryReleaseAny();
  return released ? absl::OkStatus() : ReleasedTooOften();
}

absl::Status Lock::WaitFree(Deadline deadline, os::Interrupt* interrupt) {
  const shared_memory::Owner me = participants_->SelfIfRegistered();
  if (fifo_) return Waiters().WaitFree(me, deadline, interrupt);
  return state_->word.WaitFree(*participants_, me, deadline, interrupt);
}

}  // namespace billiard::sync
