// What a pool has to tell its host (c_api/include/billiard/pool_events.h).
#ifndef BILLIARD_CORE_POOL_POOL_EVENT_H_
#define BILLIARD_CORE_POOL_POOL_EVENT_H_

#include <cstdint>

#include "billiard_core/base/exit_text.h"

namespace billiard::pool {

enum class EventKind : int32_t {
  kJobAccepted = 1,
  kJobDone = 2,
  kSoftTimeout = 3,
  kTimeout = 4,
  kTimeoutSet = 5,
  kTimeoutCancel = 6,
  kWorkerUp = 7,
  kWorkerDown = 8,
  kGrow = 9,
  kShrink = 10,
  kPoolFailed = 11,
};

// Which kinds a pool records, PoolOptions::events. Those of jobs are asked for by each job.
inline constexpr uint32_t kWorkerEvents = 1;
inline constexpr uint32_t kLimitEvents = 2;

struct PoolEvent {
  uint64_t job = UINT64_MAX;
  int64_t time_ns = 0;
  int64_t soft_ns = 0;
  int64_t hard_ns = 0;
  EventKind kind = EventKind::kJobDone;
  int32_t pid = 0;
  int32_t index = -1;
  int32_t group = -1;
  int32_t exit_status = kExitUnknown;
  int32_t count = 0;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_POOL_EVENT_H_
