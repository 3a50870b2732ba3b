#include "billiard_core/queue/recovery.h"

namespace billiard::queue {
namespace {

using shared_memory::BlockView;
using shared_memory::kNoBlock;

constexpr uint64_t MakeLosses(uint64_t count, BlockRef noted) { return count << 32 | noted; }
constexpr uint64_t CountOf(uint64_t losses) { return losses >> 32; }
constexpr BlockRef NotedIn(uint64_t losses) { return static_cast<BlockRef>(losses); }

Position PositionIn(const BlockView& block) {
  const auto* message = reinterpret_cast<const MessageHeader*>(block.data);
  return message->position.load(std::memory_order_relaxed);  // compared with the tag, then a CAS
}

}  // namespace

uint64_t Recovery::CountLost() const {
  return CountOf(header_->losses.load(std::memory_order_acquire));
}

void Recovery::TakeBack(Owner dead, Owner me) {
  heap_->ForEachInUse([this, dead, me](BlockRef ref, const BlockView& block) {
    TakeBackBlock(ref, block, dead, me);
  });
}

void Recovery::TakeBackBlock(BlockRef ref, const BlockView& block, Owner dead, Owner me) {
  const Owner owner = block.owner->load(std::memory_order_acquire);
  uint64_t tag = block.tag->load(std::memory_order_acquire);  // [CLAIM]
  switch (StateOfTag(tag)) {
    case TagState::kReading:
      if (OwnerOfTag(tag) == dead) CountLoss(ref, block, tag, me);
      return;
    case TagState::kLost:
      if (OwnerOfTag(tag) == dead &&
          block.tag->compare_exchange_strong(tag, WithOwner(tag, TagState::kLost, me),
                                             std::memory_order_acq_rel)) {
        FreeLost(ref, block, me);
      }
      return;
    case TagState::kQueued: {
      if (owner != dead || OwnerOfTag(tag) != dead) return;
      const Position position = PositionIn(block);
      // The position is stored before the tag: where they differ, the put went on to another place.
      if (TagIsAt(tag, position) && ring_->IsInRing(position, ref)) return;
      // Not in the ring. If it was published, it has been claimed, and this CAS fails.
      if (!block.tag->compare_exchange_strong(tag, 0, std::memory_order_acq_rel)) return;
      ReclaimUnpublished(ref, block, dead, me);
      return;
    }
    case TagState::kNone:
      if (owner == dead) ReclaimUnpublished(ref, block, dead, me);
      return;
  }
}

// The tag is 0 and nobody alive can change it: the owner is dead.
void Recovery::ReclaimUnpublished(BlockRef ref, const BlockView& block, Owner dead, Owner me) {
  Owner expected = dead;
  if (block.owner->compare_exchange_strong(expected, me, std::memory_order_acq_rel)) {
    heap_->Free(ref);
  }
}

void Recovery::CountLoss(BlockRef ref, const BlockView& block, uint64_t tag, Owner me) {
  // The dead reader may not have got round to this; a block is freed only afterwards.
  const Position position = PositionIn(block);
  if (TagIsAt(tag, position)) ring_->Clear(position, ref);
  for (;;) {
    uint64_t losses = header_->losses.load(std::memory_order_acquire);  // [LOSSES]
    if (NotedIn(losses) != kNoBlock) {
      FinishNoted(losses, me);
      continue;
    }
    // Looked at after `losses`: if that is unchanged at the CAS, nobody has counted it meanwhile.
    if (block.tag->load(std::memory_order_acquire) != tag) return;
    const uint64_t noted = MakeLosses(CountOf(losses) + 1, ref);
    if (header_->losses.compare_exchange_strong(losses, noted, std::memory_order_acq_rel)) {
      FinishNoted(noted, me);
      return;
    }
  }
}

// READING(dead) -> LOST(me), then the note goes. Anyone may finish what another one noted.
void Recovery::FinishNoted(uint64_t losses, Owner me) {
  const BlockRef ref = NotedIn(losses);
  const BlockView block = heap_->View(ref);
  bool mine = false;
  if (block) {
    uint64_t tag = block.tag->load(std::memory_order_acquire);
    // Still noted: so the tag that we saw is the counted message's, not that of a later use.
    if (header_->losses.load(std::memory_order_acquire) != losses) return;
    mine = StateOfTag(tag) == TagState::kReading &&
           block.tag->compare_exchange_strong(tag, WithOwner(tag, TagState::kLost, me),
                                              std::memory_order_acq_rel);
  }
  header_->losses.compare_exchange_strong(losses, MakeLosses(CountOf(losses), kNoBlock),
                                          std::memory_order_acq_rel);  // [LOSSES]
  if (mine) FreeLost(ref, block, me);
}

// The tag is LOST(me). A note of this block goes first: the next use of the block must not find it.
void Recovery::FreeLost(BlockRef ref, const BlockView& block, Owner me) {
  uint64_t losses = header_->losses.load(std::memory_order_acquire);
  if (NotedIn(losses) == ref) {
    header_->losses.compare_exchange_strong(losses, MakeLosses(CountOf(losses), kNoBlock),
                                            std::memory_order_acq_rel);
  }
  block.owner->store(me, std::memory_order_release);
  heap_->Free(ref);
}

}  // namespace billiard::queue
