// Making and opening queues.
#include <utility>

#include "billiard_core/queue/queue.h"

namespace billiard::queue {
namespace {

using shared_memory::BlockHeap;
using shared_memory::Participants;
using shared_memory::Segment;
using shared_memory::SegmentKind;

constexpr uint64_t kDefaultMaxMessage = uint64_t{1} << 30;
constexpr uint64_t kLargestMaxMessage = BlockHeap::kLargestBlock - sizeof(MessageHeader);
constexpr uint64_t kLargestMaxBytes = uint64_t{1} << 46;

absl::StatusOr<QueueOptions> WithDefaults(QueueOptions options) {
  if (options.capacity == 0) options.capacity = kMaxCapacity;
  if (options.max_message == 0) options.max_message = kDefaultMaxMessage;
  if (options.capacity > kMaxCapacity) {
    return MakeStatus(Code::kInvalid, "options.capacity: is above 1048576");
  }
  if (options.max_message > kLargestMaxMessage) {
    return MakeStatus(Code::kInvalid, "options.max_message: is above 64 GiB");
  }
  if (options.max_bytes > kLargestMaxBytes) {
    return MakeStatus(Code::kInvalid, "options.max_bytes: is above 64 TiB");
  }
  return options;
}

// Bytes of the whole segment; 0 lets it take what it can get.
uint64_t ReserveFor(const QueueOptions& options) {
  if (options.max_bytes == 0) return 0;
  const uint64_t unit = BlockHeap::kUnit;
  return Layout::Blocks(options.capacity) + (options.max_bytes + unit - 1) / unit * unit;
}

// What a shared header must look like before anything is done with it.
bool IsPlausible(const QueueHeader& header, uint64_t segment_bytes) {
  const uint64_t capacity = header.capacity.load(std::memory_order_relaxed);
  const uint64_t max_message = header.max_message.load(std::memory_order_relaxed);
  if (capacity == 0 || capacity > kMaxCapacity) return false;
  if (max_message == 0 || max_message > kLargestMaxMessage) return false;
  // Head and tail move while we look; the ring checks them with every step.
  return Layout::Blocks(capacity) + BlockHeap::kUnit <= segment_bytes;
}

}  // namespace

struct Queue::Parts {
  std::unique_ptr<Segment> segment;
  std::unique_ptr<Participants> participants;
  std::unique_ptr<BlockHeap> heap;
};

Queue::Queue(Parts parts)
    : segment_(std::move(parts.segment)),
      participants_(std::move(parts.participants)),
      heap_(std::move(parts.heap)),
      header_(segment_->At<QueueHeader>(Layout::kQueueHeader)),
      // Read once: nothing that is written there later can lead outside.
      capacity_(header_->capacity.load(std::memory_order_relaxed)),
      max_message_(header_->max_message.load(std::memory_order_relaxed)),
      ring_(segment_.get(), heap_.get(), capacity_),
      recovery_(header_, heap_.get(), &ring_) {}

Queue::~Queue() { Leave(); }

absl::Status Queue::CheckOptions(const QueueOptions& options) {
  return WithDefaults(options).status();
}

absl::StatusOr<std::unique_ptr<Queue>> Queue::Create(const QueueOptions& options) {
  const absl::StatusOr<QueueOptions> full = WithDefaults(options);
  if (!full.ok()) return full.status();
  absl::StatusOr<std::unique_ptr<Segment>> segment =
      Segment::CreateAnonymous(SegmentKind::kQueue, ReserveFor(*full));
  if (!segment.ok()) return segment.status();
  return Format(*std::move(segment), *full);
}

absl::StatusOr<std::unique_ptr<Queue>> Queue::CreateInFile(os::Fd fd, const QueueOptions& options) {
  const absl::StatusOr<QueueOptions> full = WithDefaults(options);
  if (!full.ok()) return full.status();
  absl::StatusOr<std::unique_ptr<Segment>> segment =
      Segment::CreateInFile(std::move(fd), SegmentKind::kQueue, ReserveFor(*full));
  if (!segment.ok()) return segment.status();
  return Format(*std::move(segment), *full);
}

absl::StatusOr<std::unique_ptr<Queue>> Queue::Format(std::unique_ptr<Segment> segment,
                                                     const QueueOptions& options) {
  const uint64_t blocks = Layout::Blocks(options.capacity);
  if (segment->bytes() < blocks + BlockHeap::kUnit) {
    return MakeStatus(Code::kNoMem, "not enough address space for a queue of this capacity");
  }
  absl::Status status = segment->Commit(Layout::kQueueHeader, Layout::kQueueHeaderBytes);
  if (!status.ok()) return status;
  QueueHeader* const header = segment->At<QueueHeader>(Layout::kQueueHeader);
  header->capacity.store(options.capacity, std::memory_order_relaxed);
  header->max_message.store(options.max_message, std::memory_order_relaxed);
  Parts parts;
  auto participants = Participants::Create(segment.get(), Layout::kParticipants);
  if (!participants.ok()) return participants.status();
  auto heap = BlockHeap::Create(segment.get(), Layout::kHeapHeader, blocks, segment->bytes());
  if (!heap.ok()) return heap.status();
  parts.segment = std::move(segment);
  parts.participants = *std::move(participants);
  parts.heap = *std::move(heap);
  std::unique_ptr<Queue> queue(new Queue(std::move(parts)));
  status = queue->ring_.CommitFirst();
  if (!status.ok()) return status;
  queue->segment_->Publish();
  return queue;
}

absl::StatusOr<std::unique_ptr<Queue>> Queue::OpenFile(os::Fd fd) {
  absl::StatusOr<std::unique_ptr<Segment>> segment =
      Segment::OpenFd(std::move(fd), SegmentKind::kQueue);
  if (!segment.ok()) return segment.status();
  const QueueHeader* header = (*segment)->At<QueueHeader>(Layout::kQueueHeader);
  if (header == nullptr || !IsPlausible(*header, (*segment)->bytes())) {
    return MakeStatus(Code::kCorrupt, "the queue's header is damaged");
  }
  const uint64_t blocks = Layout::Blocks(header->capacity.load(std::memory_order_relaxed));
  Parts parts;
  auto participants = Participants::Open(segment->get(), Layout::kParticipants);
  if (!participants.ok()) return participants.status();
  auto heap = BlockHeap::Open(segment->get(), Layout::kHeapHeader, blocks, (*segment)->bytes());
  if (!heap.ok()) return heap.status();
  parts.segment = *std::move(segment);
  parts.participants = *std::move(participants);
  parts.heap = *std::move(heap);
  return std::unique_ptr<Queue>(new Queue(std::move(parts)));
}

}  // namespace billiard::queue
