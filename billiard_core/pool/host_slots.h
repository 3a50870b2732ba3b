// How many jobs that asked for it may be unfinished at once (POOL-160 ff.): a counter in the host, which
// nobody is ever punished for giving back too often. Private to the host process; every function must be
// called with the pool's mutex held.
//
//   free = bound - taken, or 0
//
// A slot is given back when the host learns of its job's end, however that came (HostJobs::Take), so once.
#ifndef BILLIARD_CORE_POOL_HOST_SLOTS_H_
#define BILLIARD_CORE_POOL_HOST_SLOTS_H_

#include <algorithm>
#include <cstdint>

namespace billiard::pool {

class HostSlots {
 public:
  int64_t bound() const { return bound_; }
  int64_t free() const { return std::max<int64_t>(0, bound_ - taken_); }

  void SetBound(int64_t bound) { bound_ = bound; }
  bool Take() {
    if (free() == 0) return false;
    ++taken_;
    return true;
  }
  void GiveBack() { taken_ = std::max<int64_t>(0, taken_ - 1); }
  void Grow(int64_t by) { bound_ += by; }
  // At once: what is taken beyond the bound is absorbed as it is given back (POOL-162).
  void Shrink(int64_t by) { bound_ = std::max<int64_t>(0, bound_ - by); }
  // All are free, whoever holds them (POOL-161).
  void Clear() { taken_ = 0; }

 private:
  int64_t bound_ = 0;
  int64_t taken_ = 0;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_HOST_SLOTS_H_
