// How the programs of the benchmarks take time.
//
//   const Figures figures = Throughput(seconds, 1000, [&](uint64_t items) { ... });   // time of many
//   const Figures figures = Latency(seconds, [&] { ... });                            // time of each
#ifndef BILLIARD_BENCHMARKS_HARNESS_MEASURE_H_
#define BILLIARD_BENCHMARKS_HARNESS_MEASURE_H_

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace billiard::benchmarks {

inline int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1000000000} + now.tv_nsec;
}

struct Figures {
  double ns = 0;       // of one item: the median
  double p99_ns = -1;  // of one item; -1: not known
  uint64_t items = 0;
};

// The value below which `part` of the samples lie; there is at least one. Sorts them.
inline double Percentile(std::vector<double>* samples, double part) {
  std::sort(samples->begin(), samples->end());
  const auto index = static_cast<size_t>(part * static_cast<double>(samples->size() - 1) + 0.5);
  return (*samples)[index];
}

// Calls run(items) until the seconds are over, at least three times after one that does not count, with
// so many items that a call takes about a twentieth of the time: the median of their costs per item.
template <typename Run>
Figures Throughput(double seconds, uint64_t items, Run run) {
  const double block_ns = seconds * 1e9 / 20;
  for (;;) {  // warms up as well
    const int64_t start = NowNs();
    run(items);
    const double took = static_cast<double>(NowNs() - start);
    if (took >= block_ns / 2 || items >= (uint64_t{1} << 40)) break;
    items = std::max(items + 1, static_cast<uint64_t>(static_cast<double>(items) *
                                                      std::min(10.0, block_ns / (took + 1))));
  }
  std::vector<double> costs;
  const int64_t end = NowNs() + static_cast<int64_t>(seconds * 1e9);
  do {
    const int64_t start = NowNs();
    run(items);
    costs.push_back(static_cast<double>(NowNs() - start) / static_cast<double>(items));
  } while (NowNs() < end || costs.size() < 3);
  return {Percentile(&costs, 0.5), -1, items * costs.size()};
}

inline Figures OfSamples(std::vector<double> samples) {
  const double p50 = Percentile(&samples, 0.5);
  return {p50, Percentile(&samples, 0.99), samples.size()};
}

// Calls run() until the seconds are over, at least three times after a tenth of that which does not count.
template <typename Run>
Figures Latency(double seconds, Run run) {
  const int64_t warm = NowNs() + static_cast<int64_t>(seconds * 1e8);
  do run();
  while (NowNs() < warm);
  std::vector<double> samples;
  const int64_t end = NowNs() + static_cast<int64_t>(seconds * 1e9);
  do {
    const int64_t start = NowNs();
    run();
    samples.push_back(static_cast<double>(NowNs() - start));
  } while (NowNs() < end || samples.size() < 3);
  return OfSamples(std::move(samples));
}

}  // namespace billiard::benchmarks

#endif  // BILLIARD_BENCHMARKS_HARNESS_MEASURE_H_
