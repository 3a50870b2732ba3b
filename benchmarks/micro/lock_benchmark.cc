// What locks cost: a pair of acquire and release alone, and of two processes that compete; beside the C
// library's mutexes.
#include <cstdlib>

#include "benchmark/benchmark.h"
#include "benchmarks/micro/probes.h"
#include "benchmarks/micro/shapes.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/sync/lock.h"
#include "billiard_core/sync/rlock.h"
#include "tests/core/sync/sync_memory.h"

namespace billiard::benchmarks {
namespace {

using sync::Lock;
using sync::RLock;
using sync::SyncMemory;

constexpr Deadline kForever = Deadline::Forever();

template <bool kFifo>
class OurLock {
 public:
  void Join() {
    if (!memory_.Join()) abort();
  }
  void Acquire() {
    if (!lock_.Acquire(kForever).ok()) abort();
  }
  void Release() {
    if (!lock_.Release().ok()) abort();
  }

 private:
  static Lock Make(SyncMemory* memory) {
    auto* const state = memory->New<Lock::State>();
    Lock::Init(state, {.fifo = kFifo});
    return Lock(memory->context(), state);
  }
  SyncMemory memory_;
  Lock lock_ = Make(&memory_);
};

class OurRLock {
 public:
  void Join() {
    if (!memory_.Join()) abort();
  }
  void Acquire() {
    if (!lock_.Acquire(1, kForever).ok()) abort();
  }
  void Release() {
    if (!lock_.Release(1).ok()) abort();
  }

 private:
  SyncMemory memory_;
  RLock lock_{memory_.context(), memory_.New<RLock::State>()};
};

BENCHMARK(BM_Pair<RobustMutex>)->Name("Pair/PthreadRobust");
BENCHMARK(BM_Pair<SharedMutex>)->Name("Pair/PthreadShared");
BENCHMARK(BM_Pair<OurLock<false>>)->Name("Pair/Lock");
BENCHMARK(BM_Pair<OurLock<true>>)->Name("Pair/FifoLock");
BENCHMARK(BM_Pair<OurRLock>)->Name("Pair/RLock");
BENCHMARK(BM_TwoProcesses<RobustMutex>)->Name("TwoProcesses/PthreadRobust")->UseRealTime();
BENCHMARK(BM_TwoProcesses<SharedMutex>)->Name("TwoProcesses/PthreadShared")->UseRealTime();
BENCHMARK(BM_TwoProcesses<OurLock<false>>)->Name("TwoProcesses/Lock")->UseRealTime();
BENCHMARK(BM_TwoProcesses<OurLock<true>>)->Name("TwoProcesses/FifoLock")->UseRealTime();
BENCHMARK(BM_TwoProcesses<OurRLock>)->Name("TwoProcesses/RLock")->UseRealTime();

}  // namespace
}  // namespace billiard::benchmarks
