#include "billiard_core/queue/queue.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/fork_guard.h"

namespace billiard::queue {
namespace {

using shared_memory::BlockView;
using shared_memory::Participants;

// How often somebody who waits looks for dead participants.
constexpr int64_t kSweepNanos = kNanosPerSecond;

MessageHeader* HeaderOf(const BlockView& block) {
  return reinterpret_cast<MessageHeader*>(block.data);
}
std::byte* BytesOf(const BlockView& block) { return block.data + sizeof(MessageHeader); }

absl::Status StatusOf(Look look) {
  switch (look) {
    case Look::kReady:
      return absl::OkStatus();
    case Look::kClosed:
      return MakeStatus(Code::kClosed, "the queue is closed for everybody");
    case Look::kNoMemory:
      return MakeStatus(Code::kNoMem, "out of memory");
    default:
      return MakeStatus(Code::kCorrupt, "the queue's shared memory is damaged");
  }
}

absl::Status NotInTime(Code code) {
  return MakeStatus(code, code == Code::kFull ? "the queue stayed full" : "the queue stayed empty");
}

}  // namespace

bool Queue::ClosedHere() const {
  const uint64_t token = closed_by_.load(std::memory_order_seq_cst);
  return token != 0 && token == os::ProcessToken();
}

// The table may be full of the dead: then this process takes one of its last places to clear it.
absl::StatusOr<Owner> Queue::Self() {
  absl::StatusOr<Owner> owner = participants_->Self();
  if (owner.ok() || CodeOf(owner.status()) != Code::kFull) return owner;
  owner = participants_->Self(Participants::Places::kAll);
  if (owner.ok()) Recover();
  return owner;
}

absl::Status Queue::Join() { return Self().status(); }

// Waits until try_once, which looks and perhaps does something, finds more to say than kNotYet. Whatever
// ends the wait, the last look comes after it: a wake-up that came with a timeout is not lost.
template <typename TryOnce>
absl::Status Queue::Until(sync::EventCount* event, Code not_in_time, Deadline deadline,
                          os::Interrupt* interrupt, TryOnce try_once) {
  const auto closed = [] {
    return MakeStatus(Code::kClosed, "this handle of the queue is closed");
  };
  for (;;) {
    if (ClosedHere()) return closed();
    Look look = try_once();
    if (look != Look::kNotYet) return StatusOf(look);
    if (deadline.Expired()) return NotInTime(not_in_time);
    const sync::EventCount::Key key = event->Prepare();
    if (ClosedHere()) {
      event->Cancel(key);
      return closed();
    }
    look = try_once();
    if (look != Look::kNotYet) {
      event->Cancel(key);
      return StatusOf(look);
    }
    const sync::WaitResult result = event->Wait(key, deadline, interrupt, sync::kRecheckNanos);
    if (result == sync::WaitResult::kRecheck) RecoverSometimes();
    if (result == sync::WaitResult::kNotified || result == sync::WaitResult::kRecheck) continue;
    if (ClosedHere()) return closed();
    look = try_once();
    if (look != Look::kNotYet) return StatusOf(look);
    if (result == sync::WaitResult::kTimedOut) return NotInTime(not_in_time);
    return MakeStatus(Code::kInterrupted, "interrupted by its token");
  }
}

absl::Status Queue::Put(absl::string_view data, uint32_t format, Deadline deadline,
                        os::Interrupt* interrupt) {
  if (data.size() > max_message_) {
    return MakeStatus(Code::kTooLarge,
                      absl::StrCat("data: ", data.size(),
                                   " bytes are over the queue's max_message of ", max_message_));
  }
  // A full queue is waited for with nothing in hand.
  absl::Status status = WaitPut(deadline, interrupt);
  if (!status.ok()) return status;
  const absl::StatusOr<Owner> me = Self();
  if (!me.ok()) return me.status();
  const absl::StatusOr<BlockRef> ref = Fill(data, format, *me);
  if (!ref.ok()) return ref.status();
  status = Until(&header_->not_full, Code::kFull, deadline, interrupt,
                 [&] { return TryPublish(*ref, *me); });
  if (!status.ok()) {
    heap_->Free(*ref);
    return status;
  }
  header_->not_empty.NotifyOneAfterSeqCst();  // [PUBLISH] was seq_cst
  return absl::OkStatus();
}

absl::StatusOr<BlockRef> Queue::Fill(absl::string_view data, uint32_t format, Owner me) {
  const uint64_t bytes = sizeof(MessageHeader) + data.size();
  absl::StatusOr<BlockRef> ref = heap_->Allocate(bytes, me);
  if (!ref.ok()) {
    Recover();  // perhaps the memory is with the dead
    ref = heap_->Allocate(bytes, me);
    if (!ref.ok()) return ref;
  }
  const BlockView block = heap_->View(*ref);
  MessageHeader* const message = HeaderOf(block);
  message->size.store(data.size(), std::memory_order_relaxed);  // ordered by [PUBLISH]
  message->format.store(format, std::memory_order_relaxed);
  if (!data.empty()) memcpy(BytesOf(block), data.data(), data.size());
  return ref;
}

Look Queue::TryPublish(BlockRef ref, Owner me) {
  const BlockView block = heap_->View(ref);
  for (;;) {
    Position position;
    const Look look = ring_.FindBack(&position);
    if (look != Look::kReady) return look;
    // In this order: recovery tells by the difference that the put has gone on to another place.
    HeaderOf(block)->position.store(position, std::memory_order_relaxed);
    block.tag->store(MakeTag(TagState::kQueued, position, me), std::memory_order_release);
    if (ring_.Publish(position, ref)) return Look::kReady;
  }
}

absl::Status Queue::Get(Deadline deadline, os::Interrupt* interrupt, Message* message) {
  const absl::StatusOr<Owner> me = Self();
  if (!me.ok()) return me.status();
  return Until(&header_->not_empty, Code::kEmpty, deadline, interrupt,
               [&] { return TryTake(*me, message); });
}

Look Queue::TryTake(Owner me, Message* message) {
  for (;;) {
    Front front;
    const Look look = ring_.FindFront(&front);
    if (look != Look::kReady) return look;
    // Memory first: when there is none, nothing was taken.
    if (!message->Reserve(front.size)) return Look::kNoMemory;
    if (!ring_.Claim(front, me)) continue;
    header_->not_full.NotifyOneAfterSeqCst();  // [CLEAR] was seq_cst; the place is free already
    message->set_format(HeaderOf(front.block)->format.load(std::memory_order_relaxed));
    if (front.size > 0) memcpy(message->data(), BytesOf(front.block), front.size);
    heap_->Free(front.ref);
    return Look::kReady;
  }
}

absl::Status Queue::WaitGet(Deadline deadline, os::Interrupt* interrupt) {
  return Until(&header_->not_empty, Code::kEmpty, deadline, interrupt, [this] {
    Front front;
    return ring_.FindFront(&front);
  });
}

absl::Status Queue::WaitPut(Deadline deadline, os::Interrupt* interrupt) {
  return Until(&header_->not_full, Code::kFull, deadline, interrupt, [this] {
    Position position;
    return ring_.FindBack(&position);
  });
}

void Queue::Close() {
  closed_by_.store(os::ProcessToken(), std::memory_order_seq_cst);
  // Everybody looks again; those whose handle is open go back to sleep.
  header_->not_empty.NotifyAll();
  header_->not_full.NotifyAll();
}

void Queue::CloseAll() {
  ring_.Close();
  header_->not_empty.NotifyAll();
  header_->not_full.NotifyAll();
}

uint64_t Queue::Lost() {
  Recover();
  return recovery_.CountLost();
}

void Queue::Recover() {
  const absl::StatusOr<Owner> me = participants_->Self(Participants::Places::kAll);
  if (!me.ok()) return;
  participants_->Sweep([this, me = *me](Owner dead) {
    recovery_.TakeBack(dead, me);
    return true;
  });
}

void Queue::RecoverSometimes() {
  const int64_t now = MonotonicNow();
  int64_t next = header_->next_sweep_ns.load(std::memory_order_relaxed);  // a hint
  if (now < next && next - now <= kSweepNanos) return;
  if (header_->next_sweep_ns.compare_exchange_strong(next, now + kSweepNanos,
                                                     std::memory_order_relaxed)) {
    Recover();
  }
}

}  // namespace billiard::queue
