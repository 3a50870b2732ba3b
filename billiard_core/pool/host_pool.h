// What the host's threads share of one pool: the façade (pool.h), its results, and the supervisor
// thread. Held by shared_ptr from all of them, so that a result outlives its pool.
//
// Locks: `mutex` guards what is marked; it is held for short, bounded work only, never across a wait.
// No lock is ever shared with a worker.
#ifndef BILLIARD_CORE_POOL_HOST_POOL_H_
#define BILLIARD_CORE_POOL_HOST_POOL_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/mutex.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/pool/event_loop.h"
#include "billiard_core/pool/expiries.h"
#include "billiard_core/pool/host_events.h"
#include "billiard_core/pool/host_jobs.h"
#include "billiard_core/pool/host_places.h"
#include "billiard_core/pool/lookout.h"
#include "billiard_core/pool/options.h"
#include "billiard_core/pool/pool_segment.h"
#include "billiard_core/pool/pump.h"

namespace billiard::pool {

// Where a pool is in its life; only forward.
enum class PoolPhase : uint32_t {
  kRunning = 0,
  kClosing = 1,      // no more submissions; unfinished jobs are completed
  kTerminating = 2,  // every job has an outcome; the workers are being ended
  kEnded = 3,        // no process is left
};

// A word of this process that threads can sleep on until it changes.
class WaitableWord {
 public:
  uint32_t value() const { return word_.load(std::memory_order_acquire); }
  void Set(uint32_t value) {
    word_.store(value, std::memory_order_release);
    os::FutexWake(&word_, os::kWakeAll);
  }
  void Bump() {
    word_.fetch_add(1, std::memory_order_release);
    os::FutexWake(&word_, os::kWakeAll);
  }
  const std::atomic<uint32_t>* futex() const { return &word_; }

 private:
  std::atomic<uint32_t> word_{0};
};

// A task name as one group knows it.
struct TaskAddress {
  uint32_t group = 0;
  uint32_t task = 0;
};

// A job whose task no group knew yet when it was submitted.
struct PendingJob {
  JobRef job;
  std::string task;
  std::string group;  // empty: any
  int priority = 0;
};

// A worker that is to be ended; its incarnation may be known by its low 12 bits alone.
struct EndRequest {
  uint32_t place = 0;
  uint32_t incarnation = 0;
  int signal_number = 0;
  bool idle = false;  // it was at no job
};
// POOL-47: unique in this process, from 0, over all pools.
uint64_t NextJobId();

class HostPool {
 public:
  HostPool(PoolOptions checked_options, std::shared_ptr<PoolSegment> shared_segment);

  bool MadeHere() const;
  // kForked in a forked child, else OK.
  absl::Status CheckProcess() const;

