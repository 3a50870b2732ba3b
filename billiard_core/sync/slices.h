// When a sleeper looks whether somebody died: soon at first, so that a death that is about to be noticed
// is noticed quickly, then ever more rarely, but at least every kLongestSlice, so that with the time it
// takes to be scheduled and to ask the kernel it is still below 100 ms (G-SYNC-1). A value of one wait.
#ifndef BILLIARD_CORE_SYNC_SLICES_H_
#define BILLIARD_CORE_SYNC_SLICES_H_

#include <algorithm>
#include <cstdint>

#include "billiard_core/base/deadline.h"

namespace billiard::sync {

inline constexpr int64_t kFirstSlice = 2 * kNanosPerMilli;
inline constexpr int64_t kLongestSlice = 50 * kNanosPerMilli;

class Slices {
 public:
  // The end of the current slice, the first of which begins now.
  Deadline end() const { return Deadline::At(end_ns_); }

  // True once when a slice is over, and begins the next. Wake-ups within a slice do not prolong it.
  bool Over() {
    const int64_t now = MonotonicNow();
    if (now < end_ns_) return false;
    length_ns_ = std::min(2 * length_ns_, kLongestSlice);
    end_ns_ = now + length_ns_;
    return true;
  }

 private:
  int64_t length_ns_ = kFirstSlice;
  int64_t end_ns_ = MonotonicNow() + kFirstSlice;
};

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_SLICES_H_
