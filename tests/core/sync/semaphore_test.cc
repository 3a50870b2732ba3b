#include "billiard_core/sync/semaphore.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "billiard_core/base/status.h"
#include "gtest/gtest.h"
#include "tests/core/sync/semaphore_books.h"
#include "tests/core/sync/shared_area.h"
#include "tests/support/child/child.h"
#include "tests/support/sanitizer.h"
#include "tests/support/storm.h"
#include "tests/support/watchdog.h"

namespace billiard::sync {
namespace {

using testing::AwaitSleeping;
using testing::Child;
using testing::kLongStorm;
using testing::kSanitized;
using testing::Shared;
using testing::Watchdog;

constexpr Deadline kNow = Deadline::Now();
constexpr Deadline kForever = Deadline::Forever();

class SemaphoreTest : public ::testing::Test {
 protected:
  Semaphore Make(int64_t value) {
    EXPECT_TRUE(Semaphore::Init(area_.At<Semaphore::State>(), value).ok());
    return Semaphore(area_.context(), area_.At<Semaphore::State>());
  }
  BoundedSemaphore MakeBounded(int64_t value) {
    EXPECT_TRUE(BoundedSemaphore::Init(area_.At<Semaphore::State>(), value).ok());
    return BoundedSemaphore(area_.context(), area_.At<Semaphore::State>());
  }
  Code InitCode(int64_t value) {
    return CodeOf(Semaphore::Init(area_.At<Semaphore::State>(), value));
  }

