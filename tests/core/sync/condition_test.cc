#include "billiard_core/sync/condition.h"

#include <signal.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "billiard_core/base/status.h"
#include "gtest/gtest.h"
#include "tests/core/sync/sync_memory.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::sync {
namespace {

using testing::AwaitAtLeast;
using testing::AwaitSleeping;
using testing::Child;
using testing::Shared;
using testing::Watchdog;

constexpr Deadline kNow = Deadline::Now();
constexpr Deadline kForever = Deadline::Forever();
constexpr uint64_t kMe = 7;  // tokens
constexpr uint64_t kOther = 8;

// Each test with a Lock and with an RLock.
enum class Kind { kLock, kRLock };

class ConditionTest : public ::testing::TestWithParam<Kind> {
 protected:
  ConditionTest()
      : lock_(memory_.context(), memory_.New<Lock::State>()),
        rlock_(memory_.context(), memory_.New<RLock::State>()) {
    auto* state = memory_.New<Condition::State>();
    Condition::Init(memory_.context(), state);
    condition_ = OverItsLock(state);
  }

  std::unique_ptr<Condition> OverItsLock(Condition::State* state) {
    return recursive() ? std::make_unique<Condition>(memory_.context(), state, &rlock_)
                       : std::make_unique<Condition>(memory_.context(), state, &lock_);
  }

  bool recursive() const { return GetParam() == Kind::kRLock; }
  absl::StatusOr<Grant> Acquire(uint64_t token = kMe, Deadline deadline = kForever) {
    return recursive() ? rlock_.Acquire(token, deadline) : lock_.Acquire(deadline);
  }
  absl::Status Release(uint64_t token = kMe) {
    return recursive() ? rlock_.Release(token) : lock_.Release();
  }
  bool LockIsFree() { return (recursive() ? rlock_.Holder() : lock_.Holder()) == 0; }

  // Enrolled and asleep when this returns; exits with 1 if notified, 0 if not, 2 for anything else.
  Child Waiter(Deadline deadline = kForever) {
    const uint32_t enrolled = memory_.waits().CountInUse();
    Child child([this, deadline] {
      if (!Acquire().ok()) return 2;
      const auto outcome = condition_->Wait(kMe, deadline);
      if (!outcome.ok() || !Release().ok()) return 2;
      return outcome->notified ? 1 : 0;
    });
    while (memory_.waits().CountInUse() <= enrolled || !LockIsFree()) sched_yield();
    AwaitSleeping(child.pid());
    return child;
  }

  int Notify(int count) {
    EXPECT_TRUE(Acquire().ok());
    const absl::StatusOr<int> notified = condition_->Notify(kMe, count);
    EXPECT_TRUE(notified.ok()) << notified.status();
    EXPECT_TRUE(Release().ok());
    return *notified;
  }

