// The words of one level of a buddy heap, and the steps by which blocks are taken, split, freed and
// joined. A level is an array of words, one for each unit of memory (chunk or granule); what it says of
// whom is in buddy_words.h.
//
// Threads and processes: all functions, any. Blocking: none; every loop ends when others make progress
// or after a fixed number of attempts.
//
// Nobody owns more than the one block that he asked for: a split and a join are sequences of steps that
// belong to nobody, and everybody who meets them half-way goes on with them. So neither a dead process
// nor one that is stopped hides memory from the others.
//
// Split of FREE(k) at `head`, its upper half at `upper`:
//   head FREE(k) -> SPLITTING(k);  upper CLEAR -> FREE(k-1);  head -> FREE(k-1), or what the splitter
//   wants of the lower half: SPLITTING(k-1), OWNED(k-1)
// Join of two FREE(k):
//   lower FREE(k) -> JOINING(k), sequence s;  upper FREE(k) -> OFFERED(k, s);  lower -> JOINED(k), which
//   decides it;  upper -> CLEAR;  lower -> FREE(k+1)
//   undecided and the upper not free (any more): lower -> FREE(k); an OFFERED whose JOINING is gone and
//   undecided: upper -> FREE(k)
// Every step reads the other word first, then makes sure that its own is what it was, and is a
// compare-and-swap from exactly that.
//
// Memory order: every access to a word is seq_cst. Two processes that free two buddies each store their
// own word and then load the other's; with less, both could miss the join.
#ifndef BILLIARD_CORE_SHARED_MEMORY_BUDDY_LEVEL_H_
#define BILLIARD_CORE_SHARED_MEMORY_BUDDY_LEVEL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "billiard_core/shared_memory/buddy_words.h"

namespace billiard::shared_memory::buddy {

// A block of a level: the number of its first unit, and its order.
struct Block {
  uint32_t head = 0;
  uint32_t order = 0;
};

class Level {
 public:
  // Words lie `stride` bytes apart.
  Level(std::byte* words, size_t stride) : words_(words), stride_(stride) {}

  // The caller makes sure that `unit` is one, and that its word is committed.
  std::atomic<uint64_t>& At(uint32_t unit) const {
    return *reinterpret_cast<std::atomic<uint64_t>*>(words_ + size_t{unit} * stride_);
  }
  Word Load(uint32_t unit) const { return Word(At(unit).load(std::memory_order_seq_cst)); }

  // seen -> seen.Next(...); false when the word is not `seen` any more.
  bool Change(uint32_t unit, Word seen, State state, uint32_t order, uint32_t payload = 0) const;

  // Takes the lowest part of order `wanted` out of a block that was seen FREE there; it becomes
  // `state` of `me`. The words of the upper halves that this frees must be committed. False when
  // somebody else was first.
  bool Take(uint32_t head, Word seen, uint32_t wanted, State state, Owner me) const;

  // Brings to an end what is half done at `head`, whose word was `seen`; the block must not be larger
  // than the `top` block of its place. Does nothing to any other word.
  void Settle(uint32_t head, Word seen, uint32_t top) const;

  // Makes one block of the pair of order `order` whose lower half begins at `lower`, when both are
  // free. True when it is one free block, of that or of a higher order.
  bool Join(uint32_t lower, uint32_t order) const;

  // Joins the block, just freed by the caller, with its free neighbours, up to order `limit`. Returns
  // the largest free block that it is part of; others may have taken that already.
  Block JoinUp(Block block, uint32_t limit) const;

 private:
  void FinishSplit(uint32_t head, Word splitting) const;
  void FinishJoin(uint32_t lower, Word joined) const;
  void SettleOffer(uint32_t upper, Word offered) const;
  bool AdvanceJoin(uint32_t lower, Word joining) const;

  std::byte* const words_;
  const size_t stride_;
};

}  // namespace billiard::shared_memory::buddy

#endif  // BILLIARD_CORE_SHARED_MEMORY_BUDDY_LEVEL_H_
