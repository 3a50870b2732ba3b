// Making, opening and ending queues.
#include <algorithm>
#include <bit>
#include <utility>

#include "billiard_core/queue/queue.h"
#include "billiard_core/queue/queue_hot.h"

namespace billiard::queue {
namespace {

using shared_memory::BlockHeap;
using shared_memory::Participants;
using shared_memory::Segment;
using shared_memory::SegmentKind;

constexpr uint64_t kDefaultMaxMessage = uint64_t{1} << 30;
constexpr uint64_t kLargestMaxMessage = BlockHeap::kLargestBlock - sizeof(MessageHeader);
constexpr uint64_t kLargestMaxBytes = uint64_t{1} << 46;

// More messages than fit into so many bytes, by what the smallest takes.
uint64_t CapacityOf(uint64_t bytes) {
  return std::min(kMaxCapacity, std::bit_ceil(bytes / BlockHeap::kSmallestBlock + 1)) - 1;
}

// The capacity of 0 is left to Format when it depends on what the segment gets.
absl::StatusOr<QueueOptions> WithDefaults(QueueOptions options) {
  if (options.max_message == 0) options.max_message = kDefaultMaxMessage;
  if (options.capacity > kMaxCapacity) {
    return MakeStatus(Code::kInvalid, "options.capacity: is above 268435456");
  }
  if (options.max_message > kLargestMaxMessage) {
    return MakeStatus(Code::kInvalid, "options.max_message: is above 64 GiB");
  }
  if (options.max_bytes > kLargestMaxBytes) {
    return MakeStatus(Code::kInvalid, "options.max_bytes: is above 64 TiB");
  }
  if (options.delivery != Delivery::kAtMostOnce && options.delivery != Delivery::kAtLeastOnce) {
    return MakeStatus(Code::kInvalid, "options.delivery: is none");
  }
  if (options.capacity == 0 && options.max_bytes != 0) {
    options.capacity = CapacityOf(options.max_bytes);
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
      joinable_((header_->flags.load(std::memory_order_relaxed) & kJoinableFlag) != 0),
      delivery_((header_->flags.load(std::memory_order_relaxed) & kAtLeastOnceFlag) != 0
                    ? Delivery::kAtLeastOnce
                    : Delivery::kAtMostOnce),
      ring_(segment_.get(), heap_.get(), capacity_),
      returns_(header_, heap_.get(), &ring_),
      settlement_(header_, heap_.get(), &ring_),
      recovery_(header_, heap_.get(), &ring_, &returns_, &settlement_) {}

Queue::~Queue() {
  CloseReadyFd();
  const Owner me = participants_->SelfIfRegistered();
  if (me != shared_memory::kNobody && !unfinished_.empty()) {
    if (recovery_.TakeBack(me, me)) WakeTakers(1);
    if (Unfinished() == 0) header_->all_finished.NotifyAll();
  }
  Leave();
}

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
  const uint64_t capacity =
      options.capacity == 0 ? CapacityOf(segment->bytes() / 2) : options.capacity;
  const uint64_t blocks = Layout::Blocks(capacity);
  if (segment->bytes() < blocks + BlockHeap::kUnit) {
    return MakeStatus(Code::kNoMem, "not enough address space for a queue of this capacity");
  }
  absl::Status status = segment->Commit(Layout::kQueueHeader, Layout::kQueueHeaderBytes);
  if (!status.ok()) return status;
  QueueHeader* const header = segment->At<QueueHeader>(Layout::kQueueHeader);
  header->capacity.store(capacity, std::memory_order_relaxed);
  header->max_message.store(options.max_message, std::memory_order_relaxed);
  header->flags.store((options.delivery == Delivery::kAtLeastOnce ? kAtLeastOnceFlag : 0) |
                          (options.joinable ? kJoinableFlag : 0),
                      std::memory_order_relaxed);
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
