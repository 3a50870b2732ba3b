// Processes that are killed at named points of waits, notifications, sets, arrivals and openings; whatever
// the point, the others go on, and what was to be woken is woken.
#include <signal.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "billiard_core/base/status.h"
#include "billiard_core/sync/barrier.h"
#include "billiard_core/sync/condition.h"
#include "billiard_core/sync/event.h"
#include "gtest/gtest.h"
#include "tests/core/sync/sync_memory.h"
#include "tests/support/child/child.h"
#include "tests/support/fault/faulty_child.h"
#include "tests/support/watchdog.h"

namespace billiard::sync {
namespace {

using testing::AwaitSleeping;
using testing::Child;
using testing::ChildDyingAt;
using testing::ChildStoppingAt;
using testing::DiesAt;
using testing::Watchdog;

constexpr Deadline kNow = Deadline::Now();
constexpr Deadline kForever = Deadline::Forever();
constexpr int kBrokenExit = 100;

class ConditionFaultTest : public ::testing::Test {
 protected:
  ConditionFaultTest() : state_(memory_.New<Condition::State>()) {
    Condition::Init(memory_.context(), state_);
    EXPECT_TRUE(Barrier::Init(memory_.context(), barrier_state_, 3).ok());
  }

  bool Wait(Deadline deadline) {
    if (!lock_.Acquire(kForever).ok()) return false;
    const auto outcome = condition_.Wait(0, deadline);
    return outcome.ok() && lock_.Release().ok() && outcome->notified;
  }
  int Notify(int count) {
    EXPECT_TRUE(lock_.Acquire(kForever).ok());
    const int notified = *condition_.Notify(0, count);
    EXPECT_TRUE(lock_.Release().ok());
    return notified;
  }
  // One that has begun to wait, and has let the lock go; exits with 0 when it was notified.
  Child Waiter() {
    const int before = condition_.CountWaiters();
    Child child([this] { return Wait(kForever) ? 0 : 1; });
    while (condition_.CountWaiters() == before) sched_yield();
    EXPECT_TRUE(lock_.Acquire(kForever).ok());
    EXPECT_TRUE(lock_.Release().ok());
    return child;
  }
  void ExpectWorks() {
    Child waiter = Waiter();
    EXPECT_EQ(Notify(10), 1);
    EXPECT_EQ(waiter.Wait(), 0);
  }
  Child Party(uint32_t number) {
    Child child([this] {
      const auto index = barrier_.Wait(nullptr, kForever);
      return index.ok() ? static_cast<int>(*index) : kBrokenExit;
    });
    while (barrier_.Waiting() < number) sched_yield();
    return child;
  }
  void ExpectBarrierWorks() {
    barrier_.Reset();
    std::vector<Child> parties;
    for (uint32_t i = 0; i < 2; ++i) parties.push_back(Party(i + 1));
    EXPECT_EQ(*barrier_.Wait(nullptr, kForever), 2u);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(parties[i].Wait(), i);
  }

