// The one order of a queue's messages: cells in shared memory, in which claim and commit are one step on
// both ends, so that nobody ever waits for a process that is dead, stopped or slow (G-QUEUE-1). words.h
// has the words and their invariants, rings.h says where the cells are.
//
// Threads, processes, fork: all functions, anywhere; nothing here blocks.
//
//   putting:  FindBack (is there a place?), Publish        taking:  FindFront (is there one?), Claim
// Both pairs are repeated when somebody else was first; each failure is somebody else's success.
#ifndef BILLIARD_CORE_QUEUE_RING_H_
#define BILLIARD_CORE_QUEUE_RING_H_

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "billiard_core/base/fault_point.h"
#include "billiard_core/queue/layout.h"
#include "billiard_core/queue/rings.h"

namespace billiard::queue {

enum class Look {
  kReady,     // there is a message, or a place
  kNotYet,    // empty, or full
  kClosed,    // for everybody; what was put before has been taken
  kCorrupt,   // somebody has scribbled over the segment
  kNoMemory,  // a larger ring could not be committed, or the caller has no room for the message
};

// The end of the order.
struct Back {
  Position position;
  Place place;
};

// The message that is next.
struct Front {
  Position position;
  Place place;  // not of a message that was given back
  uint64_t tag;
  BlockRef ref;
  shared_memory::BlockView block;
  uint64_t size;  // valid when the claim succeeds
};

class Ring {
 public:
  // The segment's header must have been checked: 1 <= capacity <= kMaxCapacity.
  Ring(shared_memory::Segment* segment, shared_memory::BlockHeap* heap, uint64_t capacity);

  // Commits the first cells; once, by the queue's maker.
  absl::Status CommitFirst() { return rings_.CommitFirst(); }

  // Looks for a free place; *back is it when kReady.
  Look FindBack(Back* back) {
    const Position tail = header_->tail.load(std::memory_order_seq_cst);
    back->position = tail;
    back->place = rings_.Find(tail);
    const bool is_end = Load(back->place) == EmptyCell(back->place.lap);
    if (is_end && HasRoom(*back, known_head_.load(std::memory_order_relaxed))) return Look::kReady;
    return FindBackSlowly(back);
  }

  // Puts the block, whose tag is QUEUED(position), at that place; false: it is taken.
  bool Publish(const Back& back, BlockRef ref) {
    uint64_t cell = EmptyCell(back.place.lap);
    // [PUBLISH] The message, its header and its tag come before it. The one step of a put.
    if (!back.place.cell->compare_exchange_strong(cell, ItemCell(back.place.lap, ref),
                                                  std::memory_order_seq_cst)) {
      return false;
    }
    BP_FAULT_POINT("queue.published");
    Position position = back.position;
    header_->tail.compare_exchange_strong(position, position + 1, std::memory_order_seq_cst);
    return true;
  }

  // Looks for the oldest message.
  Look FindFront(Front* front) {
    const Position head = header_->head.load(std::memory_order_seq_cst);
    front->place = rings_.Find(head);
    const uint64_t cell = Load(front->place);
    if (cell == EmptyCell(front->place.lap)) return Look::kNotYet;
    if (LapOfCell(cell) == front->place.lap &&
        ReadMessage(head, BlockOfCell(cell), TagState::kQueued, front)) {
      return Look::kReady;
    }
    return FindFrontSlowly(front);
  }

  // Takes it; false: it is taken already. Afterwards the block is the caller's, to read and to free.
  bool Claim(const Front& front, Owner me);

  // Fills in what is in the block, if its tag says that it was published or returned at `position`.
  bool ReadMessage(Position position, BlockRef ref, TagState state, Front* front) const;

  // Appends the end mark: no Publish succeeds any more.
  void Close();

  // Messages ever published.
  Position End();

  // Messages published and not taken; exact while nobody puts or takes, whoever has been killed.
  uint64_t Size();

  // True when the message in `ref` was published at `position` and its cell has not been cleared.
  bool IsInRing(Position position, BlockRef ref) const;

  // Clears the cell of a message that has been claimed, and moves on: the rest of a dead claimer's work.
  void Clear(Position position, BlockRef ref);

 private:
  // [PUBLISH] [CLEAR] and, for waiters, [EVENT-SLEEPERS]: seq_cst.
  static uint64_t Load(const Place& place) { return place.cell->load(std::memory_order_seq_cst); }
  void Clear(Position position, const Place& place, BlockRef ref);
  bool IsTaken(Position position, const Place& place, uint64_t cell) const;
  bool HelpHead();
  Look FindEnd(Back* back);
  Look FindBackSlowly(Back* back);
  Look FindFrontSlowly(Front* front);

  // Whether the queue has a place and the ring a cell, by a head that was true once. The head only grows:
  // there is room still when the publishing CAS succeeds, which it does only where the cell has stayed
  // empty, so at the very end of the order.
  bool HasRoom(const Back& back, Position head) const {
    return head <= back.position && back.position - head < capacity_ &&
           back.position - std::max(head, back.place.start) < rings_.RoomOf(back.place.ring);
  }

  // Fixed after construction.
  shared_memory::BlockHeap* const heap_;
  QueueHeader* const header_;
  const uint64_t capacity_;
  Rings rings_;

  // A head that was seen: the head's own cache line is written with every get.
  std::atomic<Position> known_head_{0};
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_RING_H_
