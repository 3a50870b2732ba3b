#include "billiard_core/sync/wait_table.h"

#include <signal.h>

#include <atomic>
#include <random>
#include <set>
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
using Enrolment = WaitTable::Enrolment;

constexpr int kAll = 1'000'000;

class WaitTableTest : public ::testing::Test {
 protected:
  Enrolment Enrol(uint64_t object, uint32_t detail = 0) {
    const absl::StatusOr<Enrolment> enrolment = waits().Enrol(object, detail);
    EXPECT_TRUE(enrolment.ok()) << enrolment.status();
    return *enrolment;
  }

  // A child that has enrolled and sleeps.
  Child Sleeper(uint64_t object, uint32_t detail = 0) {
    Shared<std::atomic<uint32_t>> enrolled;
    Child child([&] {
      absl::StatusOr<Enrolment> enrolment = waits().Enrol(object, detail);
      if (!enrolment.ok()) return 1;
      enrolled->store(1);
      waits().Sleep(*enrolment, Deadline::Forever(), nullptr, -1);
      const bool notified = waits().Settle(*enrolment);
      waits().Leave(&*enrolment);
      return notified ? 0 : 2;
    });
    AwaitAtLeast(*enrolled, 1);
    AwaitSleeping(child.pid());
    return child;
  }

  WaitTable& waits() { return memory_.waits(); }

  // Filling the table takes minutes under a sanitizer on a busy machine.
  Watchdog watchdog_{800};
  SyncMemory memory_;
  const uint64_t object_ = memory_.waits().NewObject();
};

TEST_F(WaitTableTest, NotifiesTheOldestFirst) {
  Enrolment first = Enrol(object_);
  Enrolment second = Enrol(object_);
  waits().Leave(&first);
  Enrolment third = Enrol(object_);  // in the place of the first
  EXPECT_EQ(third.record, 0u);
  EXPECT_EQ(waits().Notify(object_, 1), 1);
  EXPECT_TRUE(waits().IsNotified(second));
  EXPECT_FALSE(waits().IsNotified(third));
  EXPECT_EQ(waits().Notify(object_, 1), 1);
  EXPECT_TRUE(waits().IsNotified(third));
}

TEST_F(WaitTableTest, NotifiesAsManyAsAskedForAndNoOthers) {
  const uint64_t other = waits().NewObject();
  std::vector<Enrolment> mine;
  std::vector<Enrolment> others;
  for (int i = 0; i < 100; ++i) {
    mine.push_back(Enrol(object_));
    others.push_back(Enrol(other));
  }
  EXPECT_EQ(waits().Notify(object_, 70), 70);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(waits().IsNotified(mine[i]), i < 70) << i;
  EXPECT_EQ(waits().CountWaiting(object_), 30);
  EXPECT_EQ(waits().Notify(object_, kAll), 30);
  EXPECT_EQ(waits().Notify(object_, kAll), 0);
  EXPECT_EQ(waits().CountWaiting(other), 100);
  for (const Enrolment& one : others) EXPECT_FALSE(waits().IsNotified(one));
}

TEST_F(WaitTableTest, NotificationWithoutWaitersIsNotRemembered) {
  EXPECT_EQ(waits().Notify(object_, 1), 0);
  EXPECT_FALSE(waits().IsNotified(Enrol(object_)));
}

TEST_F(WaitTableTest, WhoGaveUpDoesNotCount) {
  Enrolment first = Enrol(object_);
  Enrolment second = Enrol(object_);
  EXPECT_EQ(waits().Sleep(first, Deadline::After(1'000'000), nullptr, -1), WaitResult::kTimedOut);
  EXPECT_FALSE(waits().Settle(first));
  EXPECT_EQ(waits().CountWaiting(object_), 1);
  EXPECT_EQ(waits().Notify(object_, 1), 1);
  EXPECT_TRUE(waits().Settle(second));
  waits().Leave(&first);
  waits().Leave(&second);
  EXPECT_EQ(waits().CountInUse(), 0u);
}

TEST_F(WaitTableTest, NotificationBeatsTheGivingUpThatComesLater) {
  Enrolment enrolment = Enrol(object_);
  EXPECT_EQ(waits().Notify(object_, 1), 1);
  EXPECT_EQ(waits().Sleep(enrolment, Deadline::Now(), nullptr, -1), WaitResult::kNotified);
  EXPECT_TRUE(waits().Settle(enrolment));
}

TEST_F(WaitTableTest, WakesASleeperInAnotherProcess) {
  Child child = Sleeper(object_);
  EXPECT_EQ(waits().Notify(object_, 1), 1);
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(waits().CountInUse(), 0u);
}

