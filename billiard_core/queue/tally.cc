#include "billiard_core/queue/tally.h"

#include "billiard_core/base/fault_point.h"

namespace billiard::queue {
namespace {

using shared_memory::BlockView;
using shared_memory::kNoBlock;

constexpr uint64_t MakeWord(uint32_t count, BlockRef noted) {
  return uint64_t{count} << 32 | noted;
}
constexpr uint32_t CountOf(uint64_t word) { return static_cast<uint32_t>(word >> 32); }
constexpr BlockRef NotedIn(uint64_t word) { return static_cast<BlockRef>(word); }

}  // namespace

uint32_t Tally::count() const {
  return CountOf(word_->load(std::memory_order_seq_cst));  // waiters: [EVENT-SLEEPERS]
}

Tally::Outcome Tally::Count(BlockRef ref, const BlockView& block, uint64_t tag, Owner me,
                            const MayCount& may_count) {
  for (;;) {
    uint64_t word = word_->load(std::memory_order_acquire);  // [TALLY]
    if (NotedIn(word) != kNoBlock) {
      Finish(word, me);
      continue;
    }
    // Looked at after the word: if that is unchanged at the CAS, nobody has counted it meanwhile.
    if (block.tag->load(std::memory_order_acquire) != tag) return Outcome::kGone;
    if (may_count != nullptr && !may_count(CountOf(word))) return Outcome::kRefused;
    const uint64_t noted = MakeWord(CountOf(word) + 1, ref);
    if (word_->compare_exchange_strong(word, noted, std::memory_order_seq_cst)) {
      BP_FAULT_POINT("queue.counted");
      Finish(noted, me);
      return Outcome::kCounted;
    }
  }
}

bool Tally::CountOne(Owner me, const MayCount& may_count) {
  for (;;) {
    uint64_t word = word_->load(std::memory_order_acquire);  // [TALLY]
    if (NotedIn(word) != kNoBlock) {
      Finish(word, me);
      continue;
    }
    if (!may_count(CountOf(word))) return false;
    if (word_->compare_exchange_strong(word, MakeWord(CountOf(word) + 1, kNoBlock),
                                       std::memory_order_seq_cst)) {
      return true;
    }
  }
}

void Tally::FinishNote(Owner me) {
  const uint64_t word = word_->load(std::memory_order_acquire);  // [TALLY]
  if (NotedIn(word) != kNoBlock) Finish(word, me);
}

void Tally::Finish(uint64_t word, Owner me) {
  const BlockRef ref = NotedIn(word);
  const BlockView block = heap_->View(ref);
  bool mine = false;
  while (block) {
    uint64_t tag = block.tag->load(std::memory_order_acquire);
    // Still noted: so the tag that we saw is the counted message's, not that of a later use.
    if (word_->load(std::memory_order_acquire) != word) return;
    if ((counts_ >> static_cast<uint64_t>(StateOfTag(tag)) & 1) == 0) break;
    mine = block.tag->compare_exchange_strong(tag, WithOwner(tag, counted_, me),
                                              std::memory_order_acq_rel);
    if (mine) break;
  }
  BP_FAULT_POINT("queue.marked");
  word_->compare_exchange_strong(word, MakeWord(CountOf(word), kNoBlock),
                                 std::memory_order_acq_rel);  // [TALLY]
  BP_FAULT_POINT("queue.note_cleared");
  if (mine) after_(ref, block, me);
}

void Tally::ClearNoteOf(BlockRef ref) {
  uint64_t word = word_->load(std::memory_order_acquire);
  if (NotedIn(word) != ref) return;
  word_->compare_exchange_strong(word, MakeWord(CountOf(word), kNoBlock),
                                 std::memory_order_acq_rel);
}

}  // namespace billiard::queue
