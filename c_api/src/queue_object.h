// What the handles of queue.h are.
#ifndef BILLIARD_C_API_QUEUE_OBJECT_H_
#define BILLIARD_C_API_QUEUE_OBJECT_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "billiard/queue.h"
#include "billiard_core/queue/queue.h"
#include "c_api/src/guard.h"

struct bp_queue {
  std::shared_ptr<billiard::queue::Queue> core;
  bool named = false;
  billiard::queue::Queue* queue() const { return core.get(); }
};

// Both keep the queue: a collector may release the handles in any order.
struct bp_message {
  std::shared_ptr<billiard::queue::Queue> core;
  billiard::queue::Taken taken;
  bool done = false;  // acknowledged or given back
};

struct bp_reservation {
  std::shared_ptr<billiard::queue::Queue> core;
  billiard::queue::Reservation reserved;
  bool spent = false;
};

namespace billiard::c_api {

inline absl::Status CheckWait(const bp_queue* queue, int64_t timeout_ns) {
  BP_RETURN_IF_ERROR(NotNull(queue, "queue"));
  return CheckTimeout(timeout_ns);
}

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_QUEUE_OBJECT_H_
