// What it costs to hand a turn to another process and get it back by a condition, beside two bare futexes,
// which need no lock, and the C library's condition, which does.
#include <cstdlib>

#include "benchmark/benchmark.h"
#include "benchmarks/micro/probes.h"
#include "benchmarks/micro/shapes.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/sync/condition.h"
#include "billiard_core/sync/lock.h"
#include "tests/core/sync/sync_memory.h"
#include "tests/support/child/child.h"

namespace billiard::benchmarks {
namespace {

using sync::Condition;
using sync::Lock;
using sync::SyncMemory;

class OneCondition {
 public:
  OneCondition() { Condition::Init(memory_.context(), state_); }
  void Join() {
    if (!memory_.Join()) abort();
  }
  void Ping() {
    Acquire();
    *theirs_ = true;
    Notify();
    while (*theirs_) Wait();
    Release();
  }
  void Echo() {
    Acquire();
    while (!*theirs_) Wait();
    *theirs_ = false;
    Notify();
    Release();
  }
  // A notification that nobody waits for, in its lock.
  void NotifyNobody() {
    Acquire();
    Notify();
    Release();
  }

 private:
  void Acquire() {
    if (!lock_.Acquire(Deadline::Forever()).ok()) abort();
  }
  void Release() {
    if (!lock_.Release().ok()) abort();
  }
  void Wait() {
    if (!condition_.Wait(0, Deadline::Forever()).ok()) abort();
  }
  void Notify() {
    if (!condition_.Notify(0).ok()) abort();
  }

  SyncMemory memory_;
  Lock lock_{memory_.context(), memory_.New<Lock::State>()};
  Condition::State* const state_ = memory_.New<Condition::State>();
  Condition condition_{memory_.context(), state_, &lock_};
  testing::Shared<bool> theirs_;  // guarded by lock_
};

void BM_NotifyNobody(benchmark::State& state) {
  OneCondition condition;
  for (auto iteration : state) condition.NotifyNobody();
}

BENCHMARK(BM_RoundTrip<FutexPingPong>)->Name("RoundTrip/Futex")->Apply(OnOneCpuAndMore);
BENCHMARK(BM_RoundTrip<PthreadPingPong>)
    ->Name("RoundTrip/PthreadCondition")
    ->Apply(OnOneCpuAndMore);
BENCHMARK(BM_RoundTrip<OneCondition>)->Name("RoundTrip/Condition")->Apply(OnOneCpuAndMore);
BENCHMARK(BM_NotifyNobody)->Name("NotifyNobody");

}  // namespace
}  // namespace billiard::benchmarks
