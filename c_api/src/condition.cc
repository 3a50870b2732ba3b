// Shims of condition.h: making conditions, their lock, and waits in one call. waiter.cc has the others.
#include "billiard/condition.h"

#include <algorithm>
#include <string>

#include "billiard_core/sync/arena_waits.h"
#include "c_api/src/condition_layout.h"
#include "c_api/src/condition_object.h"
#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/owner_token.h"

namespace core = billiard::sync;
using billiard::Code;
using billiard::CodeOf;
using billiard::Deadline;
using billiard::MakeStatus;
using billiard::shared_memory::LockSort;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

absl::StatusOr<std::unique_ptr<bp_condition>> bp_condition::From(ObjectHandle handle) {
  const absl::StatusOr<ConditionLayout*> layout = handle.StateAt<ConditionLayout>(0);
  if (!layout.ok()) return layout.status();
  auto condition = std::make_unique<bp_condition>(std::move(handle));
  const std::shared_ptr<Arena>& arena = condition->object->arena();
  const auto sort = static_cast<LockSort>((*layout)->lock);
  absl::StatusOr<ChosenLock> lock =
      sort == LockSort::kOwn ? ChosenLock::Own(*condition, offsetof(ConditionLayout, own_lock))
                             : ChosenLock::Attach(arena, sort, (*layout)->lock_object);
  if (!lock.ok()) return lock.status();
  if (!lock->exists()) return MakeStatus(Code::kCorrupt, "the condition has no lock");
  condition->lock = *std::move(lock);
  const absl::StatusOr<core::WaitTable*> waits = core::WaitsOf(arena.get());
  if (!waits.ok()) return waits.status();
  const core::Context context = {arena->participants(), *waits};
  core::Condition::State* state = &(*layout)->state;
  if (condition->lock.lock() != nullptr) {
    condition->core.emplace(context, state, condition->lock.lock());
  } else {
    condition->core.emplace(context, state, condition->lock.rlock());
  }
  return condition;
}

namespace {

absl::Status InitCondition(Arena* arena, std::byte* data, const LockChoice& choice) {
  const absl::StatusOr<core::WaitTable*> waits = core::WaitsOf(arena);
  if (!waits.ok()) return waits.status();
  auto* layout = reinterpret_cast<ConditionLayout*>(data);
  layout->lock_object = choice.object;
  layout->lock = static_cast<uint32_t>(choice.sort);
  core::Condition::Init({arena->participants(), *waits}, &layout->state);
  return absl::OkStatus();
}

// Everything that a call by an owner needs: the condition is there, and so is the owner's token.
absl::StatusOr<uint64_t> CheckOwner(const bp_condition* condition, uint64_t owner_token) {
  BP_RETURN_IF_ERROR(CheckHandle(condition, "condition"));
  return OwnerToken(owner_token);
}

absl::Status NotNotified(bool interrupted) {
  return interrupted ? MakeStatus(Code::kInterrupted, "interrupted by its token")
                     : MakeStatus(Code::kTimeout, "not notified in time");
}

}  // namespace

bp_status bp_condition_create(const bp_object_options* options, bp_condition** out,
                              bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    ObjectWishes wishes;
    BP_RETURN_IF_ERROR(ReadObjectOptions(options, 0, TakesLock::kYes, &wishes));
    const absl::StatusOr<LockChoice> choice = ChooseLock(wishes);
    if (!choice.ok()) return choice.status();
    wishes.arena = choice->arena;
    const auto init = [&choice](Arena* arena, std::byte* data) {
      return InitCondition(arena, data, *choice);
    };
    return HandOver(
        MakeObject(wishes, ObjectKind::kCondition, sizeof(ConditionLayout), init, nullptr), out);
  });
}

bp_status bp_condition_attach(bp_segment* segment, uint64_t id, bp_condition** out,
                              bp_error** error) {
  return AttachHandle(segment, id, ObjectKind::kCondition, out, error);
}

uint64_t bp_condition_id(const bp_condition* condition) { return IdOf(condition); }

