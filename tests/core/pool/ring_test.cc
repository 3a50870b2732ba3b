#include "billiard_core/pool/ring.h"

#include <atomic>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/watchdog.h"

namespace billiard::pool {
namespace {

constexpr uint64_t kCapacity = 64;

class RingTest : public ::testing::Test {
 protected:
  Ring ring_{};
  std::vector<std::atomic<uint64_t>> cells_ = std::vector<std::atomic<uint64_t>>(kCapacity);
  const RingView view_{&ring_, cells_.data(), kCapacity - 1};
  testing::Watchdog watchdog_{60};
};

bool TakeAny(JobRef) { return true; }
bool TakeNone(JobRef) { return false; }

TEST_F(RingTest, JobsComeOutInOrder) {
  for (uint32_t i = 1; i <= 10; ++i) ASSERT_TRUE(view_.Push({i, 1}));
  for (uint32_t i = 1; i <= 10; ++i) EXPECT_EQ(view_.Claim(TakeAny)->slot, i);
  EXPECT_FALSE(view_.Claim(TakeAny).has_value());
  EXPECT_TRUE(view_.Empty());
}

TEST_F(RingTest, AFullRingRefusesAndGoesOnWhenThereIsRoom) {
  for (uint32_t i = 0; i < kCapacity; ++i) ASSERT_TRUE(view_.Push({i, 1}));
  EXPECT_FALSE(view_.Push({99, 1}));
  EXPECT_TRUE(view_.Claim(TakeAny).has_value());
  EXPECT_TRUE(view_.Push({99, 1}));
}

TEST_F(RingTest, EntriesThatCanNotBeClaimedArePassed) {
  for (uint32_t i = 1; i <= 10; ++i) ASSERT_TRUE(view_.Push({i, 1}));
  EXPECT_EQ(view_.Claim([](JobRef job) { return job.slot == 7; })->slot, 7u);
  EXPECT_FALSE(view_.Claim(TakeNone).has_value());
  EXPECT_TRUE(view_.Empty());
}

TEST_F(RingTest, AReaderThatDiesAfterItsClaimLeavesTheEntryToBePassed) {
  ASSERT_TRUE(view_.Push({1, 1}));
  ASSERT_TRUE(view_.Push({2, 1}));
  // The dead reader claimed slot 1 and never moved the head: for the next one it is not claimable.
  EXPECT_EQ(view_.Claim([](JobRef job) { return job.slot != 1; })->slot, 2u);
}

TEST_F(RingTest, AReaderThatSleptForALapDoesNotMoveTheHeadBack) {
  ASSERT_TRUE(view_.Push({1, 1}));
  const auto claimed = view_.Claim([&](JobRef) {
    // Meanwhile the others claim this entry and whole laps of others.
    ring_.head = 1;
    for (uint32_t i = 2; i < 3 * kCapacity; ++i) {
      EXPECT_TRUE(view_.Push({i, 1}));
      EXPECT_EQ(view_.Claim(TakeAny)->slot, i);
    }
    return false;
  });
  EXPECT_FALSE(claimed.has_value());
  EXPECT_EQ(ring_.head.load(), 3 * kCapacity - 1);
}

TEST_F(RingTest, ManyReadersTakeEachJobOnce) {
  constexpr uint32_t kJobs = 5000;
  const std::unique_ptr<std::atomic<int>[]> taken(new std::atomic<int>[kJobs + 1]());
  std::atomic<uint32_t> total{0};
  const auto take = [&](JobRef job) {
    int free = 0;
    return taken[job.slot].compare_exchange_strong(free, 1);
  };
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      while (total < kJobs) {
        if (view_.Claim(take)) ++total;
      }
    });
  }
  for (uint32_t i = 1; i <= kJobs;) {
    if (view_.Push({i, 1})) ++i;
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(total, kJobs);
}

}  // namespace
}  // namespace billiard::pool
