#include "billiard_core/sync/barrier.h"

#include <signal.h>

#include <algorithm>
#include <atomic>
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
constexpr int kBrokenExit = 100;  // of a child; below: its index

class BarrierTest : public ::testing::Test {
 protected:
  Barrier Make(int parties) {
    auto* state = memory_.New<Barrier::State>();
    EXPECT_TRUE(Barrier::Init(memory_.context(), state, parties).ok());
    return Barrier(memory_.context(), state);
  }

  // A child that waits once. Sleeps when this returns, if it has to.
  Child Party(Barrier barrier, Deadline deadline = kForever) {
    Child child([barrier, deadline]() mutable {
      const absl::StatusOr<uint32_t> index = barrier.Wait(nullptr, deadline);
      if (index.ok()) return static_cast<int>(*index);
      return CodeOf(index.status()) == Code::kBroken ? kBrokenExit : kBrokenExit + 1;
    });
    return child;
  }
  // One that has arrived as the `number`th.
  Child Arrived(Barrier barrier, uint32_t number, Deadline deadline = kForever) {
    Child child = Party(barrier, deadline);
    while (barrier.Waiting() < number) sched_yield();
    AwaitSleeping(child.pid());
    return child;
  }

  static Code WaitCode(Barrier& barrier, Deadline deadline = kForever) {
    return CodeOf(barrier.Wait(nullptr, deadline).status());
  }

  Watchdog watchdog_{250};
  SyncMemory memory_;
};

// SYNC-60
TEST_F(BarrierTest, PartiesAreFromOneToTheLimit) {
  auto* state = memory_.New<Barrier::State>();
  for (const int64_t parties :
       {int64_t{0}, int64_t{-1}, int64_t{Barrier::kMaxParties} + 1, int64_t{1} << 32, INT64_MIN}) {
    const absl::Status status = Barrier::Init(memory_.context(), state, parties);
    EXPECT_EQ(CodeOf(status), Code::kInvalid) << parties;
    EXPECT_EQ(status.message().substr(0, 7), "parties");
  }
}

