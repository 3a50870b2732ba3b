// How often workers may be replaced (POOL-143): `most` restarts in any window of time, the next one is
// too many. A sliding window: no more get through around the border of two windows.
#ifndef BILLIARD_CORE_POOL_RESTART_LIMITER_H_
#define BILLIARD_CORE_POOL_RESTART_LIMITER_H_

#include <cstdint>
#include <deque>
#include <string>

namespace billiard::pool {

class RestartLimiter {
 public:
  // most = 0: no limit.
  RestartLimiter(int most, int64_t window_ns) : most_(most), window_ns_(window_ns) {}

  // Counts one restart. False: it is one too many; counting begins anew.
  bool Step(int64_t now_ns);

  // What was counted does not matter any more: start-up evidently works (POOL-145).
  void Reset() { restarts_.clear(); }

  int counted() const { return static_cast<int>(restarts_.size()); }
  std::string Text() const;  // "3 in 1s" (POOL-146)

 private:
  const int most_;
  const int64_t window_ns_;
  std::deque<int64_t> restarts_;  // the times of those in the window, at most most_
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_RESTART_LIMITER_H_
