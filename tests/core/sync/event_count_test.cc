#include "billiard_core/sync/event_count.h"

#include <sched.h>
#include <signal.h>

#include <atomic>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::sync {
namespace {

using testing::AwaitAtLeast;
using testing::AwaitSleeping;
using testing::Child;
using testing::Shared;
using testing::Watchdog;

constexpr uint32_t kSleepersBit = 1;

// The word that processes share; its layout is part of the contract between them.
uint32_t WordOf(const EventCount& event) {
  return reinterpret_cast<const std::atomic<uint32_t>&>(event).load();
}

TEST(EventCountTest, NotificationAfterPrepareEndsTheWaitAtOnce) {
  Watchdog watchdog(250);
  EventCount event;
  const EventCount::Key key = event.Prepare();
  event.NotifyOne();
  EXPECT_EQ(event.Wait(key, Deadline::Forever(), nullptr), WaitResult::kNotified);
}

TEST(EventCountTest, NotificationBeforePrepareDoesNot) {
  Watchdog watchdog(250);
  EventCount event;
  event.NotifyOne();
  const EventCount::Key key = event.Prepare();
  EXPECT_EQ(event.Wait(key, Deadline::After(1'000'000), nullptr), WaitResult::kTimedOut);
}

TEST(EventCountTest, DeadlineInThePastTimesOutWithoutSleeping) {
  Watchdog watchdog(250);
  EventCount event;
  EXPECT_EQ(event.Wait(event.Prepare(), Deadline::Now(), nullptr, kRecheckNanos),
            WaitResult::kTimedOut);
}

TEST(EventCountTest, EndOfTheSliceIsNotATimeout) {
  Watchdog watchdog(250);
  EventCount event;
  EXPECT_EQ(event.Wait(event.Prepare(), Deadline::Forever(), nullptr, 1'000'000),
            WaitResult::kRecheck);
}

TEST(EventCountTest, RaisedTokenEndsTheWait) {
  Watchdog watchdog(250);
  EventCount event;
  os::Interrupt interrupt;
  interrupt.Raise();
  EXPECT_EQ(event.Wait(event.Prepare(), Deadline::Forever(), &interrupt), WaitResult::kInterrupted);
}

TEST(EventCountTest, TokenRaisedByAnotherThreadEndsTheWait) {
  Watchdog watchdog(250);
  EventCount event;
  os::Interrupt interrupt;
  std::thread raiser([&] { interrupt.Raise(); });
  EXPECT_EQ(event.Wait(event.Prepare(), Deadline::Forever(), &interrupt), WaitResult::kInterrupted);
  raiser.join();
}

TEST(EventCountTest, NotifyWithoutSleepersLeavesTheWordAlone) {
  EventCount event;
  event.NotifyOne();
  event.NotifyAll();
  EXPECT_EQ(WordOf(event), 0u);
}

TEST(EventCountTest, CancelOfTheOnlyWaitClearsTheHint) {
  EventCount event;
  event.Cancel(event.Prepare());
  EXPECT_EQ(WordOf(event) & kSleepersBit, 0u);
}

TEST(EventCountTest, CancelKeepsTheHintOfAnotherWaiter) {
  EventCount event;
  const EventCount::Key other = event.Prepare();
  event.Cancel(event.Prepare());
  EXPECT_EQ(WordOf(event) & kSleepersBit, kSleepersBit);
  const EventCount::Key late = event.Prepare();
  event.Cancel(other);
  EXPECT_EQ(WordOf(event) & kSleepersBit, kSleepersBit);
  event.Cancel(late);
}

TEST(EventCountTest, OtherArrivalsDoNotEndAWait) {
  Watchdog watchdog(250);
  EventCount event;
  const EventCount::Key key = event.Prepare();
  for (int i = 0; i < 100'000; ++i) event.Prepare();  // the arrivals' bits wrap meanwhile
  EXPECT_EQ(event.Wait(key, Deadline::After(1'000'000), nullptr), WaitResult::kTimedOut);
}

TEST(EventCountTest, NotifyWakesASleeperInAnotherProcess) {
  Watchdog watchdog(250);
  Shared<EventCount> event;
  Child child([&] {
    const EventCount::Key key = event->Prepare();
    return event->Wait(key, Deadline::Forever(), nullptr) == WaitResult::kNotified ? 0 : 1;
  });
  AwaitSleeping(child.pid());
  event->NotifyOne();
  EXPECT_EQ(child.Wait(), 0);
}

TEST(EventCountTest, KilledSleeperCostsTheNextNotifierOneCall) {
  Watchdog watchdog(250);
  Shared<EventCount> event;
  Child child([&] {
    event->Wait(event->Prepare(), Deadline::Forever(), nullptr);
    return 0;
  });
  AwaitSleeping(child.pid());
  child.Kill();
  child.Wait();
  EXPECT_EQ(WordOf(*event) & kSleepersBit, kSleepersBit);
  event->NotifyOne();
  const uint32_t after = WordOf(*event);
  EXPECT_EQ(after & kSleepersBit, 0u);
  event->NotifyOne();
  EXPECT_EQ(WordOf(*event), after);
}

TEST(EventCountTest, NotifyAllWakesEverySleeper) {
  Watchdog watchdog(250);
  Shared<EventCount> event;
  std::vector<Child> children;
  for (int i = 0; i < 5; ++i) {
    children.emplace_back([&] {
      event->Wait(event->Prepare(), Deadline::Forever(), nullptr);
      return 0;
    });
  }
  for (Child& child : children) AwaitSleeping(child.pid());
  event->NotifyAll();
  for (Child& child : children) EXPECT_EQ(child.Wait(), 0);
}

TEST(EventCountTest, WakeAllAnywayWakesASleeperWhoseHintWasLost) {
  Watchdog watchdog(250);
  Shared<EventCount> event;
  Child child([&] {
    event->Wait(event->Prepare(), Deadline::Forever(), nullptr);
    return 0;
  });
  AwaitSleeping(child.pid());
  reinterpret_cast<std::atomic<uint32_t>&>(*event).fetch_and(~kSleepersBit);
  event->WakeAllAnyway();
  EXPECT_EQ(child.Wait(), 0);
}

TEST(EventCountTest, NotifySomeWakesThatMany) {
  Watchdog watchdog(250);
  Shared<EventCount> event;
  Shared<std::atomic<uint32_t>> woken;
  std::vector<Child> children;
  for (int i = 0; i < 3; ++i) {
    children.emplace_back([&] {
      event->Wait(event->Prepare(), Deadline::Forever(), nullptr);
      woken->fetch_add(1);
      return 0;
    });
  }
  for (Child& child : children) AwaitSleeping(child.pid());
  event->NotifySome(2);
  AwaitAtLeast(*woken, 2);
  EXPECT_EQ(WordOf(*event) & kSleepersBit, kSleepersBit);  // one is left
  event->NotifySome(2);
  for (Child& child : children) EXPECT_EQ(child.Wait(), 0);
}

TEST(EventCountTest, InAChainOneWakeUpIsUnderWayAtATime) {
  Watchdog watchdog(250);
  Shared<EventCount> event;
  Shared<std::atomic<uint32_t>> woken;
  std::vector<Child> children;
  for (int i = 0; i < 3; ++i) {
    children.emplace_back([&] {
      event->Wait(event->Prepare(), Deadline::Forever(), nullptr);
      woken->fetch_add(1);
      event->Prepare();  // there may be more sleepers
      return 0;
    });
  }
  for (Child& child : children) AwaitSleeping(child.pid());
  for (uint32_t i = 1; i <= 3; ++i) {
    const uint32_t before = WordOf(*event);
    event->NotifyNext();
    EXPECT_NE(WordOf(*event), before);
    AwaitAtLeast(*woken, i);
    while ((WordOf(*event) & kSleepersBit) == 0) sched_yield();
  }
  for (Child& child : children) EXPECT_EQ(child.Wait(), 0);
  event->NotifyNext();
  const uint32_t after = WordOf(*event);
  EXPECT_EQ(after & kSleepersBit, 0u);
  event->NotifyNext();
  EXPECT_EQ(WordOf(*event), after);  // nobody to wake: nothing is changed
}

// A semaphore made of a counter and an EventCount.
struct Tokens {
  EventCount changed;
  std::atomic<int> count{0};

  void Give() {
    count.fetch_add(1);
    changed.NotifyOne();
  }
  bool TryTake() {
    int now = count.load();
    while (now > 0) {
      if (count.compare_exchange_weak(now, now - 1)) return true;
    }
    return false;
  }
  void Take() {
    while (!TryTake()) {
      const EventCount::Key key = changed.Prepare();
      if (count.load() > 0) {
        changed.Cancel(key);
      } else {
        changed.Wait(key, Deadline::Forever(), nullptr);  // no slice: a lost wake-up hangs
      }
    }
  }
};

TEST(EventCountTest, NoWakeUpIsLostBetweenManyThreads) {
  Watchdog watchdog(250);
  constexpr int kPairs = 3;
  constexpr int kRounds = 5'000;
  constexpr int kPlaces = 2;  // fewer than threads, so that both sides sleep often
  Tokens places;
  Tokens items;
  places.count = kPlaces;
  std::vector<std::thread> threads;
  for (int i = 0; i < kPairs; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) places.Take(), items.Give();
    });
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) items.Take(), places.Give();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(items.count.load(), 0);
  EXPECT_EQ(places.count.load(), kPlaces);
}

TEST(EventCountTest, NoWakeUpIsLostInPingPongBetweenProcesses) {
  Watchdog watchdog(250);
  struct Table {
    Tokens ping;
    Tokens pong;
  };
  constexpr int kRounds = 5'000;
  Shared<Table> table;
  Child child([&] {
    for (int round = 0; round < kRounds; ++round) {
      table->ping.Take();
      table->pong.Give();
    }
    return 0;
  });
  for (int round = 0; round < kRounds; ++round) {
    table->ping.Give();
    table->pong.Take();
  }
  EXPECT_EQ(child.Wait(), 0);
}

}  // namespace
}  // namespace billiard::sync
