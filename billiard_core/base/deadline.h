// One absolute point of the monotonic clock until which an operation may wait. A relative timeout is
// turned into a Deadline at the edge of the library and passed inward as it is, so that several waits
// in a row share one limit (design D10). A value type; threads and forks do not matter.
//
//   Deadline deadline = Deadline::After(timeout_ns);   // -1: for ever, 0: never wait
//   while (!done && !deadline.Expired()) Wait(deadline);
#ifndef BILLIARD_CORE_BASE_DEADLINE_H_
#define BILLIARD_CORE_BASE_DEADLINE_H_

#include <time.h>

#include <cstdint>
#include <limits>

namespace billiard {

inline constexpr int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr int64_t kNanosPerMilli = 1'000'000;

// Nanoseconds of CLOCK_MONOTONIC.
int64_t MonotonicNow();

class Deadline {
 public:
  // `timeout_ns` from now; any negative value never ends, and so does one beyond the clock's range.
  static Deadline After(int64_t timeout_ns);
  static constexpr Deadline Forever() { return Deadline(kNever); }
  // Already over: try once, do not wait.
  static constexpr Deadline Now() { return Deadline(kAtOnce); }
  static constexpr Deadline At(int64_t monotonic_ns) { return Deadline(monotonic_ns); }

  bool IsForever() const { return at_ == kNever; }
  bool IsNow() const { return at_ == kAtOnce; }
  bool Expired() const { return at_ != kNever && (at_ == kAtOnce || MonotonicNow() >= at_); }
  // Nanoseconds left, at least 0; -1 for ever.
  int64_t Remaining() const;
  // The point in time; only for deadlines that end.
  timespec ToTimespec() const;
  int64_t at() const { return at_; }

  friend Deadline Earlier(Deadline a, Deadline b) { return a.at_ < b.at_ ? a : b; }

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  static constexpr int64_t kAtOnce = 0;
  explicit constexpr Deadline(int64_t at) : at_(at) {}

  int64_t at_;
};

}  // namespace billiard

#endif  // BILLIARD_CORE_BASE_DEADLINE_H_
