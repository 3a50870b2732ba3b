// What a bp_rlock holds: an object of its own, or one that the RLock's state is a part of.
#ifndef BILLIARD_C_API_RLOCK_OBJECT_H_
#define BILLIARD_C_API_RLOCK_OBJECT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "billiard/rlock.h"
#include "billiard_core/sync/rlock.h"
#include "c_api/src/object_handle.h"

struct bp_rlock : billiard::c_api::ObjectHandle {
  bp_rlock(ObjectHandle handle, billiard::sync::RLock::State* its_state)
      : ObjectHandle(std::move(handle)), state(its_state), core(context(), its_state) {}
  static absl::StatusOr<std::unique_ptr<bp_rlock>> From(ObjectHandle handle);

  billiard::sync::RLock::State* const state;
  mutable billiard::sync::RLock core;
};

namespace billiard::c_api {

// The RLock of that id: an object of its own, or that of a condition, value or array.
absl::StatusOr<std::unique_ptr<bp_rlock>> AttachRLock(const std::shared_ptr<Arena>& arena,
                                                      uint64_t id);

// "<RLock(None, 0)>", seen from `token`; `self` may be null.
std::string DescribeRLock(const shared_memory::Participants& participants, const sync::RLock& rlock,
                          uint64_t token, const char* self);

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_RLOCK_OBJECT_H_
