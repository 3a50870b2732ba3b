#include "billiard_core/queue/ring.h"

#include <algorithm>
#include <bit>

namespace billiard::queue {
namespace {

constexpr uint64_t kCommitCells = 2048;  // 16 KiB at a time

}  // namespace

Ring::Ring(shared_memory::Segment* segment, shared_memory::BlockHeap* heap, uint64_t capacity)
    : segment_(segment),
      heap_(heap),
      header_(segment->At<QueueHeader>(Layout::kQueueHeader)),
      capacity_(capacity),
      cell_count_(Layout::RingCells(capacity)),
      log2_cells_(std::countr_zero(cell_count_)),
      cells_(segment->At<std::atomic<uint64_t>>(Layout::kRing, cell_count_)) {}

// What was never committed was never written either.
uint64_t Ring::LoadCell(Position position) const {
  // [CELLS] acquire: the cells are there.
  if (position >= header_->committed_cells.load(std::memory_order_acquire) &&
      position < cell_count_) {
    return EmptyCell(0);
  }
  // [PUBLISH] [CLEAR] and, for waiters, [EVENT-SLEEPERS]: seq_cst.
  return Cell(position).load(std::memory_order_seq_cst);
}

// In the first lap, cells are committed ahead of their use; always one more than the next message needs,
// so that the end mark needs no memory.
absl::Status Ring::CommitThrough(Position position) {
  uint64_t committed = header_->committed_cells.load(std::memory_order_acquire);  // [CELLS]
  const uint64_t needed = std::min(position + 2, cell_count_);
  if (committed >= needed) return absl::OkStatus();
  const uint64_t target =
      std::min((needed + kCommitCells - 1) / kCommitCells * kCommitCells, cell_count_);
  absl::Status status = segment_->Commit(Layout::kRing + committed * sizeof(uint64_t),
                                         (target - committed) * sizeof(uint64_t));
  if (!status.ok()) return status;
  while (committed < target && !header_->committed_cells.compare_exchange_weak(
                                   committed, target, std::memory_order_release)) {  // [CELLS]
  }
  return absl::OkStatus();
}

// A cell that the head stands at can be passed when its message was claimed, cleared or not.
bool Ring::IsTaken(Position position, uint64_t cell) const {
  const uint32_t lap = LapOf(position);
  if (cell == EmptyCell(lap + 1)) return true;
  if (LapOfCell(cell) != lap || BlockOfCell(cell) == shared_memory::kNoBlock) return false;
  const shared_memory::BlockView block = heap_->View(BlockOfCell(cell));
  if (!block) return false;
  const uint64_t tag = block.tag->load(std::memory_order_acquire);  // [CLAIM]
  return TagIsAt(tag, position) &&
         (StateOfTag(tag) == TagState::kReading || StateOfTag(tag) == TagState::kLost);
}

bool Ring::HelpHead() {
  const Position head = header_->head.load(std::memory_order_seq_cst);
  const uint64_t cell = LoadCell(head);
  if (!IsTaken(head, cell)) return false;
  Clear(head, BlockOfCell(cell));
  return true;
}

void Ring::Clear(Position position, BlockRef ref) {
  const uint32_t lap = LapOf(position);
  uint64_t cell = ItemCell(lap, ref);
  // [CLEAR] Before the head moves on, so that the cell is EMPTY when its next lap begins. I1, I2.
  if (ref != shared_memory::kNoBlock) {
    Cell(position).compare_exchange_strong(cell, EmptyCell(lap + 1), std::memory_order_seq_cst);
  }
  Position head = position;
  header_->head.compare_exchange_strong(head, position + 1, std::memory_order_seq_cst);
}

Look Ring::FindBack(Position* position) {
  for (;;) {
    const Position tail = header_->tail.load(std::memory_order_seq_cst);
    if (!CommitThrough(tail).ok()) return Look::kNoMemory;
    const uint64_t cell = LoadCell(tail);
    const uint32_t lap = LapOf(tail);
    // case 1: the end mark
    if (cell == EndCell(lap)) return Look::kClosed;
    // case 2: published here (and perhaps taken since), the tail is behind: help
    if (cell != EmptyCell(lap)) {
      if (HelpTail(tail, cell)) continue;
      return Look::kCorrupt;
    }
    // Not published: this is the place, if the queue has room.
    const Position head = header_->head.load(std::memory_order_seq_cst);
    *position = tail;
    // case 3: room. The head only grows: there is room still when the publishing CAS succeeds, which
    // it does only where this cell has stayed empty, so at the very end of the order.
    if (head <= tail && tail - head < capacity_) return Look::kReady;
    // case 4: published and taken since we looked; or the header is damaged
    if (head > tail) {
      if (LoadCell(tail) == cell) return Look::kCorrupt;
      continue;
    }
    // case 5: full, by a head that is behind, or really
    if (!HelpHead()) return Look::kNotYet;
  }
}

bool Ring::Publish(Position position, BlockRef ref) {
  const uint32_t lap = LapOf(position);
  uint64_t cell = EmptyCell(lap);
  // [PUBLISH] The message, its header and its tag come before it. The one step of a put.
  if (!Cell(position).compare_exchange_strong(cell, ItemCell(lap, ref),
                                              std::memory_order_seq_cst)) {
    return false;
  }
  header_->tail.compare_exchange_strong(position, position + 1, std::memory_order_seq_cst);
  return true;
}

Look Ring::FindFront(Front* front) {
  for (;;) {
    const Position head = header_->head.load(std::memory_order_seq_cst);
    const uint64_t cell = LoadCell(head);
    const uint32_t lap = LapOf(head);
    // case 1: not published
    if (cell == EmptyCell(lap)) return Look::kNotYet;
    // case 2: the end mark
    if (cell == EndCell(lap)) return Look::kClosed;
    // case 3: a message that is queued
    if (LapOfCell(cell) == lap && ReadFront(head, cell, front)) return Look::kReady;
    // case 4: taken, by somebody who has not moved the head on yet, or never will: help
    if (IsTaken(head, cell)) {
      Clear(head, BlockOfCell(cell));
      continue;
    }
    // case 5: this look is old: the message was taken and its block used again (I2: then its cell was
    // cleared before). If it is not old, the ring is damaged.
    if (LoadCell(head) == cell && header_->head.load(std::memory_order_seq_cst) == head) {
      return Look::kCorrupt;
    }
  }
}

bool Ring::ReadFront(Position position, uint64_t cell, Front* front) const {
  front->position = position;
  front->ref = BlockOfCell(cell);
  front->block = heap_->View(front->ref);
  if (!front->block) return false;
  front->tag = front->block.tag->load(std::memory_order_acquire);  // [CLAIM]
  if (StateOfTag(front->tag) != TagState::kQueued || !TagIsAt(front->tag, position)) return false;
  const auto* message = reinterpret_cast<const MessageHeader*>(front->block.data);
  // Perhaps of another message by now; then the claim fails.
  front->size = message->size.load(std::memory_order_relaxed);
  return front->size <= front->block.capacity - sizeof(MessageHeader);
}

bool Ring::Claim(const Front& front, Owner me) {
  uint64_t tag = front.tag;
  // [CLAIM] acq_rel; with [PUBLISH], through the cell, the message is seen. The one step of a get.
  if (!front.block.tag->compare_exchange_strong(
          tag, MakeTag(TagState::kReading, front.position, me), std::memory_order_acq_rel)) {
    return false;
  }
  // From now on the block is ours; its owner word says so too before the tag is cleared.
  front.block.owner->store(me, std::memory_order_release);
  Clear(front.position, front.ref);
  return true;
}

void Ring::Close() {
  for (;;) {
    const Position tail = header_->tail.load(std::memory_order_seq_cst);
    const uint32_t lap = LapOf(tail);
    uint64_t cell = EmptyCell(lap);
    // The ring has a cell more than messages: the one at the end of the order is EMPTY or END.
    if (Cell(tail).compare_exchange_strong(cell, EndCell(lap), std::memory_order_seq_cst)) return;
    if (!HelpTail(tail, cell)) return;  // somebody else has closed it
  }
}

// Moves the tail on from a position that has been published; false: there it stays.
bool Ring::HelpTail(Position tail, uint64_t cell) {
  const uint32_t lap = LapOf(tail);
  if (cell == EmptyCell(lap) || cell == EndCell(lap)) return false;
  if (LapOfCell(cell) != lap && LapOfCell(cell) != lap + 1) {
    // This look is old, the ring went on; or the ring is damaged.
    return header_->tail.load(std::memory_order_seq_cst) != tail;
  }
  header_->tail.compare_exchange_strong(tail, tail + 1, std::memory_order_seq_cst);
  return true;
}

uint64_t Ring::Size() {
  for (;;) {
    while (HelpHead()) {
    }
    const Position head = header_->head.load(std::memory_order_seq_cst);
    const Position tail = header_->tail.load(std::memory_order_seq_cst);
    if (HelpTail(tail, LoadCell(tail))) continue;
    if (header_->head.load(std::memory_order_seq_cst) != head) continue;
    return std::min(tail - head, capacity_);
  }
}

bool Ring::IsInRing(Position position, BlockRef ref) const {
  return LoadCell(position) == ItemCell(LapOf(position), ref);
}

}  // namespace billiard::queue
