// When queued jobs expire: the host's list, earliest first. Private to the host process; every function
// must be called with the pool's mutex held.
#ifndef BILLIARD_CORE_POOL_EXPIRIES_H_
#define BILLIARD_CORE_POOL_EXPIRIES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "billiard_core/pool/job_word.h"

namespace billiard::pool {

class Expiries {
 public:
  // True when no other job expires earlier: the supervisor is to be told.
  bool Add(int64_t at_ns, JobRef job);

  // Calls `end` for each job that is due; one for which it gives false is asked about again a little
  // later. Returns when the next is due, or kNoTime.
  int64_t End(int64_t now_ns, const std::function<bool(JobRef)>& end);

  // Forgets the jobs that `is_done`, when the list has grown much since it was last done.
  void Tidy(const std::function<bool(JobRef)>& is_done);

  size_t size() const { return heap_.size(); }

 private:
  std::vector<std::pair<int64_t, uint64_t>> heap_;  // packed JobRefs, the earliest in front
  size_t tidy_at_ = 1024;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_EXPIRIES_H_
