#include "c_api/src/chosen_lock.h"

#include "c_api/src/lock_object.h"
#include "c_api/src/owner_token.h"
#include "c_api/src/rlock_object.h"

namespace billiard::c_api {
namespace {

using shared_memory::LockSort;

absl::Status HasNone() { return MakeStatus(Code::kState, "the object is raw: it has no lock"); }

}  // namespace

absl::StatusOr<LockChoice> ChooseLock(const ObjectWishes& wishes) {
  if ((wishes.flags & BP_NO_LOCK) != 0) return LockChoice{LockSort::kNone, 0, wishes.arena};
  const ObjectHandle* given = nullptr;
  LockSort sort = LockSort::kOwn;
  if (wishes.lock != nullptr) {
    given = wishes.lock;
    sort = LockSort::kLock;
  } else if (wishes.rlock != nullptr) {
    given = wishes.rlock;
    sort = LockSort::kRLock;
  } else {
    return LockChoice{LockSort::kOwn, 0, wishes.arena};
  }
  BP_RETURN_IF_ERROR(given->Usable());
  const std::shared_ptr<Arena>& arena = given->object->arena();
  if (wishes.arena != nullptr && wishes.arena != arena) {
    return MakeStatus(Code::kInvalid, "options.lock: lives in another segment");
  }
  return LockChoice{sort, given->object->name().ToId(), arena};
}

absl::StatusOr<ChosenLock> ChosenLock::Own(const ObjectHandle& owner, uint64_t offset) {
  const absl::StatusOr<sync::RLock::State*> state = owner.StateAt<sync::RLock::State>(offset);
  if (!state.ok()) return state.status();
  ChosenLock chosen;
  chosen.handle_ = owner;
  chosen.rlock_state_ = *state;
  chosen.rlock_.emplace(owner.context(), *state);
  return chosen;
}

absl::StatusOr<ChosenLock> ChosenLock::Attach(const std::shared_ptr<Arena>& arena, LockSort sort,
                                              uint64_t object) {
  ChosenLock chosen;
  if (sort == LockSort::kLock) {
    absl::StatusOr<ObjectHandle> handle = AttachObject(arena, object, ObjectKind::kLock);
    if (!handle.ok()) return handle.status();
    const absl::StatusOr<sync::Lock::State*> state = handle->StateAt<sync::Lock::State>(0);
    if (!state.ok()) return state.status();
    chosen.handle_ = *std::move(handle);
    chosen.lock_state_ = *state;
    chosen.lock_.emplace(chosen.handle_.context(), *state);
  } else if (sort == LockSort::kRLock) {
    const absl::StatusOr<std::unique_ptr<bp_rlock>> rlock = AttachRLock(arena, object);
    if (!rlock.ok()) return rlock.status();
    chosen.handle_ = **rlock;
    chosen.rlock_state_ = (*rlock)->state;
    chosen.rlock_.emplace(chosen.handle_.context(), (*rlock)->state);
  }
  return chosen;
}

absl::StatusOr<sync::Grant> ChosenLock::Acquire(uint64_t owner_token, Deadline deadline,
                                                os::Interrupt* interrupt) {
  if (lock_.has_value()) return lock_->Acquire(deadline, interrupt);
  if (!rlock_.has_value()) return HasNone();
  const absl::StatusOr<uint64_t> token = OwnerToken(owner_token);
  return token.ok() ? rlock_->Acquire(*token, deadline, interrupt) : token.status();
}

absl::Status ChosenLock::WaitFree(uint64_t owner_token, Deadline deadline,
                                  os::Interrupt* interrupt) {
  if (lock_.has_value()) return lock_->WaitFree(deadline, interrupt);
  if (!rlock_.has_value()) return HasNone();
  const absl::StatusOr<uint64_t> token = OwnerToken(owner_token);
  return token.ok() ? rlock_->WaitFree(*token, deadline, interrupt) : token.status();
}

absl::Status ChosenLock::Release(uint64_t owner_token) {
  if (lock_.has_value()) return lock_->Release();
  if (!rlock_.has_value()) return HasNone();
  const absl::StatusOr<uint64_t> token = OwnerToken(owner_token);
  return token.ok() ? rlock_->Release(*token) : token.status();
}

absl::Status ChosenLock::GetLock(bp_lock** out) const {
  if (!lock_.has_value()) return MakeStatus(Code::kNotFound, "its lock is not a Lock");
  *out = new bp_lock(handle_, lock_state_);
  return absl::OkStatus();
}

absl::Status ChosenLock::GetRLock(bp_rlock** out) const {
  if (!rlock_.has_value()) return MakeStatus(Code::kNotFound, "its lock is not an RLock");
  *out = new bp_rlock(handle_, rlock_state_);
  return absl::OkStatus();
}

std::string ChosenLock::Description(uint64_t owner_token, const char* self) const {
  if (lock_.has_value()) return DescribeLock(*handle_.context().participants, *lock_, self);
  if (!rlock_.has_value()) return "None";
  return DescribeRLock(*handle_.context().participants, *rlock_,
                       OwnerToken(owner_token).value_or(owner_token), self);
}

}  // namespace billiard::c_api
