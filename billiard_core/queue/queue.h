// A queue of messages between any number of threads and processes, whatever is killed or stopped
// (queues.md, G-QUEUE-1 to G-QUEUE-10).
//
// Threads: all functions, any thread; the destructor, one, with no other call under way. Processes: each
// has its own Queue object for the same segment. Fork: an inherited object works in the child, which
// registers itself with its first call.
//
// I1: a message is put when its block's number enters the ring, and taken when its tag becomes READING:
//     one atomic step each (words.h). Nobody waits for another process in the middle of either.
// I2: delivered at most once, a message comes out at most once, and exactly once unless the process that
//     takes it dies before it has its copy; then it is counted in Lost(), exactly once. Delivered at
//     least once, it comes out until one taker has acknowledged it.
// I3: messages come out in the order of their puts, which includes each producer's own order; what was
//     given back comes first.
// I4: no more than capacity messages are in the ring at any time; those that were given back come on top.
//
//   auto queue = Queue::Create(QueueOptions{.capacity = 100});
//   (*queue)->Put("hello", 0, Deadline::Forever(), nullptr);
//   Message message;
//   (*queue)->Get(Deadline::After(timeout_ns), nullptr, &message);
#ifndef BILLIARD_CORE_QUEUE_QUEUE_H_
#define BILLIARD_CORE_QUEUE_QUEUE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/os/process_lock.h"
#include "billiard_core/queue/layout.h"
#include "billiard_core/queue/message.h"
#include "billiard_core/queue/pace.h"
#include "billiard_core/queue/readiness.h"
#include "billiard_core/queue/recent_blocks.h"
#include "billiard_core/queue/recovery.h"
#include "billiard_core/queue/returns.h"
#include "billiard_core/queue/ring.h"
#include "billiard_core/queue/settlement.h"
#include "billiard_core/queue/unfinished_list.h"

namespace billiard::queue {

// What becomes of a message whose taker dies before it is done with it.
enum class Delivery : uint32_t { kAtMostOnce = 0, kAtLeastOnce = 1 };

struct QueueOptions {
  uint64_t capacity = 0;     // messages; 0: as many as the memory holds
  uint64_t max_message = 0;  // bytes; 0: 1 GiB
  uint64_t max_bytes = 0;    // of shared memory for messages; 0: what this process may reserve
  Delivery delivery = Delivery::kAtMostOnce;
  bool joinable = false;  // unfinished messages are counted
};

// A message to be put.
struct Outgoing {
  absl::string_view data;
  uint32_t format = 0;
};

// Memory in the queue, to be filled and then committed or cancelled, by the process that reserved it.
struct Reservation {
  uint64_t process = 0;  // its token
  BlockRef ref = shared_memory::kNoBlock;
  std::byte* data = nullptr;
  uint64_t size = 0;
};

// A message that was taken and is read in place, by the process that took it; to be acknowledged or given
// back.
struct Taken {
  uint64_t process = 0;  // its token
  BlockRef ref = shared_memory::kNoBlock;
  uint64_t tag = 0;
  const std::byte* data = nullptr;
  uint64_t size = 0;
  uint32_t format = 0;
  uint32_t deliveries = 0;  // before this one
};

class Queue {
 public:
  // kInvalid, naming the option.
  static absl::Status CheckOptions(const QueueOptions& options);

  // Anonymous, shared by fork. kInvalid (names the option), kNoMem, kOs.
  static absl::StatusOr<std::unique_ptr<Queue>> Create(const QueueOptions& options);

  // Makes the queue in a segment's file, or joins the one that is there: see named_queue.h.
  static absl::StatusOr<std::unique_ptr<Queue>> CreateInFile(os::Fd fd,
                                                             const QueueOptions& options);
  static absl::StatusOr<std::unique_ptr<Queue>> OpenFile(os::Fd fd);

  // Ends this process's participation; its unfinished messages are dealt with as after a death.
  ~Queue();

  // kFull, kClosed, kInterrupted, kTooLarge, kNoMem. `data` is copied.
  absl::Status Put(absl::string_view data, uint32_t format, Deadline deadline,
                   os::Interrupt* interrupt);

  // The same for several, one after the other; *done of them are in, also after a failure. Takers are
  // woken once.
  absl::Status PutBatch(const Outgoing* messages, size_t count, Deadline deadline,
                        os::Interrupt* interrupt, size_t* done);

  // kEmpty, kClosed, kInterrupted, kNoMem (nothing is taken), kCorrupt.
  absl::Status Get(Deadline deadline, os::Interrupt* interrupt, Message* message);

  // Waits for one message, then takes up to `capacity` that are there. Each is handed to `deliver`, which
  // may Release its bytes. A failure after the first message only ends the batch.
  absl::Status GetBatch(size_t capacity, Deadline deadline, os::Interrupt* interrupt,
                        const std::function<void(Message*)>& deliver);

  // Memory for a message of up to `size` bytes. kTooLarge, kNoMem, kClosed.
  absl::StatusOr<Reservation> Reserve(uint64_t size);
  // Puts its first `size` bytes. As Put; kForked in a child. After a failure it is still reserved.
  absl::Status Commit(const Reservation& reservation, uint64_t size, uint32_t format,
                      Deadline deadline, os::Interrupt* interrupt);
  void Cancel(const Reservation& reservation);

  // As Get, but the message stays where it is.
  absl::Status Take(Deadline deadline, os::Interrupt* interrupt, Taken* taken);
  // Done with it: it is gone. kForked in a child.
  absl::Status Acknowledge(const Taken& taken);
  // It comes out again, before newer ones. kForked in a child.
  absl::Status GiveBack(const Taken& taken);

