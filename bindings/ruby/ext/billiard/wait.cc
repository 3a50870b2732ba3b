#include "bindings/ruby/ext/billiard/wait.h"

#include <time.h>

#include <algorithm>

namespace billiard_ruby {
namespace {

constexpr int64_t kSignalCheckNs = 100'000'000;

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
  bp_interrupt_reset(token.Get());
  return token.Get();
}

VALUE CheckInts(VALUE) {
  rb_thread_check_ints();
  return Qnil;
}

Remaining::Remaining(int64_t timeout_ns)
    : timeout_ns_(timeout_ns),
      start_ns_(MonotonicNow()),
      longest_slice_ns_(rb_thread_current() == rb_thread_main() ? kSignalCheckNs : INT64_MAX) {}

int64_t Remaining::NextSlice() const {
  if (timeout_ns_ == 0) return 0;
  if (timeout_ns_ < 0) return longest_slice_ns_ == INT64_MAX ? BP_FOREVER : longest_slice_ns_;
  return std::clamp<int64_t>(Left(), 1, longest_slice_ns_);
}

bool Remaining::Over() const { return timeout_ns_ >= 0 && Left() <= 0; }

int64_t Remaining::Left() const { return timeout_ns_ - (MonotonicNow() - start_ns_); }

}  // namespace billiard_ruby
