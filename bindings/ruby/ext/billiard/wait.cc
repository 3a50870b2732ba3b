#include "bindings/ruby/ext/billiard/wait.h"

#include <time.h>

namespace billiard_ruby {
namespace {

int64_t MonotonicNow() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

class Token {
 public:
  ~Token() { bp_interrupt_release(interrupt_); }

  bp_interrupt* Get() {
    if (interrupt_ == nullptr) {
      bp_error* error = nullptr;
      const bp_status status = bp_interrupt_create(&interrupt_, &error);
      if (status < 0) RaiseError(status, error);
    }
    return interrupt_;
  }

 private:
  bp_interrupt* interrupt_ = nullptr;
};

}  // namespace

bp_interrupt* ThreadInterrupt() {
  static thread_local Token token;
  return token.Get();
}

Remaining::Remaining(int64_t timeout_ns)
    : timeout_ns_(timeout_ns), start_ns_(timeout_ns > 0 ? MonotonicNow() : 0) {}

int64_t Remaining::Nanoseconds() const {
  if (timeout_ns_ <= 0) return timeout_ns_;
  const int64_t left_ns = timeout_ns_ - (MonotonicNow() - start_ns_);
  return left_ns > 0 ? left_ns : 0;
}

}  // namespace billiard_ruby
