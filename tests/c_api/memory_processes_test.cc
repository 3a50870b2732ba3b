// Blocks of shared memory that come and go in several processes, through the C ABI.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <utility>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/object_handles.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard {
namespace {

using testing::Child;
using testing::Watchdog;

uint64_t BytesInUse(bp_segment* segment) {
  bp_segment_stats stats = {};
  stats.size = sizeof stats;
  EXPECT_EQ(bp_segment_get_stats(segment, &stats, nullptr), BP_OK);
  return stats.bytes_in_use;
}

// test_heap: SHM-26, SHM-42. Blocks of all sizes come and go in the parent and in a child at once; none
// shares a byte with another, and in the end all memory is there again.
TEST(HeapOfASegmentTest, BlocksThatComeAndGoInTwoProcessesNeverOverlap) {
  constexpr int kBlocks = 5000;
  constexpr size_t kMostAlive = 50;
  Watchdog watchdog(100);
  Segment segment;
  ASSERT_EQ(bp_segment_create(nullptr, &segment, nullptr), BP_OK);
  const uint64_t before = BytesInUse(segment);

  struct Block {
    Memory memory;
    unsigned char mark;
    bool IsWhole() const {
      const auto* bytes = static_cast<const unsigned char*>(bp_memory_data(memory));
      for (uint64_t i = 0; i < bp_memory_size(memory); ++i) {
        if (bytes[i] != mark) return false;
      }
      return true;
    }
  };
  const auto churn = [&](unsigned seed) {
    std::mt19937 random(seed);
    std::exponential_distribution<double> size_of(1.0 / 1000);
    bp_object_options options;
    bp_object_options_init(&options, sizeof options);
    options.segment = segment;
    std::deque<std::unique_ptr<Block>> alive;
    for (int i = 0; i < kBlocks; ++i) {
      auto block = std::make_unique<Block>();
      block->mark = static_cast<unsigned char>(random());
      const auto size = static_cast<int64_t>(size_of(random));
      if (bp_memory_create(size, &options, &block->memory, nullptr) != BP_OK) return 1;
      memset(bp_memory_data(block->memory), block->mark, static_cast<size_t>(size));
      alive.push_back(std::move(block));
      if (alive.size() > kMostAlive) {
        const size_t index = random() % alive.size();
        if (!alive[index]->IsWhole()) return 2;
        alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(index));
      }
    }
    for (const std::unique_ptr<Block>& block : alive) {
      if (!block->IsWhole()) return 3;
    }
    return 0;
  };
  Child child([&] { return churn(1); });
  EXPECT_EQ(churn(2), 0);
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(BytesInUse(segment), before);
}

}  // namespace
}  // namespace billiard
