// One wait, notification, set, arrival or opening in a traced child that is killed, or stands still, after
// its k-th instruction, for one k after the other; some are left out, but not in the long version.
#include <atomic>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "billiard_core/base/status.h"
#include "billiard_core/sync/barrier.h"
#include "billiard_core/sync/condition.h"
#include "billiard_core/sync/event.h"
#include "billiard_core/sync/grant.h"
#include "gtest/gtest.h"
#include "tests/core/sync/sync_memory.h"
#include "tests/support/child/child.h"
#include "tests/support/single_step/places.h"
#include "tests/support/single_step/single_step.h"

namespace billiard::sync {
namespace {

using testing::Child;
using testing::KillAtEveryStep;
using testing::Places;
using testing::SteppedOperation;
using testing::StopAtEveryStep;

constexpr Deadline kNow = Deadline::Now();
constexpr Deadline kForever = Deadline::Forever();
constexpr uint64_t kMe = 7;

// A condition over a recursive lock, an event and a barrier of two.
struct Subject {
  SyncMemory memory;
  RLock lock{memory.context(), memory.New<RLock::State>()};
  Condition::State* condition_state = memory.New<Condition::State>();
  Condition condition{memory.context(), condition_state, &lock};
  Event event{memory.New<Event::State>()};
  Barrier::State* barrier_state = memory.New<Barrier::State>();
  Barrier barrier{memory.context(), barrier_state};
  // Waits of the test's process.
  std::vector<Condition::Waiting> waiting;
  std::vector<Barrier::Arrival> arrivals;

  Subject() {
    Condition::Init(memory.context(), condition_state);
    if (!Barrier::Init(memory.context(), barrier_state, 2).ok()) abort();
  }

