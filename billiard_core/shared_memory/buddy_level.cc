#include "billiard_core/shared_memory/buddy_level.h"

#include "billiard_core/base/fault_point.h"

namespace billiard::shared_memory::buddy {
namespace {

// Each attempt that fails means that somebody else made a step; this many are only needed against
// somebody who changes words for no purpose.
constexpr int kAttempts = 256;

constexpr uint32_t HalfOf(uint32_t order) { return uint32_t{1} << (order - 1); }

}  // namespace

bool Level::Change(uint32_t unit, Word seen, State state, uint32_t order, uint32_t payload) const {
  uint64_t expected = seen.bits();
  return At(unit).compare_exchange_strong(expected, seen.Next(state, order, payload).bits(),
                                          std::memory_order_seq_cst);
}

bool Level::Take(uint32_t head, Word seen, uint32_t wanted, State state, Owner me) const {
  const uint32_t owner = PackOwner(me);
  if (seen.order() == wanted) return Change(head, seen, state, wanted, owner);
  if (!Change(head, seen, State::kSplitting, seen.order())) return false;
  Word word = seen.Next(State::kSplitting, seen.order());
  for (uint32_t order = seen.order(); order > wanted; --order) {
    BP_FAULT_POINT("heap_split_begun");
    const uint32_t upper = head + HalfOf(order);
    const Word above = Load(upper);
    if (Load(head) != word) return false;  // finished by somebody else, and perhaps taken
    if (above.Is(State::kClear)) Change(upper, above, State::kFree, order - 1);
    BP_FAULT_POINT("heap_split_upper");
    const bool last = order - 1 == wanted;
    const State next = last ? state : State::kSplitting;
    if (!Change(head, word, next, order - 1, last ? owner : 0)) return false;
    word = word.Next(next, order - 1, last ? owner : 0);
    BP_FAULT_POINT("heap_split_lower");
  }
  return true;
}

// The word `splitting` was seen at `head`.
void Level::FinishSplit(uint32_t head, Word splitting) const {
  const uint32_t order = splitting.order();
  const uint32_t upper = head + HalfOf(order);
  const Word above = Load(upper);
  // As long as the head is SPLITTING, an upper half that is not CLEAR was freed by this split.
  if (Load(head) != splitting) return;
  if (above.Is(State::kClear)) Change(upper, above, State::kFree, order - 1);
  Change(head, splitting, State::kFree, order - 1);
}

// The word `joined` was seen at `lower`: decided, so both steps can only be done or be done already.
void Level::FinishJoin(uint32_t lower, Word joined) const {
  const uint32_t order = joined.order();
  const uint32_t upper = lower + (uint32_t{1} << order);
  const Word above = Load(upper);
  if (Load(lower) != joined) return;
  if (above.Is(State::kOffered)) Change(upper, above, State::kClear, 0);
  BP_FAULT_POINT("heap_join_cleared");
  Change(lower, joined, State::kFree, order + 1);
}

// The word `offered` was seen at `upper`.
void Level::SettleOffer(uint32_t upper, Word offered) const {
  const uint32_t order = offered.order();
  const uint32_t lower = upper - (uint32_t{1} << order);
  const Word below = Load(lower);
  const uint32_t tag = offered.payload();
  if (below.Is(State::kJoining, order) && below.sequence() == tag) {
    AdvanceJoin(lower, below);
  } else if (below.Is(State::kJoined, order) && below.sequence() == Word::SequenceAfter(tag)) {
    FinishJoin(lower, below);
  } else {
    // That JOINING has gone by and never comes again (I2), and it was not decided: a JOINED becomes
    // something else only when the upper half is CLEAR.
    Change(upper, offered, State::kFree, order);
  }
}

// One step on from `joining`, seen at `lower`. False when the upper half is not free, and the join is
// given up.
bool Level::AdvanceJoin(uint32_t lower, Word joining) const {
  const uint32_t order = joining.order();
  const uint32_t upper = lower + (uint32_t{1} << order);
  const Word above = Load(upper);
  if (Load(lower) != joining) return true;
  if (above.IsFree(order)) {
    Change(upper, above, State::kOffered, order, joining.sequence());
    BP_FAULT_POINT("heap_join_offered");
    return true;
  }
  if (above.Is(State::kOffered, order)) {
    if (above.payload() == joining.sequence()) {
      Change(lower, joining, State::kJoined, order);
      BP_FAULT_POINT("heap_join_decided");
    } else {
      SettleOffer(upper, above);
    }
    return true;
  }
  return !Change(lower, joining, State::kFree, order);
}

void Level::Settle(uint32_t head, Word seen, uint32_t top) const {
  const uint32_t order = seen.order();
  const uint32_t size = uint32_t{1} << order;
  switch (seen.state()) {
    case State::kSplitting:
      if (order > 0 && order <= top && head % size == 0) FinishSplit(head, seen);
      return;
    case State::kJoining:
    case State::kJoined:
      if (order < top && head % (2 * size) == 0) Join(head, order);
      return;
    case State::kOffered:
      if (order < top && head % (2 * size) == size) SettleOffer(head, seen);
      return;
    default:
      return;
  }
}

bool Level::Join(uint32_t lower, uint32_t order) const {
  const uint32_t upper = lower + (uint32_t{1} << order);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Word below = Load(lower);
    if (below.order() > order) {
      if (below.Is(State::kSplitting, order + 1)) {
        FinishSplit(lower, below);  // one of the halves is the block that was freed
        continue;
      }
      return below.Is(State::kFree) || below.Is(State::kJoining) || below.Is(State::kJoined) ||
             below.Is(State::kOffered);
    }
    if (below.order() < order) {
      if (!below.Is(State::kJoined, order - 1)) return false;
      FinishJoin(lower, below);
      continue;
    }
    if (below.Is(State::kJoined)) {
      FinishJoin(lower, below);
    } else if (below.Is(State::kJoining)) {
      if (!AdvanceJoin(lower, below)) return false;
    } else if (below.IsFree(order)) {
      const Word above = Load(upper);
      if (above.Is(State::kOffered, order)) {
        SettleOffer(upper, above);
      } else if (order > 0 && above.Is(State::kJoined, order - 1)) {
        FinishJoin(upper, above);
      } else if (!above.IsFree(order)) {
        return false;
      } else if (Change(lower, below, State::kJoining, order)) {
        BP_FAULT_POINT("heap_join_begun");
      }
    } else {
      return false;
    }
  }
  return false;
}

Block Level::JoinUp(Block block, uint32_t limit) const {
  while (block.order < limit) {
    const uint32_t lower = block.head & ~(uint32_t{1} << block.order);
    if (!Join(lower, block.order)) break;
    block.head = lower;
    ++block.order;
  }
  return block;
}

}  // namespace billiard::shared_memory::buddy
