// Putting, getting and waiting. queue_take.cc has what is taken in place or finished later, queue_make.cc
// how queues come into being.
#include "billiard_core/queue/queue.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/fault_point.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/queue/queue_hot.h"
#include "billiard_core/queue/queue_wait.h"

namespace billiard::queue {
namespace {

using shared_memory::Participants;

// How often somebody who waits looks for dead participants.
constexpr int64_t kSweepNanos = kNanosPerSecond;

}  // namespace

// The table may be full of the dead: then this process takes one of its last places to clear it.
absl::StatusOr<Owner> Queue::Register() {
  absl::StatusOr<Owner> owner = participants_->Self();
  if (owner.ok() || CodeOf(owner.status()) != Code::kFull) return owner;
  owner = participants_->Self(Participants::Places::kAll);
  if (owner.ok()) Recover();
  return owner;
}

absl::Status Queue::Join() { return Self().status(); }

absl::Status Queue::TooLarge(uint64_t size) const {
  return MakeStatus(
      Code::kTooLarge,
      absl::StrCat("data: ", size, " bytes are over the queue's max_message of ", max_message_));
}

absl::Status Queue::AwaitBack(Deadline deadline, os::Interrupt* interrupt, Back* back) {
  return Until(&header_->not_full, Code::kFull, deadline, interrupt,
               [this, back] { return ring_.FindBack(back); });
}

absl::Status Queue::Put(absl::string_view data, uint32_t format, Deadline deadline,
                        os::Interrupt* interrupt) {
  const Owner me = participants_->SelfIfRegistered();
  if (data.size() <= max_message_ && me != shared_memory::kNobody && TryPut({data, format}, me))
      [[likely]] {
    WakeTakers(1);
    return absl::OkStatus();
  }
  return PutSlowly({data, format}, deadline, interrupt);
}

absl::Status Queue::PutSlowly(const Outgoing& message, Deadline deadline,
                              os::Interrupt* interrupt) {
  if (absl::Status status = CheckSize(message.data.size()); !status.ok()) return status;
  const absl::StatusOr<Owner> me = Self();
  if (!me.ok()) return me.status();
  absl::Status status = PutOne(message, *me, deadline, interrupt);
  if (status.ok()) WakeTakers(1);
  return status;
}

// One message, of which nobody is told yet.
absl::Status Queue::PutOne(const Outgoing& message, Owner me, Deadline deadline,
                           os::Interrupt* interrupt) {
  // A full queue is waited for with nothing in hand.
  Back back;
  if (absl::Status status = AwaitBack(deadline, interrupt, &back); !status.ok()) return status;
  Block block;
  absl::Status status = AllocateBlock(message.data.size(), me, &block);
  if (!status.ok()) return status;
  Fill(message, block);
  status = PublishBlock(back, block, me, deadline, interrupt);
  if (!status.ok()) heap_->Free(block);
  return status;
}

absl::Status Queue::PutBatch(const Outgoing* messages, size_t count, Deadline deadline,
                             os::Interrupt* interrupt, size_t* done) {
  *done = 0;
  for (size_t i = 0; i < count; ++i) {
    if (absl::Status status = CheckSize(messages[i].data.size()); !status.ok()) return status;
  }
  const absl::StatusOr<Owner> me = Self();
  if (!me.ok()) return me.status();
  size_t told = 0;
  absl::Status status;
  while (status.ok() && *done < count) {
    if (TryPut(messages[*done], *me)) {
      ++*done;
      BP_FAULT_POINT("queue.batch_put");
      continue;
    }
    // Takers are told of what is there before this waits for them.
    status = PutOne(messages[*done], *me, Deadline::Now(), nullptr);
    if (CodeOf(status) == Code::kFull) {
      WakeTakers(*done - told);
      told = *done;
      status = PutOne(messages[*done], *me, deadline, interrupt);
    }
    if (status.ok()) ++*done;
    BP_FAULT_POINT("queue.batch_put");
  }
  WakeTakers(*done - told);
  return status;
}

absl::Status Queue::AllocateBlock(uint64_t size, Owner me, Block* block) {
  const uint64_t bytes = sizeof(MessageHeader) + size;
  if (recent_.Take(heap_.get(), bytes, me, block)) return absl::OkStatus();
  absl::StatusOr<BlockRef> ref = heap_->Allocate(bytes, me);
  if (!ref.ok()) {
    Recover();  // perhaps the memory is with the dead
    ref = heap_->Allocate(bytes, me);
  }
  if (!ref.ok()) return ref.status();
  *block = {*ref, heap_->View(*ref)};
  recent_.Note(bytes, *ref);
  return absl::OkStatus();
}

// Puts the block at `back` or, when that is taken, where there is room.
absl::Status Queue::PublishBlock(Back back, const Block& block, Owner me, Deadline deadline,
                                 os::Interrupt* interrupt) {
  if (TryPublish(back, block, me)) return absl::OkStatus();
  return Until(&header_->not_full, Code::kFull, deadline, interrupt, [&] {
    for (;;) {
      const Look look = ring_.FindBack(&back);
      if (look != Look::kReady || TryPublish(back, block, me)) return look;
    }
  });
}

Look Queue::LookForMessage() {
  Front front;
  if (returns_.MayHaveSome() && returns_.FindFirst(&front)) return Look::kReady;
  return ring_.FindFront(&front);
}

absl::Status Queue::Get(Deadline deadline, os::Interrupt* interrupt, Message* message) {
  const Owner me = participants_->SelfIfRegistered();
  if (me != shared_memory::kNobody && TryGetQuickly(me, message)) [[likely]] {
    WakePutters(1);
    return absl::OkStatus();
  }
  return GetSlowly(deadline, interrupt, message);
}

// Whoever takes messages of a stream right after they were put works on the lines that the producer is
// writing, and both wait for each other's with every message. So where they stream, and few are there, it
// pauses until there are many: some three microseconds at most, and while that does not help, not again.
void Queue::LetMessagesGather(Deadline deadline) {
  constexpr int kLooks = 16;
  constexpr int kPausesPerLook = 8;
  constexpr uint64_t kMany = 192;
  if (!pace_of_gets_.IsStream() || sync::SpinTries() == 0) return;
  const uint64_t before = ring_.Lead();
  if (before >= ring_.stride() || deadline.Expired()) return;
  const uint64_t many = std::min(kMany, capacity_ / 2);
  uint64_t lead = before;
  for (int i = 0; i < kLooks && lead < many; ++i) {
    for (int j = 0; j < kPausesPerLook; ++j) sync::PauseCpu();
    lead = ring_.Lead();
  }
  if (lead < before + ring_.stride()) pace_of_gets_.StreamHasEnded();
}

absl::Status Queue::GetSlowly(Deadline deadline, os::Interrupt* interrupt, Message* message) {
  const absl::StatusOr<Owner> me = Self();
  if (!me.ok()) return me.status();
  LetMessagesGather(deadline);
  absl::Status status = Until(&header_->not_empty, Code::kEmpty, deadline, interrupt,
                              [&] { return TryGet(*me, message); });
  if (status.ok()) WakePutters(1);
  return status;
}

absl::Status Queue::GetBatch(size_t capacity, Deadline deadline, os::Interrupt* interrupt,
                             const std::function<void(Message*)>& deliver) {
  const absl::StatusOr<Owner> me = Self();
  if (!me.ok()) return me.status();
  LetMessagesGather(deadline);
  Message message;
  absl::Status status = Until(&header_->not_empty, Code::kEmpty, deadline, interrupt,
                              [&] { return TryGet(*me, &message); });
  if (!status.ok()) return status;
  size_t count = 1;
  deliver(&message);
  while (count < capacity &&
         (TryGetQuickly(*me, &message) || TryGet(*me, &message) == Look::kReady)) {
    ++count;
    deliver(&message);
    BP_FAULT_POINT("queue.batch_got");
  }
  WakePutters(count);
  return status;
}

absl::Status Queue::WaitGet(Deadline deadline, os::Interrupt* interrupt) {
  return Until(&header_->not_empty, Code::kEmpty, deadline, interrupt, [this] {
    const Look look = LookForMessage();
    if (look == Look::kNotYet) RearmReadyFd();
    return look;
  });
}

absl::Status Queue::WaitPut(Deadline deadline, os::Interrupt* interrupt) {
  Back back;
  return AwaitBack(deadline, interrupt, &back);
}

void Queue::Close() {
  closed_by_.store(os::ProcessToken(), std::memory_order_seq_cst);
  // Everybody looks again; those whose handle is open go back to sleep.
  header_->not_empty.NotifyAll();
  header_->not_full.NotifyAll();
  header_->all_finished.NotifyAll();
}

void Queue::CloseAll() {
  ring_.Close();
  header_->not_empty.NotifyAll();
  header_->not_full.NotifyAll();
}

uint64_t Queue::Lost() {
  Recover();
  return settlement_.lost();
}

void Queue::Recover() {
  const absl::StatusOr<Owner> me = participants_->Self(Participants::Places::kAll);
  if (!me.ok()) return;
  bool returned = false;
  participants_->Sweep([&](Owner dead) {
    returned |= recovery_.TakeBack(dead, *me);
    return true;
  });
  if (returned) header_->not_empty.NotifyAll();
  if (joinable_ && settlement_.Unfinished() == 0) header_->all_finished.NotifyAll();
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
