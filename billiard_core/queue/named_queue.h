// A queue that unrelated processes of one user open by name: a POSIX shared-memory object
// "/billiard-q-<name>", mode 0600, that goes away with the last living process that has it open.
//
// Threads, fork: as Queue. A forked child counts as having the queue open from its first call on it; one
// that never used it is not known, and does not keep the name.
//
// I1: making, joining, clearing and removing a name happen under the object's file lock, on a
//     descriptor opened for that alone. Whoever dies in the middle of it loses the lock.
// I2: who joins is registered before the lock is given up, so that nobody removes the name meanwhile.
// I3: an object is empty, or has a Billiard header; one that is not ready or has no living participant
//     was left by the dead and is cleared, at the next open of its name or when another queue is made.
//     Anything else under the name is kCorrupt and not touched.
#ifndef BILLIARD_CORE_QUEUE_NAMED_QUEUE_H_
#define BILLIARD_CORE_QUEUE_NAMED_QUEUE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/queue/queue.h"

namespace billiard::queue {

class NamedQueue {
 public:
  // Opens the queue, or makes it with `options` when no living process has it. kInvalid (name, options),
  // kCorrupt, kNoMem, kOs; kTimeout when another process keeps the name locked for 5 s.
  static absl::StatusOr<std::unique_ptr<NamedQueue>> Open(absl::string_view name,
                                                          const QueueOptions& options);

  // Ends this process's use; the last one removes the name.
  ~NamedQueue();

  Queue* queue() const { return queue_.get(); }

 private:
  NamedQueue(std::string object, uint64_t device, uint64_t inode, std::unique_ptr<Queue> queue)
      : object_(std::move(object)), device_(device), inode_(inode), queue_(std::move(queue)) {}

  // Fixed after construction.
  const std::string object_;
  const uint64_t device_;
  const uint64_t inode_;
  const std::unique_ptr<Queue> queue_;
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_NAMED_QUEUE_H_
