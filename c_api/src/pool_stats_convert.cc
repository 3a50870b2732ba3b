#include "c_api/src/pool_stats_convert.h"

#include <algorithm>
#include <cstring>

#include "billiard_core/base/status.h"
#include "c_api/src/guard.h"

namespace billiard::c_api {
namespace {

constexpr size_t kMostBytes =
    64 * 1024;  // of a struct of the caller: more is a size that was never set

bp_worker_info Convert(const pool::WorkerInfo& info) {
  bp_worker_info converted = {};
  converted.index = info.index;
  converted.pid = info.pid;
  converted.state = static_cast<int32_t>(info.activity);
  converted.group = info.group;
  converted.job = info.job;
  converted.since_ns = info.since_ns;
  converted.jobs_done = info.jobs_done;
  converted.starts = info.starts;
  converted.memory_kib = info.memory_kib;
  return converted;
}

}  // namespace

absl::Status CheckStatsOut(const bp_pool_stats* stats) {
  BP_RETURN_IF_ERROR(NotNull(stats, "stats"));
  if (stats->size < sizeof stats->size || stats->size > kMostBytes) {
    return MakeStatus(Code::kInvalid, "stats.size: set it to sizeof(bp_pool_stats)");
  }
  return absl::OkStatus();
}

void FillStats(const pool::PoolStats& from, bp_pool_stats* stats) {
  bp_pool_stats full = {};
  full.size = stats->size;
  full.submitted = from.submitted;
  full.queued = from.queued;
  full.running = from.running;
  full.succeeded = from.succeeded;
  full.failed = from.failed;
  full.lost = from.lost;
  full.terminated = from.terminated;
  full.restarts = from.restarts;
  full.workers = from.workers;
  full.ready = from.ready;
  full.template_pid = from.template_pid;
  full.timed_out = from.timed_out;
  full.over_memory = from.over_memory;
  full.expired = from.expired;
  full.restarts_lost = from.restarts_by[static_cast<size_t>(pool::RestartReason::kLost)];
  full.restarts_recycled = from.restarts_by[static_cast<size_t>(pool::RestartReason::kRecycled)];
  full.restarts_boot = from.restarts_by[static_cast<size_t>(pool::RestartReason::kBoot)];
  full.restarts_asked = from.restarts_by[static_cast<size_t>(pool::RestartReason::kAsked)];
  const size_t size = stats->size;
  memset(static_cast<void*>(stats), 0, size);
  memcpy(static_cast<void*>(stats), &full, std::min(size, sizeof full));
}

absl::Status CheckWorkersOut(const bp_worker_info* workers, size_t capacity, size_t info_size,
                             size_t* count) {
  BP_RETURN_IF_ERROR(NotNull(count, "count"));
  *count = 0;
  if (capacity > 0) BP_RETURN_IF_ERROR(NotNull(workers, "workers"));
  if (info_size < sizeof(int32_t) || info_size > kMostBytes) {
    return MakeStatus(Code::kInvalid, "info_size: set it to sizeof(bp_worker_info)");
  }
  return absl::OkStatus();
}

void FillWorkers(const std::vector<pool::WorkerInfo>& from, bp_worker_info* workers,
                 size_t capacity, size_t info_size, size_t* count) {
  char* out = reinterpret_cast<char*>(workers);
  for (const pool::WorkerInfo& info : from) {
    if (*count == capacity) break;
    const bp_worker_info converted = Convert(info);
    memset(out, 0, info_size);
    memcpy(out, &converted, std::min(info_size, sizeof converted));
    out += info_size;
    ++*count;
  }
}

}  // namespace billiard::c_api
