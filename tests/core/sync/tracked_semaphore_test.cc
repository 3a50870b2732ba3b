#include "billiard_core/sync/tracked_semaphore.h"

#include <signal.h>
#include <unistd.h>

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

using testing::AwaitAtLeast;
using testing::AwaitSleeping;
using testing::Child;
using testing::kLongStorm;
using testing::kSanitized;
using testing::Shared;
using testing::Watchdog;

constexpr Deadline kNow = Deadline::Now();
constexpr Deadline kForever = Deadline::Forever();

class TrackedSemaphoreTest : public ::testing::Test {
 protected:
  void Make(uint32_t units) {
    auto* const state = area_.At<TrackedSemaphore::State>();
    ASSERT_TRUE(TrackedSemaphore::Init(state, units).ok());
    semaphore_ = std::make_unique<TrackedSemaphore>(area_.context(), state,
                                                    TrackedSemaphore::BytesFor(units));
  }
  // A child that takes so many units and keeps them until it is killed.
  Child Keeper(uint32_t count) {
    Shared<std::atomic<uint32_t>> taken;
    Child child([&] {
      for (uint32_t i = 0; i < count; ++i) {
        if (!semaphore_->Acquire(kForever).ok()) return 1;
      }
      taken->store(1);
      for (;;) pause();
    });
    AwaitAtLeast(*taken, 1);
    return child;
  }

  Watchdog watchdog_{280};
  SharedArea area_;
  std::unique_ptr<TrackedSemaphore> semaphore_;
};