  Watchdog watchdog_{250};
  SyncMemory memory_;
  Lock lock_;
  RLock rlock_;
  std::unique_ptr<Condition> condition_;
};

// What only one of them can do.
class ConditionOverLockTest : public ConditionTest {};
class ConditionOverRLockTest : public ConditionTest {};
INSTANTIATE_TEST_SUITE_P(Only, ConditionOverLockTest, ::testing::Values(Kind::kLock));
INSTANTIATE_TEST_SUITE_P(Only, ConditionOverRLockTest, ::testing::Values(Kind::kRLock));

INSTANTIATE_TEST_SUITE_P(EachLock, ConditionTest, ::testing::Values(Kind::kLock, Kind::kRLock),
                         [](const auto& kind) {
                           return kind.param == Kind::kLock ? "Lock" : "RLock";
                         });

// SYNC-42
TEST_P(ConditionTest, WaitWithoutTheLockIsAnError) {
  const auto outcome = condition_->Wait(kMe, kForever);
  EXPECT_EQ(CodeOf(outcome.status()), Code::kState);
  EXPECT_EQ(outcome.status().message(), "must acquire() condition before using wait()");
  Child holder([&] { return Acquire().ok() ? 0 : 1; });
  EXPECT_EQ(holder.Wait(), 0);
  EXPECT_EQ(CodeOf(condition_->Wait(kMe, kNow).status()), Code::kState);
}

// SYNC-43, G-SYNC-10
TEST_P(ConditionTest, NotifyWithoutTheLockIsAnError) {
  for (const auto& notified : {condition_->Notify(kMe), condition_->NotifyAll(kMe)}) {
    EXPECT_EQ(CodeOf(notified.status()), Code::kState);
    EXPECT_EQ(notified.status().message(), "lock is not owned");
  }
  ASSERT_TRUE(Acquire().ok());
  EXPECT_EQ(CodeOf(condition_->Notify(kMe, -1).status()), Code::kInvalid);
  EXPECT_EQ(*condition_->Notify(kMe, 0), 0);
  if (recursive()) {
    EXPECT_EQ(CodeOf(condition_->Notify(kOther).status()), Code::kState);
    EXPECT_EQ(CodeOf(condition_->Wait(kOther, kNow).status()), Code::kState);
  }
}

TEST_P(ConditionTest, OfZeroedMemoryIsAnError) {
  const auto none = OverItsLock(memory_.New<Condition::State>());
  ASSERT_TRUE(Acquire().ok());
  EXPECT_EQ(CodeOf(none->Wait(kMe, kNow).status()), Code::kCorrupt);
  EXPECT_EQ(CodeOf(none->Notify(kMe).status()), Code::kCorrupt);
  EXPECT_EQ(none->CountWaiters(), 0);
}

// SYNC-42: at once for a timeout of 0, but others had the lock in between.
TEST_P(ConditionTest, TimeOutReturnsFalseWithTheLock) {
  ASSERT_TRUE(Acquire().ok());
  for (const int64_t timeout : {int64_t{0}, 5 * kNanosPerMilli}) {
    const int64_t before = MonotonicNow();
    const auto outcome = condition_->Wait(kMe, Deadline::After(timeout));
    ASSERT_TRUE(outcome.ok());
    EXPECT_FALSE(outcome->notified);
    EXPECT_FALSE(outcome->interrupted);
    EXPECT_GE(MonotonicNow() - before, timeout);
    EXPECT_EQ(condition_->CountWaiters(), 0);
  }
  EXPECT_FALSE(LockIsFree());
  EXPECT_TRUE(Release().ok());
  EXPECT_EQ(memory_.waits().CountInUse(), 0u);
}

TEST_P(ConditionTest, InterruptReturnsWithTheLock) {
  os::Interrupt interrupt;
  interrupt.Raise();
  ASSERT_TRUE(Acquire().ok());
  const auto outcome = condition_->Wait(kMe, kForever, &interrupt);
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome->interrupted);
  EXPECT_FALSE(outcome->notified);
  EXPECT_TRUE(Release().ok());
}

// SYNC-42: all levels are released, and there again, whatever the wait ended in.
TEST_P(ConditionOverRLockTest, AllLevelsOfARecursiveLockAreReleasedAndRestored) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Acquire().ok());
  EXPECT_FALSE(condition_->Wait(kMe, kNow)->notified);
  EXPECT_EQ(rlock_.Depth(kMe), 3u);
  Child notifier([&] {
    if (!Acquire(kOther).ok() || !condition_->Notify(kOther).ok()) return 1;
    return Release(kOther).ok() ? 0 : 1;
  });
  EXPECT_TRUE(condition_->Wait(kMe, kForever)->notified);
  EXPECT_EQ(rlock_.Depth(kMe), 3u);
  EXPECT_EQ(notifier.Wait(), 0);
}

// SYNC-43, in the order in which they came.
TEST_P(ConditionTest, NotifyWakesOneTheOldest) {
  Child first = Waiter();
  Child second = Waiter();
  EXPECT_EQ(condition_->CountWaiters(), 2);
  EXPECT_EQ(Notify(1), 1);
  EXPECT_EQ(first.Wait(), 1);
  EXPECT_EQ(condition_->CountWaiters(), 1);
  EXPECT_EQ(Notify(1), 1);
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_EQ(Notify(1), 0);
  EXPECT_EQ(memory_.waits().CountInUse(), 0u);
}

// SYNC-43: exactly n, and exactly all.
TEST_P(ConditionTest, NotifyOfNWakesExactlyN) {
  std::vector<Child> waiters;
  for (int i = 0; i < 6; ++i) waiters.push_back(Waiter());
  EXPECT_EQ(Notify(4), 4);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(waiters[i].Wait(), 1);
  EXPECT_EQ(condition_->CountWaiters(), 2);
  for (int i = 4; i < 6; ++i) AwaitSleeping(waiters[i].pid());
  EXPECT_TRUE(Acquire().ok());
  EXPECT_EQ(*condition_->NotifyAll(kMe), 2);
  EXPECT_EQ(*condition_->NotifyAll(kMe), 0);
  EXPECT_TRUE(Release().ok());
  for (int i = 4; i < 6; ++i) EXPECT_EQ(waiters[i].Wait(), 1);
}

