#include "billiard_core/queue/settlement.h"

#include "billiard_core/base/fault_point.h"

namespace billiard::queue {
namespace {

using shared_memory::BlockView;

constexpr uint32_t Bit(TagState state) { return 1u << static_cast<uint32_t>(state); }

constexpr uint32_t kCanBeLost = Bit(TagState::kReading);
constexpr uint32_t kCanBeFinished =
    Bit(TagState::kReading) | Bit(TagState::kUnfinished) | Bit(TagState::kLost);

}  // namespace

Settlement::Settlement(QueueHeader* header, shared_memory::BlockHeap* heap, Ring* ring)
    : header_(header),
      heap_(heap),
      ring_(ring),
      joinable_((header->flags.load(std::memory_order_relaxed) & kJoinableFlag) != 0),
      losses_(
          &header->losses, heap, kCanBeLost, TagState::kLost,
          [this](BlockRef ref, const BlockView& block, Owner me) { ContinueLost(ref, block, me); }),
      finished_(&header->finished, heap, kCanBeFinished, TagState::kFinished,
                [this](BlockRef ref, const BlockView&, Owner me) { ContinueFinished(ref, me); }) {}

void Settlement::Lose(BlockRef ref, const BlockView& block, uint64_t tag, Owner me) {
  losses_.Count(ref, block, tag, me);
}

Tally::Outcome Settlement::Finish(BlockRef ref, const BlockView& block, uint64_t tag, Owner me) {
  const Tally::Outcome outcome = finished_.Count(ref, block, tag, me, [this](uint32_t count) {
    return static_cast<uint32_t>(ring_->End()) != count;
  });
  if (outcome == Tally::Outcome::kCounted) WakeJoiners();
  if (outcome == Tally::Outcome::kRefused &&
      block.tag->compare_exchange_strong(tag, WithOwner(tag, TagState::kFinished, me),
                                         std::memory_order_acq_rel)) {
    ContinueFinished(ref, me);
  }
  return outcome;
}

bool Settlement::FinishAny(Owner me) {
  const bool counted = finished_.CountOne(
      me, [this](uint32_t count) { return static_cast<uint32_t>(ring_->End()) != count; });
  if (counted) WakeJoiners();
  return counted;
}

void Settlement::ContinueLost(BlockRef ref, const BlockView& block, Owner me) {
  losses_.ClearNoteOf(ref);
  const uint64_t tag = block.tag->load(std::memory_order_acquire);
  if (StateOfTag(tag) != TagState::kLost || OwnerOfTag(tag) != me) return;
  // Its owner word still names the dead: from here on it is ours.
  block.owner->store(me, std::memory_order_release);
  if (joinable_) {
    Finish(ref, block, tag, me);
  } else {
    heap_->Free(ref);
  }
}

void Settlement::ContinueFinished(BlockRef ref, Owner me) {
  finished_.ClearNoteOf(ref);
  const BlockView block = heap_->View(ref);
  if (!block) return;
  block.owner->store(me, std::memory_order_release);
  BP_FAULT_POINT("queue.settled");
  heap_->Free(ref);
}

void Settlement::FinishNotes(Owner me) {
  losses_.FinishNote(me);
  finished_.FinishNote(me);
}

uint64_t Settlement::Unfinished() const {
  if (!joinable_) return 0;
  for (;;) {
    const uint32_t count = finished_.count();
    const uint32_t unfinished = static_cast<uint32_t>(ring_->End()) - count;
    if (finished_.count() == count) return unfinished;
  }
}

void Settlement::WakeJoiners() {
  if (Unfinished() == 0) header_->all_finished.NotifyAll();
}

}  // namespace billiard::queue