  Watchdog watchdog_{250};
  SharedArea area_;
};

TEST_F(SemaphoreTest, InitialValuesAreChecked) {  // SYNC-30, SYNC-6
  EXPECT_EQ(InitCode(-1), Code::kInvalid);
  EXPECT_EQ(InitCode(Semaphore::kMaxValue + 1), Code::kInvalid);
  EXPECT_EQ(CodeOf(BoundedSemaphore::Init(area_.At<Semaphore::State>(), -1)), Code::kInvalid);
  EXPECT_EQ(area_.At<Semaphore::State>()->value, 0u);
  EXPECT_EQ(Make(0).Value(), 0u);
  EXPECT_EQ(Make(2147483647).Value(), 2147483647u);
}

TEST_F(SemaphoreTest, AcquireTakesOneAndReleaseGivesOne) {  // SYNC-33
  Semaphore semaphore = Make(2);
  EXPECT_TRUE(semaphore.Acquire(kNow).ok());
  EXPECT_EQ(semaphore.Value(), 1u);
  EXPECT_TRUE(semaphore.Acquire(kNow).ok());
  EXPECT_EQ(CodeOf(semaphore.Acquire(kNow)), Code::kTimeout);
  EXPECT_EQ(semaphore.Value(), 0u);
  EXPECT_TRUE(semaphore.Release().ok());
  EXPECT_EQ(semaphore.Value(), 1u);
}

TEST_F(SemaphoreTest, ReleaseGoesAboveTheInitialValueUpToTheGreatest) {  // SYNC-31
  Semaphore semaphore = Make(1);
  EXPECT_TRUE(semaphore.Release().ok());
  EXPECT_EQ(semaphore.Value(), 2u);
  EXPECT_TRUE(semaphore.Release(static_cast<uint32_t>(Semaphore::kMaxValue) - 2).ok());
  EXPECT_EQ(CodeOf(semaphore.Release()), Code::kState);
  EXPECT_EQ(CodeOf(semaphore.Release(0xffffffff)), Code::kState);
  EXPECT_EQ(semaphore.Value(), Semaphore::kMaxValue);
}

TEST_F(SemaphoreTest, ReleaseOfManyIsAllOrNothing) {
  Semaphore semaphore = Make(0);
  EXPECT_EQ(CodeOf(semaphore.Release(0)), Code::kInvalid);
  EXPECT_TRUE(semaphore.Release(3).ok());
  EXPECT_EQ(semaphore.Value(), 3u);
  BoundedSemaphore bounded = MakeBounded(3);
  EXPECT_TRUE(bounded.Acquire(kNow).ok());
  EXPECT_EQ(CodeOf(bounded.Release(2)), Code::kState);
  EXPECT_EQ(bounded.Value(), 2u);
}

TEST_F(SemaphoreTest, ABoundedOneNeverExceedsItsInitialValue) {  // SYNC-32, G-SYNC-4
  BoundedSemaphore semaphore = MakeBounded(1);
  const absl::Status status = semaphore.Release();
  EXPECT_EQ(CodeOf(status), Code::kState);
  EXPECT_EQ(status.message(), "semaphore or lock released too many times");
  EXPECT_EQ(semaphore.Value(), 1u);
  EXPECT_TRUE(semaphore.Acquire(kNow).ok());
  EXPECT_TRUE(semaphore.Release().ok());
  EXPECT_EQ(semaphore.Bound(), 1u);
  EXPECT_EQ(CodeOf(MakeBounded(0).Release()), Code::kState);
}

TEST_F(SemaphoreTest, TimeoutsAndInterrupts) {  // SYNC-1, SYNC-2, SYNC-8, G-SYNC-7
  Semaphore semaphore = Make(0);
  constexpr int64_t kTimeoutNanos = 5 * kNanosPerMilli;
  const int64_t start = MonotonicNow();
  EXPECT_EQ(CodeOf(semaphore.Acquire(Deadline::After(kTimeoutNanos))), Code::kTimeout);
  EXPECT_GE(MonotonicNow() - start, kTimeoutNanos);
  os::Interrupt interrupt;
  interrupt.Raise();
  EXPECT_EQ(CodeOf(semaphore.Acquire(kForever, &interrupt)), Code::kInterrupted);
  EXPECT_EQ(CodeOf(semaphore.WaitFree(kForever, &interrupt)), Code::kInterrupted);
  EXPECT_EQ(CodeOf(semaphore.WaitFree(kNow)), Code::kTimeout);
  EXPECT_TRUE(semaphore.Release().ok());
  EXPECT_TRUE(semaphore.WaitFree(kForever, &interrupt).ok());
  EXPECT_TRUE(semaphore.Acquire(kForever, &interrupt).ok());
}

// The race of check and post that the reference has (W-SYNC-6).
TEST_F(SemaphoreTest, TheBoundIsExactUnderConcurrency) {  // SYNC-35, G-SYNC-4, W-SYNC-6
  constexpr uint32_t kBound = 3;
  constexpr int kTimes = 5'000;
  BoundedSemaphore semaphore = MakeBounded(kBound);
  std::atomic<int64_t> balance{kBound};
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < kTimes; ++round) {
        if (i % 2 == 0) {
          if (semaphore.Acquire(kNow).ok()) balance.fetch_sub(1);
        } else if (semaphore.Release().ok()) {
          balance.fetch_add(1);
        }
        if (semaphore.Value() > kBound) over = true;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(over);
  EXPECT_EQ(semaphore.Value(), static_cast<uint64_t>(balance));
}

TEST_F(SemaphoreTest, NoUnitIsLostBetweenProcesses) {  // SYNC-35
  constexpr int kProcesses = 6;
  constexpr int kTimes = 2'000;
  Semaphore semaphore = Make(2);
  std::vector<Child> children;
  for (int i = 0; i < kProcesses; ++i) {
    children.emplace_back([&] {
      for (int round = 0; round < kTimes; ++round) {
        if (!semaphore.Acquire(kForever).ok() || !semaphore.Release().ok()) return 1;
      }
      return 0;
    });
  }
  for (Child& child : children) EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(semaphore.Value(), 2u);
}

TEST_F(SemaphoreTest, EveryUnitOfAReleaseWakesAWaiter) {
  Semaphore semaphore = Make(0);
  std::vector<Child> children;
  for (int i = 0; i < 4; ++i) {
    children.emplace_back([&] { return semaphore.Acquire(kForever).ok() ? 0 : 1; });
  }
  for (Child& child : children) AwaitSleeping(child.pid());
  EXPECT_TRUE(semaphore.Release(4).ok());
  for (Child& child : children) EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(semaphore.Value(), 0u);
}

TEST_F(SemaphoreTest, ADeadOrStoppedWaiterTakesNoUnit) {
  Semaphore semaphore = Make(0);
  const auto wait = [&] { return semaphore.Acquire(kForever).ok() ? 0 : 1; };
  Child dead(wait);
  Child stopped(wait);
  Child waiting(wait);
  AwaitSleeping(dead.pid());
  AwaitSleeping(stopped.pid());
  AwaitSleeping(waiting.pid());
  stopped.Stop();
  dead.Kill();
  dead.Wait();
  EXPECT_TRUE(semaphore.Release().ok());
  EXPECT_EQ(waiting.Wait(), 0);
  EXPECT_EQ(semaphore.Value(), 0u);
}

TEST_F(SemaphoreTest, WaitFreeSwallowsNoWakeUp) {
  Semaphore semaphore = Make(0);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::thread> threads;
    threads.emplace_back([&] { EXPECT_TRUE(semaphore.Acquire(kForever).ok()); });
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] { EXPECT_TRUE(semaphore.WaitFree(kForever).ok()); });
    }
    EXPECT_TRUE(semaphore.Release().ok());
    threads[0].join();
    EXPECT_EQ(semaphore.Value(), 0u);
    EXPECT_TRUE(semaphore.Release().ok());
    for (size_t i = 1; i < threads.size(); ++i) threads[i].join();
    EXPECT_TRUE(semaphore.Acquire(kNow).ok());
  }
}

