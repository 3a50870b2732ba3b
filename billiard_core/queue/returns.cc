#include "billiard_core/queue/returns.h"

#include "billiard_core/base/fault_point.h"

namespace billiard::queue {

using shared_memory::BlockView;

bool Returns::GiveBack(const BlockView& block, uint64_t tag, Owner me) {
  if (!block.tag->compare_exchange_strong(tag, WithOwner(tag, TagState::kReturned, me),
                                          std::memory_order_acq_rel)) {
    return false;
  }
  BP_FAULT_POINT("queue.returned");
  Announce();
  return true;
}

void Returns::Announce() {
  uint64_t word = word_->load(std::memory_order_relaxed);  // only a guess for the CAS
  // seq_cst: waiters, [EVENT-SLEEPERS]
  while (!word_->compare_exchange_weak(word, (word | 1) + 2, std::memory_order_seq_cst)) {
  }
  BP_FAULT_POINT("queue.announced");
}

bool Returns::FindFirst(Front* front) {
  for (;;) {
    uint64_t word = word_->load(std::memory_order_seq_cst);
    if ((word & 1) == 0) return false;
    bool found = false;
    heap_->ForEachInUse([&](BlockRef ref, const BlockView& block) {
      const uint64_t tag = block.tag->load(std::memory_order_acquire);  // [CLAIM]
      if (StateOfTag(tag) != TagState::kReturned) return;
      const Position position = HeaderOf(block)->position.load(std::memory_order_relaxed);
      if (found && position >= front->position) return;
      Front other;
      if (!ring_->ReadMessage(position, ref, TagState::kReturned, &other)) return;
      *front = other;
      found = true;
    });
    if (found) return true;
    if (word_->compare_exchange_strong(word, word & ~uint64_t{1}, std::memory_order_seq_cst)) {
      return false;
    }
  }
}

bool Returns::Claim(const Front& front, Owner me) {
  uint64_t tag = front.tag;
  // [CLAIM]
  if (!front.block.tag->compare_exchange_strong(tag, WithOwner(tag, TagState::kReading, me),
                                                std::memory_order_acq_rel)) {
    return false;
  }
  BP_FAULT_POINT("queue.reclaimed");
  front.block.owner->store(me, std::memory_order_release);
  // It is ours alone; whoever dies before this has not shown the message to anybody.
  std::atomic<uint32_t>& deliveries = HeaderOf(front.block)->deliveries;
  deliveries.store(deliveries.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return true;
}

uint64_t Returns::Count() const {
  uint64_t count = 0;
  if (!MayHaveSome()) return count;
  heap_->ForEachInUse([&count](BlockRef, const BlockView& block) {
    count += StateOfTag(block.tag->load(std::memory_order_acquire)) == TagState::kReturned;
  });
  return count;
}

}  // namespace billiard::queue
