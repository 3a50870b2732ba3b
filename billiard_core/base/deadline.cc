#include "billiard_core/base/deadline.h"

namespace billiard {

int64_t MonotonicNow() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kNanosPerSecond + now.tv_nsec;
}

Deadline Deadline::After(int64_t timeout_ns) {
  if (timeout_ns < 0) return Forever();
  if (timeout_ns == 0) return Now();
  const int64_t now = MonotonicNow();
  return timeout_ns >= kNever - now ? Forever() : Deadline(now + timeout_ns);
}

int64_t Deadline::Remaining() const {
  if (at_ == kNever) return -1;
  if (at_ == kAtOnce) return 0;
  const int64_t left = at_ - MonotonicNow();
  return left > 0 ? left : 0;
}

timespec Deadline::ToTimespec() const {
  timespec point;
  point.tv_sec = at_ / kNanosPerSecond;
  point.tv_nsec = at_ % kNanosPerSecond;
  return point;
}

}  // namespace billiard
