// What a barrier of two processes costs a cycle, beside a bare one of two futex words.
#include <cstdlib>

#include "benchmark/benchmark.h"
#include "benchmarks/micro/probes.h"
#include "benchmarks/micro/shapes.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/sync/barrier.h"
#include "tests/core/sync/sync_memory.h"

namespace billiard::benchmarks {
namespace {

using sync::Barrier;
using sync::SyncMemory;

class BarrierOfTwo {
 public:
  BarrierOfTwo() {
    if (!Barrier::Init(memory_.context(), state_, 2).ok()) abort();
  }
  void Join() {
    if (!memory_.Join()) abort();
  }
  void Wait() {
    if (!barrier_.Wait(nullptr, Deadline::Forever()).ok()) abort();
  }

 private:
  SyncMemory memory_;
  Barrier::State* const state_ = memory_.New<Barrier::State>();
  Barrier barrier_{memory_.context(), state_};
};

BENCHMARK(BM_Together<FutexBarrier>)->Name("Together/Futex")->Apply(OnOneCpuAndMore);
BENCHMARK(BM_Together<BarrierOfTwo>)->Name("Together/Barrier")->Apply(OnOneCpuAndMore);

}  // namespace
}  // namespace billiard::benchmarks
