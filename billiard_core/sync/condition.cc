#include "billiard_core/sync/condition.h"

#include <climits>

#include "billiard_core/base/fault_point.h"
#include "billiard_core/base/status.h"
#include "billiard_core/sync/event_count.h"
#include "billiard_core/sync/outcomes.h"

namespace billiard::sync {
namespace {

absl::Status WaitWithoutLock() {
  return MakeStatus(Code::kState, "must acquire() condition before using wait()");
}

absl::Status NotifyWithoutLock() { return MakeStatus(Code::kState, "lock is not owned"); }

}  // namespace

void Condition::Init(const Context& context, State* state) {
  state->object.store(context.waits->NewObject(), std::memory_order_relaxed);
}

absl::StatusOr<uint64_t> Condition::Object() const {
  const uint64_t object = state_->object.load(std::memory_order_relaxed);
  if (object == 0) return MakeStatus(Code::kCorrupt, "not a condition");
  return object;
}

bool Condition::Owns(uint64_t token) const {
  if (rlock_ != nullptr) return rlock_->HeldBy(token);
  const shared_memory::Owner me = context_.participants->SelfIfRegistered();
  return me != shared_memory::kNobody && lock_->Holder() == me;
}

bool Condition::IsFree() const {
  const shared_memory::Owner holder = rlock_ != nullptr ? rlock_->Holder() : lock_->Holder();
  return holder == shared_memory::kNobody;
}

absl::Status Condition::BeginWait(uint64_t token, Waiting* waiting) {
  const absl::StatusOr<uint64_t> object = Object();
  if (!object.ok()) return object.status();
  if (!Owns(token)) return WaitWithoutLock();
  // Before the lock is free: whoever notifies under it finds this wait.
  const absl::StatusOr<WaitTable::Enrolment> enrolment = context_.waits->Enrol(*object, 0);
  if (!enrolment.ok()) return enrolment.status();
  *waiting = Waiting();
  waiting->enrolment = *enrolment;
  waiting->token = token;
  absl::Status released;
  if (rlock_ != nullptr) {
    const absl::StatusOr<uint32_t> depth = rlock_->ReleaseAll(token);
    released = depth.status();
    if (depth.ok()) waiting->depth = *depth;
  } else {
    released = lock_->Release();
  }
  BP_FAULT_POINT("condition_wait_released");
  if (released.ok()) return released;
  // Somebody else released it in between.
  context_.waits->Leave(&waiting->enrolment);
  return WaitWithoutLock();
}

absl::Status Condition::WaitNotified(const Waiting& waiting, Deadline deadline,
                                     os::Interrupt* interrupt) {
  if (waiting.settled || waiting.enrolment.ticket == 0) {
    return MakeStatus(Code::kState, "the wait is over");
  }
  for (;;) {
    const WaitResult result =
        context_.waits->Sleep(waiting.enrolment, deadline, interrupt, kRecheckNanos);
    if (result == WaitResult::kNotified || context_.waits->IsNotified(waiting.enrolment)) {
      return absl::OkStatus();
    }
    if (result == WaitResult::kInterrupted) return Interrupted();
    // Also at the end: those who wait in short goes would never look otherwise.
    context_.waits->HandOnFromDead(state_->object.load(std::memory_order_relaxed));
    if (result == WaitResult::kTimedOut) {
      return context_.waits->IsNotified(waiting.enrolment) ? absl::OkStatus() : TimedOut();
    }
  }
}

absl::StatusOr<Grant> Condition::EndWait(Waiting* waiting, Deadline deadline,
                                         os::Interrupt* interrupt) {
  if (waiting->enrolment.ticket == 0) return MakeStatus(Code::kState, "the wait is over");
  if (!waiting->settled) {
    waiting->notified = context_.waits->Settle(waiting->enrolment);
    waiting->settled = true;
  }
  absl::StatusOr<Grant> grant =
      rlock_ != nullptr ? rlock_->Restore(waiting->token, waiting->depth, deadline, interrupt)
                        : lock_->Acquire(deadline, interrupt);
  BP_FAULT_POINT("condition_wait_locked");
  // A release may have woken it, and nobody else: it goes on with that chain, with the lock or without.
  if (waiting->notified && Released() != nullptr) Released()->AssumeSleepers();
  // Not before: until the lock is there, whose death would be news to others, the notification is not
  // used.
  if (grant.ok()) context_.waits->Leave(&waiting->enrolment);
  return grant;
}

void Condition::Abandon(Waiting* waiting) {
  if (waiting->enrolment.ticket == 0) return;
  context_.waits->Abandon(&waiting->enrolment);
  EventCount* const released = Released();
  if (released == nullptr) return;
  // A release may have woken it, which is somebody else's now.
  released->AssumeSleepers();
  released->NotifyNext();
}

absl::StatusOr<Condition::Outcome> Condition::Wait(uint64_t token, Deadline deadline,
                                                   os::Interrupt* interrupt) {
  Waiting waiting;
  if (absl::Status status = BeginWait(token, &waiting); !status.ok()) return status;
  const absl::Status woken = WaitNotified(waiting, deadline, interrupt);
  const absl::StatusOr<Grant> grant = EndWait(&waiting, Deadline::Forever(), nullptr);
  if (!grant.ok()) {
    Abandon(&waiting);  // the caller gets no handle on it
    return grant.status();
  }
  const bool interrupted = !waiting.notified && CodeOf(woken) == Code::kInterrupted;
  return Outcome{waiting.notified, interrupted, *grant};
}

absl::StatusOr<int> Condition::Notify(uint64_t token, int count) {
  const absl::StatusOr<uint64_t> object = Object();
  if (!object.ok()) return object.status();
  if (!Owns(token)) return NotifyWithoutLock();
  if (count < 0) return MakeStatus(Code::kInvalid, "count: must not be negative");
  if (count == 0) return 0;
  // Many had better be woken at once, or each would wait for the ones before.
  EventCount* const released = count == 1 ? Released() : nullptr;
  const int notified = context_.waits->Notify(*object, count, released);
  // Somebody else released it meanwhile, perhaps before there was a sleeper to be woken.
  if (released != nullptr && IsFree()) released->NotifyNext();
  return notified;
}

absl::StatusOr<int> Condition::NotifyAll(uint64_t token) { return Notify(token, INT_MAX); }

int Condition::CountWaiters() const {
  const absl::StatusOr<uint64_t> object = Object();
  return object.ok() ? context_.waits->CountWaiting(*object) : 0;
}

}  // namespace billiard::sync
