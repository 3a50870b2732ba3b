// What the locks and semaphores cost, beside the C library's in the same run: a pair of acquire and release
// alone, and between two processes. Compare as ratios within one run (benchmarks/README.md); the bars
// are a robust mutex for pairs, a process-shared one for two processes.
#include <pthread.h>
#include <semaphore.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "benchmark/benchmark.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/sync/lock.h"
#include "billiard_core/sync/rlock.h"
#include "billiard_core/sync/semaphore.h"
#include "billiard_core/sync/tracked_semaphore.h"
#include "tests/core/sync/shared_area.h"
#include "tests/support/child/child.h"

namespace billiard::sync {
namespace {

using testing::Child;
using testing::Shared;

constexpr Deadline kForever = Deadline::Forever();

template <bool kRobust>
class PthreadMutex {
 public:
  explicit PthreadMutex(SharedArea* area) : mutex_(area->At<pthread_mutex_t>()) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (kRobust) pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(mutex_, &attributes);
  }
  void Acquire() {
    if (pthread_mutex_lock(mutex_) != 0) abort();
  }
  void Release() { pthread_mutex_unlock(mutex_); }

 private:
  pthread_mutex_t* mutex_;
};

class PosixSemaphore {
 public:
  explicit PosixSemaphore(SharedArea* area) : semaphore_(area->At<sem_t>()) {
    sem_init(semaphore_, 1, 1);
  }
  void Acquire() {
    while (sem_wait(semaphore_) != 0) {
    }
  }
  void Release() { sem_post(semaphore_); }

 private:
  sem_t* semaphore_;
};

template <bool kFifo>
class OurLock {
 public:
  explicit OurLock(SharedArea* area) : lock_(Make(area)) {}
  void Acquire() {
    if (!lock_.Acquire(kForever).ok()) abort();
  }
  void Release() {
    if (!lock_.Release().ok()) abort();
  }

 private:
  static Lock Make(SharedArea* area) {
    Lock::Init(area->At<Lock::State>(), {.fifo = kFifo});
    return Lock(area->context(), area->At<Lock::State>());
  }
  Lock lock_;
};

class OurRLock {
 public:
  explicit OurRLock(SharedArea* area) : lock_(area->context(), area->At<RLock::State>()) {}
  void Acquire() {
    if (!lock_.Acquire(1, kForever).ok()) abort();
  }
  void Release() {
    if (!lock_.Release(1).ok()) abort();
  }

 private:
  RLock lock_;
};

class OurSemaphore {
 public:
  explicit OurSemaphore(SharedArea* area) : semaphore_(Make(area)) {}
  void Acquire() {
    if (!semaphore_.Acquire(kForever).ok()) abort();
  }
  void Release() {
    if (!semaphore_.Release().ok()) abort();
  }

 private:
  static Semaphore Make(SharedArea* area) {
    if (!Semaphore::Init(area->At<Semaphore::State>(), 1).ok()) abort();
    return Semaphore(area->context(), area->At<Semaphore::State>());
  }
  Semaphore semaphore_;
};

class OurTrackedSemaphore {
 public:
  explicit OurTrackedSemaphore(SharedArea* area)
      : semaphore_(area->context(), Initialized(area), SharedArea::kBytes) {}
  void Acquire() {
    if (!semaphore_.Acquire(kForever).ok()) abort();
  }
  void Release() {
    if (!semaphore_.Release().ok()) abort();
  }

 private:
  static TrackedSemaphore::State* Initialized(SharedArea* area) {
    auto* const state = area->At<TrackedSemaphore::State>();
    if (!TrackedSemaphore::Init(state, 1).ok()) abort();
    return state;
  }
  TrackedSemaphore semaphore_;
};

template <typename Kind>
void BM_Pair(benchmark::State& state) {
  SharedArea area;
  Kind kind(&area);
  for (auto _ : state) {
    kind.Acquire();
    kind.Release();
  }
}
BENCHMARK(BM_Pair<PthreadMutex<true>>)->Name("BM_Pair/PthreadRobust");
BENCHMARK(BM_Pair<PthreadMutex<false>>)->Name("BM_Pair/PthreadShared");
BENCHMARK(BM_Pair<PosixSemaphore>)->Name("BM_Pair/PosixSemaphore");
BENCHMARK(BM_Pair<OurLock<false>>)->Name("BM_Pair/Lock");
BENCHMARK(BM_Pair<OurLock<true>>)->Name("BM_Pair/FifoLock");
BENCHMARK(BM_Pair<OurRLock>)->Name("BM_Pair/RLock");
BENCHMARK(BM_Pair<OurSemaphore>)->Name("BM_Pair/Semaphore");
BENCHMARK(BM_Pair<OurTrackedSemaphore>)->Name("BM_Pair/TrackedSemaphore");

// Two processes take turns as they can; items are the pairs of both.
template <typename Kind>
void BM_TwoProcesses(benchmark::State& state) {
  struct Control {
    std::atomic<uint32_t> started;
    std::atomic<uint32_t> over;
    std::atomic<uint64_t> pairs;
  };
  SharedArea area;
  Kind kind(&area);
  Shared<Control> control;
  Child child([&] {
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
  for (auto _ : state) {
    kind.Acquire();
    kind.Release();
  }
  const uint64_t theirs = control->pairs - before;
  control->over = 1;
  child.Wait();
  state.SetItemsProcessed(state.iterations() + static_cast<int64_t>(theirs));
}
BENCHMARK(BM_TwoProcesses<PthreadMutex<true>>)
    ->Name("BM_TwoProcesses/PthreadRobust")
    ->UseRealTime();
BENCHMARK(BM_TwoProcesses<PthreadMutex<false>>)
    ->Name("BM_TwoProcesses/PthreadShared")
    ->UseRealTime();
BENCHMARK(BM_TwoProcesses<PosixSemaphore>)->Name("BM_TwoProcesses/PosixSemaphore")->UseRealTime();
BENCHMARK(BM_TwoProcesses<OurLock<false>>)->Name("BM_TwoProcesses/Lock")->UseRealTime();
BENCHMARK(BM_TwoProcesses<OurLock<true>>)->Name("BM_TwoProcesses/FifoLock")->UseRealTime();
BENCHMARK(BM_TwoProcesses<OurRLock>)->Name("BM_TwoProcesses/RLock")->UseRealTime();
BENCHMARK(BM_TwoProcesses<OurSemaphore>)->Name("BM_TwoProcesses/Semaphore")->UseRealTime();

}  // namespace
}  // namespace billiard::sync
