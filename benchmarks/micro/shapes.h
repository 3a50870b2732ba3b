// How a benchmark is run, for whatever has the functions: ours and the probes (probes.h) alike. Every kind
// is made before the child is, and Join() is called once in each process.
#ifndef BILLIARD_BENCHMARKS_MICRO_SHAPES_H_
#define BILLIARD_BENCHMARKS_MICRO_SHAPES_H_

#include <sched.h>

#include <atomic>
#include <cstdint>

#include "benchmark/benchmark.h"
#include "tests/support/child/child.h"

namespace billiard::benchmarks {

// Acquire and Release, alone.
template <typename Kind>
void BM_Pair(benchmark::State& state) {
  Kind kind;
  kind.Join();
  for (auto iteration : state) {
    kind.Acquire();
    kind.Release();
  }
}

// Two processes acquire and release as they can; items are the pairs of both.
template <typename Kind>
void BM_TwoProcesses(benchmark::State& state) {
  struct Control {
    std::atomic<uint32_t> started;
    std::atomic<uint32_t> over;
    std::atomic<uint64_t> pairs;
  };
  Kind kind;
  kind.Join();
  testing::Shared<Control> control;
  testing::Child child([&] {
    kind.Join();
    uint64_t pairs = 0;
    while (control->over.load(std::memory_order_relaxed) == 0) {
      kind.Acquire();
      kind.Release();
      if (++pairs == 100) control->started = 1;
      control->pairs.store(pairs, std::memory_order_relaxed);
    }
    return 0;
  });
  testing::AwaitAtLeast(control->started, 1);
  const uint64_t before = control->pairs;
  for (auto iteration : state) {
    kind.Acquire();
    kind.Release();
  }
  const uint64_t theirs = control->pairs - before;
  control->over = 1;
  child.Wait();
  state.SetItemsProcessed(state.iterations() + static_cast<int64_t>(theirs));
}

// While it exists, this process and children that it makes have one CPU, if asked for: whatever is woken
// then runs as soon as its waker sleeps, and what remains is the cost of the software. Else they have
// whatever the system gives them, and most of a round trip is the time that a sleeping CPU takes to wake up.
class OneCpu {
 public:
  explicit OneCpu(bool one) {
    sched_getaffinity(0, sizeof before_, &before_);
    if (!one) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<size_t>(sched_getcpu()), &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  ~OneCpu() { sched_setaffinity(0, sizeof before_, &before_); }
  OneCpu(const OneCpu&) = delete;
  OneCpu& operator=(const OneCpu&) = delete;

 private:
  cpu_set_t before_;
};

// Ping here, Echo in another process: there and back. Argument: 1 for one CPU.
template <typename Kind>
void BM_RoundTrip(benchmark::State& state) {
  const OneCpu cpu(state.range(0) == 1);
  Kind kind;
  kind.Join();
  testing::Child child([&] {
    kind.Join();
    for (;;) kind.Echo();
    return 0;
  });
  kind.Ping();  // both are there
  for (auto iteration : state) kind.Ping();
}

// Wait here and in another process. Argument: as above.
template <typename Kind>
void BM_Together(benchmark::State& state) {
  const OneCpu cpu(state.range(0) == 1);
  Kind kind;
  kind.Join();
  testing::Child child([&] {
    kind.Join();
    for (;;) kind.Wait();
    return 0;
  });
  kind.Wait();  // both are there
  for (auto iteration : state) kind.Wait();
}

// For the last two.
inline void OnOneCpuAndMore(benchmark::internal::Benchmark* benchmark) {
  benchmark->UseRealTime()->ArgName("cpus")->Arg(1)->Arg(2);
}

}  // namespace billiard::benchmarks

#endif  // BILLIARD_BENCHMARKS_MICRO_SHAPES_H_
