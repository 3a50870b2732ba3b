// The way of most messages, in one piece, since every call shows there; only for the queue's own files.
#ifndef BILLIARD_CORE_QUEUE_QUEUE_HOT_H_
#define BILLIARD_CORE_QUEUE_QUEUE_HOT_H_

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"
#include "billiard_core/base/fault_point.h"
#include "billiard_core/queue/queue.h"

namespace billiard::queue {

[[gnu::always_inline]] inline void Queue::Fill(const Outgoing& message, const Block& block) {
  BP_FAULT_POINT("queue.allocated");
  MessageHeader* const header = HeaderOf(block.view);
  header->size.store(message.data.size(), std::memory_order_relaxed);  // ordered by [PUBLISH]
  header->format.store(message.format, std::memory_order_relaxed);
  header->deliveries.store(0, std::memory_order_relaxed);
  if (!message.data.empty()) memcpy(BytesOf(block.view), message.data.data(), message.data.size());
  BP_FAULT_POINT("queue.filled");
}

[[gnu::always_inline]] inline bool Queue::TryPublish(const Back& back, const Block& block,
                                                     Owner me) {
  // Not before the block was ours (words.h, I2).
  if (!ring_.IsStillFree(back)) return false;
  // In this order: recovery tells by the difference that the put has gone on to another place.
  HeaderOf(block.view)->position.store(back.position, std::memory_order_relaxed);
  block.view.tag->store(MakeTag(TagState::kQueued, back.position, me), std::memory_order_release);
  BP_FAULT_POINT("queue.tagged");
  return ring_.Publish(back, block.ref);
}

// One small message, of which nobody is told yet, the usual way; false: there is something in it.
[[gnu::always_inline]] inline bool Queue::TryPut(const Outgoing& message, Owner me) {
  Back back;
  Block block;
  if (ClosedHere() || !ring_.FindBackQuickly(&back) ||
      !recent_.TakeSmall(heap_.get(), sizeof(MessageHeader) + message.data.size(), me, &block))
      [[unlikely]] {
    return false;
  }
  Fill(message, block);
  if (TryPublish(back, block, me)) [[likely]]
    return true;
  heap_->Free(block);
  return false;
}

[[gnu::always_inline]] inline void Queue::WakeTakers(size_t count) {
  // [PUBLISH] was seq_cst.
  if (count > 0)
    header_->not_empty.NotifyAfterSeqCst(static_cast<int>(std::min<size_t>(count, 1024)));
}

[[gnu::always_inline]] inline void Queue::WakePutters(size_t count) {
  // [CLAIM] was seq_cst.
  if (count > 0)
    header_->not_full.NotifyAfterSeqCst(static_cast<int>(std::min<size_t>(count, 1024)));
}

// Takes the message that is next; when it is to be copied and there is no memory for that, nothing.
[[gnu::always_inline]] inline Look Queue::ClaimNext(Owner me, Front* front, Message* copy) {
  for (;;) {
    const bool returned = returns_.MayHaveSome() && returns_.FindFirst(front);
    if (!returned) {
      const Look look = ring_.FindFront(front);
      if (look == Look::kNotYet) RearmReadyFd();
      if (look != Look::kReady) return look;
    }
    if (copy != nullptr && !copy->Reserve(front->size)) return Look::kNoMemory;
    if (returned ? returns_.Claim(*front, me) : ring_.Claim(*front, me)) return Look::kReady;
  }
}

// What was claimed.
[[gnu::always_inline]] inline void Queue::CopyOut(const Front& front, Message* message) {
  message->set_format(HeaderOf(front.block)->format.load(std::memory_order_relaxed));
  if (front.size > 0) memcpy(message->data(), BytesOf(front.block), front.size);
  BP_FAULT_POINT("queue.copied");
}

// Takes a message the usual way; false: there is something in it.
[[gnu::always_inline]] inline bool Queue::TryGetQuickly(Owner me, Message* message) {
  Front front;
  if (joinable_ || ClosedHere() || returns_.MayHaveSome() || !ring_.FindFrontQuickly(&front) ||
      !message->Reserve(front.size) || !ring_.Claim(front, me)) [[unlikely]] {
    return false;
  }
  CopyOut(front, message);
  heap_->Free(Block{front.ref, front.block});
  return true;
}

[[gnu::always_inline]] inline Look Queue::TryGet(Owner me, Message* message) {
  Front front;
  const Look look = ClaimNext(me, &front, message);
  if (look != Look::kReady) return look;
  CopyOut(front, message);
  if (joinable_) return KeepUnfinished(front, me) ? Look::kReady : Look::kNoMemory;
  heap_->Free(Block{front.ref, front.block});
  return Look::kReady;
}

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_QUEUE_HOT_H_
