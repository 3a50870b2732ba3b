#include "billiard_core/sync/spin.h"

#include <sched.h>

#include <atomic>

#include "billiard_core/base/cpus.h"
#include "billiard_core/base/deadline.h"

namespace billiard::sync {
namespace {

// About a microsecond.
constexpr int kTries = 40;

// -1: not asked yet. A forked child goes on with its parent's number until it sleeps.
std::atomic<int> tries{-1};

// Longer than whoever answers to a waiter needs for it, and much shorter than a slice.
constexpr int64_t kLongYield = kNanosPerMilli / 5;
constexpr int kRefusals = 100;

std::atomic<int> refusals{0};  // a hint, as above

}  // namespace

bool YieldCpu() {
  const int left = refusals.load(std::memory_order_relaxed);
  if (left > 0) {
    refusals.store(left - 1, std::memory_order_relaxed);
    return false;
  }
  const int64_t before = MonotonicNow();
  sched_yield();
  if (MonotonicNow() - before < kLongYield) return true;
  refusals.store(kRefusals, std::memory_order_relaxed);
  return false;
}

int SpinTries() {
  const int known = tries.load(std::memory_order_relaxed);  // a hint
  if (known >= 0) return known;
  UpdateSpinTries();
  return tries.load(std::memory_order_relaxed);
}

void UpdateSpinTries() {
  tries.store(CpusOfAffinity() > 1 ? kTries : 0, std::memory_order_relaxed);
}

}  // namespace billiard::sync