TEST_F(SemaphoreTest, ADamagedBoundIsNotBelieved) {
  auto* const state = area_.At<Semaphore::State>();
  state->bound = 0xffffffff;
  state->value = 0xfffffff0;
  Semaphore semaphore(area_.context(), state);
  EXPECT_LE(semaphore.Bound(), static_cast<uint32_t>(Semaphore::kMaxValue));
  EXPECT_EQ(CodeOf(semaphore.Release()), Code::kState);
}

// Workers die with or without a unit, by their own hand, where what they have is known; what they had is gone,
// no more and no less. The test gives as many back, or all would starve.
TEST_F(SemaphoreTest, UnitsOfTheDeadAreGoneAndNoOthers) {  // SYNC-35, W-SYNC-1
  constexpr int kUnits = 3;
  constexpr int kWorkers = 5;
  const int deaths = kLongStorm ? 20'000 : kSanitized ? 60 : 600;
  Semaphore semaphore = Make(kUnits);
  Shared<Note[kWorkers]> notes;
  std::mt19937 random(20261122);
  std::vector<std::unique_ptr<Child>> workers(kWorkers);
  const auto start = [&](int number) {
    Note* const note = &(*notes)[number];
    note->store(Has::kNothing);
    const auto seed = static_cast<uint32_t>(random());
    workers[number] = std::make_unique<Child>(
        [&semaphore, note, seed] { return TakeAndReleaseUntilDeath(semaphore, note, seed, 30); });
  };
  for (int i = 0; i < kWorkers; ++i) start(i);
  int had_units = 0;
  // The next one that dies, whoever it is: the others may all wait for what it had.
  const auto bury = [&] {
    siginfo_t dead = {};
    if (waitid(P_ALL, 0, &dead, WEXITED | WNOWAIT) != 0) abort();
    int number = 0;
    while (workers[number] == nullptr || workers[number]->pid() != dead.si_pid) ++number;
    EXPECT_EQ(workers[number]->Wait(), -SIGKILL);
    workers[number] = nullptr;
    const Has had = (*notes)[number].load();
    EXPECT_NE(had, Has::kPerhaps);
    if (had == Has::kUnit) {
      ++had_units;
      EXPECT_TRUE(semaphore.Release().ok());
    }
    return number;
  };
  for (int death = 0; death < deaths && !HasFailure(); ++death) start(bury());
  for (int i = 0; i < kWorkers && !HasFailure(); ++i) bury();
  EXPECT_GT(had_units, 0);
  EXPECT_LT(had_units, deaths);
  EXPECT_EQ(semaphore.Value(), static_cast<uint64_t>(kUnits));
}

// The same killed from outside, anywhere: what is missing is what they had, and of those who were between
// two notes at most one unit each.
TEST_F(SemaphoreTest, KilledAnywhereTheyTakeNoMoreThanTheyHad) {  // SYNC-35
  constexpr int kWorkers = 5;
  const int kills = kLongStorm ? 5'000 : kSanitized ? 40 : 100;
  const int units = kills + kWorkers + 1;  // of which enough are left
  Semaphore semaphore = Make(units);
  Shared<Note[kWorkers]> notes;
  std::mt19937 random(35);
  std::vector<std::unique_ptr<Child>> workers(kWorkers);
  const auto start = [&](int number) {
    Note* const note = &(*notes)[number];
    note->store(Has::kNothing);
    workers[number] = std::make_unique<Child>([&semaphore, note, number] {
      return TakeAndReleaseUntilDeath(semaphore, note, static_cast<uint32_t>(number), 0);
    });
  };
  for (int i = 0; i < kWorkers; ++i) start(i);
  int had = 0;
  int perhaps = 0;
  const auto kill = [&](int number) {
    workers[number]->Kill();
    ASSERT_EQ(workers[number]->Wait(), -SIGKILL);
    const Has its = (*notes)[number].load();
    had += its == Has::kUnit ? 1 : 0;
    perhaps += its == Has::kPerhaps ? 1 : 0;
  };
  for (int i = 0; i < kills && !HasFailure(); ++i) {
    const int victim = static_cast<int>(random() % kWorkers);
    usleep(random() % 2000);
    kill(victim);
    start(victim);
  }
  for (int i = 0; i < kWorkers && !HasFailure(); ++i) kill(i);
  const auto left = static_cast<int>(semaphore.Value());
  EXPECT_LE(left, units - had);
  EXPECT_GE(left, units - had - perhaps);
  for (int i = 0; i < left; ++i) ASSERT_TRUE(semaphore.Acquire(kNow).ok());
  EXPECT_EQ(CodeOf(semaphore.Acquire(kNow)), Code::kTimeout);
}

static_assert(sizeof(Semaphore::State) <= 64);  // G-SYNC-8

}  // namespace
}  // namespace billiard::sync
