// A pool of worker processes, as its host sees it (POOL-1 ...): submit jobs, wait for results, close or
// terminate. Thread-safe, in the process that made it; in a forked child everything fails with kForked.
//
//   POOL states: running -> closing -> ended, or -> terminating -> ended (HostPool::phase).
//
// DESIGN.md beside this file has the protocol and what happens when any process dies at any step.
#ifndef BILLIARD_CORE_POOL_POOL_H_
#define BILLIARD_CORE_POOL_POOL_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/pool/events_thread.h"
#include "billiard_core/pool/host_pool.h"
#include "billiard_core/pool/map.h"
#include "billiard_core/pool/options.h"
#include "billiard_core/pool/result.h"
#include "billiard_core/pool/snapshot.h"
#include "billiard_core/pool/stream.h"
#include "billiard_core/pool/supervisor.h"

namespace billiard::pool {

struct JobOptions {
  uint32_t format = 0;
  std::string group;  // empty: the first that knows the task
  Deadline submit_deadline = Deadline::Forever();
  os::Interrupt* interrupt = nullptr;
  bool notify = false;
  int64_t soft_time_limit_ns = 0;  // from its begin; 0: the pool's, -1: none
  int64_t time_limit_ns = 0;       // the same
  int64_t expires_ns = 0;          // from its submission until its begin; 0: never
  uint32_t max_retries = 0;        // how often it is run again after its worker was lost
  int priority = 0;                // kLastPriority ... kFirstPriority
  int wait_for_slot = 0;           // POOL-45; 0: the pool's default, 1: yes, -1: no
  bool notify_accepted = false;    // its begin is an event
  std::string correlation_id;
  std::shared_ptr<const JobCallbacks> callbacks;  // called by Pool::Pump

  // Of a job of a map or a stream, set by those alone.
  uint16_t flags = 0;  // JobFlag
  JobRef parent;       // generation 0: none
  bool tells_parent = false;
};

struct MapOptions {
  uint64_t chunk_size = 0;  // items a job; 0: POOL-54
  JobOptions job;
};

struct StreamOptions {
  bool ordered = true;
  uint64_t chunk_size = 1;  // items a job
  uint64_t look_ahead = 0;  // jobs; 0: four a worker
  JobOptions job;
};

class Pool {
 public:
  // Returns once every worker has been started, or with the reason why one could not be.
  static absl::StatusOr<std::unique_ptr<Pool>> Create(PoolOptions options);

  // Terminates and waits for the end; in a forked child does nothing.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  absl::Status WaitReady(Deadline deadline, os::Interrupt* interrupt);
  absl::StatusOr<std::unique_ptr<Result>> Submit(absl::string_view task, absl::string_view payload,
                                                 const JobOptions& options);
  // More or fewer workers in a group; empty: the first. See bp_pool_grow, bp_pool_shrink.
  absl::Status Grow(absl::string_view group, int count);
  absl::Status Shrink(absl::string_view group, int count, bool drain);
  // Every worker is replaced, once it has no job.
  absl::Status Restart();
  // Forks a new template, from this process as it is now, and restarts the workers from it. In the thread
  // that may fork. See bp_pool_refork.
  absl::Status Refork();
  // True while no worker has ended since the pool was made (POOL-147).
  bool DidStartOk() const;
  // OK, or why the pool can not go on (POOL-141).
  absl::Status Maintain();
  // A descriptor of the worker's process, readable when that has ended (POOL-148); kNotFound.
  absl::StatusOr<os::Fd> WorkerSentinel(int32_t pid) const;

  // POOL-52. Items are copied.
  absl::StatusOr<std::unique_ptr<Map>> MapAsync(absl::string_view task,
                                                const std::vector<MapItem>& items,
                                                const MapOptions& options);
  // POOL-61.
  absl::StatusOr<std::unique_ptr<Stream>> OpenStream(absl::string_view task,
                                                     const StreamOptions& options);
  absl::Status Close();
  absl::Status Terminate();
  absl::Status Join(Deadline deadline, os::Interrupt* interrupt);

  // See bp_pool_terminate_job; `job`: an id, or kAnyJob.
  absl::Status TerminateJob(pid_t pid, int signal_number, uint64_t job);

  // See bp_pool_fd and bp_pool_read_events.
  int events_fd() const;
  absl::StatusOr<size_t> ReadEvents(PoolEvent* events, size_t capacity);
  // Event-loop mode: what there is to do now. kState in any other.
  absl::Status Step();

  // Calls the callbacks that are due, and waits for the first if none is; returns how many were called.
  absl::StatusOr<size_t> Pump(Deadline deadline, os::Interrupt* interrupt);
  // Lets a job begin that waits for it, or not; see bp_pool_answer_job.
  absl::Status AnswerJob(uint64_t job, bool accept, absl::string_view reason);

  struct Slots {
    int64_t free = 0, bound = 0;
  };
  absl::StatusOr<Slots> GetSlots();

  absl::StatusOr<PoolStats> Stats();
  absl::StatusOr<std::vector<WorkerInfo>> Workers();

 private:
  friend class PoolPeer;  // tests

  explicit Pool(std::shared_ptr<HostPool> host) : host_(std::move(host)) {}

  absl::Status LearnKnownTasks();
  static absl::Status CheckFork(const PoolOptions& options);
  absl::Status BeginEvents();
  absl::Status WaitStarted();
  absl::Status WaitAdopted();
  absl::StatusOr<uint32_t> FindGroup(absl::string_view name) const;
  // The group by name, when its number of workers may be changed by `count`.
  absl::StatusOr<uint32_t> GroupToResize(absl::string_view name, int count) const;
  absl::Status CheckTask(absl::string_view task) const;
  absl::StatusOr<size_t> PumpOnce();
  bool Dispatch(const PoolEvent& event, absl::Status* status);
  absl::StatusOr<JobRef> SubmitOnce(absl::string_view task, const StagedPayload& staged,
                                    const JobOptions& options, uint64_t* id);
  // Sets slots aside for a map or stream, once it may be submitted at all; waits for them.
  absl::Status ReserveFor(absl::string_view task, uint64_t slots, const JobOptions& options);
  absl::Status SubmitChunks(absl::string_view task, const std::vector<MapItem>& items,
                            const JobOptions& options, Map* map);
  absl::StatusOr<PoolSnapshot> Look();

  const std::shared_ptr<HostPool> host_;
  std::unique_ptr<Supervisor> supervisor_;
  std::atomic<uint32_t> given_{0};               // templates given to it
  std::unique_ptr<EventsThread> events_thread_;  // with PoolOptions::on_event
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_POOL_H_
