#include "billiard_core/sync/rlock.h"

#include <thread>
#include <vector>

#include "billiard_core/base/status.h"
#include "gtest/gtest.h"
#include "tests/core/sync/shared_area.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::sync {
namespace {

using shared_memory::kNobody;
using testing::AwaitSleeping;
using testing::Child;
using testing::Watchdog;

constexpr Deadline kNow = Deadline::Now();
constexpr Deadline kForever = Deadline::Forever();
constexpr uint64_t kMine = 11;
constexpr uint64_t kOther = 12;

class RLockTest : public ::testing::Test {
 protected:
  RLockTest() : lock_(area_.context(), area_.At<RLock::State>()) {}

  void Take(uint64_t token) { ASSERT_EQ(lock_.Acquire(token, kNow).value(), Grant::kClean); }
  Code TryCode(uint64_t token) { return CodeOf(lock_.Acquire(token, kNow).status()); }
  void ExpectNotOwned(uint64_t token) {
    const absl::Status status = lock_.Release(token);
    EXPECT_EQ(CodeOf(status), Code::kState);
    EXPECT_EQ(status.message(), "attempt to release recursive lock not owned by thread");
  }

  Watchdog watchdog_{250};
  SharedArea area_;
  RLock lock_;
};

TEST_F(RLockTest, TheOwnerTakesItAgainAndReleasesItAsOften) {  // SYNC-20
  for (uint32_t depth = 1; depth <= 3; ++depth) {
    Take(kMine);
    EXPECT_EQ(lock_.Depth(kMine), depth);
    EXPECT_EQ(lock_.Depth(), depth);
  }
  for (uint32_t depth = 3; depth >= 1; --depth) {
    EXPECT_EQ(TryCode(kOther), Code::kTimeout);
    EXPECT_EQ(lock_.Depth(kMine), depth);
    EXPECT_TRUE(lock_.Release(kMine).ok());
  }
  EXPECT_EQ(lock_.Depth(), 0u);
  EXPECT_EQ(lock_.Token(), 0u);
  EXPECT_EQ(lock_.Holder(), kNobody);
  Take(kOther);
}

TEST_F(RLockTest, OnlyTheOwnerReleases) {  // SYNC-21, G-SYNC-10
  ExpectNotOwned(kMine);
  Take(kMine);
  ExpectNotOwned(kOther);
  ExpectNotOwned(0);
  EXPECT_EQ(CodeOf(lock_.ReleaseAll(kOther).status()), Code::kState);
  EXPECT_EQ(lock_.Depth(kMine), 1u);
  EXPECT_TRUE(lock_.Release(kMine).ok());
  ExpectNotOwned(kMine);
}

TEST_F(RLockTest, TokenZeroIsNobodys) {
  EXPECT_EQ(CodeOf(lock_.Acquire(0, kNow).status()), Code::kInvalid);
  EXPECT_EQ(CodeOf(lock_.Restore(0, 1, kNow).status()), Code::kInvalid);
  EXPECT_EQ(lock_.Depth(0), 0u);
  EXPECT_FALSE(lock_.HeldBy(0));
}

// The same token in another process, also in a child of the owner, is another owner.
TEST_F(RLockTest, AnotherProcessNeverOwnsItByTheSameToken) {  // SYNC-7, SYNC-20, SYNC-21, W-SYNC-11
  Take(kMine);
  Child child([&] {
    if (lock_.Depth(kMine) != 0) return 1;
    if (CodeOf(lock_.Release(kMine)) != Code::kState) return 2;  // without being registered
    if (!area_.Join() || CodeOf(lock_.Release(kMine)) != Code::kState) return 3;
    if (CodeOf(lock_.ReleaseAll(kMine).status()) != Code::kState) return 4;
    return TryCode(kMine) == Code::kTimeout ? 0 : 5;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(lock_.Depth(kMine), 1u);
}

TEST_F(RLockTest, TimeoutsAreNotEarly) {  // SYNC-1, SYNC-2, SYNC-8, G-SYNC-7
  Take(kMine);
  constexpr int64_t kTimeoutNanos = 5 * kNanosPerMilli;
  const int64_t start = MonotonicNow();
  EXPECT_EQ(CodeOf(lock_.Acquire(kOther, Deadline::After(kTimeoutNanos)).status()), Code::kTimeout);
  EXPECT_GE(MonotonicNow() - start, kTimeoutNanos);
  os::Interrupt interrupt;
  interrupt.Raise();
  EXPECT_EQ(CodeOf(lock_.Acquire(kOther, kForever, &interrupt).status()), Code::kInterrupted);
  EXPECT_TRUE(lock_.Acquire(kMine, kForever, &interrupt).ok());  // never waits, so takes no notice
}

TEST_F(RLockTest, ReleaseAllAndRestoreKeepTheDepth) {
  for (int i = 0; i < 4; ++i) Take(kMine);
  EXPECT_EQ(lock_.ReleaseAll(kMine).value(), 4u);
  ExpectNotOwned(kMine);
  Take(kOther);
  EXPECT_EQ(CodeOf(lock_.Restore(kMine, 4, kNow).status()), Code::kTimeout);
  EXPECT_TRUE(lock_.Release(kOther).ok());
  EXPECT_EQ(lock_.Restore(kMine, 4, kNow).value(), Grant::kClean);
  EXPECT_EQ(lock_.Depth(kMine), 4u);
  EXPECT_EQ(CodeOf(lock_.Restore(kMine, 4, kNow).status()), Code::kState);
  EXPECT_EQ(CodeOf(lock_.Restore(kOther, 0, kNow).status()), Code::kState);
}

TEST_F(RLockTest, TheDepthHasAnEnd) {
  constexpr uint32_t kMost = 0xffffffff;
  EXPECT_TRUE(lock_.Restore(kMine, kMost, kNow).ok());
  EXPECT_EQ(TryCode(kMine), Code::kState);
  EXPECT_EQ(lock_.Depth(kMine), kMost);
  EXPECT_EQ(lock_.ReleaseAll(kMine).value(), kMost);
}

TEST_F(RLockTest, WaitFreeTakesNothing) {
  EXPECT_TRUE(lock_.WaitFree(kMine, kNow).ok());
  Take(kMine);
  EXPECT_TRUE(lock_.WaitFree(kMine, kNow).ok());
  EXPECT_EQ(CodeOf(lock_.WaitFree(kOther, kNow)), Code::kTimeout);
  EXPECT_EQ(lock_.Depth(kMine), 1u);
}

TEST_F(RLockTest, ReleaseWakesAWaiterInAnotherProcess) {
  Take(kMine);
  Take(kMine);
  Child child([&] {
    if (!lock_.Acquire(kMine, kForever).ok()) return 1;
    return lock_.Release(kMine).ok() ? 0 : 2;
  });
  AwaitSleeping(child.pid());
  EXPECT_TRUE(lock_.Release(kMine).ok());
  EXPECT_TRUE(lock_.Release(kMine).ok());
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(RLockTest, TokensOfOneProcessExcludeEachOther) {
  constexpr int kTimes = 3'000;
  constexpr uint64_t kThreads = 6;
  uint64_t count = 0;
  std::vector<std::thread> threads;
  for (uint64_t token = 1; token <= kThreads; ++token) {
    threads.emplace_back([&, token] {
      for (int i = 0; i < kTimes; ++i) {
        EXPECT_TRUE(lock_.Acquire(token, kForever).ok());
        EXPECT_TRUE(lock_.Acquire(token, kNow).ok());
        for (uint64_t other = 1; other <= kThreads; ++other) {
          EXPECT_EQ(lock_.Depth(other), other == token ? 2u : 0u);
        }
        ++count;
        EXPECT_TRUE(lock_.Release(token).ok());
        EXPECT_TRUE(lock_.Release(token).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, kThreads * kTimes);
}

static_assert(sizeof(RLock::State) <= 64);  // G-SYNC-8

}  // namespace
}  // namespace billiard::sync
