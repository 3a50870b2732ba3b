// A child that dies or stands still at each named step of a buddy heap.
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "billiard_core/shared_memory/buddy_heap.h"
#include "billiard_core/shared_memory/participants.h"
#include "gtest/gtest.h"
#include "tests/core/shared_memory/buddy_heap_fixture.h"
#include "tests/support/child/child.h"
#include "tests/support/fault/faulty_child.h"
#include "tests/support/watchdog.h"

namespace billiard::shared_memory {
namespace {

using testing::Child;

constexpr uint64_t kChunks = 80;
constexpr uint64_t kHisChunks = 3 + 2 + 16 + 24;  // small blocks, two larger ones, whole chunks
constexpr uint64_t kDeadChunks = 1 + 1 + 8;

class BuddyHeapFaultTest : public ::testing::TestWithParam<const char*> {
 protected:
  // Everything that a heap does, some of it several times.
  void DoEverything() {
    const Owner me = its_.Self();
    std::vector<Granule> blocks;
    const auto allocate = [&](uint64_t bytes) {
      const absl::StatusOr<Granule> block = its_.heap->Allocate(bytes, me);
      if (!block.ok()) abort();
      blocks.push_back(*block);
    };
    for (const uint64_t bytes : {64, 1000, 32'768, 32'768, 32'768, 100'000, 1'000'000})
      allocate(bytes);
    // More than what is kept of them when they are joined.
    for (int i = 0; i < 24; ++i) allocate(BuddyHeap::kChunkBytes);
    for (const Granule block : blocks) {
      if (!its_.heap->Free(block, me).ok()) abort();
    }
    its_.Sweep();
  }

  void LeaveBlocksOfADeadOwner() {
    Child dead([this] {
      const Owner me = its_.Self();
      for (const uint64_t bytes : {64, 40'000, 500'000}) {
        if (!its_.heap->Allocate(bytes, me).ok()) return 1;
      }
      return 0;
    });
    EXPECT_EQ(dead.Wait(), 0);
  }

  testing::Watchdog watchdog_{120};
  TestHeap its_{kChunks * BuddyHeap::kChunkBytes};
};

TEST_P(BuddyHeapFaultTest, DeathLosesNothing) {
  LeaveBlocksOfADeadOwner();
  ASSERT_TRUE(testing::DiesAt(GetParam(), [this] { DoEverything(); }));
  its_.ExpectWholeAfterSweep();
  for (const int count : {2, 3, 5, 9, 17}) {
    LeaveBlocksOfADeadOwner();
    // Not every step is made that often.
    Child child = testing::ChildDyingAt(
        GetParam(), [this] { DoEverything(); }, count);
    child.Wait();
    its_.ExpectWholeAfterSweep();
  }
}

TEST_P(BuddyHeapFaultTest, StopHoldsNoMoreThanItsBlocks) {
  LeaveBlocksOfADeadOwner();
  Child child = testing::ChildStoppingAt(GetParam(), [this] { DoEverything(); });
  ASSERT_EQ(child.AwaitStop(), SIGSTOP);
  // All but what the child may have at the time, and the dead.
  its_.ExpectRoomFor(kChunks - kHisChunks - kDeadChunks);
  its_.Sweep();
  child.Signal(SIGCONT);
  EXPECT_EQ(child.Wait(), 0);
  its_.ExpectWholeAfterSweep();
}

INSTANTIATE_TEST_SUITE_P(
    AtEveryStep, BuddyHeapFaultTest,
    ::testing::Values("heap_taken", "heap_split_begun", "heap_split_upper", "heap_split_lower",
                      "heap_join_begun", "heap_join_offered", "heap_join_decided",
                      "heap_join_cleared", "heap_memory_marked", "heap_memory_committed",
                      "heap_punch_marked", "heap_punched", "heap_free_held", "heap_freed",
                      "heap_joined_held", "heap_small_taken", "heap_small_begun", "heap_small_set",
                      "heap_return_begun", "heap_return_held", "heap_return_cleared",
                      "heap_take_back"),
    [](const auto& point) { return std::string(point.param); });

}  // namespace
}  // namespace billiard::shared_memory