  Watchdog watchdog_{250};
  SyncMemory memory_;
  Lock lock_{memory_.context(), memory_.New<Lock::State>()};
  Condition::State* state_;
  Condition condition_{memory_.context(), state_, &lock_};
  Event event_{memory_.New<Event::State>()};
  Barrier::State* barrier_state_ = memory_.New<Barrier::State>();
  Barrier barrier_{memory_.context(), barrier_state_};
};

TEST_F(ConditionFaultTest, WaiterKilledOnItsWayIn) {
  for (const char* point :
       {"wait_claimed", "wait_busy", "wait_enrolled", "condition_wait_released"}) {
    ASSERT_TRUE(DiesAt(point, [&] { Wait(kForever); })) << point;
    EXPECT_EQ(condition_.CountWaiters(), 0) << point;
    ExpectWorks();
  }
}

TEST_F(ConditionFaultTest, WaiterKilledOnItsWayOut) {
  for (const char* point :
       {"wait_settled", "condition_wait_locked", "wait_left", "wait_not_busy"}) {
    ASSERT_TRUE(DiesAt(point, [&] { Wait(kNow); })) << point;
    ExpectWorks();
  }
}

// The heir, the younger one, gets what the dead one could not use any more. Where the dead one had the
// lock, its death is news, and the notification was used.
TEST_F(ConditionFaultTest, NotifiedWaiterKilledOnItsWayOut) {
  for (const char* point : {"wait_settled", "condition_wait_locked"}) {
    Child doomed = ChildDyingAt(point, [&] { Wait(kForever); });
    while (condition_.CountWaiters() == 0) sched_yield();
    Child heir = Waiter();
    EXPECT_EQ(Notify(1), 1);
    EXPECT_EQ(doomed.Wait(), -SIGKILL) << point;
    EXPECT_EQ(heir.Wait(), 0) << point;
  }
}

// Its waiter sleeps on the lock, whose holder is dead.
TEST_F(ConditionFaultTest, NotifierKilledBeforeItsReleaseWakesTheWaiter) {
  for (const char* point : {"notify_adopted", "lock_releasing", "lock_freed"}) {
    Child waiter = Waiter();
    AwaitSleeping(waiter.pid());
    ASSERT_TRUE(DiesAt(point, [&] {
      if (!lock_.Acquire(kForever).ok() || !condition_.Notify(0).ok()) return;
      lock_.Release().IgnoreError();
    })) << point;
    EXPECT_EQ(waiter.Wait(), 0) << point;
    ExpectWorks();
  }
}

// The chain of releases does not end with it: who sleeps for the lock is woken.
TEST_F(ConditionFaultTest, NotifiedWaiterKilledWithAnotherAsleepForTheLock) {
  for (const char* point : {"wait_settled", "condition_wait_locked"}) {
    Child doomed = ChildDyingAt(point, [&] { Wait(kForever); });
    while (condition_.CountWaiters() == 0) sched_yield();
    AwaitSleeping(doomed.pid());
    ASSERT_TRUE(lock_.Acquire(kForever).ok());
    EXPECT_EQ(*condition_.Notify(0), 1);
    Child other([this] { return lock_.Acquire(kForever).ok() && lock_.Release().ok() ? 0 : 1; });
    AwaitSleeping(other.pid());
    ASSERT_TRUE(lock_.Release().ok());
    EXPECT_EQ(doomed.Wait(), -SIGKILL) << point;
    EXPECT_EQ(other.Wait(), 0) << point;
    ExpectWorks();
  }
}

TEST_F(ConditionFaultTest, NotifierKilledInTheMiddle) {
  for (const int notified : {1, 2, 3}) {
    std::vector<Child> waiters;
    for (int i = 0; i < 3; ++i) waiters.push_back(Waiter());
    ASSERT_TRUE(DiesAt(
        "notify_chosen", [&] { Notify(3); }, notified));
    const absl::StatusOr<Grant> grant = lock_.Acquire(kForever);
    ASSERT_TRUE(grant.ok());
    EXPECT_EQ(*condition_.NotifyAll(0), 3 - notified);
    EXPECT_TRUE(lock_.Release().ok());
    for (Child& waiter : waiters) EXPECT_EQ(waiter.Wait(), 0);
  }
}

// A waiter is notified, stopped, killed; whoever hands its notification on is killed as well; the third
// does it.
TEST_F(ConditionFaultTest, HelperKilledWhileHandingOn) {
  for (const char* point :
       {"hand_on_begun", "hand_on_giving", "hand_on_given", "hand_on_finished", "wait_not_busy"}) {
    Child doomed = Waiter();
    doomed.Stop();
    Child heir = Waiter();
    Child other = Waiter();
    heir.Stop();  // it is to be handed its due by others
    other.Stop();
    EXPECT_EQ(Notify(1), 1);
    doomed.Kill();
    EXPECT_EQ(doomed.Wait(), -SIGKILL);
    ASSERT_TRUE(DiesAt(point, [&] { memory_.waits().HandOnFromDead(state_->object.load()); }))
        << point;
    memory_.waits().HandOnFromDead(state_->object.load());
    heir.Signal(SIGCONT);
    other.Signal(SIGCONT);
    EXPECT_EQ(heir.Wait(), 0) << point;
    EXPECT_EQ(condition_.CountWaiters(), 1) << point;
    EXPECT_EQ(Notify(10), 1) << point;
    EXPECT_EQ(other.Wait(), 0) << point;
  }
}

// The same stopped at each step, while others hand the notification on and its receiver uses it; then the
// helper goes on, with what it knew. Nobody gets a second one.
TEST_F(ConditionFaultTest, HelperStoppedWhileHandingOn) {
  for (const char* point :
       {"hand_on_begun", "hand_on_giving", "hand_on_given", "hand_on_finished", "wait_not_busy"}) {
    const uint64_t object = state_->object.load();
    Child doomed = Waiter();
    doomed.Stop();
    Child heir = Waiter();
    Child other = Waiter();
    heir.Stop();  // it is to be handed its due by others
    other.Stop();
    EXPECT_EQ(Notify(1), 1);
    doomed.Kill();
    EXPECT_EQ(doomed.Wait(), -SIGKILL);
    Child helper = ChildStoppingAt(point, [&] { memory_.waits().HandOnFromDead(object); });
    ASSERT_EQ(helper.AwaitStop(), SIGSTOP) << point;
    memory_.waits().HandOnFromDead(object);
    heir.Signal(SIGCONT);
    EXPECT_EQ(heir.Wait(), 0) << point;
    Child newcomer = Waiter();  // in a place that has become free, perhaps
    helper.Signal(SIGCONT);
    EXPECT_EQ(helper.Wait(), 0) << point;
    EXPECT_EQ(condition_.CountWaiters(), 2) << point;
    other.Signal(SIGCONT);
    EXPECT_EQ(Notify(10), 2) << point;
    EXPECT_EQ(other.Wait(), 0) << point;
    EXPECT_EQ(newcomer.Wait(), 0) << point;
    EXPECT_EQ(memory_.waits().CountInUse(), 0u) << point;
  }
}

// One that frees a dead waiter's place is stopped; another frees it, and somebody alive waits there when the
// first goes on.
TEST_F(ConditionFaultTest, SweeperStoppedBeforeItFreesADeadWaitersPlace) {
  testing::Shared<std::atomic<uint32_t>> owner;
  Child doomed([&] {
    owner->store(*memory_.participants().Self());
    return Wait(kForever) ? 0 : 1;
  });
  while (condition_.CountWaiters() == 0) sched_yield();
  doomed.Kill();
  EXPECT_EQ(doomed.Wait(), -SIGKILL);
  Child sweeper =
      ChildStoppingAt("wait_drop_seen", [&] { memory_.waits().TakeBack(owner->load()); });
  ASSERT_EQ(sweeper.AwaitStop(), SIGSTOP);
  memory_.waits().TakeBack(owner->load());
  ASSERT_EQ(memory_.waits().CountInUse(), 0u);
  Child newcomer = Waiter();
  sweeper.Signal(SIGCONT);
  EXPECT_EQ(sweeper.Wait(), 0);
  EXPECT_EQ(condition_.CountWaiters(), 1);
  EXPECT_EQ(Notify(1), 1);
  EXPECT_EQ(newcomer.Wait(), 0);
  EXPECT_EQ(memory_.waits().CountInUse(), 0u);
}

// A wait is abandoned when it has been notified, and its process killed in the middle of that: the heir has
// the notification, or gets it.
TEST_F(ConditionFaultTest, KilledWhileAbandoningANotifiedWait) {
  for (const char* point : {"wait_abandoned", "hand_on_begun", "hand_on_giving", "hand_on_given",
                            "hand_on_finished", "wait_not_busy"}) {
    Child doomed = ChildDyingAt(point, [&] {
      Condition::Waiting waiting;
      if (!lock_.Acquire(kForever).ok() || !condition_.BeginWait(0, &waiting).ok()) return;
      if (!condition_.WaitNotified(waiting, kForever).ok()) return;
      condition_.Abandon(&waiting);
    });
    while (condition_.CountWaiters() == 0) sched_yield();
    Child heir = Waiter();
    heir.Stop();  // it is to be handed its due, and not to finish that itself
    EXPECT_EQ(Notify(1), 1);
    EXPECT_EQ(doomed.Wait(), -SIGKILL) << point;
    heir.Signal(SIGCONT);
    EXPECT_EQ(heir.Wait(), 0) << point;
    ExpectWorks();
  }
}

TEST_F(ConditionFaultTest, NotifierKilledWhileTakingBackFromTheDead) {
  for (const char* point : {"notify_chosen", "notify_taken_back"}) {
    Child doomed = Waiter();
    doomed.Kill();
    doomed.Wait();
    Child heir = Waiter();
    ASSERT_TRUE(DiesAt(point, [&] { Notify(1); })) << point;
    // By handing on, or by the next notification.
    const bool was_notified = std::string(point) == "notify_chosen";
    EXPECT_EQ(was_notified ? 1 : Notify(1), 1);
    EXPECT_EQ(heir.Wait(), 0) << point;
  }
}

TEST_F(ConditionFaultTest, EventSetterAndWaiterKilled) {
  ASSERT_TRUE(DiesAt("event_wait_prepared", [&] { event_.Wait(kForever).IgnoreError(); }));
  Child waiter([&] { return event_.Wait(kForever).ok() ? 0 : 1; });
  AwaitSleeping(waiter.pid());
  ASSERT_TRUE(DiesAt("event_set_done", [&] { event_.Set(); }));
  EXPECT_EQ(waiter.Wait(), 0);
  EXPECT_TRUE(event_.IsSet());
}

TEST_F(ConditionFaultTest, PartyKilledInABarrierBreaksIt) {
  for (const char* point : {"wait_enrolled", "barrier_arrived", "barrier_prepared"}) {
    Child alive = Party(1);
    ASSERT_TRUE(DiesAt(point, [&] { barrier_.Wait(nullptr, kForever).status().IgnoreError(); }))
        << point;
    EXPECT_EQ(alive.Wait(), kBrokenExit) << point;
    EXPECT_EQ(barrier_.Broken(), BreakReason::kPartyDied) << point;
    ExpectBarrierWorks();
  }
}

TEST_F(ConditionFaultTest, OpenerKilledBreaksItOrHasOpenedIt) {
  for (const char* point : {"barrier_opening", "barrier_opened"}) {
    std::vector<Child> parties;
    for (uint32_t i = 0; i < 2; ++i) parties.push_back(Party(i + 1));
    ASSERT_TRUE(DiesAt(point, [&] { barrier_.Wait(nullptr, kForever).status().IgnoreError(); }))
        << point;
    const bool opened = std::string(point) == "barrier_opened";
    for (int i = 0; i < 2; ++i) EXPECT_EQ(parties[i].Wait(), opened ? i : kBrokenExit) << point;
    ExpectBarrierWorks();
  }
}

TEST_F(ConditionFaultTest, ResetterKilledLeavesABarrierThatCanBeReset) {
  for (const char* point : {"barrier_broken", "barrier_reset_broken", "barrier_reset_marked"}) {
    Child waiting = Party(1);
    ASSERT_TRUE(DiesAt(point, [&] { barrier_.Reset(); })) << point;
    EXPECT_EQ(waiting.Wait(), kBrokenExit) << point;
    ExpectBarrierWorks();
  }
}

// G-SYNC-2
TEST_F(ConditionFaultTest, StoppedNotifierHoldsUpNobodyButForItsLock) {
  Child waiter = Waiter();
  Child stopped = ChildStoppingAt("notify_chosen", [&] { Notify(1); });
  ASSERT_EQ(stopped.AwaitStop(), SIGSTOP);
  event_.Set();
  EXPECT_TRUE(event_.Wait(kNow).ok());
  ExpectBarrierWorks();
  stopped.Signal(SIGCONT);
  EXPECT_EQ(stopped.Wait(), 0);
  EXPECT_EQ(waiter.Wait(), 0);
}

}  // namespace
}  // namespace billiard::sync
