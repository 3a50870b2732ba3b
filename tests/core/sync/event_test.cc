#include "billiard_core/sync/event.h"

#include <sched.h>
#include <signal.h>
#include <sys/time.h>

#include <atomic>
#include <thread>
#include <vector>

#include "billiard_core/base/status.h"
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

constexpr Deadline kNow = Deadline::Now();
constexpr Deadline kForever = Deadline::Forever();

class EventTest : public ::testing::Test {
 protected:
  Child Waiter(Deadline deadline = kForever) {
    return Child([this, deadline] { return event_.Wait(deadline).ok() ? 0 : 1; });
  }

  Watchdog watchdog_{250};
  Shared<Event::State> state_;
  Event event_{&*state_};
};

// SYNC-50
TEST_F(EventTest, IsClearAtFirstAndSetAndClearMayBeRepeated) {
  EXPECT_FALSE(event_.IsSet());
  for (int i = 0; i < 2; ++i) {
    event_.Set();
    EXPECT_TRUE(event_.IsSet());
  }
  for (int i = 0; i < 2; ++i) {
    event_.Clear();
    EXPECT_FALSE(event_.IsSet());
  }
  EXPECT_EQ(event_.TimesSet(), 1u);
}

// Clear, look for work, wait: the work that was announced meanwhile is seen, or the event is set again,
// also when Set() found it set.
TEST_F(EventTest, WhoClearsSeesTheWorkOrTheEvent) {
  constexpr int kRounds = 2000;
  std::atomic<int> round{0};
  std::atomic<int> work{0};
  std::atomic<int> done{0};
  std::thread worker([&] {
    for (int i = 1; i <= kRounds; ++i) {
      while (round.load() < i) sched_yield();
      work.store(i, std::memory_order_relaxed);
      event_.Set();
      done.store(i);
    }
  });
  for (int i = 1; i <= kRounds; ++i) {
    event_.Set();
    round.store(i);
    event_.Clear();
    const bool seen = work.load(std::memory_order_relaxed) == i;
    while (done.load() < i) sched_yield();
    EXPECT_TRUE(seen || event_.IsSet()) << i;
  }
  worker.join();
}

// SYNC-51
TEST_F(EventTest, WaitOfZeroPolls) {
  EXPECT_EQ(CodeOf(event_.Wait(kNow)), Code::kTimeout);
  event_.Set();
  EXPECT_TRUE(event_.Wait(kNow).ok());
}

// SYNC-51, G-SYNC-7
TEST_F(EventTest, WaitTimesOutNotBeforeItsDeadline) {
  const int64_t before = MonotonicNow();
  EXPECT_EQ(CodeOf(event_.Wait(Deadline::After(20 * kNanosPerMilli))), Code::kTimeout);
  EXPECT_GE(MonotonicNow() - before, 20 * kNanosPerMilli);
}

TEST_F(EventTest, InterruptEndsAWaitButNotOfAnEventThatIsSet) {
  os::Interrupt interrupt;
  interrupt.Raise();
  EXPECT_EQ(CodeOf(event_.Wait(kForever, &interrupt)), Code::kInterrupted);
  event_.Set();
  EXPECT_TRUE(event_.Wait(kForever, &interrupt).ok());
}

// SYNC-52, for threads and processes.
TEST_F(EventTest, SetWakesEverybody) {
  std::vector<Child> children;
  for (int i = 0; i < 4; ++i) children.push_back(Waiter());
  for (Child& child : children) AwaitSleeping(child.pid());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { EXPECT_TRUE(event_.Wait(kForever).ok()); });
  }
  event_.Set();
  for (Child& child : children) EXPECT_EQ(child.Wait(), 0);
  for (std::thread& thread : threads) thread.join();
}

// A wait in several goes, as languages make it: what was set between two of them counts.
TEST_F(EventTest, WaitInSeveralGoesMissesNothing) {
  const uint64_t since = event_.TimesSet();
  EXPECT_EQ(CodeOf(event_.WaitSince(since, kNow)), Code::kTimeout);
  event_.Set();
  event_.Clear();
  EXPECT_TRUE(event_.WaitSince(since, kNow).ok());
  EXPECT_EQ(CodeOf(event_.WaitSince(event_.TimesSet(), kNow)), Code::kTimeout);
}

