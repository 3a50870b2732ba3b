// Limit of a pool from nothing to its first result, and of its end: README.md, "pool_start".
//   pool_start_probe [--workers=2] [--rss_mb=0] [--seconds=0.3]
#include <algorithm>
#include <vector>

#include "benchmarks/harness/arguments.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/report.h"
#include "benchmarks/limit/bare.h"

namespace billiard::limit {
namespace {

struct Words {
  alignas(64) Word job;     // 1: there is one; 2: it has been taken
  alignas(64) Word result;  // 1: it is there
  alignas(64) Word over;    // 1: all are to leave
};

void Work(Words* words) {
  uint32_t there = 1;
  if (words->job.compare_exchange_strong(there, 2)) {
    words->result.store(1, std::memory_order_release);
    FutexWake(&words->result);
  }
  while (words->over.load(std::memory_order_acquire) == 0) FutexWait(&words->over, 0);
}

// Appends how long it took to start and to end.
void StartAndEnd(size_t workers, std::vector<double>* starts, std::vector<double>* ends) {
  const int64_t begin = benchmarks::NowNs();
  Shared<Words> words;
  words->job.store(1);
  std::vector<Child> children;
  children.reserve(workers);
  for (size_t i = 0; i < workers; ++i) children.emplace_back([&] { Work(&*words); });
  while (words->result.load(std::memory_order_acquire) == 0) FutexWait(&words->result, 0);
  const int64_t first = benchmarks::NowNs();
  words->over.store(1);
  syscall(SYS_futex, &words->over, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  for (Child& child : children) child.Wait();
  const int64_t over = benchmarks::NowNs();
  starts->push_back(static_cast<double>(first - begin));
  ends->push_back(static_cast<double>(over - first));
}

}  // namespace
}  // namespace billiard::limit

int main(int argc, char** argv) {
  using namespace billiard;
  const benchmarks::Arguments arguments(argc, argv, {{"workers", 2}, {"rss_mb", 0}});
  const limit::Ballast ballast(arguments.Size("rss_mb"));
  const size_t workers = std::max(arguments.Size("workers"), size_t{1});
  std::vector<double> starts, ends;
  limit::StartAndEnd(workers, &starts, &ends);  // warms up
  starts.clear();
  ends.clear();
  const int64_t end = benchmarks::NowNs() + static_cast<int64_t>(arguments.seconds() * 1e9);
  do {
    limit::StartAndEnd(workers, &starts, &ends);
  } while (benchmarks::NowNs() < end || starts.size() < 5);
  benchmarks::Report("pool_start", "start", benchmarks::OfSamples(starts));
  benchmarks::Report("pool_start", "end", benchmarks::OfSamples(ends));
}
