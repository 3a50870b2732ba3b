// How a pool is to be: the checked form of bp_pool_options (c_api/include/billiard/pool.h).
#ifndef BILLIARD_CORE_POOL_OPTIONS_H_
#define BILLIARD_CORE_POOL_OPTIONS_H_

#include <sys/types.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/pool/pool_event.h"
#include "billiard_core/pool/worker_hooks.h"

namespace billiard::pool {

class Worker;

// What a forked worker runs; its value is the process's exit status.
using WorkerMain = std::function<int(Worker&)>;

struct GroupOptions {
  std::string name;
  int workers = 0;
  // Spawn: the command to start. Empty: workers are forks of the host that run `worker_main`.
  std::vector<std::string> command;
  std::vector<std::string> environment;  // "NAME=value", added to the host's
  WorkerMain worker_main;
  WorkerHooks hooks;  // of forked workers
  // Task names known before a worker says them; absent: they come with the first READY.
  absl::optional<std::vector<std::string>> tasks;

  bool forks() const { return command.empty(); }
};

struct PoolOptions {
  bool AnyGroupForks() const {
    return std::any_of(groups.begin(), groups.end(),
                       [](const GroupOptions& group) { return group.forks(); });
  }

  std::vector<GroupOptions> groups;  // at least one
  std::string name;                  // for titles of workers; may be empty
  pid_t (*fork_process)(void* context) = nullptr;
  void* fork_context = nullptr;
  bool force_fork = false;
  int max_boot_failures = 0;  // in a row; -1: no limit
  uint32_t max_jobs = 1u << 20;
  uint64_t max_payload = uint64_t{1} << 30;
  int64_t start_timeout_ns = kNanosPerSecond;
  int64_t boot_timeout_ns = 60 * kNanosPerSecond;  // -1: no limit
  int64_t soft_time_limit_ns = 0;                  // of jobs that have none of their own; 0: none
  int64_t time_limit_ns = 0;                       // the same
  int64_t terminate_grace_ns = 100 * kNanosPerMilli;  // from SIGTERM to SIGKILL (POOL-34, POOL-124)
  uint64_t max_jobs_per_worker = 0;                   // 0: no limit
  int64_t max_memory_per_worker_kib = 0;              // its growth since it was ready; 0: no limit
  // How long the exit status of a worker that has ended is awaited, before its job is settled without it
  // (POOL-6). It comes at once unless the template is stopped.
  int64_t lost_worker_timeout_ns = kNanosPerSecond;
  std::string template_path;
  std::string
      system_root;  // stands before /proc and /sys where control groups are looked at: tests
  int slots = 0;    // 0: as many as workers (POOL-14)
  bool wait_for_slot = false;  // the default of jobs (POOL-15)
  bool synack = false;         // jobs with notify_accepted wait for Pool::AnswerJob (POOL-17)
  int64_t synack_timeout_ns = 60 * kNanosPerSecond;
  uint32_t events = 0;      // kWorkerEvents, kLimitEvents
  bool event_loop = false;  // no thread: the host calls Pool::Step
  // Called with each event, one at a time, by a thread of the library; not in event-loop mode.
  std::function<void(const PoolEvent&)> on_event;
  int max_workers = 0;   // places that there are at most; 0: default
  int max_restarts = 0;  // RestartLimiter; 0: no limit
  int64_t restart_window_ns = kNanosPerSecond;
};

// Fills in defaults and refuses what can not be; the error names the option as the C ABI does.
absl::Status CheckOptions(PoolOptions* options);

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_OPTIONS_H_
