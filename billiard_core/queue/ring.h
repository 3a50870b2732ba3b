// The one order of a queue's messages: cells in shared memory, in which claim and commit are one step on
// both ends, so that nobody ever waits for a process that is dead, stopped or slow (G-QUEUE-1). words.h
// has the words and their invariants, rings.h says where the cells are.
//
// Threads, processes, fork: all functions, anywhere; nothing here blocks.
//
//   putting:  FindBack (is there a place?), Publish        taking:  FindFront (is there one?), Claim
// Both pairs are repeated when somebody else was first; each failure is somebody else's success.
//
// The truth is in the cells and tags alone. The header's tail and head, and what this process remembers of
// its own puts and gets, say only where to begin to look: everybody walks on from there. So most messages
// write to no word but their own.
// I1: before a cell is changed at position p, tail > p - stride; before the message at p is claimed,
//     head > p - stride. So walks are short, and whoever finds a cell a lap ahead finds tail or head ahead
//     of itself too, if the memory is sound.
#ifndef BILLIARD_CORE_QUEUE_RING_H_
#define BILLIARD_CORE_QUEUE_RING_H_

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "billiard_core/base/fault_point.h"
#include "billiard_core/queue/layout.h"
#include "billiard_core/queue/prefetch.h"
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
  std::atomic<uint64_t>* cell;
  uint64_t seen;  // there: of the lap before
};