  // Wait only; take nothing. Somebody else may be first afterwards.
  absl::Status WaitGet(Deadline deadline, os::Interrupt* interrupt);
  absl::Status WaitPut(Deadline deadline, os::Interrupt* interrupt);

  // In a joinable queue, else kState. A message is finished; kState: more than were put.
  absl::Status TaskDone();
  // Waits until all that were put are finished. kTimeout, kClosed (this handle), kInterrupted.
  absl::Status AwaitFinished(Deadline deadline, os::Interrupt* interrupt);
  uint64_t Unfinished() const { return settlement_.Unfinished(); }

  // A descriptor that is readable when there is a message or the queue is closed, until a take of this
  // handle finds nothing: see readiness.h. It is the queue's. kClosed (this handle), kOs, kNoMem.
  absl::StatusOr<int> ReadyFd();
  void CloseReadyFd();

  uint64_t Size() { return ring_.Size() + returns_.Count(); }
  uint64_t capacity() const { return capacity_; }
  bool joinable() const { return joinable_; }
  Delivery delivery() const { return delivery_; }
  uint64_t Lost();
  // Messages whose takers are dead, and with which nothing has been done yet.
  uint64_t CountHeldByDead() const;

  // Ends the use of this process's handle; its waits end. A forked child's is open again (QUEUE-17).
  void Close();
  // Ends the queue for everybody: no more puts, gets until it is empty.
  void CloseAll();

  // Other processes and handles that have the queue, and this one, as far as they have ever used it.
  int CountParticipants() const { return participants_->CountLiving(); }
  // Registers this process now rather than with its first put or get.
  absl::Status Join();
  void Leave() { participants_->Leave(); }
  // Takes back what dead participants held.
  void Recover();

  const shared_memory::Segment& segment() const { return *segment_; }
  const shared_memory::BlockHeap& heap() const { return *heap_; }

 private:
  struct Parts;
  explicit Queue(Parts parts);
  static absl::StatusOr<std::unique_ptr<Queue>> Format(
      std::unique_ptr<shared_memory::Segment> segment, const QueueOptions& options);

  bool ClosedHere() const {
    const uint64_t token = closed_by_.load(std::memory_order_seq_cst);
    return token != 0 && token == os::ProcessToken();
  }
  absl::StatusOr<Owner> Self() {
    const Owner me = participants_->SelfIfRegistered();
    if (me != shared_memory::kNobody) return me;
    return Register();
  }
  absl::StatusOr<Owner> Register();
  void RecoverSometimes();
  absl::Status CheckSize(uint64_t size) const {
    return size <= max_message_ ? absl::OkStatus() : TooLarge(size);
  }
  absl::Status TooLarge(uint64_t size) const;
  absl::Status AllocateBlock(uint64_t size, Owner me, Block* block);
  void Fill(const Outgoing& message, const Block& block);
  template <typename TryOnce>
  absl::Status Until(sync::EventCount* event, Code not_in_time, Deadline deadline,
                     os::Interrupt* interrupt, TryOnce try_once);
  template <typename TryOnce>
  absl::Status UntilSlowly(Look look, sync::EventCount* event, Code not_in_time, Deadline deadline,
                           os::Interrupt* interrupt, TryOnce try_once);
  // A wait begins: how many times to pause first.
  int PausesFor(const sync::EventCount* event) {
    if (event == &header_->not_full) return pace_of_puts_.Begin(ring_.next_back());
    if (event == &header_->not_empty) return pace_of_gets_.Begin(ring_.next_front());
    return 1;
  }
  absl::Status AwaitBack(Deadline deadline, os::Interrupt* interrupt, Back* back);
  bool TryPublish(const Back& back, const Block& block, Owner me);
  absl::Status PublishBlock(Back back, const Block& block, Owner me, Deadline deadline,
                            os::Interrupt* interrupt);
  bool TryPut(const Outgoing& message, Owner me);
  absl::Status PutSlowly(const Outgoing& message, Deadline deadline, os::Interrupt* interrupt);
  absl::Status PutOne(const Outgoing& message, Owner me, Deadline deadline,
                      os::Interrupt* interrupt);
  void WakeTakers(size_t count);
  void WakePutters(size_t count);

  void LetMessagesGather(Deadline deadline);
  Look LookForMessage();
  absl::Status GetSlowly(Deadline deadline, os::Interrupt* interrupt, Message* message);
  Look ClaimNext(Owner me, Front* front, Message* copy);
  void CopyOut(const Front& front, Message* message);
  bool TryGetQuickly(Owner me, Message* message);
  Look TryGet(Owner me, Message* message);
  bool KeepUnfinished(const Front& front, Owner me);
  bool FinishOneOfOthers(Owner me, Tally::Outcome* outcome);

  Readiness* OwnReadiness(const os::ProcessLock::Hold& hold);
  void RearmReadyFd();

  // Fixed after construction.
  const std::unique_ptr<shared_memory::Segment> segment_;
  const std::unique_ptr<shared_memory::Participants> participants_;
  const std::unique_ptr<shared_memory::BlockHeap> heap_;
  QueueHeader* const header_;
  const uint64_t capacity_;
  const uint64_t max_message_;
  const bool joinable_;
  const Delivery delivery_;
  Ring ring_;
  Returns returns_;
  Settlement settlement_;
  Recovery recovery_;

  // Token of the process that closed its handle; a forked child's token is another.
  std::atomic<uint64_t> closed_by_{0};

  RecentBlocks recent_;
  Pace pace_of_puts_;
  Pace pace_of_gets_;

  UnfinishedList unfinished_;

  os::ProcessLock ready_lock_;
  std::unique_ptr<Readiness> readiness_;    // guarded by ready_lock_
  std::atomic<bool> has_readiness_{false};  // a hint that is never wrong when it says no
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_QUEUE_H_
