// A process is killed, or stands still, after its k-th instruction in taking and releasing locks and
// semaphores; some are left out, but not in the long version.
#include <memory>

#include "billiard_core/base/status.h"
#include "billiard_core/sync/lock.h"
#include "billiard_core/sync/rlock.h"
#include "billiard_core/sync/semaphore.h"
#include "billiard_core/sync/tracked_semaphore.h"
#include "gtest/gtest.h"
#include "tests/core/sync/shared_area.h"
#include "tests/support/child/child.h"
#include "tests/support/single_step/places.h"
#include "tests/support/single_step/single_step.h"

namespace billiard::sync {
namespace {

using shared_memory::kNobody;
using testing::Places;
using testing::SteppedOperation;
using testing::StepPlan;

constexpr Deadline kNow = Deadline::Now();
constexpr Deadline kForever = Deadline::Forever();
// Long enough to look at everything and to sleep; the wait ends by itself under the test's control.
constexpr int64_t kSoon = kNanosPerMilli;
constexpr uint64_t kToken = 5;
constexpr uint64_t kOther = 6;
constexpr uint32_t kUnits = 2;

const StepPlan kPlan = Places(16);

// One of each kind in one area.
struct Primitives {
  explicit Primitives(bool fifo)
      : lock(MakeLock(fifo)),
        rlock(area.context(), area.At<RLock::State>(4096)),
        semaphore(MakeSemaphore()),
        tracked(area.context(), MakeTracked(), TrackedSemaphore::BytesFor(kUnits)) {}

  Lock MakeLock(bool fifo) {
    Lock::Init(area.At<Lock::State>(), {.fifo = fifo});
    return Lock(area.context(), area.At<Lock::State>());
  }
  BoundedSemaphore MakeSemaphore() {
    EXPECT_TRUE(BoundedSemaphore::Init(area.At<Semaphore::State>(8192), kUnits).ok());
    return BoundedSemaphore(area.context(), area.At<Semaphore::State>(8192));
  }
  TrackedSemaphore::State* MakeTracked() {
    EXPECT_TRUE(TrackedSemaphore::Init(area.At<TrackedSemaphore::State>(12288), kUnits).ok());
    return area.At<TrackedSemaphore::State>(12288);
  }

