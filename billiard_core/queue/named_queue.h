// A queue that unrelated processes of one user open by name: "/billiard-q-<name>", which goes away with the
// last living process that has it open. named_segment.h says how.
//
// Threads, fork: as Queue. A forked child counts as having the queue open from its first call on it; one
// that never used it is not known, and does not keep the name.
#ifndef BILLIARD_CORE_QUEUE_NAMED_QUEUE_H_
#define BILLIARD_CORE_QUEUE_NAMED_QUEUE_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/queue/queue.h"
#include "billiard_core/shared_memory/named_segment.h"

namespace billiard::queue {

class NamedQueue {
 public:
  // Opens the queue, or makes it with `options` when no living process has it. kInvalid (name, options),
  // kCorrupt, kNoMem, kOs; kTimeout when another process keeps the name locked for 5 s.
  static absl::StatusOr<std::unique_ptr<NamedQueue>> Open(absl::string_view name,
                                                          const QueueOptions& options);

  Queue* queue() const { return queue_.get(); }

 private:
  NamedQueue(std::unique_ptr<Queue> queue, std::unique_ptr<shared_memory::NamedSegment> name)
      : queue_(std::move(queue)), name_(std::move(name)) {}

  // Fixed after construction; the name goes first, and with it the last one's use of it.
  const std::unique_ptr<Queue> queue_;
  const std::unique_ptr<shared_memory::NamedSegment> name_;
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_NAMED_QUEUE_H_
