// What semaphores cost: a pair of acquire and release alone, and of two processes that compete for one
// unit; beside sem_t, a robust mutex, and the two locked instructions that any such counter needs.
#include <cstdint>
#include <cstdlib>

#include "benchmark/benchmark.h"
#include "benchmarks/micro/probes.h"
#include "benchmarks/micro/shapes.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/sync/semaphore.h"
#include "billiard_core/sync/tracked_semaphore.h"
#include "tests/core/sync/sync_memory.h"

namespace billiard::benchmarks {
namespace {

using sync::Semaphore;
using sync::SyncMemory;
using sync::TrackedSemaphore;

constexpr Deadline kForever = Deadline::Forever();

class OurSemaphore {
 public:
  void Join() {}
  void Acquire() {
    if (!semaphore_.Acquire(kForever).ok()) abort();
  }
  void Release() {
    if (!semaphore_.Release().ok()) abort();
  }

 private:
  static Semaphore Make(SyncMemory* memory) {
    auto* const state = memory->New<Semaphore::State>();
    if (!Semaphore::Init(state, 1).ok()) abort();
    return Semaphore(memory->context(), state);
  }
  SyncMemory memory_;
  Semaphore semaphore_ = Make(&memory_);
};

class OurTrackedSemaphore {
 public:
  void Join() {
    if (!memory_.Join()) abort();
  }
  void Acquire() {
    if (!semaphore_.Acquire(kForever).ok()) abort();
  }
  void Release() {
    if (!semaphore_.Release().ok()) abort();
  }

 private:
  static constexpr uint64_t kBytes = TrackedSemaphore::BytesFor(1);
  static_assert(kBytes <= 64);

  static TrackedSemaphore Make(SyncMemory* memory) {
    auto* const state = memory->New<TrackedSemaphore::State>();
    if (!TrackedSemaphore::Init(state, 1).ok()) abort();
    return TrackedSemaphore(memory->context(), state, kBytes);
  }
  SyncMemory memory_;
  TrackedSemaphore semaphore_ = Make(&memory_);
};

BENCHMARK(BM_Pair<BareUnits>)->Name("Pair/TwoCompareExchanges");
BENCHMARK(BM_Pair<PosixSemaphore>)->Name("Pair/PosixSemaphore");
BENCHMARK(BM_Pair<RobustMutex>)->Name("Pair/PthreadRobust");
BENCHMARK(BM_Pair<OurSemaphore>)->Name("Pair/Semaphore");
BENCHMARK(BM_Pair<OurTrackedSemaphore>)->Name("Pair/TrackedSemaphore");
BENCHMARK(BM_TwoProcesses<PosixSemaphore>)->Name("TwoProcesses/PosixSemaphore")->UseRealTime();
BENCHMARK(BM_TwoProcesses<OurSemaphore>)->Name("TwoProcesses/Semaphore")->UseRealTime();
BENCHMARK(BM_TwoProcesses<OurTrackedSemaphore>)
    ->Name("TwoProcesses/TrackedSemaphore")
    ->UseRealTime();

}  // namespace
}  // namespace billiard::benchmarks
