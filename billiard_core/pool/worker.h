// The worker's side of a pool: pull a job, run it, answer it (design D8).
//
// A Worker belongs to the process that made it and is used by one thread at a time. In a child that a
// task forks, its functions fail with kForked.
//
//   worker.Ready(names); while ((job = worker.Next(...)).ok()) (*job)->Reply(bytes, format);
//
// What the host concludes when the worker dies here (it reads `intent`, then the job's word):
//   Next   before kTaken      the job is queued: another worker finds it in the ring
//          kTaken             given back: it goes to the ring of returned jobs
//   from   kRunning           LOST: user code may have run
//   Reply  result written, still kRunning    LOST; the unpublished block is taken back by its owner id
//          kDone, nobody told yet            the host wakes the waiters and announces the job itself
#ifndef BILLIARD_CORE_POOL_WORKER_H_
#define BILLIARD_CORE_POOL_WORKER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/pool/chunk.h"
#include "billiard_core/pool/failure.h"
#include "billiard_core/pool/orderly_exit.h"
#include "billiard_core/pool/pool_segment.h"
#include "billiard_core/pool/soft_signal.h"
#include "billiard_core/pool/worker_hooks.h"

namespace billiard::pool {

// The items of a chunk that a worker goes through (chunk.h), and what became of those behind it.
struct ChunkRun {
  ChunkView items;
  uint64_t next = 0;
  bool each = false;  // an item that fails does not end the rest
  ChunkWriter outcomes;

  bool AtLast() const { return next == items.count(); }
};

// The job that a worker has begun; its answer ends it. The items of a chunk look like jobs with the same
// id, one after the other: the answer of the last one ends the job, or the first failure.
class Job {
 public:
  uint64_t id() const;
  const std::string& task() const;
  // In place in shared memory, until the answer.
  PayloadView argument() const { return argument_; }

  absl::Status Reply(absl::string_view bytes, uint32_t format);
  // Always gets through: when memory is short, only the first words of it do.
  absl::Status Fail(const Failure& failure);
  bool answered() const { return answered_; }
  // Whether its soft time limit has passed (POOL-122); false again once it is answered. Async-signal-safe.
  bool SoftLimitReached() const;

 private:
  friend class Worker;

  Failure WhyUnanswered() const;
  absl::Status MayAnswer() const;
  // Makes this the chunk's next item. False when it has none, or its job has been ended by the host.
  bool NextItem();
  bool BeginChunk(bool each);
  absl::Status ReplyItem(absl::string_view bytes, uint32_t format);
  absl::Status FailItem(const Failure& failure);
  absl::Status Publish(JobState outcome, absl::string_view bytes, uint32_t format);

  Worker* worker_ = nullptr;
  JobRef ref_;
  JobSlot* slot_ = nullptr;
  PayloadView argument_;
  const std::string* task_ = nullptr;
  bool answered_ = true;
  std::string refusal_;  // why the last reply could not be published
  absl::optional<ChunkRun> chunk_;
};

// What a worker does about SIGUSR1, which its host sends when a soft time limit passes.
enum class SoftSignalUse : int32_t {
  kNone = 0,     // it is not sent; the task asks Job::SoftLimitReached
  kOwn = 1,      // the program has a handler of its own
  kHandler = 2,  // soft_signal.h
};

struct ReadyOptions {
  SoftSignalUse soft_signal = SoftSignalUse::kNone;
  os::Interrupt* soft_interrupt = nullptr;  // with kHandler: raised until the job is answered
};

class Worker {
 public:
  // True when this very process was started as a worker command and has not attached.
  static bool Requested();
  static absl::StatusOr<std::unique_ptr<Worker>> Attach();

  // For a process that was forked with the segment mapped; the fds stay the pool's.
  Worker(std::shared_ptr<PoolSegment> segment, WorkerId id, int control_fd, int finished_fd);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  // Says what this worker can run, and waits for the host's word when it is the first to say so.
  absl::Status Ready(std::vector<std::string> names, const ReadyOptions& options = {});
  // Says that this worker could not be set up.
  absl::Status Failed(absl::string_view reason);

  // Waits for a job and begins it; kClosed when the worker is to leave. The job lives until the next
  // call.
  absl::StatusOr<Job*> Next(Deadline deadline, os::Interrupt* interrupt);
  // OK when Next would not wait.
  absl::Status Wait(Deadline deadline, os::Interrupt* interrupt);
  // Serves the process's task registry until the worker is to leave, and calls the hooks.
  absl::Status Run(os::Interrupt* interrupt);
  void SetHooks(WorkerHooks hooks) { hooks_ = std::move(hooks); }
  // What the process is called from here on (worker_name.h).
  void TakeName(bool forked);

  // What the process is to exit with once Next has said kClosed: kExitNormal, or kExitRecycled.
  int exit_status() const { return exit_status_; }
  // Readable while the soft limit of the job at work has passed; -1 without SoftSignalUse::kHandler.
  int soft_limit_fd() const { return soft_signal_ == nullptr ? -1 : soft_signal_->fd(); }

  // POOL-25; lives as long as the worker.
  const std::string& name() const { return name_; }
  int place() const { return static_cast<int>(id_.place); }
  const std::string& group_name() const { return group_name_; }

 private:
  friend class Job;

  absl::Status CheckProcess() const;
  absl::Status CheckReady();
  absl::Status Announce(const std::string& packed);
  absl::StatusOr<bool> AwaitVerdict();
  bool KnowsNamesAlready(const std::string& packed) const;
  bool LoadNames();
  bool Leaving() const;
  bool HasWork() const;
  bool IsCrowded() const;
  bool LookForJob(Deadline deadline, os::Interrupt* interrupt);
  bool LookAsLookout();
  absl::optional<JobRef> ClaimOne();
  bool TryClaim(JobRef job);
  Job* Begin(JobRef job);
  // False when the host will not have the job begun.
  bool AwaitAnswer(JobRef job);
  void ServeOne(Job* job);
  absl::Status TakeSoftSignal(const ReadyOptions& options);
  absl::Status RunJobs(os::Interrupt* interrupt);
  absl::Status ServeUntilClosed(os::Interrupt* interrupt);
  bool HasExpired(const JobSlot& slot) const;
  // False when a signal wants to end this process meanwhile.
  bool WaitWhileDoomed();
  bool AskedToDie();
  os::Interrupt* DeathToken() const;
  std::string Initialize();
  void EndJob();
  void LetGoOfEndedJob();
  bool UsesTooMuchMemory() const;
  void RecycleIfDue();
  void AnnounceLimit(const JobSlot& slot);
  void TellHost();

  std::shared_ptr<PoolSegment> segment_;
  const WorkerId id_;
  const uint64_t process_token_;
  const int control_fd_;
  const int finished_fd_;
  std::vector<os::Fd> own_fds_;  // attached workers close theirs
  WorkerEntry* entry_;
  uint32_t group_index_;
  GroupEntry* group_;
  RingView returned_;
  RingView queued_[kPriorities];
  std::string group_name_;
  std::string name_;
  std::vector<std::string> names_;  // by task index
  bool ready_ = false;
  bool crowded_ = false;    // one idle worker at a time looks (lookout.h)
  bool condemned_ = false;  // must not begin another job
  int exit_status_ = kExitNormal;
  WorkerHooks hooks_;
  std::unique_ptr<SoftSignal> soft_signal_;
  std::unique_ptr<OrderlyExit> orderly_exit_;  // while Run runs
  Job job_;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_WORKER_H_
