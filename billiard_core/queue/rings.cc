#include "billiard_core/queue/rings.h"

#include "billiard_core/base/fault_point.h"

namespace billiard::queue {

Rings::Rings(shared_memory::Segment* segment, uint64_t capacity)
    : segment_(segment),
      header_(segment->At<QueueHeader>(Layout::kQueueHeader)),
      rings_(Layout::RingCount(capacity)) {
  for (int ring = 0; ring < rings_; ++ring) {
    Known& known = known_[ring];
    const uint64_t cells = Layout::RingCells(ring);
    known.cells = segment->At<std::atomic<uint64_t>>(Layout::RingOffset(ring), cells);
    known.mask = cells - 1;
    known.log2 = kLog2FirstRing + ring;
  }
}

absl::Status Rings::Commit(int ring) {
  return segment_->Commit(Layout::RingOffset(ring), Layout::RingBytes(ring));
}

int Rings::Newest() const {
  int newest = KnownNewest();
  while (newest + 1 < rings_) {
    // [RING-START] acquire: its cells are committed.
    const uint64_t start = header_->ring_starts[newest + 1].load(std::memory_order_acquire);
    if (start == 0) break;
    ++newest;
    known_[newest].start.store(start - 1, std::memory_order_relaxed);
  }
  // [NEWEST] release: with its start. It never goes back (I3).
  const Known* known = newest_.load(std::memory_order_acquire);
  while (known < known_ + newest &&
         !newest_.compare_exchange_weak(known, known_ + newest, std::memory_order_acq_rel,
                                        std::memory_order_acquire)) {
  }
  return newest;
}

bool Rings::Grow(Position position, const Place& place, uint64_t seen) {
  if (place.ring + 1 >= rings_) return false;
  if (!Commit(place.ring + 1).ok()) return false;
  BP_FAULT_POINT("queue.ring_committed");
  // A place that somebody else took, or marked, is as good.
  if (place.cell->compare_exchange_strong(seen, MovedCell(place.lap), std::memory_order_seq_cst)) {
    BP_FAULT_POINT("queue.ring_marked");
    Follow(position, place);
  }
  return true;
}

bool Rings::Follow(Position position, const Place& place) {
  if (place.ring + 1 >= rings_) return false;
  uint64_t start = 0;
  // [RING-START]
  return header_->ring_starts[place.ring + 1].compare_exchange_strong(start, position + 1,
                                                                      std::memory_order_acq_rel) ||
         start == position + 1;
}

}  // namespace billiard::queue
