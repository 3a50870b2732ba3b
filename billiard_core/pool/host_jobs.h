// The host's half of the job table: which slots are in use, by whom, and what the host itself knows of
// an outcome. The other half, the slots, is in the segment (layout.h). Private to the host process;
// every function must be called with the pool's mutex held, but for those marked "any thread".
//
// A slot is in use from Acquire to Free. It is freed when nobody wants it any more: its result handle
// was released, its outcome is there, it has left the finished stack, if it goes there, when it was
// submitted with `notify` its end was read, and the worker from which the host took the job, if it did,
// has let go of it (job_word.h, J4).
#ifndef BILLIARD_CORE_POOL_HOST_JOBS_H_
#define BILLIARD_CORE_POOL_HOST_JOBS_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/exit_text.h"
#include "billiard_core/base/status.h"
#include "billiard_core/pool/host_events.h"
#include "billiard_core/pool/host_slots.h"
#include "billiard_core/pool/pool_event.h"
#include "billiard_core/pool/pool_segment.h"

namespace billiard::pool {

// What the host knows of an outcome that no worker published.
struct HostOutcome {
  Code code = Code::kInternal;
  std::string message;
  int32_t pid = 0;
  int32_t exit_status = kExitUnknown;
  bool out_of_memory = false;  // OomWatch
};

// What is to happen when a job ends.
struct JobUse {
  bool notify = false;  // its end is an event
  JobRef parent;        // who else is told: the parent's EndListener, when `tells_parent`
  bool tells_parent = false;
  bool reserved = false;    // takes a slot that Reserve has set aside
  bool accepted = false;    // its begin is an event
  bool asks = false;        // its worker waits for Answer before it begins
  bool holds_slot = false;  // of those that are counted (host_slots.h)
  bool limited = false;     // it has time limits, and their setting and cancelling are events

  bool OnFinishedStack() const { return notify || tells_parent || holds_slot || limited; }
  bool OnAcceptedStack() const { return accepted || limited; }
};

// Is told of the ends of a parent's jobs, each once and in the order in which they came, with the pool's
// mutex held.
class EndListener {
 public:
  virtual void OnEnded(JobRef job) = 0;

 protected:
  ~EndListener() = default;
};

class HostJobs {
 public:
  // Begins of jobs are told through `events`.
  HostJobs(PoolSegment* segment, HostEvents* events) : segment_(segment), events_(events) {}

  // A free slot, not visible to any worker yet; kFull when all are in use, or the counted ones are.
  absl::StatusOr<JobRef> Acquire(const JobUse& use);

  // Gives back a slot that was acquired and never queued; one that was set aside is so again.
  void Unacquire(JobRef job);

  // Sets free slots aside, all or none: kFull.
  absl::Status Reserve(uint64_t slots);
  void Unreserve(uint64_t slots) { reserved_ -= slots; }

  // A slot out of those set aside that is the parent of others: no worker sees it.
  absl::StatusOr<JobRef> AcquireParent(bool notify, uint64_t id, uint32_t wake_at,
                                       EndListener* listener);
  // Lists the parent as if it were a job that has ended, unless it is listed already.
  void ListParent(JobRef parent);
  // Nobody listens any more. Its jobs go on, and are to be released first.
  void ReleaseParent(JobRef parent);

  // A handle has gone; frees the slot, once all have, now or when its job has ended.
  void Release(JobRef job);

  // One more handle on a job that is in use.
  void Share(JobRef job) { ++Find(job)->handles; }

  // Ends a job that has no outcome yet. False when it has one. Wakes its waiters.
  bool End(JobRef job, JobState state, HostOutcome outcome);
  // Ends a job whose word is exactly `expected`, which is no outcome. False when it has changed.
  bool EndIf(JobRef job, JobWord expected, JobState state, HostOutcome outcome);

  // How often the job may be run again after its worker was lost.
  void SetRetries(JobRef job, uint32_t retries);
  // Queues a job again whose worker died running it: its word was `expected`. False when it may not.
  bool Retry(JobRef job, JobWord expected);

