// What lies where in a queue's segment.
//
//   segment header | queue header | participants | heap header | rings of cells | blocks
#ifndef BILLIARD_CORE_QUEUE_LAYOUT_H_
#define BILLIARD_CORE_QUEUE_LAYOUT_H_

#include <atomic>
#include <bit>
#include <cstdint>

#include "billiard_core/queue/words.h"
#include "billiard_core/shared_memory/block_heap.h"
#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/shared_memory/segment.h"
#include "billiard_core/sync/event_count.h"

namespace billiard::queue {

inline constexpr uint64_t kMaxCapacity = 1 << 28;

// Rings have 64, 128, 256 ... cells; the largest one cell more than messages at least.
inline constexpr int kMaxRings = 24;
inline constexpr int kLog2FirstRing = 6;

// What both sides write is kept apart: two cache lines, since lines are fetched in pairs.
inline constexpr size_t kApart = 128;

// What a queue is, fixed by its maker; bits of QueueHeader::flags.
inline constexpr uint64_t kAtLeastOnceFlag = 1;
inline constexpr uint64_t kJoinableFlag = 2;

struct QueueHeader {
  // Written by the maker before the segment is published.
  std::atomic<uint64_t> capacity;
  std::atomic<uint64_t> max_message;
  std::atomic<uint64_t> flags;

  // Where each ring begins, as its first position + 1; 0: not in use yet. That of the first is not read.
  alignas(kApart) std::atomic<uint64_t> ring_starts[kMaxRings];

  // {changes 63 | some 1}: see returns.h.
  alignas(kApart) std::atomic<uint64_t> returned;

  // Positions before which all are published, or taken: where to begin to look for the first that is not.
  // They only grow, by anyone, and a position is published or taken only when the word is less than a
  // stride behind it (ring.h).
  alignas(kApart) std::atomic<Position> tail;
  alignas(kApart) std::atomic<Position> head;

  alignas(kApart) sync::EventCount not_empty;
  alignas(kApart) sync::EventCount not_full;
  alignas(kApart) sync::EventCount all_finished;

  // {count 32 | block 32}: see tally.h. Messages lost so far; messages finished so far, in a joinable
  // queue.
  alignas(kApart) std::atomic<uint64_t> losses;
  std::atomic<int64_t> next_sweep_ns;  // a hint: when to look for dead participants again
  alignas(kApart) std::atomic<uint64_t> finished;
};

// At the start of a message's block. Written by the producer before it publishes.
struct MessageHeader {
  std::atomic<uint64_t> position;
  std::atomic<uint64_t> size;
  std::atomic<uint32_t> format;
  std::atomic<uint32_t> deliveries;  // before the present one; written by who claims it
  uint32_t reserved[2];
};
static_assert(sizeof(MessageHeader) == 32);

inline MessageHeader* HeaderOf(const shared_memory::BlockView& block) {
  return reinterpret_cast<MessageHeader*>(block.data);
}
inline std::byte* BytesOf(const shared_memory::BlockView& block) {
  return block.data + sizeof(MessageHeader);
}

struct Layout {
  static constexpr uint64_t kQueueHeader = shared_memory::Segment::kHeaderBytes;
  static constexpr uint64_t kQueueHeaderBytes = 4096;
  static constexpr uint64_t kParticipants = kQueueHeader + kQueueHeaderBytes;
  static constexpr uint64_t kHeapHeader = kParticipants + shared_memory::Participants::kBytes;
  static constexpr uint64_t kUnit = shared_memory::BlockHeap::kUnit;
  static constexpr uint64_t kRings =
      (kHeapHeader + shared_memory::BlockHeap::kHeaderBytes + kUnit - 1) / kUnit * kUnit;

  static constexpr uint64_t RingCells(int ring) { return uint64_t{1} << (kLog2FirstRing + ring); }
  static constexpr uint64_t RingBytes(int ring) { return RingCells(ring) * sizeof(uint64_t); }
  static constexpr uint64_t RingOffset(int ring) {
    return kRings + (RingCells(ring) - RingCells(0)) * sizeof(uint64_t);
  }
  // The last has one cell more than messages at least, so that there is always one for a mark.
  static constexpr int RingCount(uint64_t capacity) {
    const int log2 = std::countr_zero(std::bit_ceil(capacity + 1));
    return log2 < kLog2FirstRing ? 1 : log2 - kLog2FirstRing + 1;
  }
  static constexpr uint64_t Blocks(uint64_t capacity) {
    const uint64_t bytes = RingOffset(RingCount(capacity)) - kRings;
    return kRings + (bytes + kUnit - 1) / kUnit * kUnit;
  }
};
static_assert(sizeof(QueueHeader) <= Layout::kQueueHeaderBytes);
static_assert(Layout::RingCount(kMaxCapacity) <= kMaxRings);

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_LAYOUT_H_
