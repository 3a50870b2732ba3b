// How a condition lies in its object: {which lock it has, its own state | the state of its own RLock}.
#ifndef BILLIARD_C_API_CONDITION_LAYOUT_H_
#define BILLIARD_C_API_CONDITION_LAYOUT_H_

#include <cstdint>

#include "billiard_core/shared_memory/typed_object.h"
#include "billiard_core/sync/condition.h"
#include "billiard_core/sync/rlock.h"

namespace billiard::c_api {

struct ConditionLayout {
  uint64_t lock_object;  // name of the object of a lock that was given; else 0
  uint32_t lock;         // a shared_memory::LockSort; never kNone
  uint32_t reserved;
  sync::Condition::State state;
  alignas(64) sync::RLock::State own_lock;  // used when the lock is kOwn
};

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_CONDITION_LAYOUT_H_
