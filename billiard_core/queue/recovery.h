// Takes back what dead processes held of a queue: blocks of puts that were not published, messages whose
// reader died. Any number of processes may do so at a time and die in it.
//
// What a participant can hold, and what shows it (words.h for the tags):
//   being filled, or freed   owner word = it, tag 0
//   filled, not published    owner word = it, tag QUEUED(p, it), cell p does not name the block
//   published                the same, and cell p names the block: nobody's, left alone
//   taken                    tag READING(p, it)
//   being taken back         tag LOST(p, it), or owner word = it and tag 0
//
// I1: each recovery step is one CAS from exactly what was seen, and names the recoverer as the owner of
//     what it takes over; so a recoverer that dies is itself recovered from.
// I2: `losses` counts a message by the same CAS that notes its block. Whoever finds a block noted marks
//     it LOST and clears the note, before the block can be freed; a counted block is not READING any
//     more when the note is gone. So each lost message is counted exactly once.
#ifndef BILLIARD_CORE_QUEUE_RECOVERY_H_
#define BILLIARD_CORE_QUEUE_RECOVERY_H_

#include "billiard_core/queue/layout.h"
#include "billiard_core/queue/ring.h"

namespace billiard::queue {

class Recovery {
 public:
  Recovery(QueueHeader* header, shared_memory::BlockHeap* heap, Ring* ring)
      : header_(header), heap_(heap), ring_(ring) {}

  // Takes back everything of `dead`, on behalf of `me`. May be repeated.
  void TakeBack(Owner dead, Owner me);

  // Messages counted as lost.
  uint64_t CountLost() const;

 private:
  void TakeBackBlock(BlockRef ref, const shared_memory::BlockView& block, Owner dead, Owner me);
  void ReclaimUnpublished(BlockRef ref, const shared_memory::BlockView& block, Owner dead,
                          Owner me);
  void CountLoss(BlockRef ref, const shared_memory::BlockView& block, uint64_t tag, Owner me);
  void FinishNoted(uint64_t losses, Owner me);
  void FreeLost(BlockRef ref, const shared_memory::BlockView& block, Owner me);

  // Fixed after construction.
  QueueHeader* const header_;
  shared_memory::BlockHeap* const heap_;
  Ring* const ring_;
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_RECOVERY_H_
