#include "billiard_core/queue/recovery.h"

#include "billiard_core/base/fault_point.h"

namespace billiard::queue {
namespace {

using shared_memory::BlockView;

Position PositionIn(const BlockView& block) {
  // Compared with the tag, then a CAS.
  return HeaderOf(block)->position.load(std::memory_order_relaxed);
}

}  // namespace

bool Recovery::TakeBack(Owner dead, Owner me) {
  // What the dead counted comes before what is looked at below (I2).
  settlement_->FinishNotes(me);
  bool returned = false;
  heap_->ForEachInUse([&](BlockRef ref, const BlockView& block) {
    returned |= TakeBackBlock(ref, block, dead, me) == Found::kReturned;
  });
  // Also what others gave back and did not announce: returns.h, I1.
  if (returned) returns_->Announce();
  BP_FAULT_POINT("queue.taken_back");
  return returned;
}

Recovery::Found Recovery::TakeBackBlock(BlockRef ref, const BlockView& block, Owner dead,
                                        Owner me) {
  const Owner owner = block.owner->load(std::memory_order_acquire);
  uint64_t tag = block.tag->load(std::memory_order_acquire);  // [CLAIM]
  const bool its = OwnerOfTag(tag) == dead;
  switch (StateOfTag(tag)) {
    case TagState::kReading:
    case TagState::kUnfinished:
      return its ? TakeBackMessage(ref, block, tag, me) : Found::kNothing;
    case TagState::kReturned:
      return Found::kReturned;
    case TagState::kLost:
      if (its && block.tag->compare_exchange_strong(tag, WithOwner(tag, TagState::kLost, me),
                                                    std::memory_order_acq_rel)) {
        settlement_->ContinueLost(ref, block, me);
      }
      return Found::kNothing;
    case TagState::kFinished:
      if (its && block.tag->compare_exchange_strong(tag, WithOwner(tag, TagState::kFinished, me),
                                                    std::memory_order_acq_rel)) {
        settlement_->ContinueFinished(ref, me);
      }
      return Found::kNothing;
    case TagState::kQueued: {
      if (owner != dead || !its) return Found::kNothing;
      const Position position = PositionIn(block);
      // The position is stored before the tag: where they differ, the put went on to another place.
      if (TagIsAt(tag, position) && ring_->IsInRing(position, ref)) return Found::kNothing;
      BP_FAULT_POINT("queue.seen_unpublished");
      // Not in the ring. If it was published, it has been claimed, and this CAS fails.
      if (block.tag->compare_exchange_strong(tag, 0, std::memory_order_acq_rel)) {
        BP_FAULT_POINT("queue.untagged_block");
        ReclaimUnpublished(ref, block, dead, me);
        return Found::kNothing;
      }
      // Claimed; or another recoverer was first, and may have died before it took the block over: then
      // it would be nobody's. Look again; the tag that was seen never comes back.
      return TakeBackBlock(ref, block, dead, me);
    }
    case TagState::kNone:
      if (owner == dead) ReclaimUnpublished(ref, block, dead, me);
      return Found::kNothing;
  }
  return Found::kNothing;
}

// The tag is 0 and nobody alive can change it: the owner is dead.
void Recovery::ReclaimUnpublished(BlockRef ref, const BlockView& block, Owner dead, Owner me) {
  Owner expected = dead;
  if (block.owner->compare_exchange_strong(expected, me, std::memory_order_acq_rel)) {
    BP_FAULT_POINT("queue.reclaimed_block");
    heap_->Free(ref);
  }
}

Recovery::Found Recovery::TakeBackMessage(BlockRef ref, const BlockView& block, uint64_t tag,
                                          Owner me) {
  if (at_least_once_) {
    // When another recoverer was first, it may not have announced it: say so for it.
    returns_->GiveBack(block, tag, me);
    return Found::kReturned;
  }
  if (StateOfTag(tag) == TagState::kReading) {
    settlement_->Lose(ref, block, tag, me);
  } else {
    settlement_->Finish(ref, block, tag, me);
  }
  return Found::kNothing;
}

}  // namespace billiard::queue