bp_status bp_condition_acquire(bp_condition* condition, uint64_t owner_token, int64_t timeout_ns,
                               bp_interrupt* interrupt, bp_error** error) {
  return GuardGrant(error, [&]() -> absl::StatusOr<core::Grant> {
    BP_RETURN_IF_ERROR(CheckWait(condition, "condition", timeout_ns));
    return condition->lock.Acquire(owner_token, Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_condition_wait_lock(bp_condition* condition, uint64_t owner_token, int64_t timeout_ns,
                                 bp_interrupt* interrupt, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(condition, "condition", timeout_ns));
    return condition->lock.WaitFree(owner_token, Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_condition_unlock(bp_condition* condition, uint64_t owner_token, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(condition, "condition"));
    return condition->lock.Release(owner_token);
  });
}

bp_status bp_condition_wait(bp_condition* condition, uint64_t owner_token, int64_t timeout_ns,
                            bp_interrupt* interrupt, int32_t* owner_died, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (owner_died != nullptr) *owner_died = 0;
    const absl::StatusOr<uint64_t> token = CheckOwner(condition, owner_token);
    if (!token.ok()) return token.status();
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    const absl::StatusOr<core::Condition::Outcome> outcome =
        condition->core->Wait(*token, Deadline::After(timeout_ns), Core(interrupt));
    if (!outcome.ok()) return outcome.status();
    if (owner_died != nullptr) *owner_died = outcome->grant == core::Grant::kOwnerDied ? 1 : 0;
    return outcome->notified ? absl::OkStatus() : NotNotified(outcome->interrupted);
  });
}

bp_status bp_condition_wait_for(bp_condition* condition, uint64_t owner_token,
                                bp_predicate_fn predicate, void* context, int64_t timeout_ns,
                                bp_interrupt* interrupt, int32_t* value, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    const absl::StatusOr<uint64_t> token = CheckOwner(condition, owner_token);
    if (!token.ok()) return token.status();
    if (predicate == nullptr) return MakeStatus(Code::kInvalid, "predicate: is NULL");
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    const Deadline deadline = Deadline::After(timeout_ns);
    for (;;) {
      const int answer = predicate(context);
      if (value != nullptr) *value = answer;
      if (answer != 0) return absl::OkStatus();
      if (deadline.Expired()) return NotNotified(false);
      const absl::StatusOr<core::Condition::Outcome> outcome =
          condition->core->Wait(*token, deadline, Core(interrupt));
      if (!outcome.ok()) return outcome.status();
      if (outcome->interrupted) return NotNotified(true);
    }
  });
}

bp_status bp_condition_notify(bp_condition* condition, uint64_t owner_token, int64_t count,
                              bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    const absl::StatusOr<uint64_t> token = CheckOwner(condition, owner_token);
    if (!token.ok()) return token.status();
    if (count < 1) return MakeStatus(Code::kInvalid, "count: is below 1");
    const int most = static_cast<int>(std::min<int64_t>(count, INT32_MAX));
    return condition->core->Notify(*token, most).status();
  });
}

bp_status bp_condition_notify_all(bp_condition* condition, uint64_t owner_token, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    const absl::StatusOr<uint64_t> token = CheckOwner(condition, owner_token);
    if (!token.ok()) return token.status();
    return condition->core->NotifyAll(*token).status();
  });
}

uint64_t bp_condition_waiters(const bp_condition* condition) {
  if (condition == nullptr || !condition->Usable().ok()) return 0;
  return static_cast<uint64_t>(condition->core->CountWaiters());
}

size_t bp_condition_describe(const bp_condition* condition, uint64_t owner_token, const char* self,
                             char* text, size_t capacity) {
  if (condition == nullptr || !condition->Usable().ok()) return WriteText("", text, capacity);
  return WriteText("<Condition(" + condition->lock.Description(owner_token, self) + ", " +
                       std::to_string(condition->core->CountWaiters()) + ")>",
                   text, capacity);
}

bp_status bp_condition_get_rlock(bp_condition* condition, bp_rlock** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckHandle(condition, "condition"));
    return condition->lock.GetRLock(out);
  });
}

bp_status bp_condition_get_lock(bp_condition* condition, bp_lock** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckHandle(condition, "condition"));
    return condition->lock.GetLock(out);
  });
}

void bp_condition_release(bp_condition* condition) { delete condition; }
