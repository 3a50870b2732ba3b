// How long a waiter pauses before it looks again, learned from its last waits. Whoever looks takes a cache
// line from the one who is about to change it. Where messages stream, a long pause lets several come, which
// then are taken in one go; where they come one by one, a long pause only delays them.
//
// Threads, fork: all functions, any thread, also in children; nothing here blocks. Processes: each has its
// own, in its own memory. It is a hint: threads that meet lose what they learned, and time.
#ifndef BILLIARD_CORE_QUEUE_PACE_H_
#define BILLIARD_CORE_QUEUE_PACE_H_

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "billiard_core/queue/words.h"

namespace billiard::queue {

class Pace {
 public:
  // A wait begins, before this position. How many times to pause before the first look.
  int Begin(Position position) {
    const Position came = position - last_.load(std::memory_order_relaxed);
    last_.store(position, std::memory_order_relaxed);
    int pauses = pauses_.load(std::memory_order_relaxed);
    if (came >= kStream) pauses = std::min(2 * pauses, kMost);
    if (came <= 1) pauses = std::max(pauses / 2, 1);
    // Who looks too soon finds one message each time, and would never know that they stream.
    const uint32_t waits = waits_.load(std::memory_order_relaxed) + 1;
    waits_.store(waits, std::memory_order_relaxed);
    if (waits % kTryLongEvery == 0) pauses = std::max(pauses, kLong);
    pauses_.store(pauses, std::memory_order_relaxed);
    return pauses;
  }

  // Whether messages stream, by what was learned; and that they do not any more.
  bool IsStream() const { return pauses_.load(std::memory_order_relaxed) >= kLong / 2; }
  void StreamHasEnded() { pauses_.store(1, std::memory_order_relaxed); }

 private:
  static constexpr Position kStream = 4;
  static constexpr int kMost = 128;  // some two microseconds
  static constexpr int kLong = 128;
  static constexpr uint32_t kTryLongEvery = 256;

  std::atomic<Position> last_{0};
  std::atomic<int> pauses_{1};
  std::atomic<uint32_t> waits_{0};
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_PACE_H_
