// What a job costs: round trips with many and with one in flight, and a pool from nothing to its first
// result; beside what the machine can do at best, in the same run: a futex ping-pong between two
// processes, and a bare fork.
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "benchmark/benchmark.h"
#include "benchmarks/micro/probes.h"
#include "benchmarks/micro/shapes.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/pool/pool.h"
#include "billiard_core/pool/task_registry.h"
#include "billiard_core/pool/worker.h"

namespace billiard::pool {
namespace {

constexpr size_t kWindow = 256;

int NoOp(Job&) { return 0; }

std::unique_ptr<Pool> MakePool(int workers) {
  if (!TaskRegistry::OfProcess().Register("no-op", NoOp, {}).ok()) abort();
  PoolOptions options;
  options.groups.resize(1);
  options.groups[0].workers = workers;
  absl::StatusOr<std::unique_ptr<Pool>> pool = Pool::Create(std::move(options));
  if (!pool.ok()) abort();
  return *std::move(pool);
}

std::unique_ptr<Result> Submit(Pool* pool, const std::string& bytes) {
  absl::StatusOr<std::unique_ptr<Result>> result = pool->Submit("no-op", bytes, JobOptions());
  if (!result.ok()) abort();
  return *std::move(result);
}

void AwaitValue(Result* result) {
  JobFailure failure;
  if (!result->Wait(Deadline::Forever(), nullptr).ok() || !result->Value(&failure)) abort();
}

void RoundTripsInAWindow(benchmark::State& state) {
  const auto pool = MakePool(static_cast<int>(state.range(0)));
  const std::string bytes(static_cast<size_t>(state.range(1)), 'x');
  if (!pool->WaitReady(Deadline::Forever(), nullptr).ok()) abort();
  std::deque<std::unique_ptr<Result>> flying;
  for (auto iteration : state) {
    flying.push_back(Submit(pool.get(), bytes));
    if (flying.size() < kWindow) continue;
    AwaitValue(flying.front().get());
    flying.pop_front();
  }
  for (const auto& result : flying) AwaitValue(result.get());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(RoundTripsInAWindow)
    ->ArgNames({"workers", "bytes"})
    ->Args({1, 16})
    ->Args({2, 16})
    ->Args({2, 4096})
    ->UseRealTime();

void ApplyLatency(benchmark::State& state) {
  const auto pool = MakePool(1);
  if (!pool->WaitReady(Deadline::Forever(), nullptr).ok()) abort();
  for (auto iteration : state) AwaitValue(Submit(pool.get(), "").get());
}
BENCHMARK(ApplyLatency)->UseRealTime();

void CreateAndFirstResult(benchmark::State& state) {
  for (auto iteration : state) {
    const auto pool = MakePool(static_cast<int>(state.range(0)));
    AwaitValue(Submit(pool.get(), "").get());
  }
}
BENCHMARK(CreateAndFirstResult)
    ->ArgName("workers")
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

// The best that a process could be made and ended in.
void BareFork(benchmark::State& state) {
  for (auto iteration : state) benchmarks::ForkAndWait();
}

// The best that ApplyLatency could be.
BENCHMARK(benchmarks::BM_RoundTrip<benchmarks::FutexPingPong>)
    ->Name("FutexPingPong")
    ->Apply(benchmarks::OnOneCpuAndMore);
BENCHMARK(BareFork)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace billiard::pool