  // What End was told, for the states that the host decides.
  HostOutcome OutcomeOf(JobRef job) const;

  // The job's worker died after it published an outcome, perhaps before it told anybody: tell.
  void AnnounceForDeadWorker(JobRef job);

  // Hands the ends on the finished stack over: to listeners, and to the list for TakeEnded. What is told
  // of a job before its end is looked for between this and TakeEnded.
  void CollectEnded();
  // Takes ends of listed jobs, each once, as kJobDone.
  size_t TakeEnded(PoolEvent* events, size_t capacity);
  bool HasEnded();
  // Makes events of the begins on the accepted stack, each once. A job must not be queued again before.
  void CollectAccepted();

  // Lets a job begin, or ends it as kRejected, whose acceptance was told and awaits that: kState when
  // there is none.
  absl::Status Answer(uint64_t id, bool accept, absl::string_view reason);
  // Ends a job that asks and has not been let begin: kState for any other.
  absl::Status Cancel(JobRef job);
  // Whether the job's acceptance was told, and waits for Answer.
  bool AwaitsAnswer(JobRef job);
  // Queues a job again that its holder, alive or not, has taken and not begun: its word was `taken`. False
  // when that has changed. An acceptance that was answered is asked for again.
  bool Requeue(JobRef job, JobWord taken);

  HostSlots& slots() { return slots_; }

  // Jobs in use that have no outcome.
  std::vector<JobRef> Unfinished() const;

  // Frees slots of released jobs that have ended since; looks at a few at a time.
  void ReclaimSome(size_t most);
  // Frees slots that nobody wanted any more but a worker that has let go of its job since.
  void ReclaimPinned();

  JobWord WordOf(JobRef job) const;

 private:
  struct Record {
    uint32_t generation = 1;
    bool in_use = false;
    bool released = false;
    bool told = false;     // its end was read
    bool taken = false;    // has left the finished stack, or was announced by the host
    bool pinned = false;   // a worker held it when the host ended it
    bool waiting = false;  // for that worker, to be freed
    uint32_t retries = 0;
    uint32_t handles = 1;  // a result's, and the pump's
    bool accepted_told = false;
    bool has_slot = false;  // one of the counted ones is its
    JobUse use;
  };

  Record* Find(JobRef job);
  const Record* Find(JobRef job) const;
  void Free(JobRef job);
  void FreeIfUnwanted(JobRef job);
  bool FreeIfEnded(JobRef job);
  bool IsPinned(JobRef job, Record* record);
  void Announce(JobRef job);
  void Take(JobRef job);
  PoolEvent EventOf(JobRef job, EventKind kind) const;
  bool LacksAcceptance(JobRef job) const;
  void TellAcceptance(JobRef job);
  void Refuse(JobRef job, absl::string_view reason);
  void PrepareRequeue(JobRef job);
  void GiveBackSlot(Record* record);
  void GiveBackSlotsOfEnded();
  bool HasRoom(uint64_t slots);

  PoolSegment* const segment_;
  HostEvents* const events_;
  HostSlots slots_;
  std::vector<JobRef> holders_;  // jobs with a slot, and some that have given it back
  absl::flat_hash_map<uint64_t, JobRef> asking_;  // by id: told, not answered
  std::vector<Record> records_;  // by slot, up to the most slots ever in use at once
  std::vector<uint32_t> free_;   // last in, first out: warm slots are used again first
  std::deque<JobRef> released_;  // and not free yet
  uint64_t reserved_ = 0;
  std::vector<JobRef> pinned_;                             // wait for their workers, to be freed
  std::deque<JobRef> finished_;                            // to be told, oldest first
  absl::flat_hash_map<uint64_t, EndListener*> listeners_;  // by packed JobRef of the parent
  absl::flat_hash_map<uint64_t, HostOutcome> outcomes_;    // by packed JobRef
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_HOST_JOBS_H_