TEST_F(WaitTableTest, InterruptAndSliceEndASleepButNotTheWait) {
  Enrolment enrolment = Enrol(object_);
  os::Interrupt interrupt;
  EXPECT_EQ(waits().Sleep(enrolment, Deadline::Forever(), nullptr, 1'000'000),
            WaitResult::kRecheck);
  interrupt.Raise();
  EXPECT_EQ(waits().Sleep(enrolment, Deadline::Forever(), &interrupt, -1),
            WaitResult::kInterrupted);
  EXPECT_EQ(waits().CountWaiting(object_), 1);
}

// A dead waiter is passed over at once, whether it is reaped or not.
TEST_F(WaitTableTest, PassesOverTheDead) {
  Child dead = Sleeper(object_);
  Child zombie = Sleeper(object_);
  Child alive = Sleeper(object_);
  dead.Kill();
  dead.Wait();
  zombie.Kill();
  zombie.AwaitZombie();
  EXPECT_EQ(waits().CountWaiting(object_), 1);
  EXPECT_EQ(waits().Notify(object_, 1), 1);
  EXPECT_EQ(alive.Wait(), 0);
  EXPECT_EQ(waits().Notify(object_, kAll), 0);
  EXPECT_EQ(waits().CountInUse(), 0u);
}

// SYNC-44, W-SYNC-2: who was notified and died before it could do anything about it.
TEST_F(WaitTableTest, NotificationOfADeadWaiterGoesToTheNextOldest) {
  Child doomed = Sleeper(object_);
  doomed.Stop();
  Enrolment first = Enrol(object_);
  Enrolment second = Enrol(object_);
  EXPECT_EQ(waits().Notify(object_, 1), 1);
  waits().HandOnFromDead(object_);  // it is alive: it keeps what it has
  EXPECT_FALSE(waits().IsNotified(first));
  doomed.Kill();
  doomed.Wait();
  for (int i = 0; i < 3; ++i) waits().HandOnFromDead(object_);
  EXPECT_TRUE(waits().IsNotified(first));
  EXPECT_FALSE(waits().IsNotified(second));
  EXPECT_TRUE(waits().Settle(first));
  waits().Leave(&first);
  waits().Leave(&second);
  EXPECT_EQ(waits().CountInUse(), 0u);
}

TEST_F(WaitTableTest, NotificationGoesOnThroughSeveralDeaths) {
  std::vector<Child> doomed;
  for (int i = 0; i < 3; ++i) {
    doomed.push_back(Sleeper(object_));
    doomed.back().Stop();
  }
  EXPECT_EQ(waits().Notify(object_, 1), 1);
  Enrolment late = Enrol(object_);
  for (Child& child : doomed) {
    child.Kill();
    child.Wait();
    waits().HandOnFromDead(object_);
  }
  // The late one did not wait when it was given: it is void now.
  EXPECT_FALSE(waits().IsNotified(late));
  waits().Leave(&late);
  EXPECT_EQ(waits().CountInUse(), 0u);
}

// SYNC-43: a notification is for those who wait at the time, and for nobody else.
TEST_F(WaitTableTest, WhoCameAfterTheNotificationInheritsNothing) {
  Child doomed = Sleeper(object_);
  doomed.Stop();
  EXPECT_EQ(waits().Notify(object_, 1), 1);
  Enrolment late = Enrol(object_);
  doomed.Kill();
  doomed.Wait();
  waits().HandOnFromDead(object_);
  EXPECT_FALSE(waits().IsNotified(late));
  EXPECT_EQ(waits().CountInUse(), 1u);
}

TEST_F(WaitTableTest, TakesBackWhatADeadParticipantHad) {
  const uint64_t other = waits().NewObject();
  Shared<std::atomic<uint32_t>> owner;
  Child child([&] {
    owner->store(*memory_.participants().Self());
    const bool enrolled = waits().Enrol(object_, 0).ok() && waits().Enrol(other, 0).ok();
    return enrolled ? 0 : 1;
  });
  AwaitAtLeast(*owner, 1);
  EXPECT_EQ(child.Wait(), 0);
  Enrolment heir = Enrol(object_);
  EXPECT_EQ(waits().CountInUse(), 3u);
  waits().TakeBack(*owner);
  waits().TakeBack(*owner);
  EXPECT_EQ(waits().CountInUse(), 1u);
  EXPECT_EQ(waits().Notify(object_, 1), 1);
  EXPECT_TRUE(waits().IsNotified(heir));
}

