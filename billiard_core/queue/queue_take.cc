// What is written or read in place, and what is finished later than it is taken.
#include <new>
#include <utility>

#include "billiard_core/base/fault_point.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/queue/queue.h"
#include "billiard_core/queue/queue_hot.h"
#include "billiard_core/queue/queue_wait.h"

namespace billiard::queue {
namespace {

using shared_memory::BlockView;

absl::Status CheckIsOurs(uint64_t process) {
  if (process == os::ProcessToken()) return absl::OkStatus();
  return MakeStatus(Code::kForked, "it belongs to the process that took it");
}

}  // namespace

// ---- written in place ----

absl::StatusOr<Reservation> Queue::Reserve(uint64_t size) {
  if (absl::Status status = CheckSize(size); !status.ok()) return status;
  if (ClosedHere()) return HandleIsClosed();
  const absl::StatusOr<Owner> me = Self();
  if (!me.ok()) return me.status();
  Block block;
  if (absl::Status status = AllocateBlock(size, *me, &block); !status.ok()) return status;
  BP_FAULT_POINT("queue.reserved");
  return Reservation{os::ProcessToken(), block.ref, BytesOf(block.view), size};
}

absl::Status Queue::Commit(const Reservation& reservation, uint64_t size, uint32_t format,
                           Deadline deadline, os::Interrupt* interrupt) {
  if (absl::Status status = CheckIsOurs(reservation.process); !status.ok()) return status;
  const absl::StatusOr<Owner> me = Self();
  if (!me.ok()) return me.status();
  Back back;
  if (absl::Status status = AwaitBack(deadline, interrupt, &back); !status.ok()) return status;
  const Block block{reservation.ref, heap_->View(reservation.ref)};
  MessageHeader* const header = HeaderOf(block.view);
  header->size.store(size, std::memory_order_relaxed);  // ordered by [PUBLISH]
  header->format.store(format, std::memory_order_relaxed);
  header->deliveries.store(0, std::memory_order_relaxed);
  absl::Status status = PublishBlock(back, block, *me, deadline, interrupt);
  if (status.ok()) {
    WakeTakers(1);
  } else {
    block.view.tag->store(0, std::memory_order_release);  // not on its way to a place any more
  }
  return status;
}

void Queue::Cancel(const Reservation& reservation) {
  if (reservation.process == os::ProcessToken()) heap_->Free(reservation.ref);
}

// ---- read in place ----

absl::Status Queue::Take(Deadline deadline, os::Interrupt* interrupt, Taken* taken) {
  const absl::StatusOr<Owner> me = Self();
  if (!me.ok()) return me.status();
  Front front;
  absl::Status status = Until(&header_->not_empty, Code::kEmpty, deadline, interrupt,
                              [&] { return ClaimNext(*me, &front, nullptr); });
  if (!status.ok()) return status;
  WakePutters(1);
  const MessageHeader& header = *HeaderOf(front.block);
  *taken = {os::ProcessToken(),
            front.ref,
            MakeTag(TagState::kReading, front.position, *me),
            BytesOf(front.block),
            front.size,
            header.format.load(std::memory_order_relaxed),
            header.deliveries.load(std::memory_order_relaxed)};
  return status;
}

absl::Status Queue::Acknowledge(const Taken& taken) {
  if (absl::Status status = CheckIsOurs(taken.process); !status.ok()) return status;
  const BlockView block = heap_->View(taken.ref);
  if (joinable_) {
    settlement_.Finish(taken.ref, block, taken.tag, OwnerOfTag(taken.tag));
    return absl::OkStatus();
  }
  uint64_t tag = taken.tag;
  // The one step: whoever dies before it has not acknowledged.
  if (block.tag->compare_exchange_strong(tag, 0, std::memory_order_acq_rel)) {
    BP_FAULT_POINT("queue.acknowledged");
    heap_->Free(Block{taken.ref, block});
  }
  return absl::OkStatus();
}

absl::Status Queue::GiveBack(const Taken& taken) {
  if (absl::Status status = CheckIsOurs(taken.process); !status.ok()) return status;
  if (returns_.GiveBack(heap_->View(taken.ref), taken.tag, OwnerOfTag(taken.tag))) WakeTakers(1);
  return absl::OkStatus();
}

// ---- finished later ----

// It was copied and stays, as what is not finished; false: no memory to remember it, and it was given back.
bool Queue::KeepUnfinished(const Front& front, Owner me) {
  const uint64_t reading = MakeTag(TagState::kReading, front.position, me);
  const uint64_t unfinished = WithOwner(reading, TagState::kUnfinished, me);
  try {
    unfinished_.Push({front.ref, unfinished});
  } catch (const std::bad_alloc&) {
    if (returns_.GiveBack(front.block, reading, me)) WakeTakers(1);
    return false;
  }
  front.block.tag->store(unfinished, std::memory_order_release);
  BP_FAULT_POINT("queue.unfinished");
  return true;
}

absl::Status Queue::TaskDone() {
  if (!joinable_) return MakeStatus(Code::kState, "the queue is not joinable");
  const absl::StatusOr<Owner> me = Self();
  if (!me.ok()) return me.status();
  Tally::Outcome outcome = Tally::Outcome::kGone;
  UnfinishedList::Entry entry;
  while (outcome == Tally::Outcome::kGone && unfinished_.Pop(&entry)) {
    const BlockView block = heap_->View(entry.ref);
    if (block) outcome = settlement_.Finish(entry.ref, block, entry.tag, *me);
  }
  while (outcome == Tally::Outcome::kGone && FinishOneOfOthers(*me, &outcome)) {
  }
  if (outcome == Tally::Outcome::kGone && settlement_.FinishAny(*me)) return absl::OkStatus();
  if (outcome == Tally::Outcome::kCounted) return absl::OkStatus();
  return MakeStatus(Code::kState, "task_done() called too many times");
}

// Takes over the oldest unfinished message of any process and finishes it: its taker handed the work over.
// False: there is none.
bool Queue::FinishOneOfOthers(Owner me, Tally::Outcome* outcome) {
  BlockRef oldest = shared_memory::kNoBlock;
  uint64_t tag = 0;
  Position position = 0;
  heap_->ForEachInUse([&](BlockRef ref, const BlockView& block) {
    const uint64_t its_tag = block.tag->load(std::memory_order_acquire);
    if (StateOfTag(its_tag) != TagState::kUnfinished) return;
    const Position its = HeaderOf(block)->position.load(std::memory_order_relaxed);
    if (oldest != shared_memory::kNoBlock && its >= position) return;
    oldest = ref;
    tag = its_tag;
    position = its;
  });
  if (oldest == shared_memory::kNoBlock) return false;
  const BlockView block = heap_->View(oldest);
  // Ours first: then nobody else decides about it when its taker dies.
  const uint64_t mine = WithOwner(tag, TagState::kUnfinished, me);
  if (block.tag->compare_exchange_strong(tag, mine, std::memory_order_acq_rel)) {
    BP_FAULT_POINT("queue.taken_over");
    *outcome = settlement_.Finish(oldest, block, mine, me);
  }
  return true;
}

absl::Status Queue::AwaitFinished(Deadline deadline, os::Interrupt* interrupt) {
  if (!joinable_) return MakeStatus(Code::kState, "the queue is not joinable");
  return Until(&header_->all_finished, Code::kTimeout, deadline, interrupt,
               [this] { return Unfinished() == 0 ? Look::kReady : Look::kNotYet; });
}

uint64_t Queue::CountHeldByDead() const {
  uint64_t count = 0;
  Owner last = shared_memory::kNobody;
  bool last_is_dead = false;
  heap_->ForEachInUse([&](BlockRef, const BlockView& block) {
    const uint64_t tag = block.tag->load(std::memory_order_acquire);
    if (StateOfTag(tag) != TagState::kReading && StateOfTag(tag) != TagState::kUnfinished) return;
    if (OwnerOfTag(tag) != last) {
      last = OwnerOfTag(tag);
      last_is_dead = participants_->IsDead(last);
    }
    count += last_is_dead;
  });
  return count;
}

// ---- the descriptor ----

// This process's own; a parent's is left alone.
Readiness* Queue::OwnReadiness(const os::ProcessLock::Hold& hold) {
  if (hold.IsNewProcess() && readiness_ != nullptr) Readiness::Abandon(std::move(readiness_));
  return readiness_.get();
}

absl::StatusOr<int> Queue::ReadyFd() {
  if (ClosedHere()) return HandleIsClosed();
  const absl::StatusOr<Owner> me = Self();
  if (!me.ok()) return me.status();
  os::ProcessLock::Hold hold(&ready_lock_);
  if (OwnReadiness(hold) == nullptr) {
    auto readiness = Readiness::Start(
        &header_->not_empty, [this] { return ClosedHere() || LookForMessage() != Look::kNotYet; },
        [this] { RecoverSometimes(); });
    if (!readiness.ok()) return readiness.status();
    readiness_ = *std::move(readiness);
    has_readiness_.store(true, std::memory_order_seq_cst);
  }
  return readiness_->fd();
}

void Queue::CloseReadyFd() {
  std::unique_ptr<Readiness> ended;
  {
    os::ProcessLock::Hold hold(&ready_lock_);
    OwnReadiness(hold);
    ended = std::move(readiness_);
    has_readiness_.store(false, std::memory_order_relaxed);
  }
}

void Queue::RearmReadyFd() {
  if (!has_readiness_.load(std::memory_order_relaxed)) return;
  os::ProcessLock::Hold hold(&ready_lock_);
  if (Readiness* const readiness = OwnReadiness(hold)) readiness->Rearm();
}

}  // namespace billiard::queue
