// What a bp_lock holds.
#ifndef BILLIARD_C_API_LOCK_OBJECT_H_
#define BILLIARD_C_API_LOCK_OBJECT_H_

#include <memory>
#include <string>
#include <utility>

#include "billiard/lock.h"
#include "billiard_core/sync/lock.h"
#include "c_api/src/object_handle.h"

struct bp_lock : billiard::c_api::ObjectHandle {
  bp_lock(ObjectHandle handle, billiard::sync::Lock::State* state)
      : ObjectHandle(std::move(handle)), core(context(), state) {}
  static absl::StatusOr<std::unique_ptr<bp_lock>> From(ObjectHandle handle);

  mutable billiard::sync::Lock core;
};

namespace billiard::c_api {

// "<Lock(owner=None)>"; `self` may be null.
std::string DescribeLock(const shared_memory::Participants& participants, const sync::Lock& lock,
                         const char* self);

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_LOCK_OBJECT_H_