TEST_F(WaitTableTest, ManyDeathsNeedNoMorePlacesThanOneGroup) {
  for (int round = 0; round < 40; ++round) {
    Child child([&] {
      for (int i = 0; i < 10; ++i) {
        if (!waits().Enrol(object_, 0).ok()) return 1;
      }
      return 0;
    });
    ASSERT_EQ(child.Wait(), 0);
  }
  EXPECT_LE(waits().CountInUse(), WaitTable::kGroupRecords);
  EXPECT_EQ(waits().Notify(object_, kAll), 0);
  EXPECT_EQ(waits().CountInUse(), 0u);
}

TEST_F(WaitTableTest, FullTableIsAnErrorAndHarmsNobody) {
  std::vector<Enrolment> all;
  for (uint32_t i = 0; i < WaitTable::kMaxRecords; ++i) all.push_back(Enrol(object_));
  EXPECT_EQ(CodeOf(waits().Enrol(object_, 0).status()), Code::kNoMem);
  EXPECT_EQ(waits().Notify(object_, kAll), static_cast<int>(WaitTable::kMaxRecords));
  for (Enrolment& one : all) waits().Leave(&one);
  EXPECT_EQ(waits().CountInUse(), 0u);
  Enrolment again = Enrol(object_);
  EXPECT_EQ(again.record, 0u);
}

TEST_F(WaitTableTest, MarksThoseOfOneDetail) {
  Enrolment one = Enrol(object_, 1);
  Enrolment two = Enrol(object_, 2);
  waits().MarkAll(object_, 1, 7);
  EXPECT_EQ(waits().MarkOf(one), 7u);
  EXPECT_EQ(waits().MarkOf(two), 0u);
  waits().EnrolAnew(&one, object_, 2);
  EXPECT_EQ(waits().MarkOf(one), 0u);
  EXPECT_EQ(waits().CountWaiting(object_), 2);
}

TEST_F(WaitTableTest, FindsTheDeadAmongThoseOfOneDetail) {
  Enrolment mine = Enrol(object_, 1);
  Child child = Sleeper(object_, 1);
  Child other = Sleeper(object_, 2);
  Enrolment after = Enrol(object_, 1);
  other.Kill();
  other.Wait();
  EXPECT_FALSE(waits().AnyDied(object_, 1));
  EXPECT_FALSE(waits().NextDied(object_, 1, mine));
  child.Kill();
  child.Wait();
  EXPECT_TRUE(waits().AnyDied(object_, 1));
  EXPECT_TRUE(waits().NextDied(object_, 1, mine));
  EXPECT_FALSE(waits().NextDied(object_, 1, after));  // after the last comes the first: mine
}

// Two notifiers and waiters that give up: as many were notified as the notifiers were told.
TEST_F(WaitTableTest, EveryNotificationIsSeenOnce) {
  constexpr int kWaiters = 3;
  constexpr int kRounds = 3'000;
  std::atomic<int> seen{0};
  std::atomic<int> waiting{kWaiters};
  std::vector<std::thread> threads;
  for (int i = 0; i < kWaiters; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < kRounds; ++round) {
        Enrolment enrolment = *waits().Enrol(object_, 0);
        waits().Sleep(enrolment, Deadline::After(round % (100 * (i + 1))), nullptr, -1);
        if (waits().Settle(enrolment)) ++seen;
        waits().Leave(&enrolment);
      }
      --waiting;
    });
  }
  std::atomic<int> given{0};
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (waiting > 0) given += waits().Notify(object_, 2);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen, given);
  EXPECT_GT(seen, 0);
  EXPECT_EQ(waits().CountInUse(), 0u);
}

// Whatever is in the memory: no crash, and no access outside it.
TEST_F(WaitTableTest, SurvivesDamage) {
  std::mt19937_64 random(20261122);
  uint64_t* const words = memory_.segment().At<uint64_t>(SyncMemory::kWaits, WaitTable::kBytes / 8);
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 4000; ++i) words[random() % (16 * 4096 / 8)] = random();
    uint64_t* const records = words + WaitTable::kGroupsOffset / 8;
    for (int i = 0; i < 64; ++i) {
      records[8 * i] = random();
      records[8 * i + 1] = object_;
    }
    words[2] = round % 2 == 0 ? random() : 4;  // the number of groups
    waits().Notify(object_, 5);
    waits().HandOnFromDead(object_);
    waits().CountWaiting(object_);
    waits().AnyDied(object_, 0);
    waits().MarkAll(object_, 0, 1);
    waits().TakeBack(static_cast<uint32_t>(random()));
    absl::StatusOr<Enrolment> enrolment = waits().Enrol(object_, 0);
    if (enrolment.ok()) waits().Leave(&*enrolment);
  }
}

}  // namespace
}  // namespace billiard::sync
