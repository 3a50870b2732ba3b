// The state word of a buddy heap's block, and its names. All bits are exact.
//
//   {state 4 | order 4 | payload 28 | sequence 28}
//
//   CLEAR                nothing begins here: the word lies inside a block
//   FREE(k)              a free block of order k, 2^k units
//   SPLITTING(k)         a free block whose upper half becomes a block of its own; it counts as the whole
//                        while the upper half's word is CLEAR, and as the lower half afterwards
//   JOINING(k)           a free block of order k, the lower of its pair, that is to become one with the
//                        upper; not decided yet
//   JOINED(k)            a free block of order k, both halves of a pair; the upper half's word is
//                        OFFERED or CLEAR
//   OFFERED(k, tag)      the upper half of such a pair, for the JOINING whose sequence is `tag`. While
//                        the lower half's word is JOINED with the sequence after `tag` it counts as CLEAR,
//                        else as a free block of order k
//   HELD(k, owner)       a block in its owner's hands, but no user's: it is being prepared or given back
//   OWNED(k, owner)      a block in use
//   SHARED(k, kind)      a block in use, nobody's own
//   SMALL                a chunk (order 0) whose granules have words of their own
//
// I1: the words that do not count as CLEAR tile the arena without gap or overlap. So FREE is said only
//     of what is really free, and a compare-and-swap from FREE takes a block whatever happened meanwhile.
// I2: the sequence grows with every change of a word, so that a compare-and-swap by somebody who was
//     stopped for long fails when the word has had another meaning in between. (It comes again after
//     2^28 changes of that one word.)
// I3: SPLITTING, JOINING, JOINED and OFFERED belong to nobody: whoever meets one brings it to an end
//     (buddy_level.h). What belongs to somebody, HELD and OWNED, is exactly one block.
#ifndef BILLIARD_CORE_SHARED_MEMORY_BUDDY_WORDS_H_
#define BILLIARD_CORE_SHARED_MEMORY_BUDDY_WORDS_H_

#include <cstdint>

#include "billiard_core/shared_memory/participants.h"

namespace billiard::shared_memory::buddy {

enum class State : uint32_t {
  kClear = 0,
  kFree = 1,
  kSplitting = 2,
  kJoining = 3,
  kJoined = 4,
  kOffered = 5,
  kHeld = 6,
  kOwned = 7,
  kShared = 8,
  kSmall = 9,
};

// A word, taken apart; any bits may be in it, since anybody may have written them.
class Word {
 public:
  static constexpr uint32_t kPayloadMask = (uint32_t{1} << 28) - 1;

  constexpr Word() = default;
  constexpr explicit Word(uint64_t bits) : bits_(bits) {}
  constexpr Word(State state, uint32_t order, uint32_t payload, uint32_t sequence)
      : bits_(static_cast<uint64_t>(state) << 60 | uint64_t{order} << 56 |
              uint64_t{payload & kPayloadMask} << 28 | sequence) {}

  constexpr uint64_t bits() const { return bits_; }
  constexpr State state() const { return static_cast<State>(bits_ >> 60); }
  constexpr uint32_t order() const { return static_cast<uint32_t>(bits_ >> 56 & 0xf); }
  constexpr uint32_t payload() const { return static_cast<uint32_t>(bits_ >> 28) & kPayloadMask; }
  constexpr uint32_t sequence() const { return static_cast<uint32_t>(bits_) & kPayloadMask; }

  constexpr bool Is(State its_state) const { return state() == its_state; }
  constexpr bool Is(State its_state, uint32_t its_order) const {
    return state() == its_state && order() == its_order;
  }
  constexpr bool IsFree(uint32_t its_order) const { return Is(State::kFree, its_order); }

  // What follows on this word: the same place in another state, with the next sequence, never 0.
  constexpr Word Next(State next, uint32_t next_order, uint32_t payload = 0) const {
    return Word(next, next_order, payload, SequenceAfter(sequence()));
  }
  static constexpr uint32_t SequenceAfter(uint32_t sequence) {
    return sequence == kPayloadMask ? 1 : sequence + 1;
  }

 private:
  uint64_t bits_ = 0;
};

constexpr bool operator==(Word a, Word b) { return a.bits() == b.bits(); }

// An Owner in 28 bits: 12 of index, 16 of epoch.
static_assert(Participants::kMax == 1 << 12);
constexpr bool IsOwner(Owner owner) {
  return owner != kNobody && (owner & 0xffff) < Participants::kMax;
}
constexpr uint32_t PackOwner(Owner owner) { return owner >> 16 << 12 | (owner & 0xfff); }

}  // namespace billiard::shared_memory::buddy

#endif  // BILLIARD_CORE_SHARED_MEMORY_BUDDY_WORDS_H_
