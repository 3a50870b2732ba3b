// Tells whether a worker that got SIGKILL from nobody the pool knows of was perhaps ended by the kernel, which
// had run out of memory (USR-4). The kernel only counts; so each kill that it has counted lately accounts for
// one worker.
#ifndef BILLIARD_CORE_POOL_OOM_WATCH_H_
#define BILLIARD_CORE_POOL_OOM_WATCH_H_

#include <algorithm>
#include <cstdint>
#include <string>

#include "billiard_core/base/deadline.h"
#include "billiard_core/os/oom_kills.h"

namespace billiard::pool {

class OomWatch {
 public:
  // `root`: see os::OomKills.
  explicit OomWatch(const std::string& root)
      : kills_(root), seen_(kills_.Count()), settled_(seen_) {}

  // To be called now and then: what was counted that long ago was about others.
  void Look(int64_t now_ns) {
    if (now_ns - looked_ns_ < kLately) return;
    looked_ns_ = now_ns;
    settled_ = std::max(settled_, seen_);
    seen_ = kills_.Count();
  }

  // Whether the kernel has killed a process lately that no worker was accounted for yet. Then one is.
  bool Claim() {
    if (kills_.Count() <= settled_) return false;
    ++settled_;
    return true;
  }

 private:
  static constexpr int64_t kLately = 5 * kNanosPerSecond;

  const os::OomKills kills_;
  int64_t seen_;     // at the last look
  int64_t settled_;  // kills that are accounted for, or too long ago
  int64_t looked_ns_ = 0;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_OOM_WATCH_H_
