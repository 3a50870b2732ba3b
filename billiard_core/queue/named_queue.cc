#include "billiard_core/queue/named_queue.h"

#include <utility>

#include "billiard_core/queue/layout.h"

namespace billiard::queue {
namespace {

using shared_memory::NamedSegment;

static_assert(Layout::kParticipants == NamedSegment::kParticipantsOffset);

// A queue as the keeper of its name needs to see it; it goes to *result.
absl::StatusOr<NamedSegment::Content> AsContent(absl::StatusOr<std::unique_ptr<Queue>> queue,
                                                std::unique_ptr<Queue>* result) {
  if (!queue.ok()) return queue.status();
  *result = *std::move(queue);
  Queue* const its = result->get();
  return NamedSegment::Content{
      .join = [its] { return its->Join(); },
      .leave = [its] { its->Leave(); },
      .count_living = [its] { return its->CountParticipants(); },
  };
}

}  // namespace

absl::StatusOr<std::unique_ptr<NamedQueue>> NamedQueue::Open(absl::string_view name,
                                                             const QueueOptions& options) {
  if (absl::Status status = Queue::CheckOptions(options); !status.ok()) return status;
  std::unique_ptr<Queue> queue;
  auto named = NamedSegment::Open(
      'q', name,
      [&](os::Fd fd) { return AsContent(Queue::CreateInFile(std::move(fd), options), &queue); },
      [&](os::Fd fd) { return AsContent(Queue::OpenFile(std::move(fd)), &queue); });
  if (!named.ok()) return named.status();
  return std::unique_ptr<NamedQueue>(new NamedQueue(std::move(queue), *std::move(named)));
}

}  // namespace billiard::queue
