// What a pool is doing, read from its segment alone: by its host, and by any other process that has the
// segment mapped, which nobody in the pool notices (observer.h).
//
// Threads, processes: any number of readers; nothing is written. Blocks: never.
#ifndef BILLIARD_CORE_POOL_SNAPSHOT_H_
#define BILLIARD_CORE_POOL_SNAPSHOT_H_

#include <cstdint>
#include <vector>

#include "billiard_core/pool/pool_segment.h"

namespace billiard::pool {

// Counts since the pool was made, but for queued and running.
struct PoolStats {
  uint64_t submitted = 0, queued = 0, running = 0, succeeded = 0, failed = 0, lost = 0,
           terminated = 0, timed_out = 0, over_memory = 0, expired = 0;
  uint64_t restarts = 0;  // all of them
  uint64_t restarts_by[kRestartReasons] = {};
  int32_t workers = 0, ready = 0, template_pid = 0;
};

enum class WorkerActivity : int32_t {
  kEmpty = 0,
  kStarting = 1,
  kIdle = 2,
  kBusy = 3,
  kLeaving = 4
};

struct WorkerInfo {
  int32_t index = 0;
  int32_t pid = 0;
  WorkerActivity activity = WorkerActivity::kEmpty;
  int32_t group = 0;
  uint64_t job = UINT64_MAX;
  int64_t since_ns = 0;
  uint64_t jobs_done = 0;
  uint64_t starts = 0;
  int64_t memory_kib = 0;  // anonymous memory now; 0: no process, or not known
};

struct PoolSnapshot {
  PoolStats stats;
  std::vector<WorkerInfo> workers;  // by place; those where no worker is or is to be are left out
};

// One worker, as of one moment, without its memory.
WorkerInfo LookAtWorker(const PoolTables& tables, uint32_t place);

// All of it as of one moment where the pool holds still for as long as the look takes; where jobs end
// faster than that, each worker is as of one moment, and the counts still add up:
// submitted = queued + running + all that ended.
PoolSnapshot TakeSnapshot(const PoolTables& tables);

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_SNAPSHOT_H_