  void Begin() {
    waiting.emplace_back();
    ASSERT_TRUE(lock.Acquire(kMe, kForever).ok());
    ASSERT_TRUE(condition.BeginWait(kMe, &waiting.back()).ok());
  }
  int Notify(int count) {
    EXPECT_TRUE(lock.Acquire(kMe, kForever).ok());
    const int notified = *condition.Notify(kMe, count);
    EXPECT_TRUE(lock.Release(kMe).ok());
    return notified;
  }
  // As by a notifier that took the waiter for alive and died before it woke it.
  void NotifyRecord(uint32_t index) {
    constexpr uint64_t kTable = SyncMemory::kWaits;
    constexpr uint64_t kRecords = kTable + WaitTable::kGroupsOffset;
    constexpr uint64_t kNotified = 3;
    constexpr int kNumberShift = 19;
    auto* tickets = memory.segment().At<std::atomic<uint64_t>>(kTable);
    auto* word = memory.segment().At<std::atomic<uint64_t>>(kRecords + 64 * index);
    word->store(kNotified | (tickets->fetch_add(1) + 1) << kNumberShift);
  }
  // Ends the waits of the test's process; tells how many were notified.
  int End() {
    int notified = 0;
    for (Condition::Waiting& one : waiting) {
      EXPECT_TRUE(condition.EndWait(&one, kForever).ok());
      EXPECT_TRUE(lock.Release(kMe).ok());
      if (one.notified) ++notified;
    }
    waiting.clear();
    return notified;
  }
  // What the dead left is gone once it was looked at, whatever it was.
  void ExpectEmpty() {
    for (uint32_t index = 1; index < 4; ++index) {
      for (uint32_t epoch = 1; epoch < 3; ++epoch) memory.waits().TakeBack(epoch << 16 | index);
    }
    EXPECT_EQ(memory.waits().CountInUse(), 0u);
  }
  void ExpectConditionWorks() {
    Begin();
    Begin();
    EXPECT_EQ(Notify(1), 1);
    EXPECT_EQ(Notify(5), 1);
    EXPECT_EQ(End(), 2);
    ExpectEmpty();
  }
  void ExpectBarrierWorks() {
    barrier.Reset();
    for (int cycle = 0; cycle < 2; ++cycle) {
      auto first = barrier.Arrive(kNow);
      auto last = barrier.Arrive(kNow);
      ASSERT_TRUE(first.ok() && last.ok() && last->last) << last.status();
      EXPECT_TRUE(barrier.Open(&*last).ok());
      EXPECT_TRUE(barrier.WaitOpened(&*first, kNow).ok());
    }
    ExpectEmpty();
  }
};

SteppedOperation<Subject> Operation() {
  SteppedOperation<Subject> operation;
  operation.make = [] { return std::make_unique<Subject>(); };
  operation.join = [](Subject& subject) {
    return subject.memory.Join() && subject.lock.Acquire(kMe, kNow).ok();
  };
  return operation;
}

// SYNC-42: a wait of no time: enrols, releases, gives up, takes the lock again.
TEST(ConditionSingleStepTest, WaitKilledAnywhereSwallowsNothing) {
  auto wait = Operation();
  wait.act = [](Subject& subject) { subject.condition.Wait(kMe, kNow).IgnoreError(); };
  wait.check = [](Subject& subject, bool) {
    subject.Begin();  // younger than whatever the dead left
    EXPECT_EQ(subject.Notify(1), 1);
    EXPECT_EQ(subject.End(), 1);
    subject.ExpectConditionWorks();
  };
  KillAtEveryStep(wait, Places(18));
}

// A notification by a process that waits itself, and for which another one is older.
TEST(ConditionSingleStepTest, NotifierThatWaitsItselfKilledAnywhereLosesNothing) {
  auto wait = Operation();
  wait.act = [](Subject& subject) {
    Condition::Waiting waiting;
    if (!subject.condition.BeginWait(kMe, &waiting).ok()) return;
    subject.memory.waits().Notify(subject.condition_state->object.load(), 1);
    subject.condition.WaitNotified(waiting, kNow).IgnoreError();
    subject.condition.EndWait(&waiting, kForever).IgnoreError();
  };
  wait.prepare = [](Subject& subject) { subject.Begin(); };
  wait.check = [](Subject& subject, bool done) {
    // The test's own wait is the older: it got the one notification, if it was given.
    const int got = subject.End();
    EXPECT_LE(got, 1);
    EXPECT_TRUE(!done || got == 1);
    subject.ExpectConditionWorks();
  };
  KillAtEveryStep(wait, Places(18));
}

// A waiter that was notified, on its way back to its lock: until it has the lock, the other that waited gets
// the notification; from then on, the news of its death.
TEST(ConditionSingleStepTest, WaiterKilledAnywhereAfterItsNotificationLosesNothing) {
  auto wait = Operation();
  wait.prepare = [](Subject& subject) { subject.Begin(); };
  auto waiting = std::make_shared<Condition::Waiting>();
  wait.join = [waiting](Subject& subject) {
    const bool begun = subject.memory.Join() && subject.lock.Acquire(kMe, kForever).ok() &&
                       subject.condition.BeginWait(kMe, waiting.get()).ok();
    subject.NotifyRecord(waiting->enrolment.record);
    return begun;
  };
  wait.act = [waiting](Subject& subject) {
    subject.condition.WaitNotified(*waiting, kForever).IgnoreError();
    subject.condition.EndWait(waiting.get(), kForever).IgnoreError();
  };
  wait.check = [](Subject& subject, bool done) {
    subject.memory.waits().HandOnFromDead(subject.condition_state->object.load());
    Condition::Waiting& mine = subject.waiting[0];
    const absl::StatusOr<Grant> grant = subject.condition.EndWait(&mine, kForever);
    ASSERT_TRUE(grant.ok());
    EXPECT_TRUE(mine.notified || *grant == Grant::kOwnerDied);
    EXPECT_TRUE(!done || (!mine.notified && *grant == Grant::kOwnerDied));
    subject.waiting.clear();
    EXPECT_TRUE(subject.lock.Release(kMe).ok());
    subject.ExpectConditionWorks();
  };
  KillAtEveryStep(wait, Places(18));
}

// A notified wait that is abandoned: the other one that waited has the notification in the end, once.
TEST(ConditionSingleStepTest, AbandoningKilledAnywhereLosesNothing) {
  auto abandon = Operation();
  auto waiting = std::make_shared<Condition::Waiting>();
  abandon.join = [waiting](Subject& subject) {
    const bool begun = subject.memory.Join() && subject.lock.Acquire(kMe, kForever).ok() &&
                       subject.condition.BeginWait(kMe, waiting.get()).ok();
    subject.NotifyRecord(waiting->enrolment.record);
    return begun;
  };
  abandon.prepare = [](Subject& subject) { subject.Begin(); };
  abandon.act = [waiting](Subject& subject) { subject.condition.Abandon(waiting.get()); };
  abandon.check = [](Subject& subject, bool done) {
    WaitTable& waits = subject.memory.waits();
    const WaitTable::Enrolment& mine = subject.waiting[0].enrolment;
    EXPECT_TRUE(!done || waits.IsNotified(mine));
    waits.HandOnFromDead(subject.condition_state->object.load());
    EXPECT_TRUE(waits.IsNotified(mine));
    EXPECT_EQ(subject.End(), 1);
    subject.ExpectConditionWorks();
  };
  KillAtEveryStep(abandon, Places(18));
}

// SYNC-43: each waiter was notified or not, and it can be done again for the others.
TEST(ConditionSingleStepTest, NotifyAllKilledAnywhereNotifiesNobodyTwice) {
  auto notify = Operation();
  notify.prepare = [](Subject& subject) {
    for (int i = 0; i < 3; ++i) subject.Begin();
  };
  notify.act = [](Subject& subject) { subject.condition.NotifyAll(kMe).IgnoreError(); };
  notify.check = [](Subject& subject, bool done) {
    const int left = subject.condition.CountWaiters();
    EXPECT_TRUE(!done || left == 0);
    EXPECT_EQ(subject.Notify(10), left);
    EXPECT_EQ(subject.End(), 3);
    subject.ExpectConditionWorks();
  };
  KillAtEveryStep(notify, Places(18));
}

// I3 of the wait table: a notification of a dead waiter, handed on by a process that dies in the middle of
// it. It goes to the older of the two others, once.
TEST(WaitTableSingleStepTest, HandingOnKilledAnywhereGivesOnce) {
  auto hand_on = Operation();
  hand_on.prepare = [](Subject& subject) {
    WaitTable& waits = subject.memory.waits();
    const uint64_t object = subject.condition_state->object.load();
    Child dead([&] { return waits.Enrol(object, 0).ok() ? 0 : 1; });
    ASSERT_EQ(dead.Wait(), 0);
    for (int i = 0; i < 2; ++i) subject.Begin();
    subject.NotifyRecord(0);
  };
  hand_on.act = [](Subject& subject) {
    subject.memory.waits().HandOnFromDead(subject.condition_state->object.load());
  };
  hand_on.check = [](Subject& subject, bool) {
    WaitTable& waits = subject.memory.waits();
    for (int i = 0; i < 3; ++i) {
      waits.HandOnFromDead(subject.condition_state->object.load());
    }
    ASSERT_EQ(subject.waiting.size(), 2u);
    EXPECT_TRUE(waits.IsNotified(subject.waiting[0].enrolment));
    EXPECT_EQ(subject.End(), 1);
    subject.ExpectConditionWorks();
  };
  KillAtEveryStep(hand_on, Places(16));
}

// The same stopped, while somebody else hands on, and the receiver uses it and waits again, in the same place
// or another. What the helper does then, with what it knew, goes to nobody: the notification is used.
TEST(WaitTableSingleStepTest, HandingOnStoppedAnywhereGivesOnce) {
  auto hand_on = Operation();
  hand_on.join = [](Subject& subject) { return subject.memory.Join(); };
  hand_on.prepare = [](Subject& subject) {
    WaitTable& waits = subject.memory.waits();
    const uint64_t object = subject.condition_state->object.load();
    Child dead([&] { return waits.Enrol(object, 0).ok() ? 0 : 1; });
    ASSERT_EQ(dead.Wait(), 0);
    for (int i = 0; i < 2; ++i) subject.Begin();
    subject.NotifyRecord(0);
  };
  hand_on.act = [](Subject& subject) {
    subject.memory.waits().HandOnFromDead(subject.condition_state->object.load());
  };
  hand_on.check = [](Subject& subject, bool) {
    WaitTable& waits = subject.memory.waits();
    waits.HandOnFromDead(subject.condition_state->object.load());
    EXPECT_FALSE(waits.IsNotified(subject.waiting[0].enrolment));
    EXPECT_FALSE(waits.IsNotified(subject.waiting[1].enrolment));
    EXPECT_EQ(waits.CountInUse(), 2u);
    EXPECT_EQ(subject.End(), 0);
    subject.ExpectConditionWorks();
  };
  StopAtEveryStep<Subject>(
      hand_on,
      [](Subject& subject) {
        WaitTable& waits = subject.memory.waits();
        const uint64_t object = subject.condition_state->object.load();
        waits.HandOnFromDead(object);
        WaitTable::Enrolment& mine = subject.waiting[0].enrolment;
        EXPECT_TRUE(waits.Settle(mine));
        waits.Leave(&mine);
        mine = *waits.Enrol(object, 0);
      },
      Places(16));
}

// A notification stopped, while its receiver gives up or uses it, and waits again in the same place.
TEST(WaitTableSingleStepTest, NotificationStoppedAnywhereIsSeenOnce) {
  auto wait = Operation();
  wait.prepare = [](Subject& subject) { subject.Begin(); };
  wait.act = [](Subject& subject) {
    subject.condition.NotifyAll(kMe).IgnoreError();
    subject.lock.Release(kMe).IgnoreError();
  };
  wait.check = [](Subject& subject, bool) {
    // The second wait began when the notification was under way, if at all: both are possible once.
    EXPECT_LE(subject.End(), 1);
    subject.ExpectConditionWorks();
  };
  StopAtEveryStep<Subject>(
      wait,
      [](Subject& subject) {
        Condition::Waiting& mine = subject.waiting[0];
        subject.memory.waits().Settle(mine.enrolment);
        subject.memory.waits().Leave(&mine.enrolment);
        mine.enrolment = *subject.memory.waits().Enrol(subject.condition_state->object.load(), 0);
      },
      Places(18));
}

// SYNC-50, SYNC-51
TEST(EventSingleStepTest, SetKilledAnywhereHappensOrNot) {
  auto set = Operation();
  set.act = [](Subject& subject) { subject.event.Set(); };
  set.check = [](Subject& subject, bool done) {
    EXPECT_TRUE(!done || subject.event.IsSet());
    const uint64_t before = subject.event.TimesSet();
    EXPECT_EQ(before, subject.event.IsSet() ? 1u : 0u);
    subject.event.Clear();
    EXPECT_EQ(CodeOf(subject.event.Wait(kNow)), Code::kTimeout);
    subject.event.Set();
    EXPECT_TRUE(subject.event.WaitSince(before, kNow).ok());
  };
  KillAtEveryStep(set, Places(60));
}

TEST(EventSingleStepTest, WaitKilledAnywhereLeavesNothing) {
  auto wait = Operation();
  wait.act = [](Subject& subject) { subject.event.Wait(kNow).IgnoreError(); };
  wait.check = [](Subject& subject, bool) {
    EXPECT_EQ(CodeOf(subject.event.Wait(kNow)), Code::kTimeout);
    subject.event.Set();
    EXPECT_TRUE(subject.event.Wait(kNow).ok());
  };
  KillAtEveryStep(wait, Places(24));
}

// G-SYNC-6: dead before its arrival, or in it: either nothing has happened, or the barrier is broken for
// whoever comes next, who does not hang.
TEST(BarrierSingleStepTest, ArrivalKilledAnywhereHangsNobody) {
  auto arrive = Operation();
  arrive.act = [](Subject& subject) { subject.barrier.Arrive(kNow).IgnoreError(); };
  int outcomes[2] = {0, 0};
  arrive.check = [&](Subject& subject, bool done) {
    auto first = subject.barrier.Arrive(kNow);
    if (first.ok() && !first->last) {
      const BreakReason reason = subject.barrier.Broken();
      EXPECT_TRUE(reason == BreakReason::kPartyDied || (reason == BreakReason::kNone && !done));
      ++outcomes[reason == BreakReason::kNone ? 0 : 1];
      EXPECT_EQ(CodeOf(subject.barrier.Leave(&*first, BreakReason::kPartyLeft)), Code::kBroken);
    } else {
      EXPECT_EQ(CodeOf(first.status()), Code::kBroken);
      ++outcomes[1];
    }
    subject.ExpectBarrierWorks();
  };
  KillAtEveryStep(arrive, Places(24));
}

// The last to arrive, with its action and opening; a waiter is in it.
TEST(BarrierSingleStepTest, OpeningKilledAnywhereOpensOrBreaks) {
  auto open = Operation();
  open.prepare = [](Subject& subject) {
    auto first = subject.barrier.Arrive(kNow);
    ASSERT_TRUE(first.ok());
    subject.arrivals.push_back(*first);
  };
  open.act = [](Subject& subject) {
    subject.barrier.Wait([] { return absl::OkStatus(); }, kForever).IgnoreError();
  };
  open.check = [](Subject& subject, bool done) {
    Barrier::Arrival& waiting = subject.arrivals[0];
    const absl::Status fate = subject.barrier.WaitOpened(&waiting, kNow);
    if (CodeOf(fate) == Code::kTimeout) {
      EXPECT_FALSE(done) << "the child died before it was counted";
      EXPECT_EQ(CodeOf(subject.barrier.Leave(&waiting, BreakReason::kPartyLeft)), Code::kBroken);
    } else if (CodeOf(fate) == Code::kBroken) {
      EXPECT_FALSE(done) << "the child is found dead";
    } else {
      EXPECT_TRUE(fate.ok()) << fate;
    }
    subject.ExpectBarrierWorks();
  };
  KillAtEveryStep(open, Places(18));
}

TEST(BarrierSingleStepTest, ResetKilledAnywhereCanBeDoneAgain) {
  auto reset = Operation();
  reset.prepare = [](Subject& subject) {
    auto first = subject.barrier.Arrive(kNow);
    ASSERT_TRUE(first.ok());
    subject.arrivals.push_back(*first);
  };
  reset.act = [](Subject& subject) { subject.barrier.Reset(); };
  reset.check = [](Subject& subject, bool done) {
    subject.barrier.Reset();
    const absl::Status fate = subject.barrier.WaitOpened(&subject.arrivals[0], kForever);
    EXPECT_EQ(CodeOf(fate), Code::kBroken) << done;
    subject.ExpectBarrierWorks();
  };
  KillAtEveryStep(reset, Places(24));
}

TEST(BarrierSingleStepTest, ArrivalStoppedAnywhereIsNotCountedForAnotherCycle) {
  auto arrive = Operation();
  arrive.act = [](Subject& subject) {
    auto mine = subject.barrier.Arrive(kNow);
    if (mine.ok()) subject.barrier.Leave(&*mine, BreakReason::kPartyLeft).IgnoreError();
  };
  arrive.check = [](Subject& subject, bool) { subject.ExpectBarrierWorks(); };
  StopAtEveryStep<Subject>(
      arrive,
      [](Subject& subject) {
        subject.barrier.Reset();
        auto first = subject.barrier.Arrive(kNow);
        ASSERT_TRUE(first.ok() && !first->last);
        auto last = subject.barrier.Arrive(kNow);
        ASSERT_TRUE(last.ok() && last->last);
        EXPECT_TRUE(subject.barrier.Open(&*last).ok());
        EXPECT_TRUE(subject.barrier.WaitOpened(&*first, kNow).ok());
      },
      Places(18));
}

// SYNC-63: whoever times out behind the action of a cycle breaks that cycle. If that is opened before he
// does, he is in the next one, and not its end.
TEST(BarrierSingleStepTest, TimingOutBehindAnActionStoppedAnywhereBreaksNoOtherCycle) {
  auto wait = Operation();
  wait.prepare = [](Subject& subject) {
    for (int i = 0; i < 2; ++i) subject.arrivals.push_back(*subject.barrier.Arrive(kNow));
    ASSERT_TRUE(subject.arrivals[1].last);
  };
  wait.act = [](Subject& subject) { subject.barrier.Wait(nullptr, kNow).IgnoreError(); };
  auto opened = std::make_shared<bool>();
  const auto meanwhile = [opened](Subject& subject) {
    *opened = subject.barrier.Open(&subject.arrivals[1]).ok();
    const Code fate = CodeOf(subject.barrier.WaitOpened(&subject.arrivals[0], kNow));
    EXPECT_EQ(fate, *opened ? Code::kOk : Code::kBroken);
    if (!*opened) return;
    subject.arrivals[0] = *subject.barrier.Arrive(kNow);
  };
  wait.check = [opened](Subject& subject, bool) {
    if (*opened) {
      const absl::Status fate = subject.barrier.WaitOpened(&subject.arrivals[0], kNow);
      EXPECT_TRUE(fate.ok()) << fate;
    }
    subject.ExpectBarrierWorks();
  };
  StopAtEveryStep<Subject>(wait, meanwhile, Places(18));
}

}  // namespace
}  // namespace billiard::sync
