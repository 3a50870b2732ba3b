// What a wait and a wake-up cost in time: a wait is never shorter than its timeout (G-SYNC-7), and setting or
// notifying never waits for a waiter, whatever has become of it (G-SYNC-2).
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/sync/barrier.h"
#include "billiard_core/sync/condition.h"
#include "billiard_core/sync/event.h"
#include "billiard_core/sync/lock.h"
#include "billiard_core/sync/rlock.h"
#include "billiard_core/sync/semaphore.h"
#include "gtest/gtest.h"
#include "tests/core/sync/sync_memory.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::sync {
namespace {

using testing::AwaitSleeping;
using testing::Child;
using testing::Watchdog;

constexpr Deadline kNow = Deadline::Now();
constexpr Deadline kForever = Deadline::Forever();

// One of each that is not to be had.
struct Primitives {
  SyncMemory memory;
  Lock lock{memory.context(), memory.New<Lock::State>()};
  Lock fair = Fair();
  RLock rlock{memory.context(), memory.New<RLock::State>()};
  Semaphore semaphore{memory.context(), memory.New<Semaphore::State>()};
  Lock inner{memory.context(), memory.New<Lock::State>()};
  Condition::State* condition_state = memory.New<Condition::State>();
  Condition condition{memory.context(), condition_state, &inner};
  Event event{memory.New<Event::State>()};
  Barrier::State* barrier_state = memory.New<Barrier::State>();
  Barrier barrier{memory.context(), barrier_state};

  Primitives() {
    Condition::Init(memory.context(), condition_state);
    EXPECT_TRUE(lock.Acquire(kNow).ok());
    EXPECT_TRUE(fair.Acquire(kNow).ok());
    EXPECT_TRUE(rlock.Acquire(1, kNow).ok());
    EXPECT_TRUE(inner.Acquire(kNow).ok());
    EXPECT_TRUE(Barrier::Init(memory.context(), barrier_state, 2).ok());
  }

  Lock Fair() {
    auto* state = memory.New<Lock::State>();
    Lock::Init(state, {.fifo = true});
    return Lock(memory.context(), state);
  }
};

TEST(NeverEarlyTest, EveryWaitLastsAtLeastItsTimeout) {
  Watchdog watchdog(120);
  Primitives its;
  struct Wait {
    const char* name;
    std::function<bool(Deadline)> timed_out;
  };
  const auto timed_out = [](const absl::Status& status) {
    return CodeOf(status) == Code::kTimeout;
  };
  const Wait waits[] = {
      {"lock", [&](Deadline d) { return timed_out(its.lock.Acquire(d).status()); }},
      {"lock, wait only", [&](Deadline d) { return timed_out(its.lock.WaitFree(d)); }},
      {"fair lock", [&](Deadline d) { return timed_out(its.fair.Acquire(d).status()); }},
      {"rlock", [&](Deadline d) { return timed_out(its.rlock.Acquire(2, d).status()); }},
      {"rlock, wait only", [&](Deadline d) { return timed_out(its.rlock.WaitFree(2, d)); }},
      {"semaphore", [&](Deadline d) { return timed_out(its.semaphore.Acquire(d)); }},
      {"semaphore, wait only", [&](Deadline d) { return timed_out(its.semaphore.WaitFree(d)); }},
      {"condition",
       [&](Deadline d) {
         const auto outcome = its.condition.Wait(0, d);
         return outcome.ok() && !outcome->notified;
       }},
      {"event", [&](Deadline d) { return timed_out(its.event.Wait(d)); }},
      {"barrier",
       [&](Deadline d) {
         const bool broken = CodeOf(its.barrier.Wait(nullptr, d).status()) == Code::kBroken;
         its.barrier.Reset();
         return broken;
       }},
  };
  for (const Wait& wait : waits) {
    // Also those that end in the middle of a slice, and just behind one.
    for (const int64_t timeout :
         {int64_t{0}, int64_t{1}, int64_t{999}, int64_t{50'000}, kNanosPerMilli - 1,
          kNanosPerMilli + 1, 2 * kNanosPerMilli, 3 * kNanosPerMilli + 1, 15 * kNanosPerMilli}) {
      const int64_t start = MonotonicNow();
      EXPECT_TRUE(wait.timed_out(Deadline::After(timeout))) << wait.name << " " << timeout;
      EXPECT_GE(MonotonicNow() - start, timeout) << wait.name;
    }
  }
}

// The best of some tries: how long it takes on a busy machine says nothing.
template <typename Act>
int64_t BestOfFive(Act act) {
  int64_t best = INT64_MAX;
  for (int i = 0; i < 5; ++i) {
    const int64_t start = MonotonicNow();
    act();
    best = std::min(best, MonotonicNow() - start);
  }
  return best;
}

// Waiters of the condition and of the event that stand still, and others that are dead; none will ever
// answer.
TEST(NeverWaitsTest, SetAndNotifyReturnWhateverHasBecomeOfTheWaiters) {
  Watchdog watchdog(120);
  Primitives its;
  ASSERT_TRUE(its.inner.Release().ok());
  const auto wait_for_event = [&] { return its.event.Wait(kForever).ok() ? 0 : 1; };
  const auto wait_for_condition = [&] {
    if (!its.inner.Acquire(kForever).ok()) return 2;
    const auto outcome = its.condition.Wait(0, kForever);
    return outcome.ok() && outcome->notified && its.inner.Release().ok() ? 0 : 1;
  };
  constexpr int kOfEach = 6;
  std::vector<Child> dead;
  std::vector<Child> stopped;
  for (int i = 0; i < kOfEach; ++i) {
    for (std::vector<Child>* list : {&dead, &stopped}) {
      list->emplace_back(wait_for_event);
      list->emplace_back(wait_for_condition);
    }
  }
  while (its.condition.CountWaiters() < 2 * kOfEach) sched_yield();
  for (Child& child : dead) AwaitSleeping(child.pid());
  for (Child& child : stopped) AwaitSleeping(child.pid());
  for (Child& child : dead) child.Kill();
  for (Child& child : dead) child.AwaitZombie();
  for (Child& child : stopped) child.Stop();
  const int64_t set = BestOfFive([&] {
    its.event.Set();
    its.event.Clear();
  });
  EXPECT_LT(set, kNanosPerSecond);
  ASSERT_TRUE(its.inner.Acquire(kForever).ok());
  int notified = 0;
  const int64_t notify = BestOfFive([&] { notified += *its.condition.Notify(0); });
  EXPECT_LT(notify, kNanosPerSecond);
  const int64_t all = BestOfFive([&] { notified += *its.condition.NotifyAll(0); });
  EXPECT_LT(all, kNanosPerSecond);
  EXPECT_EQ(notified, kOfEach);  // the stopped ones; none went to the dead
  ASSERT_TRUE(its.inner.Release().ok());
  for (Child& child : stopped) child.Signal(SIGCONT);
  for (Child& child : stopped) EXPECT_EQ(child.Wait(), 0);
}

}  // namespace
}  // namespace billiard::sync
