#include "billiard_core/queue/recent_blocks.h"

#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::queue {
namespace {

using shared_memory::Block;
using shared_memory::BlockHeap;
using shared_memory::BlockRef;
using shared_memory::Owner;
using shared_memory::Segment;
using testing::Child;
using testing::Watchdog;

constexpr uint64_t kHeapOffset = Segment::kHeaderBytes;
constexpr uint64_t kArena = uint64_t{1} << 20;
constexpr uint64_t kReserve = uint64_t{1} << 26;
constexpr Owner kMe = 0x10001;

class RecentBlocksTest : public ::testing::Test {
 protected:
  RecentBlocksTest()
      : watchdog_(250),
        segment_(*Segment::CreateAnonymous(shared_memory::SegmentKind::kTest, kReserve)),
        heap_(*BlockHeap::Create(segment_.get(), kHeapOffset, kArena, kReserve)) {}

  // As a put does it.
  Block Take(uint64_t bytes = 100, Owner owner = kMe) {
    Block block;
    if (recent_.Take(heap_.get(), bytes, owner, &block)) return block;
    const auto ref = heap_->Allocate(bytes, owner);
    if (!ref.ok()) return {};
    recent_.Note(bytes, *ref);
    return {*ref, heap_->View(*ref)};
  }
  BlockRef TakeAndFree() {
    const Block block = Take();
    heap_->Free(block);
    return block.ref;
  }

  Watchdog watchdog_;
  std::unique_ptr<Segment> segment_;
  std::unique_ptr<BlockHeap> heap_;
  RecentBlocks recent_;
};

TEST_F(RecentBlocksTest, BlocksComeRoundInTheirOrderAndLieSideBySide) {
  std::vector<BlockRef> round;
  std::set<BlockRef> seen;
  for (BlockRef ref = TakeAndFree(); seen.insert(ref).second; ref = TakeAndFree()) {
    round.push_back(ref);
  }
  EXPECT_GE(round.size(), 32u) << "both sides would work on the same cache lines";
  EXPECT_LE(round.size(), 128u) << "warm memory is used again";
  for (size_t i = 1; i < round.size(); ++i) EXPECT_EQ(round[i], round[i - 1] + 1);
  // The first of the next round was taken above.
  for (size_t i = 1; i < round.size(); ++i) EXPECT_EQ(TakeAndFree(), round[i]);
}

TEST_F(RecentBlocksTest, ABlockThatStaysInUseHoldsUpNobody) {
  const BlockRef kept = Take().ref;
  std::set<BlockRef> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(TakeAndFree());
  EXPECT_EQ(seen.count(kept), 0u);
  EXPECT_LE(seen.size(), 200u);
  EXPECT_EQ(heap_->CountInUse(), 1u);
}

TEST_F(RecentBlocksTest, AsManyAsAreWantedAreHad) {
  std::vector<Block> blocks;
  std::set<BlockRef> refs;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 3000; ++i) {
      blocks.push_back(Take());
      ASSERT_TRUE(blocks.back().view);
      ASSERT_TRUE(refs.insert(blocks.back().ref).second) << "given out twice";
    }
    EXPECT_EQ(heap_->CountInUse(), 3000u);
    for (const Block& block : blocks) heap_->Free(block);
    blocks.clear();
    refs.clear();
  }
}

TEST_F(RecentBlocksTest, EachSizeHasItsOwn) {
  for (int i = 0; i < 1000; ++i) {
    for (const uint64_t bytes : {1, 256, 257, 1000, 4096, 4097, 100'000}) {
      const Block block = Take(bytes);
      ASSERT_TRUE(block.view);
      ASSERT_GE(block.view.capacity, bytes);
      ASSERT_TRUE(block.view.capacity < 2 * bytes || block.view.capacity == 256);
      heap_->Free(block);
    }
  }
}

TEST_F(RecentBlocksTest, ThreadsThatMeetNeverHaveTheSameBlock) {
  std::mutex mutex;
  std::set<BlockRef> in_use;
  const auto use = [&](Owner owner) {
    for (int i = 0; i < 5000; ++i) {
      const Block block = Take(100, owner);
      ASSERT_TRUE(block.view);
      {
        const std::lock_guard<std::mutex> lock(mutex);
        ASSERT_TRUE(in_use.insert(block.ref).second);
      }
      ASSERT_EQ(block.view.owner->load(), owner);
      {
        const std::lock_guard<std::mutex> lock(mutex);
        in_use.erase(block.ref);
      }
      heap_->Free(block);
    }
  };
  std::vector<std::thread> threads;
  for (Owner owner = 1; owner <= 4; ++owner) threads.emplace_back(use, owner);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(heap_->CountInUse(), 0u);
}

TEST_F(RecentBlocksTest, ForkedChildGoesOnWithItsParentsBlocks) {
  for (int i = 0; i < 100; ++i) TakeAndFree();
  const auto use = [this](Owner owner) {
    for (int i = 0; i < 20'000; ++i) {
      const Block block = Take(100, owner);
      if (!block.view || block.view.owner->load() != owner) return 1;
      heap_->Free(block);
    }
    return 0;
  };
  Child child([&] { return use(0x10002); });
  EXPECT_EQ(use(kMe), 0);
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(heap_->CountInUse(), 0u);
}

}  // namespace
}  // namespace billiard::queue