// SYNC-43
TEST_P(ConditionTest, NotificationWithoutWaitersIsNotRemembered) {
  EXPECT_EQ(Notify(3), 0);
  ASSERT_TRUE(Acquire().ok());
  EXPECT_FALSE(condition_->Wait(kMe, kNow)->notified);
}

// SYNC-44
TEST_P(ConditionTest, WhoTimedOutIsNotCounted) {
  ASSERT_TRUE(Acquire().ok());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(condition_->Wait(kMe, kNow)->notified);
  ASSERT_TRUE(Release().ok());
  Child timed_out([&] {
    if (!Acquire().ok()) return 2;
    const auto outcome = condition_->Wait(kMe, Deadline::After(5 * kNanosPerMilli));
    return outcome.ok() && !outcome->notified && Release().ok() ? 0 : 2;
  });
  EXPECT_EQ(timed_out.Wait(), 0);
  Child alive = Waiter();
  EXPECT_EQ(Notify(1), 1);
  EXPECT_EQ(alive.Wait(), 1);
}

// GAP-26, W-SYNC-2: killed with and without a timeout; reaped or not.
TEST_P(ConditionTest, KilledWaitersDoNotHoldUpNotify) {
  Child killed = Waiter();
  Child killed_with_timeout = Waiter(Deadline::After(3600 * kNanosPerSecond));
  Child alive = Waiter();
  killed.Kill();
  killed.Wait();
  killed_with_timeout.Kill();
  killed_with_timeout.AwaitZombie();
  EXPECT_EQ(condition_->CountWaiters(), 1);
  EXPECT_EQ(Notify(1), 1);
  EXPECT_EQ(alive.Wait(), 1);
  EXPECT_EQ(Notify(5), 0);
  EXPECT_EQ(memory_.waits().CountInUse(), 0u);
}

// G-SYNC-2: a stopped one is alive: its notification is its own, and waits for it.
TEST_P(ConditionTest, StoppedWaiterKeepsItsNotificationAndHoldsUpNobody) {
  Child stopped = Waiter();
  Child alive = Waiter();
  stopped.Stop();
  EXPECT_EQ(Notify(2), 2);
  EXPECT_EQ(alive.Wait(), 1);
  stopped.Signal(SIGCONT);
  EXPECT_EQ(stopped.Wait(), 1);
}

// A dead waiter never swallows a wake-up, also when it had been notified already.
TEST_P(ConditionTest, NotificationOfADeadWaiterGoesToTheNextByItself) {
  Child doomed = Waiter();
  Child heir = Waiter();
  doomed.Stop();
  EXPECT_EQ(Notify(1), 1);
  doomed.Kill();
  EXPECT_EQ(doomed.Wait(), -SIGKILL);
  EXPECT_EQ(heir.Wait(), 1);
}

// A waiter that dies between the wake-up and the lock; notified while another process has the lock.
TEST_P(ConditionTest, NotificationOfOneThatDiesWaitingForTheLockGoesToTheNext) {
  Child doomed = Waiter();
  Child heir = Waiter();
  ASSERT_TRUE(Acquire().ok());
  EXPECT_EQ(*condition_->Notify(kMe), 1);
  // It has left the table's sleep and sleeps for the lock, or is about to.
  for (int i = 0; i < 100; ++i) sched_yield();
  AwaitSleeping(doomed.pid());
  doomed.Kill();
  EXPECT_EQ(doomed.Wait(), -SIGKILL);
  ASSERT_TRUE(Release().ok());
  EXPECT_EQ(heir.Wait(), 1);
}

// The same for who only looks, or sleeps for less than a slice at a time.
TEST_P(ConditionTest, PollersInheritFromTheDead) {
  Child doomed = Waiter();
  doomed.Stop();
  ASSERT_TRUE(Acquire().ok());
  Condition::Waiting waiting;
  ASSERT_TRUE(condition_->BeginWait(kMe, &waiting).ok());
  ASSERT_TRUE(Acquire().ok());
  EXPECT_EQ(*condition_->Notify(kMe, 1), 1);  // the other one, who is older
  ASSERT_TRUE(Release().ok());
  EXPECT_EQ(CodeOf(condition_->WaitNotified(waiting, kNow)), Code::kTimeout);
  doomed.Kill();
  doomed.Wait();
  EXPECT_TRUE(condition_->WaitNotified(waiting, kNow).ok());
  EXPECT_TRUE(condition_->EndWait(&waiting, kForever).ok());
  EXPECT_TRUE(waiting.notified);
  EXPECT_TRUE(Release().ok());
  EXPECT_EQ(memory_.waits().CountInUse(), 0u);
}