// SYNC-52, G-SYNC-3, GAP-25, W-SYNC-3: each of the thousand is seen by all eight.
TEST_F(EventTest, SetAndClearAtOnceIsSeenByAllWhoWait) {
  constexpr uint32_t kWaiters = 8;
  constexpr uint32_t kRounds = 1000;
  struct Progress {
    std::atomic<uint32_t> ready[kWaiters];
    std::atomic<uint32_t> done[kWaiters];
    std::atomic<uint32_t> cleared;
  };
  Shared<Progress> progress;
  std::vector<Child> children;
  for (uint32_t i = 0; i < kWaiters; ++i) {
    children.emplace_back([&, i] {
      for (uint32_t round = 1; round <= kRounds; ++round) {
        AwaitAtLeast(progress->cleared, round - 1);
        // The count is what a wait that has begun remembers.
        const uint64_t since = event_.TimesSet();
        progress->ready[i].store(round);
        if (!event_.WaitSince(since, kForever).ok()) return 1;
        progress->done[i].store(round);
      }
      return 0;
    });
  }
  for (uint32_t round = 1; round <= kRounds; ++round) {
    for (uint32_t i = 0; i < kWaiters; ++i) AwaitAtLeast(progress->ready[i], round);
    event_.Set();
    event_.Clear();
    progress->cleared.store(round);
    for (uint32_t i = 0; i < kWaiters; ++i) AwaitAtLeast(progress->done[i], round);
  }
  for (Child& child : children) EXPECT_EQ(child.Wait(), 0);
}

// GAP-25 in its own words.
TEST_F(EventTest, ThreeSleepersSeeASetThatIsClearedAtOnce) {
  for (int round = 0; round < 20; ++round) {
    std::vector<Child> children;
    for (int i = 0; i < 3; ++i) children.push_back(Waiter());
    for (Child& child : children) AwaitSleeping(child.pid());
    event_.Set();
    event_.Clear();
    for (Child& child : children) EXPECT_EQ(child.Wait(), 0);
  }
}

// GAP-24, G-SYNC-2, W-SYNC-2: with and without a timeout of the dead.
TEST_F(EventTest, DeadAndStoppedWaitersDoNotHoldUpSet) {
  Child killed = Waiter();
  Child killed_with_timeout = Waiter(Deadline::After(3600 * kNanosPerSecond));
  Child stopped = Waiter();
  Child alive = Waiter();
  for (Child* child : {&killed, &killed_with_timeout, &stopped, &alive}) {
    AwaitSleeping(child->pid());
  }
  killed.Kill();
  killed_with_timeout.Kill();
  killed.Wait();
  killed_with_timeout.Wait();
  stopped.Stop();
  // Would hang; how long it takes is for benchmarks.
  event_.Set();
  event_.Clear();
  event_.Set();
  EXPECT_EQ(alive.Wait(), 0);
  event_.Clear();
  stopped.Signal(SIGCONT);
  EXPECT_EQ(stopped.Wait(), 0);
  EXPECT_EQ(CodeOf(event_.Wait(kNow)), Code::kTimeout);
}

// A setter that died after its change and before its wake-ups.
TEST_F(EventTest, SleepersFindOutByThemselvesThatItIsSet) {
  Child child = Waiter();
  AwaitSleeping(child.pid());
  state_->word.fetch_add(3);  // once more, and set
  EXPECT_EQ(child.Wait(), 0);
}

Event* event_of_handler = nullptr;
std::atomic<int> handled{0};

void SetInHandler(int) {
  event_of_handler->Set();
  event_of_handler->Clear();
  ++handled;
}

// SYNC-53: the handler runs in the thread that waits, wherever it is in its wait.
TEST_F(EventTest, SetInASignalHandlerEndsTheWaitItInterrupts) {
  event_of_handler = &event_;
  struct sigaction action = {};
  action.sa_handler = SetInHandler;
  ASSERT_EQ(sigaction(SIGUSR1, &action, nullptr), 0);
  constexpr int kRounds = 300;
  std::atomic<int> waited{0};
  std::thread waiter([&] {
    for (int round = 0; round < kRounds; ++round) {
      EXPECT_TRUE(event_.Wait(kForever).ok());
      ++waited;
    }
  });
  while (waited < kRounds) {
    pthread_kill(waiter.native_handle(), SIGUSR1);
    sched_yield();
  }
  waiter.join();
  EXPECT_GE(handled, kRounds);
  signal(SIGUSR1, SIG_DFL);
}

// A handled signal that has nothing to do with it does not end a wait (SYNC-3).
TEST_F(EventTest, OtherSignalsDoNotEndAWait) {
  Child child([&] {
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    sigaction(SIGUSR1, &action, nullptr);
    return event_.Wait(kForever).ok() ? 0 : 1;
  });
  AwaitSleeping(child.pid());
  for (int i = 0; i < 20; ++i) child.Signal(SIGUSR1);
  AwaitSleeping(child.pid());
  event_.Set();
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(EventTest, PingPongBetweenProcessesLosesNothing) {
  constexpr int kRounds = 5'000;
  Shared<Event::State> back_state;
  Event back(&*back_state);
  Child child([&] {
    for (int round = 0; round < kRounds; ++round) {
      if (!event_.Wait(kForever).ok()) return 1;
      event_.Clear();
      back.Set();
    }
    return 0;
  });
  for (int round = 0; round < kRounds; ++round) {
    event_.Set();
    ASSERT_TRUE(back.Wait(kForever).ok());
    back.Clear();
  }
  EXPECT_EQ(child.Wait(), 0);
}

}  // namespace
}  // namespace billiard::sync
