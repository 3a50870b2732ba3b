// What a bp_condition and a bp_waiter hold.
#ifndef BILLIARD_C_API_CONDITION_OBJECT_H_
#define BILLIARD_C_API_CONDITION_OBJECT_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/types/optional.h"
#include "billiard/condition.h"
#include "billiard_core/sync/condition.h"
#include "c_api/src/chosen_lock.h"
#include "c_api/src/object_handle.h"

struct bp_condition : billiard::c_api::ObjectHandle {
  explicit bp_condition(ObjectHandle handle) : ObjectHandle(std::move(handle)) {}
  static absl::StatusOr<std::unique_ptr<bp_condition>> From(ObjectHandle handle);

  billiard::c_api::ChosenLock lock;
  absl::optional<billiard::sync::Condition> core;  // always there after From
};

struct bp_waiter {
  bp_condition* condition;
  uint64_t process;  // os::ProcessToken of who waits
  billiard::sync::Condition::Waiting waiting;
  bool over = false;  // the lock is taken again
};

#endif  // BILLIARD_C_API_CONDITION_OBJECT_H_
