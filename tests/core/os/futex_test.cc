#include "billiard_core/os/futex.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "gtest/gtest.h"
#include "tests/support/watchdog.h"

namespace billiard::os {
namespace {

class FutexTest : public ::testing::Test {
 protected:
  testing::Watchdog watchdog_{60};
  std::atomic<uint32_t> word_{7};
  Interrupt interrupt_;
};

TEST_F(FutexTest, DoesNotSleepWhenTheWordHasChanged) {
  EXPECT_EQ(FutexWait(&word_, 6, Deadline::Forever()), FutexResult::kValueChanged);
  EXPECT_EQ(FutexWait(&word_, 6, Deadline::Forever(), &interrupt_), FutexResult::kValueChanged);
}

TEST_F(FutexTest, EndsAtTheDeadline) {
  EXPECT_EQ(FutexWait(&word_, 7, Deadline::After(kNanosPerMilli)), FutexResult::kTimedOut);
  EXPECT_EQ(FutexWait(&word_, 7, Deadline::After(kNanosPerMilli), &interrupt_),
            FutexResult::kTimedOut);
  EXPECT_EQ(FutexWait(&word_, 7, Deadline::Now()), FutexResult::kTimedOut);
}

TEST_F(FutexTest, RaisedTokenEndsItBeforeItSleeps) {
  interrupt_.Raise();
  EXPECT_EQ(FutexWait(&word_, 7, Deadline::Forever(), &interrupt_), FutexResult::kInterrupted);
  // Sticky until it is reset.
  EXPECT_EQ(FutexWait(&word_, 7, Deadline::Forever(), &interrupt_), FutexResult::kInterrupted);
  interrupt_.Reset();
  EXPECT_EQ(FutexWait(&word_, 7, Deadline::Now(), &interrupt_), FutexResult::kTimedOut);
}

TEST_F(FutexTest, TokenRaisedMeanwhileEndsIt) {
  std::thread raiser([this] { interrupt_.Raise(); });
  EXPECT_EQ(FutexWait(&word_, 7, Deadline::Forever(), &interrupt_), FutexResult::kInterrupted);
  raiser.join();
}

TEST_F(FutexTest, OneTokenEndsManyWaits) {
  std::atomic<int> interrupted{0};
  std::thread waiters[4];
  for (std::thread& waiter : waiters) {
    waiter = std::thread([&] {
      if (FutexWait(&word_, 7, Deadline::Forever(), &interrupt_) == FutexResult::kInterrupted) {
        interrupted.fetch_add(1);
      }
    });
  }
  interrupt_.Raise();
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(interrupted.load(), 4);
}

TEST_F(FutexTest, WakesASleeperInAnotherProcess) {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  auto* shared = static_cast<std::atomic<uint32_t>*>(page);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    while (shared->load() == 0) FutexWait(shared, 0, Deadline::Forever());
    _exit(0);
  }
  shared->store(1);
  FutexWake(shared, 1);
  int status;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  munmap(page, 4096);
}

TEST_F(FutexTest, WakeWithoutSleeperWakesNobody) { EXPECT_EQ(FutexWake(&word_, kWakeAll), 0); }

TEST_F(FutexTest, KeepsErrno) {
  errno = 1234;
  FutexWait(&word_, 6, Deadline::Forever());
  FutexWake(&word_, 1);
  EXPECT_EQ(errno, 1234);
}

}  // namespace
}  // namespace billiard::os
