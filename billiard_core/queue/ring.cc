#include "billiard_core/queue/ring.h"

#include <algorithm>

#include "billiard_core/base/fault_point.h"

namespace billiard::queue {

Ring::Ring(shared_memory::Segment* segment, shared_memory::BlockHeap* heap, uint64_t capacity)
    : heap_(heap),
      header_(segment->At<QueueHeader>(Layout::kQueueHeader)),
      capacity_(capacity),
      rings_(segment, capacity) {}

// A cell that the head stands at can be passed when its message was claimed, cleared or not.
bool Ring::IsTaken(Position position, const Place& place, uint64_t cell) const {
  if (cell == EmptyCell(place.lap + 1)) return true;
  if (LapOfCell(cell) != place.lap || BlockOfCell(cell) == shared_memory::kNoBlock) return false;
  const shared_memory::BlockView block = heap_->View(BlockOfCell(cell));
  if (!block) return false;
  const uint64_t tag = block.tag->load(std::memory_order_acquire);  // [CLAIM]
  return TagIsAt(tag, position) && WasClaimed(tag);
}

bool Ring::HelpHead() {
  const Position head = header_->head.load(std::memory_order_seq_cst);
  const Place place = rings_.Find(head);
  const uint64_t cell = Load(place);
  if (!IsTaken(head, place, cell)) return false;
  Clear(head, place, BlockOfCell(cell));
  return true;
}

void Ring::Clear(Position position, BlockRef ref) { Clear(position, rings_.Find(position), ref); }

void Ring::Clear(Position position, const Place& place, BlockRef ref) {
  uint64_t cell = ItemCell(place.lap, ref);
  // [CLEAR] Before the head moves on, so that the cell is EMPTY when its next lap begins. I1, I2.
  if (ref != shared_memory::kNoBlock) {
    place.cell->compare_exchange_strong(cell, EmptyCell(place.lap + 1), std::memory_order_seq_cst);
    BP_FAULT_POINT("queue.cleared");
  }
  Position head = position;
  header_->head.compare_exchange_strong(head, position + 1, std::memory_order_seq_cst);
}

// The exact end of the order, after helping whoever has moved it there. kReady: the cell there is EMPTY.
Look Ring::FindEnd(Back* back) {
  for (;;) {
    const Position tail = header_->tail.load(std::memory_order_seq_cst);
    const Place place = rings_.Find(tail);
    const uint64_t cell = Load(place);
    *back = {tail, place};
    if (cell == EmptyCell(place.lap)) return Look::kReady;
    if (cell == EndCell(place.lap)) return Look::kClosed;
    if (cell == MovedCell(place.lap)) {
      if (!rings_.Follow(tail, place)) return Look::kCorrupt;
      continue;
    }
    // Published here, and perhaps taken since: the tail is behind.
    if (LapOfCell(cell) == place.lap || LapOfCell(cell) == place.lap + 1) {
      Position behind = tail;
      header_->tail.compare_exchange_strong(behind, tail + 1, std::memory_order_seq_cst);
      continue;
    }
    // This look is old, the ring went on; or the ring is damaged.
    if (header_->tail.load(std::memory_order_seq_cst) == tail) return Look::kCorrupt;
  }
}

Look Ring::FindBackSlowly(Back* back) {
  for (;;) {
    const Look end = FindEnd(back);
    if (end != Look::kReady) return end;
    if (HasRoom(*back, known_head_.load(std::memory_order_relaxed))) return Look::kReady;
    const Position head = header_->head.load(std::memory_order_seq_cst);
    if (head > back->position) {
      // Published and taken since we looked; or the header is damaged.
      if (Load(back->place) == EmptyCell(back->place.lap)) return Look::kCorrupt;
      continue;
    }
    known_head_.store(head, std::memory_order_relaxed);
    if (HasRoom(*back, head)) return Look::kReady;
    // Full, by a head that is behind, or really: the queue, or the ring alone.
    if (HelpHead()) continue;
    if (back->position - head >= capacity_) return Look::kNotYet;
    if (!rings_.Grow(back->position, back->place)) return Look::kNoMemory;
  }
}

Look Ring::FindFrontSlowly(Front* front) {
  for (;;) {
    const Position head = header_->head.load(std::memory_order_seq_cst);
    const Place place = rings_.Find(head);
    const uint64_t cell = Load(place);
    // case 1: not published
    if (cell == EmptyCell(place.lap)) return Look::kNotYet;
    // case 2: the end mark
    if (cell == EndCell(place.lap)) return Look::kClosed;
    // case 3: the order goes on in the next ring
    if (cell == MovedCell(place.lap)) {
      if (!rings_.Follow(head, place)) return Look::kCorrupt;
      continue;
    }
    // case 4: a message that is queued
    if (LapOfCell(cell) == place.lap &&
        ReadMessage(head, BlockOfCell(cell), TagState::kQueued, front)) {
      front->place = place;
      return Look::kReady;
    }
    // case 5: taken, by somebody who has not moved the head on yet, or never will: help
    if (IsTaken(head, place, cell)) {
      Clear(head, place, BlockOfCell(cell));
      continue;
    }
    // case 6: this look is old: the message was taken and its block used again (I2: then its cell was
    // cleared before). If it is not old, the ring is damaged.
    if (Load(place) == cell && header_->head.load(std::memory_order_seq_cst) == head) {
      return Look::kCorrupt;
    }
  }
}

bool Ring::ReadMessage(Position position, BlockRef ref, TagState state, Front* front) const {
  front->position = position;
  front->ref = ref;
  front->block = heap_->View(ref);
  if (!front->block) return false;
  front->tag = front->block.tag->load(std::memory_order_acquire);  // [CLAIM]
  if (StateOfTag(front->tag) != state || !TagIsAt(front->tag, position)) return false;
  // Perhaps of another message by now; then the claim fails.
  front->size = HeaderOf(front->block)->size.load(std::memory_order_relaxed);
  return front->size <= front->block.capacity - sizeof(MessageHeader);
}

bool Ring::Claim(const Front& front, Owner me) {
  uint64_t tag = front.tag;
  // [CLAIM] acq_rel; with [PUBLISH], through the cell, the message is seen. The one step of a get.
  if (!front.block.tag->compare_exchange_strong(
          tag, MakeTag(TagState::kReading, front.position, me), std::memory_order_acq_rel)) {
    return false;
  }
  BP_FAULT_POINT("queue.claimed");
  // From now on the block is ours; its owner word says so too before the tag is cleared.
  front.block.owner->store(me, std::memory_order_release);
  Clear(front.position, front.place, front.ref);
  return true;
}

void Ring::Close() {
  Back back;
  // The ring has a cell more than messages: the one at the end of the order is EMPTY or a mark.
  while (FindEnd(&back) == Look::kReady) {
    uint64_t cell = EmptyCell(back.place.lap);
    if (back.place.cell->compare_exchange_strong(cell, EndCell(back.place.lap),
                                                 std::memory_order_seq_cst)) {
      BP_FAULT_POINT("queue.end_marked");
      return;
    }
  }
}

Position Ring::End() {
  Back back;
  FindEnd(&back);
  return back.position;
}

uint64_t Ring::Size() {
  for (;;) {
    while (HelpHead()) {
    }
    const Position head = header_->head.load(std::memory_order_seq_cst);
    const Position end = End();
    if (header_->head.load(std::memory_order_seq_cst) != head) continue;
    return std::min(end - head, capacity_);
  }
}

bool Ring::IsInRing(Position position, BlockRef ref) const {
  const Place place = rings_.Find(position);
  return Load(place) == ItemCell(place.lap, ref);
}

}  // namespace billiard::queue