// The message that is next.
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
  absl::Status CommitFirst() { return rings_.CommitFirst(); }

  // Looks for a free place; *back is it when kReady.
  Look FindBack(Back* back) { return FindBackQuickly(back) ? Look::kReady : FindBackSlowly(back); }
  // The same where it is mostly found; false: perhaps it is not there.
  [[gnu::always_inline]] bool FindBackQuickly(Back* back) {
    const Position position = next_back_.load(std::memory_order_acquire);
    back->position = position;
    uint32_t lap;
    if (position >= back_limit_.load(std::memory_order_acquire) ||
        !rings_.FindQuickly(position, &back->cell, &lap)) [[unlikely]]
      return false;
    back->seen = Load(back->cell);
    return LapsAhead(back->seen, lap) == -1;
  }

  // Whether the place is still free. A producer asks when it has the block, before it sets the tag
  // QUEUED(position): words.h, I2.
  bool IsStillFree(const Back& back) const { return Load(back.cell) == back.seen; }

  // Puts the block, whose tag is QUEUED(position), at that place; false: it is taken.
  [[gnu::always_inline]] bool Publish(const Back& back, BlockRef ref) {
    uint64_t cell = back.seen;
    // [PUBLISH] The message, its header and its tag come before it. The one step of a put.
    if (!back.cell->compare_exchange_strong(cell, ItemCell(LapOfCell(cell) + 1, ref),
                                            std::memory_order_seq_cst)) {
      return false;
    }
    BP_FAULT_POINT("queue.published");
    next_back_.store(back.position + 1, std::memory_order_release);
    return true;
  }

  // Looks for the oldest message.
  Look FindFront(Front* front) {
    return FindFrontQuickly(front) ? Look::kReady : FindFrontSlowly(front);
  }
  // The same for a small one, where it mostly lies; false: perhaps there is none.
  [[gnu::always_inline]] bool FindFrontQuickly(Front* front) {
    const Position position = next_front_.load(std::memory_order_acquire);
    std::atomic<uint64_t>* cell;
    uint32_t lap;
    if (position >= front_limit_.load(std::memory_order_acquire) ||
        !rings_.FindQuickly(position, &cell, &lap)) [[unlikely]]
      return false;
    const uint64_t seen = Load(cell);
    if (LapsAhead(seen, lap) != 0) return false;
    const BlockRef ref = BlockOfCell(seen);
    if (!heap_->ViewSmall(ref, &front->block) ||
        !ReadTag(position, ref, TagState::kQueued, front) || !ReadSize(front)) [[unlikely]] {
      return false;
    }
    if (known_tail_.load(std::memory_order_relaxed) > position + kAhead) {
      PrefetchAfter(front->block);
    }
    return true;
  }

  // Takes it; false: it is taken already. Afterwards the block is the caller's, to read and to free.
  [[gnu::always_inline]] bool Claim(const Front& front, Owner me) {
    uint64_t tag = front.tag;
    // [CLAIM] With [PUBLISH], through the cell, the message is seen. The one step of a get. seq_cst: for
    // those who wait for a place, [EVENT-SLEEPERS].
    if (!front.block.tag->compare_exchange_strong(
            tag, MakeTag(TagState::kReading, front.position, me), std::memory_order_seq_cst)) {
      return false;
    }
    BP_FAULT_POINT("queue.claimed");
    // From now on the block is ours; its owner word says so too before the tag is cleared.
    front.block.owner->store(me, std::memory_order_release);
    next_front_.store(front.position + 1, std::memory_order_release);
    return true;
  }

  // Fills in what is in the block, if its tag says that it was published or returned at `position`.
  bool ReadMessage(Position position, BlockRef ref, TagState state, Front* front) const {
    front->block = heap_->View(ref);
    return front->block && ReadTag(position, ref, state, front) && ReadSize(front);
  }

  // Appends the end mark: no Publish succeeds any more.
  void Close();

  // Messages ever published.
  Position End();

  // Messages published and not taken; exact while nobody puts or takes, whoever has been killed.
  uint64_t Size();

  // True when `position` was published with the block `ref`.
  bool IsInRing(Position position, BlockRef ref) const;

  // How many messages follow those that were taken, of which it is known that they were put; this may be
  // a stride too few, and many too many where several take.
  uint64_t Lead() {
    const Position tail = header_->tail.load(std::memory_order_acquire);
    known_tail_.store(tail, std::memory_order_release);
    const Position front = next_front();
    return tail > front ? tail - front : 0;
  }

  // How far this process has seen the order published, and taken.
  Position next_back() const { return next_back_.load(std::memory_order_relaxed); }
  Position next_front() const { return next_front_.load(std::memory_order_relaxed); }

  // How far tail and head may be behind; for tests.
  Position stride() const { return stride_; }

 private:
  // [PUBLISH] and, for waiters, [EVENT-SLEEPERS]: seq_cst.
  static uint64_t Load(const std::atomic<uint64_t>* cell) {
    return cell->load(std::memory_order_seq_cst);
  }

  static Position Raise(std::atomic<Position>* word, Position position);

  [[gnu::always_inline]] bool ReadTag(Position position, BlockRef ref, TagState state,
                                      Front* front) const {
    front->position = position;
    front->ref = ref;
    front->tag = front->block.tag->load(std::memory_order_seq_cst);  // [CLAIM]
    return StateOfTag(front->tag) == state && TagIsAt(front->tag, position);
  }
  [[gnu::always_inline]] static bool ReadSize(Front* front) {
    // Perhaps of another message by now; then the claim fails.
    front->size = HeaderOf(front->block)->size.load(std::memory_order_relaxed);
    return front->size <= front->block.capacity - sizeof(MessageHeader);
  }

  // What will be read soon, and is there already: the blocks of messages that follow each other mostly lie
  // side by side.
  static void PrefetchAfter(const shared_memory::BlockView& block) {
    const std::byte* const data = block.data + kAhead * block.capacity;
    PrefetchToRead(data);
    PrefetchToRead(data + kLine);
    PrefetchToWrite(block.tag + kAhead);
  }
  static constexpr Position kAhead = 4;
  static constexpr uint64_t kLine = 64;

  Look FindEnd(Back* back, Place* place);
  Look FindFirst(Front* front);
  Look FindBackSlowly(Back* back);
  Look FindFrontSlowly(Front* front);
  bool MoveHead(Position head);
  void SetBackLimit(const Place& place, Position head);

  // Whether the queue has a place and the ring a cell, by a head that was true once. The head only grows:
  // there is room still when the publishing CAS succeeds, which it does only where the cell has stayed
  // as it was, so at the very end of the order.
  bool HasRoom(Position position, const Place& place, Position head) const {
    return head <= position && position < RoomUntil(place, head);
  }
  Position RoomUntil(const Place& place, Position head) const {
    return std::min(head + capacity_, std::max(head, place.start) + rings_.RoomOf(place.ring));
  }

  // Fixed after construction.
  shared_memory::BlockHeap* const heap_;
  QueueHeader* const header_;
  const uint64_t capacity_;
  const Position stride_;
  Rings rings_;

  // Of this process, and true for ever: all before them are published, or taken. A forked child goes on
  // with its parent's.
  alignas(64) std::atomic<Position> next_back_{0};
  std::atomic<Position> known_tail_{0};  // a tail that was seen
  std::atomic<Position> known_head_{0};  // a head that was seen
  std::atomic<Position> next_front_{0};
  // Of positions before these, tail and head are known to be near (I1), and to leave room for those put.
  std::atomic<Position> back_limit_{0};
  std::atomic<Position> front_limit_{0};
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_RING_H_
