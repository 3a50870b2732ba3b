// The end of messages that were taken: lost with their taker, or finished. Counts them exactly once
// (tally.h) and frees their blocks.
//
// Threads, processes, fork: all functions, anywhere; nothing here blocks.
//
// I1: unfinished messages of a joinable queue are those ever published less those finished. The first is
//     the end of the order, so a put counts in the same step in which it enters the order (QUEUE-40).
// I2: never more are finished than were published (QUEUE-41).
#ifndef BILLIARD_CORE_QUEUE_SETTLEMENT_H_
#define BILLIARD_CORE_QUEUE_SETTLEMENT_H_

#include <cstdint>

#include "billiard_core/queue/layout.h"
#include "billiard_core/queue/ring.h"
#include "billiard_core/queue/tally.h"

namespace billiard::queue {

class Settlement {
 public:
  Settlement(QueueHeader* header, shared_memory::BlockHeap* heap, Ring* ring);
  Settlement(const Settlement&) = delete;
  Settlement& operator=(const Settlement&) = delete;

  // The message, READING by a dead process, is lost; in a joinable queue it is also finished.
  void Lose(BlockRef ref, const shared_memory::BlockView& block, uint64_t tag, Owner me);

  // The message, READING or UNFINISHED, is finished; its block is freed. kRefused: everything that was
  // put is finished already; the block is freed all the same.
  Tally::Outcome Finish(BlockRef ref, const shared_memory::BlockView& block, uint64_t tag,
                        Owner me);

  // One message is finished, nobody knows which; false: all are.
  bool FinishAny(Owner me);

  // The rest of the work of somebody who died with the tag LOST or FINISHED, which names `me` by now.
  void ContinueLost(BlockRef ref, const shared_memory::BlockView& block, Owner me);
  void ContinueFinished(BlockRef ref, Owner me);

  // A note of somebody who died may be of a block that is to be returned: that goes first.
  void FinishNotes(Owner me);

  uint32_t lost() const { return losses_.count(); }
  uint64_t Unfinished() const;

 private:
  void WakeJoiners();

  // Fixed after construction.
  QueueHeader* const header_;
  shared_memory::BlockHeap* const heap_;
  Ring* const ring_;
  const bool joinable_;
  Tally losses_;
  Tally finished_;
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_SETTLEMENT_H_