// SYNC-66
TEST_F(BarrierTest, OfOnePartyOpensAtOnce) {
  Barrier barrier = Make(1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(*barrier.Wait(nullptr, kNow), 0u);
  EXPECT_EQ(barrier.parties(), 1u);
  EXPECT_EQ(barrier.Waiting(), 0u);
  EXPECT_EQ(barrier.Broken(), BreakReason::kNone);
  EXPECT_EQ(memory_.waits().CountInUse(), 0u);
}

// SYNC-61, SYNC-68: each party has an index of its own, in the order of arrival.
TEST_F(BarrierTest, IndexesAreDistinctAndInOrderOfArrival) {
  Barrier barrier = Make(4);
  std::vector<Child> parties;
  for (uint32_t i = 0; i < 3; ++i) parties.push_back(Arrived(barrier, i + 1));
  EXPECT_EQ(barrier.Waiting(), 3u);
  EXPECT_EQ(*barrier.Wait(nullptr, kNow), 3u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(parties[i].Wait(), i);
  EXPECT_EQ(barrier.Waiting(), 0u);
  EXPECT_EQ(memory_.waits().CountInUse(), 0u);
}

// SYNC-62: once in each cycle, by the last, before anybody goes on.
TEST_F(BarrierTest, ActionRunsOncePerCycleBeforeAnybodyGoesOn) {
  constexpr int kParties = 4;
  constexpr int kCycles = 300;
  Barrier barrier = Make(kParties);
  std::atomic<int> actions{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kParties; ++i) {
    threads.emplace_back([&] {
      for (int cycle = 1; cycle <= kCycles; ++cycle) {
        const auto index = barrier.Wait(
            [&] {
              ++actions;
              return absl::OkStatus();
            },
            kForever);
        ASSERT_TRUE(index.ok()) << index.status();
        ASSERT_EQ(actions, cycle);
        ASSERT_TRUE(barrier.Wait(nullptr, kForever).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(actions, kCycles);
}

// SYNC-62
TEST_F(BarrierTest, FailedActionBreaksIt) {
  Barrier barrier = Make(3);
  std::vector<Child> parties;
  for (uint32_t i = 0; i < 2; ++i) parties.push_back(Arrived(barrier, i + 1));
  const auto result = barrier.Wait([] { return MakeStatus(Code::kNotFound, "mine"); }, kForever);
  EXPECT_EQ(CodeOf(result.status()), Code::kNotFound);
  for (Child& party : parties) EXPECT_EQ(party.Wait(), kBrokenExit);
  EXPECT_EQ(barrier.Broken(), BreakReason::kActionFailed);
  EXPECT_EQ(WaitCode(barrier), Code::kBroken);
}

// SYNC-63
TEST_F(BarrierTest, TimeOutOfOneBreaksItForAll) {
  Barrier barrier = Make(3);
  Child patient = Arrived(barrier, 1);
  const auto result = barrier.Wait(nullptr, Deadline::After(10 * kNanosPerMilli));
  EXPECT_EQ(CodeOf(result.status()), Code::kBroken);
  EXPECT_EQ(result.status().message(), "the barrier is broken: a wait timed out");
  EXPECT_EQ(patient.Wait(), kBrokenExit);
  EXPECT_EQ(barrier.Waiting(), 0u);
}

// SYNC-63, SYNC-64
TEST_F(BarrierTest, WaitOfZeroBreaksATwoPartyBarrierUntilReset) {
  Barrier barrier = Make(2);
  EXPECT_EQ(WaitCode(barrier, kNow), Code::kBroken);
  EXPECT_EQ(WaitCode(barrier), Code::kBroken);
  EXPECT_EQ(barrier.Broken(), BreakReason::kTimedOut);
  barrier.Reset();
  EXPECT_EQ(barrier.Broken(), BreakReason::kNone);
  Child first = Arrived(barrier, 1);
  EXPECT_EQ(*barrier.Wait(nullptr, kForever), 1u);
  EXPECT_EQ(first.Wait(), 0);
}

TEST_F(BarrierTest, TimeOutOfTheWholeIsNotEarly) {
  Barrier barrier = Make(2);
  const int64_t before = MonotonicNow();
  EXPECT_EQ(WaitCode(barrier, Deadline::After(20 * kNanosPerMilli)), Code::kBroken);
  EXPECT_GE(MonotonicNow() - before, 20 * kNanosPerMilli);
}

// SYNC-65
TEST_F(BarrierTest, AbortBreaksItForThoseInIt) {
  Barrier barrier = Make(3);
  Child one = Arrived(barrier, 1);
  Child two = Arrived(barrier, 2);
  barrier.Abort();
  EXPECT_EQ(one.Wait(), kBrokenExit);
  EXPECT_EQ(two.Wait(), kBrokenExit);
  EXPECT_EQ(barrier.Broken(), BreakReason::kAborted);
  barrier.Abort();
  EXPECT_EQ(barrier.Broken(), BreakReason::kAborted);
}

// SYNC-65: the old ones are out, the new ones are not.
TEST_F(BarrierTest, ResetThrowsOutWhoWaitsAndNobodyElse) {
  Barrier barrier = Make(3);
  Child old_one = Arrived(barrier, 1);
  old_one.Stop();
  Child old_two = Arrived(barrier, 2);
  barrier.Reset();
  EXPECT_EQ(old_two.Wait(), kBrokenExit);
  std::vector<Child> parties;
  for (uint32_t i = 0; i < 2; ++i) parties.push_back(Arrived(barrier, i + 1));
  EXPECT_EQ(*barrier.Wait(nullptr, kForever), 2u);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(parties[i].Wait(), i);
  old_one.Signal(SIGCONT);
  EXPECT_EQ(old_one.Wait(), kBrokenExit);
}

// SYNC-67, with three cycles in a row; a late sleeper learns what became of its own cycle, however many
// went by.
TEST_F(BarrierTest, LateSleeperOfAnOpenedCycleWasNotBroken) {
  Barrier barrier = Make(2);
  Child sleeper = Arrived(barrier, 1);
  sleeper.Stop();
  EXPECT_EQ(*barrier.Wait(nullptr, kForever), 1u);
  EXPECT_EQ(barrier.Waiting(), 0u) << "SYNC-66: though one is still on its way out";
  for (int cycle = 0; cycle < 3; ++cycle) {
    Child other = Arrived(barrier, 1);
    EXPECT_EQ(*barrier.Wait(nullptr, kForever), 1u);
    EXPECT_EQ(other.Wait(), 0);
  }
  barrier.Abort();
  barrier.Reset();
  sleeper.Signal(SIGCONT);
  EXPECT_EQ(sleeper.Wait(), 0);
}

TEST_F(BarrierTest, LateSleeperOfABrokenCycleWasBroken) {
  Barrier barrier = Make(2);
  Child sleeper = Arrived(barrier, 1);
  sleeper.Stop();
  barrier.Abort();
  barrier.Reset();
  for (int cycle = 0; cycle < 200; ++cycle) {
    auto first = barrier.Arrive(kNow);
    auto second = barrier.Arrive(kNow);
    ASSERT_TRUE(first.ok() && second.ok() && second->last);
    ASSERT_TRUE(barrier.Open(&*second).ok());
    ASSERT_TRUE(barrier.WaitOpened(&*first, kNow).ok());
  }
  sleeper.Signal(SIGCONT);
  EXPECT_EQ(sleeper.Wait(), kBrokenExit);
}

// GAP-27, W-SYNC-7: the next to arrive is the last, and finds that the first is dead.
TEST_F(BarrierTest, LastArrivalNoticesADeadParty) {
  Barrier barrier = Make(2);
  Child dead = Party(barrier);
  while (barrier.Waiting() < 1) sched_yield();
  dead.Kill();
  dead.AwaitZombie();
  const auto result = barrier.Wait(nullptr, Deadline::After(2 * kNanosPerSecond));
  EXPECT_EQ(result.status().message(), "the barrier is broken: a party died");
  EXPECT_EQ(barrier.Waiting(), 0u);
  dead.Wait();
  barrier.Reset();
  Child alive = Arrived(barrier, 1);
  EXPECT_EQ(*barrier.Wait(nullptr, kForever), 1u);
  EXPECT_EQ(alive.Wait(), 0);
}

// G-SYNC-6: three of four wait, one of them dies; with none to come after.
TEST_F(BarrierTest, WaitersNoticeADeadParty) {
  for (int victim = 0; victim < 3; ++victim) {
    Barrier barrier = Make(4);
    std::vector<Child> parties;
    for (uint32_t i = 0; i < 3; ++i) parties.push_back(Arrived(barrier, i + 1));
    parties[victim].Kill();
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(parties[i].Wait(), i == victim ? -SIGKILL : kBrokenExit);
    }
    EXPECT_EQ(barrier.Broken(), BreakReason::kPartyDied);
  }
}

// G-SYNC-6: the one who would look after the dead one does not run.
TEST_F(BarrierTest, WaitersNoticeADeadPartyBehindAStoppedOne) {
  for (int victim = 0; victim < 3; ++victim) {
    Barrier barrier = Make(4);
    std::vector<Child> parties;
    for (uint32_t i = 0; i < 3; ++i) parties.push_back(Arrived(barrier, i + 1));
    Child& stopped = parties[(victim + 2) % 3];
    Child& waiting = parties[(victim + 1) % 3];
    kill(stopped.pid(), SIGSTOP);
    ASSERT_EQ(stopped.AwaitStop(), SIGSTOP);
    parties[victim].Kill();
    EXPECT_EQ(waiting.Wait(), kBrokenExit);
    kill(stopped.pid(), SIGCONT);
    EXPECT_EQ(stopped.Wait(), kBrokenExit);
  }
}

// G-SYNC-6: also who never sleeps, or only for less than a slice.
TEST_F(BarrierTest, PollersNoticeADeadParty) {
  Barrier barrier = Make(3);
  auto arrival = barrier.Arrive(kNow);
  ASSERT_TRUE(arrival.ok());
  Child dead = Arrived(barrier, 2);
  EXPECT_EQ(CodeOf(barrier.WaitOpened(&*arrival, kNow)), Code::kTimeout);
  dead.Kill();
  dead.Wait();
  EXPECT_EQ(CodeOf(barrier.WaitOpened(&*arrival, kNow)), Code::kBroken);
}

TEST_F(BarrierTest, OnlookersNoticeADeadParty) {
  Barrier barrier = Make(2);
  Child dead = Arrived(barrier, 1);
  dead.Kill();
  dead.Wait();
  EXPECT_EQ(barrier.Waiting(), 0u);
  EXPECT_EQ(barrier.Broken(), BreakReason::kPartyDied);
}

// A death in the action; by waiters, by one who comes for the next cycle, and by onlookers.
TEST_F(BarrierTest, DeathInTheActionBreaksIt) {
  Shared<std::atomic<uint32_t>> in_action;
  for (const int waiters : {0, 3}) {
    in_action->store(0);
    Barrier barrier = Make(waiters + 1);
    std::vector<Child> parties;
    for (int i = 0; i < waiters; ++i) parties.push_back(Arrived(barrier, i + 1));
    Child last([&] {
      barrier
          .Wait(
              [&] {
                in_action->store(1);
                for (;;) pause();
                return absl::OkStatus();
              },
              kForever)
          .IgnoreError();
      return 1;
    });
    AwaitAtLeast(*in_action, 1);
    EXPECT_EQ(barrier.Waiting(), static_cast<uint32_t>(waiters + 1));
    Child next = Party(barrier);
    AwaitSleeping(next.pid());
    last.Kill();
    EXPECT_EQ(next.Wait(), kBrokenExit);
    for (Child& party : parties) EXPECT_EQ(party.Wait(), kBrokenExit);
    EXPECT_EQ(barrier.Broken(), BreakReason::kPartyDied);
  }
}

// Who comes during the action waits for its turn, and then for the others.
TEST_F(BarrierTest, EarlyArrivalWaitsForTheActionToEnd) {
  Barrier barrier = Make(1);
  auto last = barrier.Arrive(kNow);
  ASSERT_TRUE(last.ok() && last->last);
  EXPECT_EQ(CodeOf(barrier.Arrive(kNow).status()), Code::kTimeout);
  EXPECT_EQ(barrier.Broken(), BreakReason::kNone);
  Child early = Party(barrier);
  AwaitSleeping(early.pid());
  EXPECT_TRUE(barrier.Open(&*last).ok());
  EXPECT_EQ(early.Wait(), 0);
}

TEST_F(BarrierTest, TimeOutDuringTheActionBreaksIt) {
  Barrier barrier = Make(2);
  auto first = barrier.Arrive(kNow);
  auto last = barrier.Arrive(kNow);
  ASSERT_TRUE(first.ok() && last.ok() && last->last);
  EXPECT_EQ(CodeOf(barrier.WaitOpened(&*first, kNow)), Code::kTimeout);
  EXPECT_EQ(CodeOf(barrier.Leave(&*first, BreakReason::kTimedOut)), Code::kBroken);
  EXPECT_EQ(CodeOf(barrier.Open(&*last)), Code::kBroken);
}

// A wait in several goes keeps its place; one that is given up after the opening was not broken.
TEST_F(BarrierTest, WaitInSeveralGoesKeepsItsPlace) {
  Barrier barrier = Make(2);
  auto first = barrier.Arrive(kNow);
  os::Interrupt interrupt;
  interrupt.Raise();
  EXPECT_EQ(CodeOf(barrier.WaitOpened(&*first, kForever, &interrupt)), Code::kInterrupted);
  EXPECT_EQ(CodeOf(barrier.WaitOpened(&*first, kNow)), Code::kTimeout);
  EXPECT_EQ(barrier.Waiting(), 1u);
  EXPECT_EQ(*barrier.Wait(nullptr, kNow), 1u);
  EXPECT_TRUE(barrier.Leave(&*first, BreakReason::kPartyLeft).ok());
  EXPECT_EQ(barrier.Broken(), BreakReason::kNone);
}

TEST_F(BarrierTest, InterruptedWaitBreaksIt) {
  Barrier barrier = Make(2);
  os::Interrupt interrupt;
  interrupt.Raise();
  EXPECT_EQ(CodeOf(barrier.Wait(nullptr, kForever, &interrupt).status()), Code::kInterrupted);
  EXPECT_EQ(barrier.Broken(), BreakReason::kPartyLeft);
}

// G-SYNC-10
TEST_F(BarrierTest, MisuseIsAnError) {
  Barrier barrier = Make(2);
  Barrier::Arrival none;
  EXPECT_EQ(CodeOf(barrier.Open(&none)), Code::kState);
  EXPECT_EQ(CodeOf(barrier.WaitOpened(&none, kNow)), Code::kState);
  EXPECT_EQ(CodeOf(barrier.Leave(&none, BreakReason::kPartyLeft)), Code::kState);
  auto first = barrier.Arrive(kNow);
  EXPECT_EQ(CodeOf(barrier.Open(&*first)), Code::kState);
  auto last = barrier.Arrive(kNow);
  EXPECT_EQ(CodeOf(barrier.WaitOpened(&*last, kForever)), Code::kState);
  EXPECT_TRUE(barrier.Open(&*last).ok());
  EXPECT_EQ(CodeOf(barrier.Open(&*last)), Code::kState);
  Barrier empty(memory_.context(), memory_.New<Barrier::State>());
  EXPECT_EQ(WaitCode(empty), Code::kCorrupt);
  empty.Reset();
  empty.Abort();
  EXPECT_EQ(empty.Waiting(), 0u);
}

// SYNC-67, SYNC-68: cycles of processes and threads; nobody is ever a cycle ahead of another.
TEST_F(BarrierTest, ProcessesStayInStep) {
  constexpr uint32_t kCycles = 1'000;
  constexpr int kParties = 4;
  Barrier barrier = Make(kParties);
  Shared<std::atomic<uint32_t>> steps;
  const auto run = [&] {
    for (uint32_t cycle = 1; cycle <= kCycles; ++cycle) {
      steps->fetch_add(1);
      if (!barrier.Wait(nullptr, kForever).ok()) return 1;
      // All have stepped; others at most once more.
      const uint32_t now = steps->load();
      if (now < cycle * kParties || now >= (cycle + 1) * kParties) return 2;
    }
    return 0;
  };
  std::vector<Child> children;
  for (int i = 0; i < kParties - 2; ++i) children.emplace_back(run);
  std::thread thread([&] { EXPECT_EQ(run(), 0); });
  EXPECT_EQ(run(), 0);
  thread.join();
  for (Child& child : children) EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(memory_.waits().CountInUse(), 0u);
}

}  // namespace
}  // namespace billiard::sync
