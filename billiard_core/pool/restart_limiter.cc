#include "billiard_core/pool/restart_limiter.h"

#include "absl/strings/str_cat.h"
#include "billiard_core/base/deadline.h"

namespace billiard::pool {

bool RestartLimiter::Step(int64_t now_ns) {
  if (most_ == 0) return true;
  while (!restarts_.empty() && now_ns - restarts_.front() >= window_ns_) restarts_.pop_front();
  if (counted() >= most_) {
    restarts_.clear();
    return false;
  }
  restarts_.push_back(now_ns);
  return true;
}

std::string RestartLimiter::Text() const {
  return absl::StrCat(most_, " in ", static_cast<double>(window_ns_) / kNanosPerSecond, "s");
}

}  // namespace billiard::pool
