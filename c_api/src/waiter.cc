// Shims of condition.h: waits in steps.
#include <memory>

#include "billiard_core/os/fork_guard.h"
#include "c_api/src/condition_object.h"
#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/owner_token.h"

namespace core = billiard::sync;
using billiard::Code;
using billiard::Deadline;
using billiard::MakeStatus;
using billiard::os::ProcessToken;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

namespace {

absl::Status CheckWaiter(const bp_waiter* waiter, int64_t timeout_ns) {
  BP_RETURN_IF_ERROR(NotNull(waiter, "waiter"));
  if (waiter->process != ProcessToken()) {
    return MakeStatus(Code::kForked, "the waiter belongs to another process");
  }
  if (waiter->over) return MakeStatus(Code::kState, "the wait is over");
  return CheckTimeout(timeout_ns);
}

}  // namespace

bp_status bp_condition_begin_wait(bp_condition* condition, uint64_t owner_token, bp_waiter** out,
                                  bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckHandle(condition, "condition"));
    const absl::StatusOr<uint64_t> token = OwnerToken(owner_token);
    if (!token.ok()) return token.status();
    auto waiter = std::make_unique<bp_waiter>(bp_waiter{condition, ProcessToken(), {}});
    BP_RETURN_IF_ERROR(condition->core->BeginWait(*token, &waiter->waiting));
    *out = waiter.release();
    return absl::OkStatus();
  });
}

bp_status bp_waiter_wait(bp_waiter* waiter, int64_t timeout_ns, bp_interrupt* interrupt,
                         bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWaiter(waiter, timeout_ns));
    return waiter->condition->core->WaitNotified(waiter->waiting, Deadline::After(timeout_ns),
                                                 Core(interrupt));
  });
}

bp_status bp_waiter_end(bp_waiter* waiter, int64_t timeout_ns, bp_interrupt* interrupt,
                        int32_t* notified, bp_error** error) {
  return GuardGrant(error, [&]() -> absl::StatusOr<core::Grant> {
    BP_RETURN_IF_ERROR(CheckWaiter(waiter, timeout_ns));
    const absl::StatusOr<core::Grant> grant = waiter->condition->core->EndWait(
        &waiter->waiting, Deadline::After(timeout_ns), Core(interrupt));
    if (notified != nullptr) *notified = waiter->waiting.notified ? 1 : 0;
    waiter->over = grant.ok();
    return grant;
  });
}

bp_status bp_waiter_wait_lock(bp_waiter* waiter, int64_t timeout_ns, bp_interrupt* interrupt,
                              bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWaiter(waiter, timeout_ns));
    ChosenLock& lock = waiter->condition->lock;
    const Deadline deadline = Deadline::After(timeout_ns);
    return lock.rlock() != nullptr
               ? lock.rlock()->WaitFree(waiter->waiting.token, deadline, Core(interrupt))
               : lock.lock()->WaitFree(deadline, Core(interrupt));
  });
}

void bp_waiter_release(bp_waiter* waiter) {
  if (waiter == nullptr) return;
  if (!waiter->over && waiter->process == ProcessToken()) {
    waiter->condition->core->Abandon(&waiter->waiting);
  }
  delete waiter;
}
