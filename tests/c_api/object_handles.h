// Handles of the C ABI that are released at the end of their scope.
#ifndef BILLIARD_TESTS_C_API_OBJECT_HANDLES_H_
#define BILLIARD_TESTS_C_API_OBJECT_HANDLES_H_

#include "billiard/bp.h"

namespace billiard {

// `&handle` is where a create call puts it.
template <typename T, void (*Release)(T*)>
class Owned {
 public:
  Owned() = default;
  ~Owned() { Release(handle_); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  operator T*() const { return handle_; }  // NOLINT: used as the handle
  T** operator&() { return &handle_; }     // NOLINT: as an out parameter
  void Drop() {
    Release(handle_);
    handle_ = nullptr;
  }

 private:
  T* handle_ = nullptr;
};

using Segment = Owned<bp_segment, bp_segment_release>;
using Memory = Owned<bp_memory, bp_memory_release>;
using Lock = Owned<bp_lock, bp_lock_release>;
using RLock = Owned<bp_rlock, bp_rlock_release>;
using Semaphore = Owned<bp_semaphore, bp_semaphore_release>;
using Condition = Owned<bp_condition, bp_condition_release>;
using Event = Owned<bp_event, bp_event_release>;
using Barrier = Owned<bp_barrier, bp_barrier_release>;
using Value = Owned<bp_value, bp_value_release>;
using Array = Owned<bp_array, bp_array_release>;
using Queue = Owned<bp_queue, bp_queue_release>;

}  // namespace billiard

#endif  // BILLIARD_TESTS_C_API_OBJECT_HANDLES_H_
