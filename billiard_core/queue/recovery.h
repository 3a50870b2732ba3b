// Takes back what dead processes held of a queue: blocks of puts that were not published, messages whose
// taker died. Any number of processes may do so at a time and die in it.
//
// What a participant can hold, and what shows it (words.h for the tags):
//   being filled, or freed   owner word = it, tag 0
//   filled, not published    owner word = it, tag QUEUED(p, it), cell p does not name the block
//   published                the same, and cell p names the block: nobody's, left alone
//   taken                    tag READING(p, it) or UNFINISHED(p, it)
//   given back               tag RETURNED(p, it): nobody's, but perhaps not announced
//   being taken back         tag LOST(p, it) or FINISHED(p, it), or owner word = it and tag 0
//
// I1: each recovery step is one CAS from exactly what was seen, and names the recoverer as the owner of
//     what it takes over; so a recoverer that dies is itself recovered from.
// I2: a message of the dead is given back (at least once), or else counted: as lost when it was READING,
//     and as finished in a joinable queue. What the dead had counted itself is not given back.
#ifndef BILLIARD_CORE_QUEUE_RECOVERY_H_
#define BILLIARD_CORE_QUEUE_RECOVERY_H_

#include "billiard_core/queue/layout.h"
#include "billiard_core/queue/returns.h"
#include "billiard_core/queue/ring.h"
#include "billiard_core/queue/settlement.h"

namespace billiard::queue {

class Recovery {
 public:
  Recovery(const QueueHeader* header, shared_memory::BlockHeap* heap, Ring* ring, Returns* returns,
           Settlement* settlement)
      : at_least_once_((header->flags.load(std::memory_order_relaxed) & kAtLeastOnceFlag) != 0),
        heap_(heap),
        ring_(ring),
        returns_(returns),
        settlement_(settlement) {}

  // Takes back everything of `dead`, on behalf of `me`. May be repeated. A process that gives up its part
  // may do it for itself. True when messages were given back.
  bool TakeBack(Owner dead, Owner me);

 private:
  enum class Found { kNothing, kReturned };
  Found TakeBackBlock(BlockRef ref, const shared_memory::BlockView& block, Owner dead, Owner me);
  Found TakeBackMessage(BlockRef ref, const shared_memory::BlockView& block, uint64_t tag,
                        Owner me);
  void ReclaimUnpublished(BlockRef ref, const shared_memory::BlockView& block, Owner dead,
                          Owner me);

  // Fixed after construction.
  const bool at_least_once_;
  shared_memory::BlockHeap* const heap_;
  Ring* const ring_;
  Returns* const returns_;
  Settlement* const settlement_;
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_RECOVERY_H_
