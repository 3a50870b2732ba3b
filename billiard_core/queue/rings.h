// The cells of a queue: which one a position has. A queue begins with a small ring and goes on in a
// ring of twice the size when one is full, so that cells cost as much memory, and as many cache lines, as
// there were ever messages at a time, whatever the capacity.
//
// Threads, processes, fork: all functions, anywhere; nothing here blocks.
//
// Positions [start of ring i, start of ring i + 1) are in ring i; position p has cell (p - start) mod cells
// there, in lap (p - start) / cells + 1.
//
// I1: ring i + 1 begins at the one position whose cell in ring i is MOVED. The mark is set by CAS at the
//     end of the order, like a message; anyone may note its position as the start of ring i + 1, and
//     nothing is published there before. So whoever knows a position at or after a start finds it noted.
// I2: the cells of a ring are committed before the mark that leads to it is set.
// I3: a process learns of a position by Find, or from one before it in the same ring; so of those that it
//     knows none is in a ring newer than newest_.
#ifndef BILLIARD_CORE_QUEUE_RINGS_H_
#define BILLIARD_CORE_QUEUE_RINGS_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "billiard_core/queue/layout.h"

namespace billiard::queue {

// The cell of a position.
struct Place {
  std::atomic<uint64_t>* cell;
  uint32_t lap;
  int ring;
  Position start;  // of the ring
};

class Rings {
 public:
  // The segment's header must have been checked: 1 <= capacity <= kMaxCapacity.
  Rings(shared_memory::Segment* segment, uint64_t capacity);

  // Commits the first ring; once, by the queue's maker.
  absl::Status CommitFirst() { return Commit(0); }

  // `position` must be known not to be after the end of the order (I1).
  Place Find(Position position) const {
    const int newest = KnownNewest();
    // [RING-START] acquire: its cells are committed.
    if (newest + 1 < rings_ &&
        header_->ring_starts[newest + 1].load(std::memory_order_acquire) != 0) {
      return FindFrom(Newest(), position);
    }
    return FindFrom(newest, position);
  }

  // The same for a position that Find has been asked for in this process, or the one after it, if it is in
  // the newest ring that is known; false: ask Find. I3.
  [[gnu::always_inline]] bool FindQuickly(Position position, std::atomic<uint64_t>** cell,
                                          uint32_t* lap) const {
    const Known& known = *newest_.load(std::memory_order_acquire);
    const Position start = known.start.load(std::memory_order_relaxed);  // [NEWEST]
    if (position < start) [[unlikely]]
      return false;
    *cell = known.cells + ((position - start) & known.mask);
    *lap = static_cast<uint32_t>((position - start) >> known.log2) + 1;
    return true;
  }

  // Cells of the ring that can hold a message: one is left for the mark.
  uint64_t RoomOf(int ring) const { return Layout::RingCells(ring) - 1; }

  // Marks `position`, the end of the order, in whose cell `seen` was found, so that it is in the next ring.
  // False: no memory for it.
  bool Grow(Position position, const Place& place, uint64_t seen);

  // Notes the start that the mark at `position` leads to; false: the segment is damaged.
  bool Follow(Position position, const Place& place);

 private:
  absl::Status Commit(int ring);
  int Newest() const;
  int KnownNewest() const {
    return static_cast<int>(newest_.load(std::memory_order_acquire) - known_);
  }

  // The cell in that ring, or an older one.
  Place FindFrom(int ring, Position position) const {
    Position start = 0;
    for (; ring > 0; --ring) {
      start = header_->ring_starts[ring].load(std::memory_order_acquire) - 1;
      if (position >= start) break;
    }
    if (ring == 0) start = 0;
    // Whatever the starts say, the cell is one of the ring.
    const uint64_t offset = position - start;
    const uint64_t mask = Layout::RingCells(ring) - 1;
    return {known_[ring].cells + (offset & mask),
            static_cast<uint32_t>(offset >> (kLog2FirstRing + ring)) + 1, ring, start};
  }

  // Fixed after construction.
  shared_memory::Segment* const segment_;
  QueueHeader* const header_;
  const int rings_;

  // What FindQuickly needs of a ring. All but its start is fixed after construction.
  struct Known {
    std::atomic<uint64_t>* cells = nullptr;
    uint64_t mask = 0;
    int log2 = 0;
    mutable std::atomic<Position> start{0};
  };
  Known known_[kMaxRings];
  mutable std::atomic<const Known*> newest_{known_};  // in use, the newest that this process knows
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_RINGS_H_
