// A queue of messages between any number of threads and processes, whatever is killed or stopped
// (queues.md, G-QUEUE-1 to G-QUEUE-10).
//
// Threads: all functions, any thread; the destructor, one, with no other call under way. Processes: each
// has its own Queue object for the same segment. Fork: an inherited object works in the child, which
// registers itself with its first call.
//
// I1: a message is put when its block's number enters the ring, and taken when its tag becomes READING:
//     one atomic step each (words.h). Nobody waits for another process in the middle of either.
// I2: a message comes out at most once. It comes out exactly once unless the process that takes it dies
//     before it has its copy; then it is counted in Lost(), exactly once.
// I3: messages come out in the order of their puts, which includes each producer's own order.
// I4: no more than capacity messages are in the queue at any time.
//
//   auto queue = Queue::Create(QueueOptions{.capacity = 100});
//   (*queue)->Put("hello", 0, Deadline::Forever(), nullptr);
//   Message message;
//   (*queue)->Get(Deadline::After(timeout_ns), nullptr, &message);
#ifndef BILLIARD_CORE_QUEUE_QUEUE_H_
#define BILLIARD_CORE_QUEUE_QUEUE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/queue/layout.h"
#include "billiard_core/queue/message.h"
#include "billiard_core/queue/recovery.h"
#include "billiard_core/queue/ring.h"

namespace billiard::queue {

struct QueueOptions {
  uint64_t capacity = 0;     // messages; 0: kMaxCapacity
  uint64_t max_message = 0;  // bytes; 0: 1 GiB
  uint64_t max_bytes = 0;    // of shared memory for messages; 0: what this process may reserve
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

  // Ends this process's participation.
  ~Queue();

  // kFull, kClosed, kInterrupted, kTooLarge, kNoMem. `data` is copied.
  absl::Status Put(absl::string_view data, uint32_t format, Deadline deadline,
                   os::Interrupt* interrupt);

  // kEmpty, kClosed, kInterrupted, kNoMem (nothing is taken), kCorrupt.
  absl::Status Get(Deadline deadline, os::Interrupt* interrupt, Message* message);

  // Wait only; take nothing. Somebody else may be first afterwards.
  absl::Status WaitGet(Deadline deadline, os::Interrupt* interrupt);
  absl::Status WaitPut(Deadline deadline, os::Interrupt* interrupt);

  uint64_t Size() { return ring_.Size(); }
  uint64_t capacity() const { return capacity_; }
  uint64_t Lost();

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

  bool ClosedHere() const;
  absl::StatusOr<Owner> Self();
  void RecoverSometimes();
  absl::StatusOr<BlockRef> Fill(absl::string_view data, uint32_t format, Owner me);
  template <typename TryOnce>
  absl::Status Until(sync::EventCount* event, Code not_in_time, Deadline deadline,
                     os::Interrupt* interrupt, TryOnce try_once);
  Look TryPublish(BlockRef ref, Owner me);
  Look TryTake(Owner me, Message* message);

  // Fixed after construction.
  const std::unique_ptr<shared_memory::Segment> segment_;
  const std::unique_ptr<shared_memory::Participants> participants_;
  const std::unique_ptr<shared_memory::BlockHeap> heap_;
  QueueHeader* const header_;
  const uint64_t capacity_;
  const uint64_t max_message_;
  Ring ring_;
  Recovery recovery_;

  // Token of the process that closed its handle; a forked child's token is another.
  std::atomic<uint64_t> closed_by_{0};
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_QUEUE_H_