  // OK while jobs may be submitted.
  absl::Status MayAccept() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // Finds the group and index of a task among the groups that are known; `group` empty: any.
  // kNotFound: none knows it, though one that is not known yet may; kUnknownTask: none ever will.
  absl::StatusOr<TaskAddress> Resolve(absl::string_view task, absl::string_view group) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // Fills in the limits of a job that is about to be queued; 0: the pool's, -1: none.
  void SetLimits(int64_t soft_ns, int64_t hard_ns, JobSlot* slot) const;
  // Whether it is an event that such a job's limits are set and cancelled.
  bool TellsOfLimits(int64_t soft_ns, int64_t hard_ns) const;
  // Has the job end if it has not begun `expires_ns` from now. True: the supervisor is to be poked.
  bool SetExpiry(int64_t expires_ns, JobRef job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // Makes a filled slot claimable by the workers of its group. False: no memory for the order; the slot
  // is as before.
  bool Enqueue(JobRef job, TaskAddress address, int priority) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // Gives a job that its worker did not begin back to the group.
  void Return(JobRef job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // Sets the names of a group (PackNames), once, and sends the jobs that waited for them on their way.
  absl::Status LearnNames(uint32_t group, const std::string& packed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // Why the pool refuses: the status of every call that wants it to go on.
  absl::Status WhyFailed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // Has the host told of the event, if it asked for its kind; sets the event's time.
  void Announce(PoolEvent event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  bool HasEvents() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // Ends all unfinished jobs with `state`.
  void EndAll(JobState state, const HostOutcome& outcome) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // Events in their order, each once; then arms the descriptor again if there are no more.
  size_t TakeEvents(PoolEvent* events, size_t capacity) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // Workers that the pool is to have.
  uint64_t WorkerCount() ABSL_LOCKS_EXCLUDED(mutex);
  // After a change of `places`: for those who look at the segment alone.
  void PublishPlaces() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  void WakeWorkers(uint32_t group);
  // Before a thread of the host sleeps: jobs that wait behind others' need not wait for the end of a rest.
  void WakeRestingForWork();
  void WakeAllWorkers(uint32_t group);
  void WakeAllWorkers();

  // Sleeps while *word is `expected`, as os::FutexWait; in event-loop mode it does the supervisor's work
  // meanwhile. Every wait of a host's thread is made with it. No lock may be held.
  os::FutexResult WaitWhile(const std::atomic<uint32_t>* word, uint32_t expected, Deadline deadline,
                            os::Interrupt* interrupt);
  os::FutexResult WaitWhile(const WaitableWord& word, uint32_t expected, Deadline deadline,
                            os::Interrupt* interrupt) {
    return WaitWhile(word.futex(), expected, deadline, interrupt);
  }
  // Changes a word that threads may wait for so.
  void Bump(WaitableWord* word) {
    word->Bump();
    segment->PokeLoop();
  }

  // Takes up to `capacity` events (Pool::ReadEvents).
  size_t ReadEvents(PoolEvent* out, size_t capacity);

  // Fixed after construction.
  const uint64_t process_token;
  PoolOptions options;
  const std::shared_ptr<PoolSegment> segment;
  std::shared_ptr<EventLoop> loop;  // event-loop mode
  os::Fd control;                   // eventfd: pokes the supervisor; workers have it too
  os::Fd finished;                  // eventfd: readable while there are events

  WaitableWord phase;  // PoolPhase
  WaitableWord news;   // changes with the readiness of workers, and when the pool fails
  std::atomic<bool> end_requested{false};
  std::atomic<bool> close_requested{false};
  std::atomic<bool> terminate_requested{false};
  std::atomic<bool> restart_requested{false};
  std::atomic<uint32_t> adopted{0};  // templates that the supervisor was given and has looked at
  std::atomic<uint64_t> exits{0};    // of workers, but for the pool's end

  Mutex mutex;
  HostJobs jobs ABSL_GUARDED_BY(mutex);
  PumpTable pump ABSL_GUARDED_BY(mutex);
  std::atomic<bool> pumping{false};  // some thread runs the callbacks
  Expiries expiries ABSL_GUARDED_BY(mutex);
  std::vector<EndRequest> end_requests ABSL_GUARDED_BY(mutex);  // the supervisor's to do
  HostEvents events ABSL_GUARDED_BY(mutex);
  absl::Status failure ABSL_GUARDED_BY(mutex);     // why the pool can not go on, or OK
  bool can_refork ABSL_GUARDED_BY(mutex) = false;  // a new template ends the failure
  bool accepting ABSL_GUARDED_BY(mutex) = true;
  HostPlaces places ABSL_GUARDED_BY(mutex);
  // A job that waits until its group's names are known.
  void Defer(PendingJob job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

 private:
  bool AllNamesKnown(absl::string_view group) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void SendPending() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // By group; absent until the group's names are known.
  std::vector<Stall> stalls_;  // by group
  std::vector<absl::flat_hash_map<std::string, uint32_t>> names_ ABSL_GUARDED_BY(mutex);
  std::vector<bool> known_ ABSL_GUARDED_BY(mutex);
  std::deque<PendingJob> pending_ ABSL_GUARDED_BY(mutex);
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_HOST_POOL_H_
