// Kills and stops processes at each named step of taking, waiting for and releasing locks and semaphores.
// Whatever was left there, the next one gets what it is due within a slice, and the object is ordinary
// again afterwards.
#include <signal.h>

#include <functional>
#include <memory>
#include <string>

#include "billiard_core/base/status.h"
#include "billiard_core/sync/lock.h"
#include "billiard_core/sync/rlock.h"
#include "billiard_core/sync/semaphore.h"
#include "billiard_core/sync/tracked_semaphore.h"
#include "gtest/gtest.h"
#include "tests/core/sync/shared_area.h"
#include "tests/support/child/child.h"
#include "tests/support/fault/faulty_child.h"
#include "tests/support/watchdog.h"

namespace billiard::sync {
namespace {

using shared_memory::kNobody;
using testing::AwaitSleeping;
using testing::Child;
using testing::ChildDyingAt;
using testing::ChildStoppingAt;
using testing::DiesAt;
using testing::Watchdog;

constexpr Deadline kNow = Deadline::Now();
constexpr Deadline kForever = Deadline::Forever();
constexpr uint64_t kToken = 5;

class LockFaultTest : public ::testing::Test {
 protected:
  Lock MakeLock(bool fifo) {
    Lock::Init(area_.At<Lock::State>(), {.fifo = fifo});
    return Lock(area_.context(), area_.At<Lock::State>());
  }
  void Hold(Lock* lock) { ASSERT_TRUE(lock->Acquire(kForever).ok()); }

  // A child that sleeps for the lock and gives it back.
  Child Waiter(Lock* lock) {
    Child child([lock] {
      if (!lock->Acquire(kForever).ok()) return 1;
      return lock->Release().ok() ? 0 : 2;
    });
    AwaitSleeping(child.pid());
    return child;
  }
  static void TakeAndRelease(Lock* lock) {
    lock->Acquire(kForever).status().IgnoreError();
    lock->Release().IgnoreError();
  }
  // Free, or a dead process's; ordinary afterwards.
  void ExpectUsable(Lock* lock) {
    EXPECT_TRUE(lock->Acquire(kForever).ok());
    EXPECT_TRUE(lock->Release().ok());
    EXPECT_EQ(lock->Acquire(kForever).value(), Grant::kClean);
    EXPECT_TRUE(lock->Release().ok());
    EXPECT_EQ(lock->Holder(), kNobody);
  }

