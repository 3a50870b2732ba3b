// What lies where in a queue's segment.
//
//   segment header | queue header | participants | heap header | ring of cells | blocks
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

inline constexpr uint64_t kMaxCapacity = 1 << 20;

// What both sides write is kept apart: two cache lines, since lines are fetched in pairs.
inline constexpr size_t kApart = 128;

struct QueueHeader {
  // Written by the maker before the segment is published.
  std::atomic<uint64_t> capacity;
  std::atomic<uint64_t> max_message;

  // The first position that may not be published, the first that may not be taken. Each is behind the
  // truth by at most one: only who finds it exact moves on from there. Helped forward by anyone.
  alignas(kApart) std::atomic<Position> tail;
  alignas(kApart) std::atomic<Position> head;

  alignas(kApart) sync::EventCount not_empty;
  alignas(kApart) sync::EventCount not_full;

  // Cells from here on may not be touched in the first lap; grows.
  alignas(kApart) std::atomic<uint64_t> committed_cells;

  // {count 32 | block 32}: messages lost so far; the block of one that has just been counted and is not
  // marked LOST yet, or 0.
  alignas(kApart) std::atomic<uint64_t> losses;
  std::atomic<int64_t> next_sweep_ns;  // a hint: when to look for dead participants again
};

// At the start of a message's block. Written by the producer before it publishes.
struct MessageHeader {
  std::atomic<uint64_t> position;
  std::atomic<uint64_t> size;
  std::atomic<uint32_t> format;
  uint32_t reserved[3];
};
static_assert(sizeof(MessageHeader) == 32);

struct Layout {
  static constexpr uint64_t kQueueHeader = shared_memory::Segment::kHeaderBytes;
  static constexpr uint64_t kQueueHeaderBytes = 4096;
  static constexpr uint64_t kParticipants = kQueueHeader + kQueueHeaderBytes;
  static constexpr uint64_t kHeapHeader = kParticipants + shared_memory::Participants::kBytes;
  static constexpr uint64_t kUnit = shared_memory::BlockHeap::kUnit;
  static constexpr uint64_t kRing =
      (kHeapHeader + shared_memory::BlockHeap::kHeaderBytes + kUnit - 1) / kUnit * kUnit;

  // One cell more than messages, so that there is always one for the end mark.
  static constexpr uint64_t RingCells(uint64_t capacity) {
    return std::bit_ceil(capacity + 1) < 64 ? 64 : std::bit_ceil(capacity + 1);
  }
  static constexpr uint64_t Blocks(uint64_t capacity) {
    return kRing + (RingCells(capacity) * sizeof(uint64_t) + kUnit - 1) / kUnit * kUnit;
  }
};
static_assert(sizeof(QueueHeader) <= Layout::kQueueHeaderBytes);

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_LAYOUT_H_
