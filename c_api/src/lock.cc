// Shims of lock.h.
#include "billiard/lock.h"

#include "c_api/src/guard.h"
#include "c_api/src/holder.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/lock_object.h"

namespace core = billiard::sync;
using billiard::Deadline;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

absl::StatusOr<std::unique_ptr<bp_lock>> bp_lock::From(ObjectHandle handle) {
  const absl::StatusOr<core::Lock::State*> state = handle.StateAt<core::Lock::State>(0);
  if (!state.ok()) return state.status();
  return std::make_unique<bp_lock>(std::move(handle), *state);
}

namespace billiard::c_api {

std::string DescribeLock(const shared_memory::Participants& participants, const sync::Lock& lock,
                         const char* self) {
  std::string owner;
  switch (HeldBy(participants, lock.Holder(), nullptr)) {
    case BP_HELD_BY_NOBODY:
      owner = "None";
      break;
    case BP_HELD_BY_CALLER:
    case BP_HELD_BY_THREAD:
      owner = OwnName(self);
      break;
    case BP_HELD_BY_PROCESS:
      owner = "SomeOtherProcess";
      break;
    case BP_HELD_BY_DEAD:
      owner = "unknown";
      break;
  }
  return "<Lock(owner=" + owner + ")>";
}

}  // namespace billiard::c_api

bp_status bp_lock_create(const bp_object_options* options, bp_lock** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    ObjectWishes wishes;
    BP_RETURN_IF_ERROR(ReadObjectOptions(options, BP_FIFO, TakesLock::kNo, &wishes));
    const core::LockOptions chosen = {.fifo = (wishes.flags & BP_FIFO) != 0};
    const auto init = [chosen](Arena*, std::byte* data) {
      core::Lock::Init(reinterpret_cast<core::Lock::State*>(data), chosen);
      return absl::OkStatus();
    };
    return HandOver(MakeObject(wishes, ObjectKind::kLock, sizeof(core::Lock::State), init, nullptr),
                    out);
  });
}

bp_status bp_lock_attach(bp_segment* segment, uint64_t id, bp_lock** out, bp_error** error) {
  return AttachHandle(segment, id, ObjectKind::kLock, out, error);
}

uint64_t bp_lock_id(const bp_lock* lock) { return IdOf(lock); }

bp_status bp_lock_acquire(bp_lock* lock, int64_t timeout_ns, bp_interrupt* interrupt,
                          bp_error** error) {
  return GuardGrant(error, [&]() -> absl::StatusOr<core::Grant> {
    BP_RETURN_IF_ERROR(CheckWait(lock, "lock", timeout_ns));
    return lock->core.Acquire(Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_lock_wait(bp_lock* lock, int64_t timeout_ns, bp_interrupt* interrupt,
                       bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(lock, "lock", timeout_ns));
    return lock->core.WaitFree(Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_lock_unlock(bp_lock* lock, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(lock, "lock"));
    return lock->core.Release();
  });
}

int32_t bp_lock_holder(const bp_lock* lock, int32_t* pid) {
  if (pid != nullptr) *pid = 0;
  if (lock == nullptr || !lock->Usable().ok()) return BP_HELD_BY_NOBODY;
  return HeldBy(*lock->context().participants, lock->core.Holder(), pid);
}

int bp_lock_fifo(const bp_lock* lock) { return lock != nullptr && lock->core.fifo() ? 1 : 0; }

size_t bp_lock_describe(const bp_lock* lock, const char* self, char* text, size_t capacity) {
  const bool there = lock != nullptr && lock->Usable().ok();
  return WriteText(
      there ? DescribeLock(*lock->context().participants, lock->core, self) : std::string(), text,
      capacity);
}

void bp_lock_release(bp_lock* lock) { delete lock; }
