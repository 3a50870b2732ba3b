// The lock of a condition, a value or an array: none, an RLock that lies in the object itself, or a lock
// that the maker gave.
#ifndef BILLIARD_C_API_CHOSEN_LOCK_H_
#define BILLIARD_C_API_CHOSEN_LOCK_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "billiard/lock.h"
#include "billiard/rlock.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/shared_memory/typed_object.h"
#include "billiard_core/sync/grant.h"
#include "billiard_core/sync/lock.h"
#include "billiard_core/sync/rlock.h"
#include "c_api/src/object_handle.h"

namespace billiard::c_api {

// What a new object writes down of its lock, and where it has to be made.
struct LockChoice {
  shared_memory::LockSort sort = shared_memory::LockSort::kOwn;
  uint64_t object = 0;  // name of the given lock's object
  std::shared_ptr<Arena> arena;
};

// kInvalid: the given lock lives in another segment than the wishes want.
absl::StatusOr<LockChoice> ChooseLock(const ObjectWishes& wishes);

class ChosenLock {
 public:
  // No lock.
  ChosenLock() = default;
  // An RLock whose state lies at `offset` of the object.
  static absl::StatusOr<ChosenLock> Own(const ObjectHandle& owner, uint64_t offset);
  // What an object in `arena` wrote down; for a sort that is kOwn, see above.
  static absl::StatusOr<ChosenLock> Attach(const std::shared_ptr<Arena>& arena,
                                           shared_memory::LockSort sort, uint64_t object);

  bool exists() const { return lock_.has_value() || rlock_.has_value(); }
  // One of the two, or null.
  sync::Lock* lock() { return lock_.has_value() ? &*lock_ : nullptr; }
  sync::RLock* rlock() { return rlock_.has_value() ? &*rlock_ : nullptr; }

  // As of Lock, or of RLock with the ABI's owner token. kState: there is no lock.
  absl::StatusOr<sync::Grant> Acquire(uint64_t owner_token, Deadline deadline,
                                      os::Interrupt* interrupt);
  absl::Status WaitFree(uint64_t owner_token, Deadline deadline, os::Interrupt* interrupt);
  absl::Status Release(uint64_t owner_token);

  // New handles of the caller. kNotFound: it is of the other sort, or there is none.
  absl::Status GetLock(bp_lock** out) const;
  absl::Status GetRLock(bp_rlock** out) const;

  // "<RLock(None, 0)>" or "<Lock(owner=None)>", seen from the caller.
  std::string Description(uint64_t owner_token, const char* self) const;

 private:
  ObjectHandle handle_;  // that the state lies in
  sync::Lock::State* lock_state_ = nullptr;
  sync::RLock::State* rlock_state_ = nullptr;
  absl::optional<sync::Lock> lock_;
  absl::optional<sync::RLock> rlock_;
};

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_CHOSEN_LOCK_H_