  Watchdog watchdog_{60};
  SharedArea area_;
};

// A step of a process that finds the lock held.
struct Point {
  const char* name;
  bool fifo;
  bool by_itself;  // it gets there without anybody's help, "woken" by the end of a slice
  bool holding;
};

constexpr Point kPoints[] = {
    {"lock_announced", false, true, false}, {"lock_woken", false, true, false},
    {"lock_taken", false, false, true},     {"lock_rearmed", false, false, true},
    {"lock_releasing", false, false, true}, {"lock_freed", false, false, false},
    {"fifo_enrolled", true, true, false},   {"fifo_announced", true, true, false},
    {"fifo_asleep", true, true, false},     {"fifo_woken", true, true, false},
    {"fifo_taken", true, false, true},      {"fifo_vacated", true, false, true},
    {"fifo_released", true, false, false},  {"fifo_called", true, false, false},
};

TEST_F(LockFaultTest, AProcessKilledOnItsWayHoldsUpNobody) {
  for (const Point& point : kPoints) {
    SCOPED_TRACE(point.name);
    Lock lock = MakeLock(point.fifo);
    Hold(&lock);
    Child dying = ChildDyingAt(point.name, [&] { TakeAndRelease(&lock); });
    if (point.by_itself) {
      EXPECT_EQ(dying.Wait(), -SIGKILL);
    } else {
      AwaitSleeping(dying.pid());
    }
    Child waiter = Waiter(&lock);
    EXPECT_TRUE(lock.Release().ok());
    EXPECT_EQ(dying.Wait(), -SIGKILL);
    EXPECT_EQ(waiter.Wait(), 0);
    ExpectUsable(&lock);
  }
}

TEST_F(LockFaultTest, AProcessStoppedOnItsWayHoldsUpNobodyUnlessItHasTheLock) {
  for (const Point& point : kPoints) {
    SCOPED_TRACE(point.name);
    Lock lock = MakeLock(point.fifo);
    Hold(&lock);
    Child stopping = ChildStoppingAt(point.name, [&] { TakeAndRelease(&lock); });
    if (point.by_itself) {
      EXPECT_EQ(stopping.AwaitStop(), SIGSTOP);
    } else {
      AwaitSleeping(stopping.pid());
    }
    Child waiter = Waiter(&lock);
    EXPECT_TRUE(lock.Release().ok());
    if (!point.by_itself) {
      EXPECT_EQ(stopping.AwaitStop(), SIGSTOP);
    }
    if (point.holding) {
      EXPECT_EQ(CodeOf(lock.Acquire(kNow).status()), Code::kTimeout);
      stopping.Signal(SIGCONT);
    }
    EXPECT_EQ(waiter.Wait(), 0);
    if (!point.holding) {
      ExpectUsable(&lock);
      stopping.Signal(SIGCONT);
    }
    EXPECT_EQ(stopping.Wait(), 0);
    ExpectUsable(&lock);
  }
}

TEST_F(LockFaultTest, AnRLockKilledOnItsWayIsTakenWithNewsIfItWasTaken) {
  for (const char* const point : {"rlock_taken", "rlock_cleared", "rlock_named", "lock_freed"}) {
    SCOPED_TRACE(point);
    RLock lock(area_.context(), area_.At<RLock::State>());
    if (std::string(point) == "rlock_named") {  // only in a takeover
      Child holder([&] { return lock.Acquire(kToken, kNow).ok() ? 0 : 1; });
      ASSERT_EQ(holder.Wait(), 0);
    }
    EXPECT_TRUE(DiesAt(point, [&] {
      lock.Acquire(kToken, kForever).status().IgnoreError();
      lock.Release(kToken).IgnoreError();
    }));
    const bool was_held = std::string(point) != "lock_freed";
    EXPECT_EQ(lock.Acquire(kToken + 1, kNow).value(), was_held ? Grant::kOwnerDied : Grant::kClean);
    EXPECT_EQ(CodeOf(lock.Release(kToken)), Code::kState);
    EXPECT_TRUE(lock.Release(kToken + 1).ok());
  }
}

TEST_F(LockFaultTest, ASemaphoresWaiterGetsTheUnitOfWhoeverDied) {
  for (const char* const point : {"semaphore_announced", "semaphore_woken", "semaphore_released"}) {
    SCOPED_TRACE(point);
    ASSERT_TRUE(Semaphore::Init(area_.At<Semaphore::State>(), 0).ok());
    Semaphore semaphore(area_.context(), area_.At<Semaphore::State>());
    const bool releases = std::string(point) == "semaphore_released";
    Child waiter([&] { return semaphore.Acquire(kForever).ok() ? 0 : 1; });
    AwaitSleeping(waiter.pid());
    Child dying = ChildDyingAt(point, [&] {
      releases ? semaphore.Release().IgnoreError() : semaphore.Acquire(kForever).IgnoreError();
    });
    EXPECT_EQ(dying.Wait(), -SIGKILL);  // "woken" by the end of a slice
    if (!releases) {
      EXPECT_TRUE(semaphore.Release().ok());
    }
    EXPECT_EQ(waiter.Wait(), 0);
    EXPECT_EQ(semaphore.Value(), 0u);
  }
}

TEST_F(LockFaultTest, UnitsAreCountedOnceWhereverARecovererDies) {  // G-SYNC-5
  for (const char* const point : {"tracked_noted", "tracked_counted", "tracked_freed"}) {
    for (const int count : {1, 2}) {
      SCOPED_TRACE(point);
      auto* const state = area_.At<TrackedSemaphore::State>(4096);
      ASSERT_TRUE(TrackedSemaphore::Init(state, 2).ok());
      TrackedSemaphore semaphore(area_.context(), state, TrackedSemaphore::BytesFor(2));
      const uint64_t before = semaphore.Returned();
      EXPECT_TRUE(DiesAt(
          "tracked_taken",
          [&] {
            semaphore.Acquire(kNow).IgnoreError();
            semaphore.Acquire(kNow).IgnoreError();
          },
          2));
      EXPECT_TRUE(DiesAt(
          point, [&] { semaphore.Recover(); }, count));
      EXPECT_EQ(semaphore.Value(), 2u);
      EXPECT_EQ(semaphore.Returned() - before, 2u);
    }
  }
  auto* const state = area_.At<TrackedSemaphore::State>(4096);
  TrackedSemaphore semaphore(area_.context(), state, TrackedSemaphore::BytesFor(2));
  const uint64_t before = semaphore.Returned();
  EXPECT_TRUE(DiesAt("tracked_released", [&] {
    semaphore.Acquire(kNow).IgnoreError();
    semaphore.Release().IgnoreError();
  }));
  EXPECT_EQ(semaphore.Value(), 2u);
  EXPECT_EQ(semaphore.Returned(), before);
}

}  // namespace
}  // namespace billiard::sync
