// What it costs to add to a shared value: as one atomic step, beside a bare one; and under its lock,
// beside the lock alone and under a robust mutex.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "benchmark/benchmark.h"
#include "benchmarks/micro/probes.h"
#include "benchmarks/micro/shapes.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/shared_memory/element_type.h"
#include "billiard_core/shared_memory/elements.h"
#include "billiard_core/sync/rlock.h"
#include "tests/core/sync/sync_memory.h"
#include "tests/support/child/child.h"

namespace billiard::benchmarks {
namespace {

using shared_memory::Elements;
using shared_memory::ElementType;
using shared_memory::Overflow;
using sync::RLock;
using sync::SyncMemory;

// One value of type "q". Acquire and Release take its lock, as a caller does around several steps.
class OurValue {
 public:
  void Join() {
    if (!memory_.Join()) abort();
  }
  void Acquire() {
    if (!lock_.Acquire(1, Deadline::Forever()).ok()) abort();
  }
  void Release() {
    if (!lock_.Release(1).ok()) abort();
  }
  int64_t Get() { return *elements_.GetInt(0, 0); }
  void Set(int64_t number) {
    if (!elements_.SetInt(0, 0, number).ok()) abort();
  }
  void Add() {
    if (!elements_.FetchAdd(0, 0, 1).ok()) abort();
  }

 private:
  SyncMemory memory_;
  RLock lock_{memory_.context(), memory_.New<RLock::State>()};
  ElementType type_ = *ElementType::Parse("q");
  Elements elements_{&type_, reinterpret_cast<std::byte*>(memory_.New<int64_t>()), 1,
                     Overflow::kRefuse};
};

void BM_FetchAddProbe(benchmark::State& state) {
  testing::Shared<std::atomic<int64_t>> value;
  for (auto iteration : state) value->fetch_add(1, std::memory_order_seq_cst);
}

void BM_FetchAdd(benchmark::State& state) {
  OurValue value;
  for (auto iteration : state) value.Add();
}

void BM_RobustMutexAdd(benchmark::State& state) {
  RobustMutex mutex;
  testing::Shared<std::atomic<int64_t>> value;
  for (auto iteration : state) {
    mutex.Acquire();
    value->store(value->load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    mutex.Release();
  }
}

void BM_LockedAdd(benchmark::State& state) {
  OurValue value;
  for (auto iteration : state) {
    value.Acquire();
    value.Set(value.Get() + 1);
    value.Release();
  }
}

BENCHMARK(BM_FetchAddProbe)->Name("Add/Bare");
BENCHMARK(BM_FetchAdd)->Name("Add/Value");
BENCHMARK(BM_Pair<OurValue>)->Name("Add/LockAlone");
BENCHMARK(BM_RobustMutexAdd)->Name("Add/UnderPthreadRobust");
BENCHMARK(BM_LockedAdd)->Name("Add/ValueUnderLock");

}  // namespace
}  // namespace billiard::benchmarks
