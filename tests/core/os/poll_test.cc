#include "billiard_core/os/poll.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "billiard_core/base/status.h"
#include "billiard_core/os/fd.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::os {
namespace {

using testing::AwaitSleeping;
using testing::Child;
using testing::Watchdog;

class PollTest : public ::testing::Test {
 protected:
  PollTest() {
    int fds[2];
    EXPECT_EQ(pipe(fds), 0);
    read_.Reset(fds[0]);
    write_.Reset(fds[1]);
  }
  PollResult Poll(Deadline deadline, Interrupt* interrupt) {
    const auto result = PollOne(read_.get(), POLLIN, deadline, interrupt);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : PollResult::kTimedOut;
  }

  Watchdog watchdog_{60};
  Fd read_, write_;
};

TEST_F(PollTest, WaitsItsWholeTimeAlsoBelowAMillisecond) {
  for (const int64_t nanos : {400'000, 3'000'000}) {
    const int64_t began = MonotonicNow();
    EXPECT_EQ(Poll(Deadline::After(nanos), nullptr), PollResult::kTimedOut);
    EXPECT_GE(MonotonicNow() - began, nanos);
  }
}

TEST_F(PollTest, ARaisedTokenEndsItUntilItIsReset) {
  Interrupt interrupt;
  interrupt.Raise();
  EXPECT_EQ(Poll(Deadline::Forever(), &interrupt), PollResult::kInterrupted);
  EXPECT_EQ(Poll(Deadline::Now(), &interrupt), PollResult::kInterrupted);
  interrupt.Reset();
  EXPECT_EQ(Poll(Deadline::After(1'000'000), &interrupt), PollResult::kTimedOut);
  interrupt.Raise();
  EXPECT_EQ(Poll(Deadline::Forever(), &interrupt), PollResult::kInterrupted);
}

TEST_F(PollTest, WhatIsThereCountsMoreThanARaisedToken) {
  Interrupt interrupt;
  interrupt.Raise();
  ASSERT_EQ(write(write_.get(), "x", 1), 1);
  EXPECT_EQ(Poll(Deadline::Forever(), &interrupt), PollResult::kReady);
}

TEST_F(PollTest, RaisesAndResetsInARowEndEachWaitOnce) {
  constexpr uint32_t kRounds = 2000;
  Interrupt interrupt;
  std::atomic<uint32_t> waiting{0};
  std::thread raiser([&] {
    for (uint32_t round = 1; round <= kRounds; ++round) {
      testing::AwaitAtLeast(waiting, round);
      interrupt.Raise();
    }
  });
  for (uint32_t round = 1; round <= kRounds; ++round) {
    waiting.store(round);
    EXPECT_EQ(Poll(Deadline::Forever(), &interrupt), PollResult::kInterrupted);
    interrupt.Reset();
  }
  raiser.join();
}

TEST_F(PollTest, OneTokenEndsManyWaits) {
  constexpr int kRounds = 100;
  for (int round = 0; round < kRounds; ++round) {
    Interrupt interrupt;
    std::atomic<int> interrupted{0};
    std::thread waiters[4];
    for (std::thread& waiter : waiters) {
      waiter = std::thread([&] {
        if (Poll(Deadline::Forever(), &interrupt) == PollResult::kInterrupted) ++interrupted;
      });
    }
    interrupt.Raise();
    for (std::thread& waiter : waiters) waiter.join();
    EXPECT_EQ(interrupted, 4);
  }
}

TEST_F(PollTest, AForkHasATokenOfItsOwn) {
  static Interrupt interrupt;
  EXPECT_EQ(Poll(Deadline::After(1), &interrupt), PollResult::kTimedOut);  // makes its descriptor
  Child child([this] {
    signal(SIGUSR1, [](int) { interrupt.Raise(); });
    return Poll(Deadline::Forever(), &interrupt) == PollResult::kInterrupted ? 0 : 1;
  });
  AwaitSleeping(child.pid());
  // The parent's raise is the parent's.
  interrupt.Raise();
  EXPECT_EQ(Poll(Deadline::Forever(), &interrupt), PollResult::kInterrupted);
  interrupt.Reset();
  AwaitSleeping(child.pid());
  child.Signal(SIGUSR1);
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(Poll(Deadline::After(1'000'000), &interrupt), PollResult::kTimedOut);
}

TEST_F(PollTest, ASignalHandlerDoesNotEndIt) {
  Child child([this] {
    signal(SIGUSR1, [](int) {});
    return Poll(Deadline::Forever(), nullptr) == PollResult::kReady ? 0 : 1;
  });
  AwaitSleeping(child.pid());
  child.Signal(SIGUSR1);
  AwaitSleeping(child.pid());
  ASSERT_EQ(write(write_.get(), "x", 1), 1);
  EXPECT_EQ(child.Wait(), 0);
}

}  // namespace
}  // namespace billiard::os
