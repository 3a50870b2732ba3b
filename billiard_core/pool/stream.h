// The results of one task over items that come one after the other (POOL-61 ...): at most `look_ahead`
// jobs are out at a time, and results are taken one by one, in the order of the items or as they come.
// Thread-safe. Like a Result it outlives its pool.
//
// S1  A job counts against look_ahead from its submission until its last item was taken. So neither the
//     pool nor its results grow with the input, however slow the taker is (POOL-68).
// S2  Every item that Put took is delivered once: its value, its own failure, or what became of its job
//     (POOL-66). A job that could not be submitted any more is delivered as failed.
// S3  The words of the jobs are the truth; in the order in which they come, the finished stack only tells
//     which to look at.
//
// Locks: `mutex_` before the pool's. Neither is held while a thread sleeps.
#ifndef BILLIARD_CORE_POOL_STREAM_H_
#define BILLIARD_CORE_POOL_STREAM_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/mutex.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/pool/chunk.h"
#include "billiard_core/pool/host_pool.h"
#include "billiard_core/pool/result.h"

namespace billiard::pool {

// Submits one job of a stream, in a slot that was set aside; Pool makes it.
using StreamSubmit = std::function<absl::StatusOr<JobRef>(const StagedPayload& staged)>;

// What Next delivers when it succeeds.
struct StreamItem {
  uint64_t index = 0;  // which item of the input it belongs to, from 0
  bool failed = false;
};

class Stream final : private EndListener {
 public:
  ~Stream();  // forgets its jobs; their outcomes are dropped
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  uint64_t id() const { return id_; }
  absl::Status CheckProcess() const { return host_->CheckProcess(); }

  // How many items Put would take now.
  uint64_t Room();
  // Takes a copy of one more item. kFull when look_ahead jobs are out, kState when the input has ended or
  // the pool takes no more.
  absl::Status Put(absl::string_view bytes, uint32_t format);
  // There are no more items. Idempotent.
  absl::Status End();
  // There are no more items because making them failed: told once, after the last item (POOL-65).
  absl::Status FailInput(const Failure& failure);
  bool InputHasEnded();

  // OK when Next would not wait.
  absl::Status Wait(Deadline deadline, os::Interrupt* interrupt);
  // Takes the next item: `take` gets its value, or *failure is filled and item->failed is set. kClosed
  // after the last one. An item that `take` refuses is not lost.
  absl::Status Next(Deadline deadline, os::Interrupt* interrupt,
                    const std::function<absl::Status(const PayloadView&)>& take, StreamItem* item,
                    JobFailure* failure);

 private:
  friend class Pool;

  // One job: items [first, first + count) of the input.
  struct Flight {
    std::unique_ptr<Result> result;  // nullptr: it could not be submitted, `why` says why
    absl::Status why;
    uint64_t first = 0;
    uint64_t count = 0;
    uint64_t taken = 0;  // of its items
  };

  Stream(std::shared_ptr<HostPool> host, uint64_t chunk_size, uint64_t look_ahead, bool ordered,
         bool notify);

  void OnEnded(JobRef job) override;
  absl::Status EndInput(absl::optional<Failure> failure);
  bool HasNext();
  uint64_t RoomLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SubmitPending() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // A job for the last `count` items put, which are these bytes.
  void SubmitJob(absl::string_view bytes, uint32_t format, uint64_t count)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<JobRef> Launch(absl::string_view bytes, uint32_t format)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasSlot() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Makes a job that has ended the one whose items are delivered, unless there is one.
  void FindLanded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t JobsOut() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Nothing is left, and nothing more will come.
  bool AtEnd() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Deliver(const std::function<absl::Status(const PayloadView&)>& take,
                       StreamItem* item, JobFailure* failure) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FinishFlight() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<HostPool> host_;
  const uint64_t id_;
  const uint64_t chunk_size_;
  const uint64_t look_ahead_;
  const bool ordered_;
  const bool notify_;
  JobRef parent_;
  StreamSubmit submit_;
  std::deque<JobRef> ended_;  // under the pool's mutex: not ordered, in the order of their ends

  Mutex mutex_;
  ChunkWriter pending_ ABSL_GUARDED_BY(mutex_);  // items of the job that is being gathered
  uint64_t put_ ABSL_GUARDED_BY(mutex_) = 0;     // items so far
  bool input_ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::optional<Failure> input_failure_ ABSL_GUARDED_BY(mutex_);  // not told yet
  uint64_t set_aside_ ABSL_GUARDED_BY(mutex_) = 0;                 // slots for jobs to come
  // In the order of the input. Without order only those that could not be submitted; the others are found
  // by their packed JobRef.
  std::deque<Flight> flights_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<uint64_t, Flight> by_job_ ABSL_GUARDED_BY(mutex_);
  absl::optional<Flight> landed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_STREAM_H_
