// The time limits of one job (POOL-120 ...): nanoseconds from the moment at which it was begun. Host and
// worker both compute with them.
#ifndef BILLIARD_CORE_POOL_JOB_LIMITS_H_
#define BILLIARD_CORE_POOL_JOB_LIMITS_H_

#include <algorithm>
#include <cstdint>
#include <limits>

#include "billiard_core/base/deadline.h"
#include "billiard_core/pool/layout.h"

namespace billiard::pool {

// How often the memory of a worker at work is looked at, in pools that limit it (POOL-20).
inline constexpr int64_t kMemoryLook = 100 * kNanosPerMilli;

inline constexpr int64_t kNoTime = std::numeric_limits<int64_t>::max();

// `limit_ns` after `from_ns`; kNoTime for no limit (0, or negative) and beyond the clock's range.
constexpr int64_t LimitEnd(int64_t from_ns, int64_t limit_ns) {
  return limit_ns <= 0 || limit_ns > kNoTime - from_ns ? kNoTime : from_ns + limit_ns;
}

inline int64_t SoftLimitEnd(const JobSlot& slot) {
  return LimitEnd(slot.begun_ns.load(std::memory_order_relaxed),
                  slot.soft_limit_ns.load(std::memory_order_relaxed));
}

inline int64_t HardLimitEnd(const JobSlot& slot) {
  return LimitEnd(slot.begun_ns.load(std::memory_order_relaxed),
                  slot.hard_limit_ns.load(std::memory_order_relaxed));
}

// When the first limit of a begun job passes.
inline int64_t EarliestLimitEnd(const JobSlot& slot) {
  return std::min(SoftLimitEnd(slot), HardLimitEnd(slot));
}

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_JOB_LIMITS_H_
