// How a probe waits for a word to change, and how the other side publishes: three policies.
//
//   futex   sleeps at once
//   yield   looks for 0.6 us, then gives its CPU away in between for up to 20 us, then sleeps
//   spin    looks for up to 20 us, then sleeps
//
// The publisher stores first and then looks at one flag of the sleeper, both in the one total order; a
// system call is made only when somebody sleeps.
#ifndef BILLIARD_BENCHMARKS_LIMIT_PARKING_H_
#define BILLIARD_BENCHMARKS_LIMIT_PARKING_H_

#include <sched.h>

#include "benchmarks/harness/measure.h"
#include "benchmarks/limit/bare.h"

namespace billiard::limit {

enum class Policy { kFutex, kYield, kSpin };

inline constexpr const char* kPolicyNames[] = {"futex", "yield", "spin"};

// One waiter's flag, on a line that its publisher reads only.
struct alignas(64) Sleeper {
  Word asleep;
};

// Looks at `ready` as the policy says before sleeping; true when it came about.
template <typename Ready>
bool LookAgain(Policy policy, Ready ready) {
  if (policy == Policy::kFutex) return ready();
  const int64_t start = benchmarks::NowNs();
  for (;;) {
    for (int i = 0; i < 8; ++i) {
      if (ready()) return true;
      Pause();
    }
    const int64_t waited = benchmarks::NowNs() - start;
    if (waited > 20000) return false;
    if (policy == Policy::kYield && waited > 600) sched_yield();
  }
}

// Returns when *word is no longer `seen`, with what it is then.
inline uint32_t AwaitChange(Word* word, uint32_t seen, Sleeper* me, Policy policy) {
  uint32_t now = seen;
  const auto changed = [&] { return (now = word->load(std::memory_order_acquire)) != seen; };
  if (LookAgain(policy, changed)) return now;
  for (;;) {
    me->asleep.store(1, std::memory_order_seq_cst);
    now = word->load(std::memory_order_seq_cst);
    if (now != seen) break;
    FutexWait(word, seen);
  }
  me->asleep.store(0, std::memory_order_relaxed);
  return now;
}

inline void Publish(Word* word, uint32_t value, Sleeper* other) {
  word->store(value, std::memory_order_seq_cst);
  if (other->asleep.load(std::memory_order_seq_cst) == 0) return;
  other->asleep.store(0, std::memory_order_relaxed);
  FutexWake(word);
}

}  // namespace billiard::limit

#endif  // BILLIARD_BENCHMARKS_LIMIT_PARKING_H_
