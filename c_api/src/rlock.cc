// Shims of rlock.h.
#include "billiard/rlock.h"

#include "billiard_core/shared_memory/typed_object.h"
#include "c_api/src/condition_layout.h"
#include "c_api/src/guard.h"
#include "c_api/src/holder.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/owner_token.h"
#include "c_api/src/rlock_object.h"

namespace core = billiard::sync;
using billiard::Code;
using billiard::Deadline;
using billiard::MakeStatus;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

absl::StatusOr<std::unique_ptr<bp_rlock>> bp_rlock::From(ObjectHandle handle) {
  const absl::StatusOr<core::RLock::State*> state = handle.StateAt<core::RLock::State>(0);
  if (!state.ok()) return state.status();
  return std::make_unique<bp_rlock>(std::move(handle), *state);
}

namespace billiard::c_api {
namespace {

using shared_memory::LockSort;
using shared_memory::TypedLayout;

absl::Status HasNoRLock() {
  return MakeStatus(Code::kInvalid, "id: the object has no RLock of its own");
}

// Where the RLock of a condition, value or array lies in it.
absl::StatusOr<uint64_t> OffsetOfOwnLock(const Object& object, ObjectKind kind) {
  if (kind == ObjectKind::kCondition) {
    const auto* layout = object.As<ConditionLayout>();
    if (layout == nullptr || layout->lock != static_cast<uint32_t>(LockSort::kOwn)) {
      return HasNoRLock();
    }
    return offsetof(ConditionLayout, own_lock);
  }
  const absl::StatusOr<TypedLayout> layout = TypedLayout::ReadFrom(object.data(), object.bytes());
  if (!layout.ok()) return layout.status();
  if (layout->lock != LockSort::kOwn) return HasNoRLock();
  return layout->lock_offset;
}

}  // namespace

absl::StatusOr<std::unique_ptr<bp_rlock>> AttachRLock(const std::shared_ptr<Arena>& arena,
                                                      uint64_t id) {
  absl::StatusOr<ObjectHandle> handle = AttachObject(arena, id, ObjectKind::kRLock);
  if (handle.ok()) return bp_rlock::From(*std::move(handle));
  const absl::Status refusal = handle.status();
  if (CodeOf(refusal) != Code::kInvalid) return refusal;
  for (ObjectKind kind : {ObjectKind::kCondition, ObjectKind::kValue, ObjectKind::kArray}) {
    handle = AttachObject(arena, id, kind);
    if (!handle.ok()) continue;
    const absl::StatusOr<uint64_t> offset = OffsetOfOwnLock(*handle->object, kind);
    if (!offset.ok()) return offset.status();
    const absl::StatusOr<sync::RLock::State*> state = handle->StateAt<sync::RLock::State>(*offset);
    if (!state.ok()) return state.status();
    return std::make_unique<bp_rlock>(*std::move(handle), *state);
  }
  return refusal;
}

std::string DescribeRLock(const shared_memory::Participants& participants, const sync::RLock& rlock,
                          uint64_t token, const char* self) {
  std::string owner;
  switch (HeldBy(participants, rlock.Holder(), nullptr)) {
    case BP_HELD_BY_NOBODY:
      return "<RLock(None, 0)>";
    case BP_HELD_BY_CALLER:
    case BP_HELD_BY_THREAD:
      if (const uint32_t depth = rlock.Depth(token); depth > 0) {
        return "<RLock(" + OwnName(self) + ", " + std::to_string(depth) + ")>";
      }
      owner = "SomeOtherThread";
      break;
    case BP_HELD_BY_PROCESS:
      owner = "SomeOtherProcess";
      break;
    case BP_HELD_BY_DEAD:
      owner = "unknown";
      break;
  }
  return "<RLock(" + owner + ", nonzero)>";
}

}  // namespace billiard::c_api

bp_status bp_rlock_create(const bp_object_options* options, bp_rlock** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    ObjectWishes wishes;
    BP_RETURN_IF_ERROR(ReadObjectOptions(options, 0, TakesLock::kNo, &wishes));
    return HandOver(
        MakeObject(wishes, ObjectKind::kRLock, sizeof(core::RLock::State), nullptr, nullptr), out);
  });
}

bp_status bp_rlock_attach(bp_segment* segment, uint64_t id, bp_rlock** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    absl::StatusOr<std::unique_ptr<bp_rlock>> rlock = AttachRLock(ArenaOf(segment), id);
    if (!rlock.ok()) return rlock.status();
    *out = rlock->release();
    return absl::OkStatus();
  });
}

uint64_t bp_rlock_id(const bp_rlock* rlock) { return IdOf(rlock); }

bp_status bp_rlock_acquire(bp_rlock* rlock, uint64_t owner_token, int64_t timeout_ns,
                           bp_interrupt* interrupt, bp_error** error) {
  return GuardGrant(error, [&]() -> absl::StatusOr<core::Grant> {
    BP_RETURN_IF_ERROR(CheckWait(rlock, "rlock", timeout_ns));
    const absl::StatusOr<uint64_t> token = OwnerToken(owner_token);
    if (!token.ok()) return token.status();
    return rlock->core.Acquire(*token, Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_rlock_wait(bp_rlock* rlock, uint64_t owner_token, int64_t timeout_ns,
                        bp_interrupt* interrupt, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(rlock, "rlock", timeout_ns));
    const absl::StatusOr<uint64_t> token = OwnerToken(owner_token);
    if (!token.ok()) return token.status();
    return rlock->core.WaitFree(*token, Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_rlock_unlock(bp_rlock* rlock, uint64_t owner_token, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(rlock, "rlock"));
    const absl::StatusOr<uint64_t> token = OwnerToken(owner_token);
    if (!token.ok()) return token.status();
    return rlock->core.Release(*token);
  });
}

uint64_t bp_rlock_count(const bp_rlock* rlock) {
  return rlock == nullptr || !rlock->Usable().ok() ? 0 : rlock->core.Depth();
}

int32_t bp_rlock_holder(const bp_rlock* rlock, uint64_t owner_token, int32_t* pid) {
  if (pid != nullptr) *pid = 0;
  if (rlock == nullptr || !rlock->Usable().ok()) return BP_HELD_BY_NOBODY;
  const bp_held_by by = HeldBy(*rlock->context().participants, rlock->core.Holder(), pid);
  const absl::StatusOr<uint64_t> token = OwnerToken(owner_token);
  const bool another = by == BP_HELD_BY_CALLER && (!token.ok() || !rlock->core.HeldBy(*token));
  return another ? BP_HELD_BY_THREAD : by;
}

size_t bp_rlock_describe(const bp_rlock* rlock, uint64_t owner_token, const char* self, char* text,
                         size_t capacity) {
  if (rlock == nullptr || !rlock->Usable().ok()) return WriteText("", text, capacity);
  const uint64_t token = OwnerToken(owner_token).value_or(owner_token);
  return WriteText(DescribeRLock(*rlock->context().participants, rlock->core, token, self), text,
                   capacity);
}

void bp_rlock_release(bp_rlock* rlock) { delete rlock; }