  SharedArea area;
  Lock lock;
  RLock rlock;
  BoundedSemaphore semaphore;
  TrackedSemaphore tracked;
};

SteppedOperation<Primitives> Operation(bool fifo = false) {
  SteppedOperation<Primitives> operation;
  operation.make = [fifo] { return std::make_unique<Primitives>(fifo); };
  operation.join = [](Primitives& all) { return all.area.Join(); };
  return operation;
}

void ExpectOrdinary(Lock* lock) {
  EXPECT_EQ(lock->Acquire(kNow).value(), Grant::kClean);
  EXPECT_EQ(CodeOf(lock->Acquire(kNow).status()), Code::kTimeout);
  EXPECT_TRUE(lock->Release().ok());
  EXPECT_EQ(CodeOf(lock->Release()), Code::kState);
}

class LockSingleStepTest : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Modes, LockSingleStepTest, ::testing::Values(false, true),
                         [](const auto& mode) { return mode.param ? "Fifo" : "Plain"; });

// The news of the death say whether the lock was taken, and nothing else does.
TEST_P(LockSingleStepTest, AcquireKilledAnywhereIsDoneOrNot) {
  auto acquire = Operation(GetParam());
  int outcomes[2] = {0, 0};
  acquire.act = [](Primitives& all) { all.lock.Acquire(kForever).IgnoreError(); };
  acquire.check = [&](Primitives& all, bool done) {
    const bool was_taken = all.lock.Holder() != kNobody;
    EXPECT_TRUE(was_taken || !done);
    EXPECT_EQ(all.lock.Acquire(kNow).value(), was_taken ? Grant::kOwnerDied : Grant::kClean);
    EXPECT_TRUE(all.lock.Release().ok());
    ExpectOrdinary(&all.lock);
    ++outcomes[was_taken ? 1 : 0];
  };
  KillAtEveryStep(acquire, kPlan);
  EXPECT_GT(outcomes[1], 0);
}

TEST_P(LockSingleStepTest, ReleaseKilledAnywhereIsDoneOrNot) {
  auto release = Operation(GetParam());
  // In the child, at full speed.
  release.join = [](Primitives& all) { return all.lock.Acquire(kForever).ok(); };
  release.act = [](Primitives& all) { all.lock.Release().IgnoreError(); };
  release.check = [](Primitives& all, bool done) {
    const bool was_held = all.lock.Holder() != kNobody;
    EXPECT_TRUE(!was_held || !done);
    EXPECT_EQ(all.lock.Acquire(kNow).value(), was_held ? Grant::kOwnerDied : Grant::kClean);
    EXPECT_TRUE(all.lock.Release().ok());
    ExpectOrdinary(&all.lock);
  };
  KillAtEveryStep(release, kPlan);
}

// The test holds the lock; the child announces itself, sleeps, looks again, and gives up.
TEST_P(LockSingleStepTest, AWaiterKilledAnywhereIsNobodysTrouble) {
  auto acquire = Operation(GetParam());
  acquire.prepare = [](Primitives& all) { ASSERT_TRUE(all.lock.Acquire(kNow).ok()); };
  acquire.act = [](Primitives& all) {
    all.lock.Acquire(Deadline::After(kSoon)).status().IgnoreError();
  };
  acquire.check = [](Primitives& all, bool) {
    EXPECT_TRUE(all.lock.Release().ok());
    EXPECT_EQ(all.lock.Acquire(kForever).value(), Grant::kClean);
    EXPECT_TRUE(all.lock.Release().ok());
    ExpectOrdinary(&all.lock);
  };
  KillAtEveryStep(acquire, kPlan);
}

// The holder is a dead process: the child finds that out and takes over.
TEST_P(LockSingleStepTest, ATakeoverKilledAnywhereIsDoneOrNot) {
  auto acquire = Operation(GetParam());
  acquire.prepare = [](Primitives& all) {
    testing::Child holder([&] { return all.lock.Acquire(kNow).ok() ? 0 : 1; });
    ASSERT_EQ(holder.Wait(), 0);
  };
  acquire.act = [](Primitives& all) { all.lock.Acquire(kForever).status().IgnoreError(); };
  acquire.check = [](Primitives& all, bool) {
    // Dead is the one or the other.
    EXPECT_EQ(all.lock.Acquire(kNow).value(), Grant::kOwnerDied);
    EXPECT_TRUE(all.lock.Release().ok());
    ExpectOrdinary(&all.lock);
  };
  KillAtEveryStep(acquire, kPlan);
}

// A process stands still somewhere in taking and releasing. If it has the lock then, that is as it should
// be; if not, another one takes and releases the lock without it.
TEST_P(LockSingleStepTest, AProcessStoppedAnywhereHoldsUpNobody) {
  auto both = Operation(GetParam());
  both.act = [](Primitives& all) {
    all.lock.Acquire(kForever).status().IgnoreError();
    all.lock.Release().IgnoreError();
  };
  const auto meanwhile = [](Primitives& all) {
    if (all.lock.Holder() != kNobody) return;
    EXPECT_EQ(all.lock.Acquire(kForever).value(), Grant::kClean);
    EXPECT_TRUE(all.lock.Release().ok());
  };
  both.check = [](Primitives& all, bool) { ExpectOrdinary(&all.lock); };
  StopAtEveryStep<Primitives>(both, meanwhile, kPlan);
}

TEST(RLockSingleStepTest, AcquireKilledAnywhereIsDoneOrNot) {
  auto acquire = Operation();
  acquire.act = [](Primitives& all) {
    all.rlock.Acquire(kToken, kForever).status().IgnoreError();
    all.rlock.Acquire(kToken, kForever).status().IgnoreError();
  };
  acquire.check = [](Primitives& all, bool done) {
    const bool was_taken = all.rlock.Holder() != kNobody;
    EXPECT_TRUE(was_taken || !done);
    EXPECT_EQ(all.rlock.Acquire(kOther, kNow).value(),
              was_taken ? Grant::kOwnerDied : Grant::kClean);
    EXPECT_EQ(all.rlock.Depth(kOther), 1u);
    EXPECT_EQ(CodeOf(all.rlock.Release(kToken)), Code::kState);
    EXPECT_TRUE(all.rlock.Release(kOther).ok());
    EXPECT_EQ(all.rlock.Acquire(kToken, kNow).value(), Grant::kClean);
  };
  KillAtEveryStep(acquire, kPlan);
}

TEST(RLockSingleStepTest, ReleaseKilledAnywhereIsDoneOrNot) {
  auto release = Operation();
  release.join = [](Primitives& all) {
    return all.rlock.Acquire(kToken, kForever).ok() && all.rlock.Acquire(kToken, kForever).ok();
  };
  release.act = [](Primitives& all) {
    all.rlock.Release(kToken).IgnoreError();
    all.rlock.Release(kToken).IgnoreError();
  };
  release.check = [](Primitives& all, bool done) {
    const bool was_held = all.rlock.Holder() != kNobody;
    EXPECT_TRUE(!was_held || !done);
    EXPECT_EQ(all.rlock.Acquire(kToken, kNow).value(),
              was_held ? Grant::kOwnerDied : Grant::kClean);
    EXPECT_EQ(all.rlock.Depth(kToken), 1u);
    EXPECT_TRUE(all.rlock.Release(kToken).ok());
    EXPECT_EQ(all.rlock.Holder(), kNobody);
  };
  KillAtEveryStep(release, kPlan);
}

TEST(RLockSingleStepTest, ATakeoverKilledAnywhereIsDoneOrNot) {
  auto acquire = Operation();
  acquire.prepare = [](Primitives& all) {
    testing::Child holder([&] { return all.rlock.Acquire(kToken, kNow).ok() ? 0 : 1; });
    ASSERT_EQ(holder.Wait(), 0);
  };
  acquire.act = [](Primitives& all) { all.rlock.Acquire(kOther, kNow).status().IgnoreError(); };
  acquire.check = [](Primitives& all, bool) {
    EXPECT_EQ(all.rlock.Acquire(7, kNow).value(), Grant::kOwnerDied);
    EXPECT_EQ(all.rlock.Depth(kToken) + all.rlock.Depth(kOther), 0u);
    EXPECT_TRUE(all.rlock.Release(7).ok());
    EXPECT_EQ(all.rlock.Acquire(kToken, kNow).value(), Grant::kClean);
  };
  KillAtEveryStep(acquire, kPlan);
}

TEST(SemaphoreSingleStepTest, AcquireKilledAnywhereTookAUnitOrNot) {
  auto acquire = Operation();
  acquire.act = [](Primitives& all) { all.semaphore.Acquire(kForever).IgnoreError(); };
  acquire.check = [](Primitives& all, bool done) {
    const uint32_t value = all.semaphore.Value();
    EXPECT_TRUE(value == kUnits - 1 || (value == kUnits && !done)) << value;
    while (all.semaphore.Release().ok()) {
    }
    EXPECT_EQ(all.semaphore.Value(), kUnits);
  };
  KillAtEveryStep(acquire, kPlan);
}

TEST(SemaphoreSingleStepTest, ReleaseKilledAnywhereGaveAUnitOrNot) {
  auto release = Operation();
  release.prepare = [](Primitives& all) { ASSERT_TRUE(all.semaphore.Acquire(kNow).ok()); };
  release.act = [](Primitives& all) { all.semaphore.Release().IgnoreError(); };
  release.check = [](Primitives& all, bool done) {
    const uint32_t value = all.semaphore.Value();
    EXPECT_TRUE(value == kUnits || (value == kUnits - 1 && !done)) << value;
  };
  KillAtEveryStep(release, kPlan);
}

void ExpectAllUnits(TrackedSemaphore* tracked) {
  EXPECT_EQ(tracked->Value(), kUnits);
  for (uint32_t i = 0; i < kUnits; ++i) EXPECT_TRUE(tracked->Acquire(kNow).ok());
  EXPECT_EQ(CodeOf(tracked->Acquire(kNow)), Code::kTimeout);
  EXPECT_TRUE(tracked->Release(kUnits).ok());
}

TEST(TrackedSemaphoreSingleStepTest, AcquireAndReleaseKilledAnywhereLeaveAllUnits) {
  auto both = Operation();
  both.act = [](Primitives& all) {
    all.tracked.Acquire(kForever).IgnoreError();
    all.tracked.Release().IgnoreError();
  };
  both.check = [](Primitives& all, bool done) {
    ExpectAllUnits(&all.tracked);
    EXPECT_LE(all.tracked.Returned(), done ? 0u : 1u);
  };
  KillAtEveryStep(both, kPlan);
}

// A process dies with both units; another one that gives them back is killed while it does.
TEST(TrackedSemaphoreSingleStepTest, RecoveryKilledAnywhereCountsEachUnitOnce) {  // G-SYNC-5
  auto recover = Operation();
  recover.prepare = [](Primitives& all) {
    testing::Child holder(
        [&] { return all.tracked.Acquire(kNow).ok() && all.tracked.Acquire(kNow).ok() ? 0 : 1; });
    ASSERT_EQ(holder.Wait(), 0);
  };
  recover.act = [](Primitives& all) { all.tracked.Recover(); };
  recover.check = [](Primitives& all, bool) {
    ExpectAllUnits(&all.tracked);
    EXPECT_EQ(all.tracked.Returned(), 2u);
  };
  KillAtEveryStep(recover, kPlan);
}

}  // namespace
}  // namespace billiard::sync
