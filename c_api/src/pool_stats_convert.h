// Statistics on their way to the caller's structs, which may be older or newer than ours.
#ifndef BILLIARD_C_API_POOL_STATS_CONVERT_H_
#define BILLIARD_C_API_POOL_STATS_CONVERT_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "billiard/pool.h"
#include "billiard_core/pool/snapshot.h"

namespace billiard::c_api {

// kInvalid that names the argument, before anything is written.
absl::Status CheckStatsOut(const bp_pool_stats* stats);
void FillStats(const pool::PoolStats& from, bp_pool_stats* stats);

// Sets *count to 0; kInvalid that names the argument.
absl::Status CheckWorkersOut(const bp_worker_info* workers, size_t capacity, size_t info_size,
                             size_t* count);
void FillWorkers(const std::vector<pool::WorkerInfo>& from, bp_worker_info* workers,
                 size_t capacity, size_t info_size, size_t* count);

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_POOL_STATS_CONVERT_H_