// The news of a dead holder is not lost in a wait.
TEST_P(ConditionTest, DeathOfTheHolderIsNewsToTheWaiterThatGetsTheLock) {
  ASSERT_TRUE(Acquire().ok());
  Child holder([&] {
    if (!Acquire(kOther).ok()) return 1;
    return *condition_->Notify(kOther) == 1 ? 0 : 1;  // ends with the lock
  });
  const auto outcome = condition_->Wait(kMe, kForever);
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome->notified);
  EXPECT_EQ(outcome->grant, Grant::kOwnerDied);
  EXPECT_EQ(holder.Wait(), 0);
  EXPECT_EQ(rlock_.Depth(kMe), recursive() ? 1u : 0u);
  EXPECT_TRUE(Release().ok());
}

// W-SYNC-4: released by another process, where that is allowed, it is not ours to wait with.
TEST_P(ConditionOverLockTest, LockReleasedByAnotherProcessIsNotOwned) {
  ASSERT_TRUE(Acquire().ok());
  Child other([&] { return Release().ok() ? 0 : 1; });
  ASSERT_EQ(other.Wait(), 0);
  EXPECT_EQ(CodeOf(condition_->Wait(kMe, kNow).status()), Code::kState);
  ASSERT_TRUE(Acquire().ok());
  EXPECT_FALSE(condition_->Wait(kMe, kNow)->notified);
  EXPECT_TRUE(Release().ok());
}

TEST_P(ConditionTest, WaitInThreeParts) {
  ASSERT_TRUE(Acquire().ok());
  Condition::Waiting waiting;
  ASSERT_TRUE(condition_->BeginWait(kMe, &waiting).ok());
  EXPECT_TRUE(LockIsFree());
  EXPECT_EQ(CodeOf(condition_->WaitNotified(waiting, kNow)), Code::kTimeout);
  os::Interrupt interrupt;
  interrupt.Raise();
  EXPECT_EQ(CodeOf(condition_->WaitNotified(waiting, kForever, &interrupt)), Code::kInterrupted);
  EXPECT_EQ(Notify(1), 1);
  EXPECT_TRUE(condition_->WaitNotified(waiting, kNow).ok());
  Shared<std::atomic<uint32_t>> held;
  Shared<std::atomic<uint32_t>> go;
  Child holder([&] {
    if (!Acquire().ok()) return 1;
    held->store(1);
    AwaitAtLeast(*go, 1);
    return Release().ok() ? 0 : 1;
  });
  AwaitAtLeast(*held, 1);
  EXPECT_EQ(CodeOf(condition_->EndWait(&waiting, kNow).status()), Code::kTimeout);
  EXPECT_EQ(CodeOf(condition_->EndWait(&waiting, kForever, &interrupt).status()),
            Code::kInterrupted);
  go->store(1);
  EXPECT_TRUE(condition_->EndWait(&waiting, kForever).ok());
  EXPECT_TRUE(waiting.notified);
  EXPECT_EQ(holder.Wait(), 0);
  EXPECT_EQ(CodeOf(condition_->EndWait(&waiting, kForever).status()), Code::kState);
  EXPECT_EQ(CodeOf(condition_->WaitNotified(waiting, kForever)), Code::kState);
  EXPECT_TRUE(Release().ok());
  EXPECT_EQ(memory_.waits().CountInUse(), 0u);
}

// A handle that a garbage collector frees: here by a thread of the process that holds the lock itself.
TEST_P(ConditionTest, AbandonedWaitIsWithdrawnWithoutTheLock) {
  Condition::Waiting waiting;
  ASSERT_TRUE(Acquire().ok());
  ASSERT_TRUE(condition_->BeginWait(kMe, &waiting).ok());
  ASSERT_TRUE(Acquire(kOther).ok());
  EXPECT_EQ(condition_->CountWaiters(), 1);
  std::thread([&] { condition_->Abandon(&waiting); }).join();
  EXPECT_EQ(condition_->CountWaiters(), 0);
  EXPECT_FALSE(LockIsFree());
  EXPECT_EQ(memory_.waits().CountInUse(), 0u);
  condition_->Abandon(&waiting);  // it is over
  EXPECT_EQ(CodeOf(condition_->EndWait(&waiting, kNow).status()), Code::kState);
  EXPECT_TRUE(Release(kOther).ok());
  EXPECT_EQ(Notify(1), 0);
}

