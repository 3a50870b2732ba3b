// The one order of a queue's messages: a ring of cells in shared memory, in which claim and commit are one
// step on both ends, so that nobody ever waits for a process that is dead, stopped or slow
// (G-QUEUE-1). words.h has the words and their invariants.
//
// Threads, processes, fork: all functions, anywhere; nothing here blocks.
//
//   putting:  FindBack (is there a place?), Publish        taking:  FindFront (is there one?), Claim
// Both pairs are repeated when somebody else was first; each failure is somebody else's success.
#ifndef BILLIARD_CORE_QUEUE_RING_H_
#define BILLIARD_CORE_QUEUE_RING_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "billiard_core/queue/layout.h"

namespace billiard::queue {

enum class Look {
  kReady,     // there is a message, or a place
  kNotYet,    // empty, or full
  kClosed,    // for everybody; what was put before has been taken
  kCorrupt,   // somebody has scribbled over the segment
  kNoMemory,  // the ring's next cells could not be committed
};

struct Front {
  Position position;
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
  absl::Status CommitFirst() { return CommitThrough(0); }

  // Looks for a free place; *position is it when kReady.
  Look FindBack(Position* position);

  // Puts the block, whose tag is QUEUED(position), at that position; false: the place is taken.
  bool Publish(Position position, BlockRef ref);

  // Looks for the oldest message.
  Look FindFront(Front* front);

  // Takes it; false: it is taken already. Afterwards the block is the caller's, to read and to free.
  bool Claim(const Front& front, Owner me);

  // Appends the end mark: no Publish succeeds any more.
  void Close();

  // Messages published and not taken; exact while nobody puts or takes, whoever has been killed.
  uint64_t Size();

  // True when the message in `ref` was published at `position` and its cell has not been cleared.
  bool IsInRing(Position position, BlockRef ref) const;

  // Clears the cell of a message that has been claimed, and moves on: the rest of a dead claimer's work.
  void Clear(Position position, BlockRef ref);

 private:
  uint32_t LapOf(Position position) const { return static_cast<uint32_t>(position >> log2_cells_); }
  std::atomic<uint64_t>& Cell(Position position) const {
    return cells_[position & (cell_count_ - 1)];
  }
  uint64_t LoadCell(Position position) const;
  absl::Status CommitThrough(Position position);
  bool IsTaken(Position position, uint64_t cell) const;
  bool ReadFront(Position position, uint64_t cell, Front* front) const;
  bool HelpHead();
  bool HelpTail(Position tail, uint64_t cell);

  // Fixed after construction.
  shared_memory::Segment* const segment_;
  shared_memory::BlockHeap* const heap_;
  QueueHeader* const header_;
  const uint64_t capacity_;
  const uint64_t cell_count_;
  const int log2_cells_;
  std::atomic<uint64_t>* const cells_;
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_RING_H_
