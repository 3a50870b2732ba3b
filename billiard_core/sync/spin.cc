#include "billiard_core/sync/spin.h"

#include <atomic>

#include "billiard_core/base/cpus.h"

namespace billiard::sync {
namespace {

// About a microsecond.
constexpr int kTries = 40;

// -1: not asked yet. A forked child goes on with its parent's number until it sleeps.
std::atomic<int> tries{-1};

}  // namespace

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