// Before the first EndWait, and after one that did not get the lock; in both cases the next one that waited
// has it, although nobody looks for it.
TEST_P(ConditionTest, NotificationOfAnAbandonedWaitGoesToTheNext) {
  for (const bool settled : {false, true}) {
    Condition::Waiting waiting;
    ASSERT_TRUE(Acquire().ok());
    ASSERT_TRUE(condition_->BeginWait(kMe, &waiting).ok());
    Child heir = Waiter();
    heir.Stop();  // it is not to find it by itself
    ASSERT_TRUE(Acquire().ok());
    EXPECT_EQ(*condition_->Notify(kMe), 1);
    Condition::Waiting later;  // not meant by that notification
    ASSERT_TRUE(condition_->BeginWait(kMe, &later).ok());
    ASSERT_TRUE(Acquire(kOther).ok());
    if (settled) {
      EXPECT_EQ(CodeOf(condition_->EndWait(&waiting, kNow).status()), Code::kTimeout);
      EXPECT_TRUE(waiting.notified);
    }
    EXPECT_EQ(condition_->CountWaiters(), 2);
    condition_->Abandon(&waiting);
    EXPECT_EQ(condition_->CountWaiters(), 1);
    EXPECT_EQ(CodeOf(condition_->WaitNotified(later, kNow)), Code::kTimeout);
    heir.Signal(SIGCONT);
    EXPECT_TRUE(Release(kOther).ok());
    EXPECT_EQ(heir.Wait(), 1);
    condition_->Abandon(&later);
    EXPECT_EQ(memory_.waits().CountInUse(), 0u);
  }
}

// Nobody is left who waited when it was given.
TEST_P(ConditionTest, NotificationOfTheLastAbandonedWaitIsVoid) {
  Condition::Waiting waiting;
  ASSERT_TRUE(Acquire().ok());
  ASSERT_TRUE(condition_->BeginWait(kMe, &waiting).ok());
  EXPECT_EQ(Notify(1), 1);
  Child later = Waiter();
  condition_->Abandon(&waiting);
  EXPECT_EQ(condition_->CountWaiters(), 1);
  EXPECT_EQ(Notify(1), 1);
  EXPECT_EQ(later.Wait(), 1);
  EXPECT_EQ(memory_.waits().CountInUse(), 0u);
}

// SYNC-47: of a bounded buffer's items each wake-up finds one, since each is for one item.
TEST_P(ConditionTest, NobodyWakesForNothing) {
  constexpr int kItems = 2'000;
  constexpr int kConsumers = 3;
  struct Buffer {
    std::atomic<int> items;
    std::atomic<int> for_nothing;
  };
  Shared<Buffer> buffer;
  std::vector<Child> consumers;
  for (int i = 0; i < kConsumers; ++i) {
    consumers.emplace_back([&] {
      for (;;) {
        if (!Acquire().ok()) return 1;
        // Strictly a hand-over: an item is for the one whose notification it came with.
        const auto outcome = condition_->Wait(kMe, kForever);
        if (!outcome.ok() || !outcome->notified) return 2;
        const int items = buffer->items.load();
        if (items < 0) return Release().ok() ? 0 : 3;
        if (items == 0) buffer->for_nothing.fetch_add(1);
        if (items > 0) buffer->items.store(items - 1);
        if (!Release().ok()) return 3;
      }
    });
  }
  for (int made = 0; made < kItems;) {
    ASSERT_TRUE(Acquire().ok());
    if (*condition_->Notify(kMe) == 1) {
      buffer->items.store(buffer->items.load() + 1);
      ++made;
    }
    ASSERT_TRUE(Release().ok());
    sched_yield();
  }
  for (bool empty = false; !empty; sched_yield()) {
    ASSERT_TRUE(Acquire().ok());
    empty = buffer->items.load() == 0 && condition_->CountWaiters() == kConsumers;
    if (empty) buffer->items.store(-1);
    EXPECT_EQ(empty ? *condition_->NotifyAll(kMe) : kConsumers, kConsumers);
    ASSERT_TRUE(Release().ok());
  }
  for (Child& child : consumers) EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(buffer->for_nothing.load(), 0);
}

}  // namespace
}  // namespace billiard::sync
