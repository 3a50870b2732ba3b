// Messages that were taken and are in the queue again: their taker died (at least once delivery), or gave
// them back. They lie in their blocks with the tag RETURNED, and come out before those of the ring.
//
// Threads, processes, fork: all functions, anywhere; nothing here blocks.
//
// The header's word is {changes 63 | some 1}: with `some` clear, nobody looks for them.
// I1: the tag is RETURNED first, then `some` is set and `changes` grows. Whoever dies or stands still in
//     between leaves a message that nobody looks for; each recovery that sees one sets `some` again, and
//     the dead taker's entry among the participants stays until a recovery has come to its end.
// I2: `some` is cleared by a CAS from the very word that was read before a look that found none.
#ifndef BILLIARD_CORE_QUEUE_RETURNS_H_
#define BILLIARD_CORE_QUEUE_RETURNS_H_

#include <atomic>
#include <cstdint>

#include "billiard_core/queue/layout.h"
#include "billiard_core/queue/ring.h"

namespace billiard::queue {

class Returns {
 public:
  Returns(QueueHeader* header, shared_memory::BlockHeap* heap, const Ring* ring)
      : word_(&header->returned), heap_(heap), ring_(ring) {}

  // Gives back the message, whose tag was seen as `tag`; false: it is another one by now.
  bool GiveBack(const shared_memory::BlockView& block, uint64_t tag, Owner me);

  // There is one that was given back.
  void Announce();

  // With `some` clear: false, at the cost of a load.
  bool MayHaveSome() const { return (word_->load(std::memory_order_seq_cst) & 1) != 0; }

  // The one that was put first; *front is it. False: none.
  bool FindFirst(Front* front);

  // Takes it; false: it is taken already.
  bool Claim(const Front& front, Owner me);

  uint64_t Count() const;

 private:
  // Fixed after construction.
  std::atomic<uint64_t>* const word_;
  shared_memory::BlockHeap* const heap_;
  const Ring* const ring_;
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_RETURNS_H_
