#include "billiard_core/queue/ring.h"

#include <algorithm>
#include <bit>

#include "billiard_core/base/fault_point.h"

namespace billiard::queue {
namespace {

// Messages that are put, or taken, between two changes of tail, or head. A queue of few messages must not
// look full because of it.
Position StrideOf(uint64_t capacity) {
  constexpr Position kMost = 32;
  static_assert(kMost <= Layout::RingCells(0) / 2);
  return std::min(kMost, std::bit_floor(capacity / 8 + 1));
}

}  // namespace

Ring::Ring(shared_memory::Segment* segment, shared_memory::BlockHeap* heap, uint64_t capacity)
    : heap_(heap),
      header_(segment->At<QueueHeader>(Layout::kQueueHeader)),
      capacity_(capacity),
      stride_(StrideOf(capacity)),
      rings_(segment, capacity) {}

// Tail, or head, is at least `position` then.
Position Ring::Raise(std::atomic<Position>* word, Position position) {
  Position now = word->load(std::memory_order_seq_cst);
  while (now < position && !word->compare_exchange_weak(now, position, std::memory_order_seq_cst)) {
  }
  BP_FAULT_POINT("queue.raised");
  return std::max(now, position);
}

// The exact end of the order. kReady: the place there is free.
Look Ring::FindEnd(Back* back, Place* place) {
  Position tail = header_->tail.load(std::memory_order_seq_cst);
  Position position = std::max(tail, next_back_.load(std::memory_order_acquire));
  Look look;
  for (;;) {
    *place = rings_.Find(position);
    const uint64_t cell = Load(place->cell);
    *back = {position, place->cell, cell};
    const int32_t ahead = LapsAhead(cell, place->lap);
    // case 1: not published
    if (ahead == -1) {
      look = Look::kReady;
      break;
    }
    // case 2: published a lap ago or more. Then the tail is ahead of this look, too (I1).
    if (ahead > 0) {
      tail = header_->tail.load(std::memory_order_seq_cst);
      if (tail <= position) return Look::kCorrupt;
      position = tail;
      continue;
    }
    if (ahead < 0) return Look::kCorrupt;
    // case 3: the end mark
    if (cell == EndCell(place->lap)) {
      look = Look::kClosed;
      break;
    }
    // case 4: the order goes on in the next ring
    if (cell == MovedCell(place->lap)) {
      if (!rings_.Follow(position, *place)) return Look::kCorrupt;
      continue;
    }
    // case 5: published
    ++position;
  }
  if (position - tail >= stride_) tail = Raise(&header_->tail, position);
  known_tail_.store(tail, std::memory_order_release);
  next_back_.store(position, std::memory_order_release);
  return look;
}

Look Ring::FindBackSlowly(Back* back) {
  Place place;
  for (;;) {
    const Look end = FindEnd(back, &place);
    if (end != Look::kReady) return end;
    if (const Position known = known_head_.load(std::memory_order_acquire);
        HasRoom(back->position, place, known)) {
      SetBackLimit(place, known);
      return Look::kReady;
    }
    const Position head = header_->head.load(std::memory_order_seq_cst);
    if (head > back->position) {
      // Published and taken since we looked; or the header is damaged.
      if (IsStillFree(*back)) return Look::kCorrupt;
      continue;
    }
    known_head_.store(head, std::memory_order_release);
    if (HasRoom(back->position, place, head)) {
      SetBackLimit(place, head);
      return Look::kReady;
    }
    // Full, by a head that is behind, or really: the queue, or the ring alone.
    if (MoveHead(head)) continue;
    if (back->position - head >= capacity_) return Look::kNotYet;
    if (!rings_.Grow(back->position, place, back->seen)) return Look::kNoMemory;
  }
}

void Ring::SetBackLimit(const Place& place, Position head) {
  const Position tail = known_tail_.load(std::memory_order_acquire);
  // release: whoever goes by it goes by tail and head as they were seen.
  back_limit_.store(std::min(tail + stride_, RoomUntil(place, head)), std::memory_order_release);
}

// Moves the head to the first position that is not taken; false: that is where it was.
bool Ring::MoveHead(Position head) {
  Front front;
  FindFirst(&front);
  if (front.position <= head) return false;
  known_head_.store(Raise(&header_->head, front.position), std::memory_order_release);
  return true;
}

// The first position that is not taken. kReady: a message is there, of which the tag is read.
Look Ring::FindFirst(Front* front) {
  Position head = header_->head.load(std::memory_order_seq_cst);
  Position position = std::max(head, next_front_.load(std::memory_order_acquire));
  Look look;
  for (;;) {
    front->position = position;
    const Place place = rings_.Find(position);
    const uint64_t cell = Load(place.cell);
    const int32_t ahead = LapsAhead(cell, place.lap);
    // case 1: not published
    if (ahead == -1) {
      look = Look::kNotYet;
      break;
    }
    // case 2: taken a lap ago or more. Then the head is ahead of this look, too (I1).
    if (ahead > 0) {
      head = header_->head.load(std::memory_order_seq_cst);
      if (head <= position) return Look::kCorrupt;
      position = head;
      continue;
    }
    if (ahead < 0) return Look::kCorrupt;
    // case 3: the end mark
    if (cell == EndCell(place.lap)) {
      look = Look::kClosed;
      break;
    }
    // case 4: the order goes on in the next ring
    if (cell == MovedCell(place.lap)) {
      if (!rings_.Follow(position, place)) return Look::kCorrupt;
      continue;
    }
    // case 5: a message that is queued
    front->block = heap_->View(BlockOfCell(cell));
    if (!front->block) return Look::kCorrupt;
    if (ReadTag(position, BlockOfCell(cell), TagState::kQueued, front)) {
      look = Look::kReady;
      break;
    }
    // case 6: taken, whatever has become of its block since (words.h, I2)
    ++position;
  }
  if (position - head >= stride_) head = Raise(&header_->head, position);
  known_head_.store(head, std::memory_order_release);
  front_limit_.store(head + stride_, std::memory_order_release);  // I1
  next_front_.store(position, std::memory_order_release);
  return look;
}

Look Ring::FindFrontSlowly(Front* front) {
  for (;;) {
    const Look look = FindFirst(front);
    if (look != Look::kReady) return look;
    const uint64_t tag = front->tag;
    if (ReadMessage(front->position, front->ref, TagState::kQueued, front)) return Look::kReady;
    // Taken meanwhile; else what it says of its size is no size.
    if (front->tag == tag) return Look::kCorrupt;
  }
}

void Ring::Close() {
  Back back;
  Place place;
  // The ring has a cell more than messages: that at the end of the order is of the lap before, or a mark.
  while (FindEnd(&back, &place) == Look::kReady) {
    uint64_t cell = back.seen;
    if (back.cell->compare_exchange_strong(cell, EndCell(place.lap), std::memory_order_seq_cst)) {
      BP_FAULT_POINT("queue.end_marked");
      return;
    }
  }
}

Position Ring::End() {
  Back back;
  Place place;
  FindEnd(&back, &place);
  return back.position;
}

uint64_t Ring::Size() {
  Front front;
  for (;;) {
    FindFirst(&front);
    const Position first = front.position;
    const Position end = End();
    FindFirst(&front);
    if (front.position == first) return std::min(end - first, capacity_);
  }
}

bool Ring::IsInRing(Position position, BlockRef ref) const {
  const Place place = rings_.Find(position);
  return Load(place.cell) == ItemCell(place.lap, ref);
}

}  // namespace billiard::queue
