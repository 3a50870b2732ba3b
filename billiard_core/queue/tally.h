// Counts messages, each exactly once, whoever dies in it: those that were lost, those that are finished.
//
// Threads, processes, fork: all functions, anywhere; nothing here blocks.
//
// The count and the state of a message's block are two words, and who counts may die between them. So the
// count's word notes the block: {count 32 | noted block 32}, all bits exact.
//   {n, 0} -> {n + 1, ref}   counted; by CAS, when the tag had a state that is to be counted after the
//                            word was read. The one step.
//   tag -> the counted state, with whoever does it as the owner; by anyone who finds the note
//   {n, ref} -> {n, 0}       by anyone, after that
//
// I1: a tag leaves the states that are to be counted only through a note, or by a CAS of who may do so
//     otherwise and has found no note of the block (recovery.h). So nobody counts a message twice.
// I2: a note is gone before its block is freed. So a note never means a later use of the block.
#ifndef BILLIARD_CORE_QUEUE_TALLY_H_
#define BILLIARD_CORE_QUEUE_TALLY_H_

#include <atomic>
#include <cstdint>
#include <functional>

#include "billiard_core/queue/words.h"

namespace billiard::queue {

class Tally {
 public:
  // What is done with a counted block, whose tag names `me` as the owner.
  using AfterCount = std::function<void(BlockRef, const shared_memory::BlockView&, Owner me)>;
  // Whether one more may be counted, of a word that counts so many.
  using MayCount = std::function<bool(uint32_t count)>;

  // `counts` are the states that are to be counted, as bits 1 << state.
  Tally(std::atomic<uint64_t>* word, shared_memory::BlockHeap* heap, uint32_t counts,
        TagState counted, AfterCount after)
      : word_(word), heap_(heap), counts_(counts), counted_(counted), after_(std::move(after)) {}

  enum class Outcome {
    kCounted,
    kGone,     // the tag is another one by now
    kRefused,  // by may_count
  };

  // Counts the message, whose tag was seen as `tag`, in a state that is to be counted.
  Outcome Count(BlockRef ref, const shared_memory::BlockView& block, uint64_t tag, Owner me,
                const MayCount& may_count = nullptr);

  // Counts one without a message; false: refused.
  bool CountOne(Owner me, const MayCount& may_count);

  // Finishes what a note says; returns when there is none, or another one.
  void FinishNote(Owner me);

  // The tag has the counted state and names `me`: nothing notes the block afterwards.
  void ClearNoteOf(BlockRef ref);

  uint32_t count() const;

 private:
  void Finish(uint64_t word, Owner me);

  // Fixed after construction.
  std::atomic<uint64_t>* const word_;
  shared_memory::BlockHeap* const heap_;
  const uint32_t counts_;
  const TagState counted_;
  const AfterCount after_;
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_TALLY_H_
