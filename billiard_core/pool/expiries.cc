#include "billiard_core/pool/expiries.h"

#include <algorithm>

#include "billiard_core/pool/job_limits.h"

namespace billiard::pool {
namespace {

// A job that is between two states is asked about again after this.
constexpr int64_t kAskAgain = 5 * kNanosPerMilli;

constexpr auto kLater = [](const auto& a, const auto& b) { return a > b; };

}  // namespace

bool Expiries::Add(int64_t at_ns, JobRef job) {
  const bool earliest = heap_.empty() || at_ns < heap_.front().first;
  heap_.emplace_back(at_ns, job.packed());
  std::push_heap(heap_.begin(), heap_.end(), kLater);
  return earliest;
}

int64_t Expiries::End(int64_t now_ns, const std::function<bool(JobRef)>& end) {
  while (!heap_.empty() && heap_.front().first <= now_ns) {
    std::pop_heap(heap_.begin(), heap_.end(), kLater);
    const JobRef job = JobRef::From(heap_.back().second);
    heap_.pop_back();
    if (!end(job)) Add(now_ns + kAskAgain, job);
  }
  return heap_.empty() ? kNoTime : heap_.front().first;
}

void Expiries::Tidy(const std::function<bool(JobRef)>& is_done) {
  if (heap_.size() < tidy_at_) return;
  const auto done = [&](const auto& entry) { return is_done(JobRef::From(entry.second)); };
  heap_.erase(std::remove_if(heap_.begin(), heap_.end(), done), heap_.end());
  std::make_heap(heap_.begin(), heap_.end(), kLater);
  tidy_at_ = std::max<size_t>(1024, 2 * heap_.size());
}

}  // namespace billiard::pool