TEST_F(TrackedSemaphoreTest, NumbersOfUnitsAreChecked) {  // SYNC-30
  auto* const state = area_.At<TrackedSemaphore::State>();
  EXPECT_EQ(CodeOf(TrackedSemaphore::Init(state, -1)), Code::kInvalid);
  EXPECT_EQ(CodeOf(TrackedSemaphore::Init(state, 65'537)), Code::kInvalid);
  EXPECT_TRUE(TrackedSemaphore::Init(state, 65'536).ok());
  EXPECT_EQ(TrackedSemaphore(area_.context(), state, SharedArea::kBytes).Value(), 65'536u);
}

TEST_F(TrackedSemaphoreTest, NeverLooksBeyondItsMemory) {
  auto* const state = area_.At<TrackedSemaphore::State>();
  state->units = 0xffffffff;
  EXPECT_EQ(TrackedSemaphore(area_.context(), state, TrackedSemaphore::BytesFor(5)).Bound(), 5u);
  EXPECT_EQ(TrackedSemaphore(area_.context(), state, 3).Bound(), 0u);
}

TEST_F(TrackedSemaphoreTest, UnitsAreTakenAndReleased) {  // SYNC-32, SYNC-33
  Make(2);
  EXPECT_TRUE(semaphore_->Acquire(kNow).ok());
  EXPECT_TRUE(semaphore_->Acquire(kNow).ok());
  EXPECT_EQ(semaphore_->Held(), 2u);
  EXPECT_EQ(CodeOf(semaphore_->Acquire(kNow)), Code::kTimeout);
  EXPECT_EQ(CodeOf(semaphore_->Release(0)), Code::kInvalid);
  EXPECT_EQ(CodeOf(semaphore_->Release(3)), Code::kState);
  EXPECT_EQ(semaphore_->Value(), 0u);
  EXPECT_TRUE(semaphore_->Release(2).ok());
  EXPECT_EQ(semaphore_->Value(), 2u);
  EXPECT_EQ(CodeOf(semaphore_->Release()), Code::kState);
}

TEST_F(TrackedSemaphoreTest, OnlyTheProcessThatHasAUnitReleasesIt) {  // SYNC-7, G-SYNC-10
  Make(1);
  EXPECT_TRUE(semaphore_->Acquire(kNow).ok());
  Child child([&] {
    if (CodeOf(semaphore_->Release()) != Code::kState) return 1;
    if (!area_.Join() || CodeOf(semaphore_->Release()) != Code::kState) return 2;
    return semaphore_->Held() == 0 ? 0 : 3;
  });
  EXPECT_EQ(child.Wait(), 0);
  std::thread([&] { EXPECT_TRUE(semaphore_->Release().ok()); }).join();
}

TEST_F(TrackedSemaphoreTest, TimeoutsAndInterrupts) {  // SYNC-1, SYNC-8
  Make(0);
  constexpr int64_t kTimeoutNanos = 5 * kNanosPerMilli;
  const int64_t start = MonotonicNow();
  EXPECT_EQ(CodeOf(semaphore_->Acquire(Deadline::After(kTimeoutNanos))), Code::kTimeout);
  EXPECT_GE(MonotonicNow() - start, kTimeoutNanos);
  os::Interrupt interrupt;
  interrupt.Raise();
  EXPECT_EQ(CodeOf(semaphore_->Acquire(kForever, &interrupt)), Code::kInterrupted);
  EXPECT_EQ(CodeOf(semaphore_->WaitFree(kNow)), Code::kTimeout);
}

TEST_F(TrackedSemaphoreTest, UnitsOfTheDeadComeBackAndAreCounted) {  // G-SYNC-5, W-SYNC-1
  Make(5);
  Child keeper = Keeper(3);
  EXPECT_TRUE(semaphore_->Acquire(kNow).ok());
  EXPECT_EQ(semaphore_->Value(), 1u);
  keeper.Kill();
  keeper.Wait();
  EXPECT_EQ(semaphore_->Value(), 4u);
  EXPECT_EQ(semaphore_->Returned(), 3u);
  EXPECT_EQ(semaphore_->Value(), 4u);
  EXPECT_EQ(semaphore_->Returned(), 3u);
  EXPECT_EQ(semaphore_->Held(), 1u);
}

TEST_F(TrackedSemaphoreTest, ATryAndASleeperGetTheUnitOfADeadProcess) {  // G-SYNC-5
  Make(1);
  {
    Child keeper = Keeper(1);
    EXPECT_EQ(CodeOf(semaphore_->Acquire(kNow)), Code::kTimeout);
    keeper.Kill();
    keeper.AwaitZombie();
    EXPECT_TRUE(semaphore_->Acquire(kNow).ok());
    EXPECT_TRUE(semaphore_->Release().ok());
  }
  Child keeper = Keeper(1);
  Child waiter([&] { return semaphore_->Acquire(kForever).ok() ? 0 : 1; });
  AwaitSleeping(waiter.pid());
  keeper.Kill();
  EXPECT_EQ(waiter.Wait(), 0);
  EXPECT_EQ(semaphore_->Value(), 1u);  // the waiter ended with its unit
  EXPECT_EQ(semaphore_->Returned(), 3u);
}

TEST_F(TrackedSemaphoreTest, NeverMoreThanAllUnitsAreOut) {  // SYNC-35
  constexpr uint32_t kUnits = 3;
  constexpr int kTimes = 2'000;
  Make(kUnits);
  Shared<std::atomic<uint32_t>> out;
  std::vector<Child> children;
  for (int i = 0; i < 6; ++i) {
    children.emplace_back([&] {
      for (int round = 0; round < kTimes; ++round) {
        if (!semaphore_->Acquire(kForever).ok()) return 1;
        if (out->fetch_add(1) >= kUnits) return 2;
        out->fetch_sub(1);
        if (!semaphore_->Release().ok()) return 3;
      }
      return 0;
    });
  }
  for (Child& child : children) EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(semaphore_->Value(), kUnits);
  EXPECT_EQ(semaphore_->Returned(), 0u);
}

// Processes take and release units, recover those of others, and are killed. When all are dead, all
// units are there, and as many were returned as were not released.
TEST_F(TrackedSemaphoreTest, UnitsAreExactThroughAStormOfKills) {  // G-SYNC-5
  constexpr uint32_t kUnits = 4;
  constexpr int kWorkers = 5;
  const int kills = kLongStorm ? 3'000 : kSanitized ? 30 : 200;
  Make(kUnits);
  const auto work = [&] {
    for (uint32_t round = 0;; ++round) {
      if (!semaphore_->Acquire(kForever).ok()) return 1;
      if (round % 7 == 0 && !semaphore_->Acquire(Deadline::After(1000)).ok()) round += 3;
      if (round % 3 == 0) semaphore_->Recover();
      while (semaphore_->Held() > 0) {
        if (!semaphore_->Release().ok()) return 2;
      }
    }
  };
  std::vector<std::unique_ptr<Child>> workers;
  for (int i = 0; i < kWorkers; ++i) workers.push_back(std::make_unique<Child>(work));
  std::mt19937 random(35);
  for (int kill = 0; kill < kills; ++kill) {
    const auto victim = random() % kWorkers;
    usleep(random() % 2000);
    workers[victim]->Kill();
    ASSERT_EQ(workers[victim]->Wait(), -SIGKILL);
    workers[victim] = std::make_unique<Child>(work);
  }
  for (auto& worker : workers) worker->Kill();
  for (auto& worker : workers) worker->Wait();
  EXPECT_EQ(semaphore_->Value(), kUnits);
  // Each victim had at most all units.
  EXPECT_LE(semaphore_->Returned(), static_cast<uint64_t>(kills + kWorkers) * kUnits);
  for (uint32_t i = 0; i < kUnits; ++i) EXPECT_TRUE(semaphore_->Acquire(kNow).ok());
  EXPECT_EQ(CodeOf(semaphore_->Acquire(kNow)), Code::kTimeout);
}

// The dead have what they noted, by their own hand: exactly that comes back, and nobody gives it back for
// them.
TEST_F(TrackedSemaphoreTest, AllUnitsOfTheDeadComeBackAndNoOthers) {  // G-SYNC-5
  constexpr uint32_t kUnits = 3;
  constexpr int kWorkers = 5;
  const int deaths = kLongStorm ? 20'000 : kSanitized ? 60 : 300;
  Make(kUnits);
  Shared<Note[kWorkers]> notes;
  std::mt19937 random(20261122);
  std::vector<std::unique_ptr<Child>> workers(kWorkers);
  const auto start = [&](int number) {
    Note* const note = &(*notes)[number];
    note->store(Has::kNothing);
    const auto seed = static_cast<uint32_t>(random());
    workers[number] = std::make_unique<Child>(
        [this, note, seed] { return TakeAndReleaseUntilDeath(*semaphore_, note, seed, 30); });
  };
  for (int i = 0; i < kWorkers; ++i) start(i);
  uint64_t had_units = 0;
  const auto bury = [&](int number) {
    ASSERT_EQ(workers[number]->Wait(), -SIGKILL);
    const Has had = (*notes)[number].load();
    ASSERT_NE(had, Has::kPerhaps);
    had_units += had == Has::kUnit ? 1 : 0;
  };
  for (int death = 0; death < deaths && !HasFailure(); ++death) {
    bury(death % kWorkers);
    start(death % kWorkers);
  }
  for (int i = 0; i < kWorkers && !HasFailure(); ++i) bury(i);
  EXPECT_EQ(semaphore_->Value(), kUnits);
  EXPECT_EQ(semaphore_->Returned(), had_units);
  EXPECT_GT(had_units, 0u);
}

}  // namespace
}  // namespace billiard::sync
