// A buddy heap in an anonymous segment, and what tests do with it.
#ifndef BILLIARD_TESTS_CORE_SHARED_MEMORY_BUDDY_HEAP_FIXTURE_H_
#define BILLIARD_TESTS_CORE_SHARED_MEMORY_BUDDY_HEAP_FIXTURE_H_

#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <vector>

#include "billiard_core/shared_memory/buddy_heap.h"
#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/shared_memory/segment.h"
#include "gtest/gtest.h"
#include "tests/support/watchdog.h"

namespace billiard::shared_memory {

// Children use their copy of it.
class TestHeap {
 public:
  static constexpr uint64_t kTable = Segment::kHeaderBytes;
  static constexpr uint64_t kHeader = kTable + Participants::kBytes;

  explicit TestHeap(uint64_t arena_bytes) {
    const uint64_t unit = BuddyHeap::kChunkBytes;
    arena_offset = (kHeader + BuddyHeap::HeaderBytes(arena_bytes) + unit - 1) / unit * unit;
    arena_end = arena_offset + arena_bytes;
    segment = *Segment::CreateAnonymous(SegmentKind::kTest, arena_end);
    participants = *Participants::Create(segment.get(), kTable);
    heap = *BuddyHeap::Create(segment.get(), kHeader, arena_offset, arena_end);
  }

  Owner Self() { return *participants->Self(Participants::Places::kAll); }

  // Takes back what the dead had.
  int Sweep() {
    const Owner self = Self();
    return participants->Sweep([this, self](Owner dead) {
      heap->TakeBack(dead, self);
      return true;
    });
  }

  // What must hold when nobody is at work: the blocks tile the arena, also after the dead are swept,
  // and then nothing is in use.
  void ExpectWholeAfterSweep() {
    EXPECT_TRUE(heap->CheckTiling().ok()) << heap->CheckTiling();
    Sweep();
    EXPECT_TRUE(heap->CheckTiling().ok()) << heap->CheckTiling();
    EXPECT_EQ(heap->usage().blocks, 0u);
    ExpectRoomFor((arena_end - arena_offset) / BuddyHeap::kChunkBytes);
  }

  // So many chunks can be had, one by one and all at a time. Leaves nothing behind.
  void ExpectRoomFor(uint64_t chunks) {
    std::vector<Granule> blocks;
    for (uint64_t i = 0; i < chunks; ++i) {
      const absl::StatusOr<Granule> block = heap->Allocate(BuddyHeap::kChunkBytes, Self());
      if (!block.ok()) break;
      blocks.push_back(*block);
    }
    EXPECT_EQ(blocks.size(), chunks);
    for (const Granule block : blocks) EXPECT_TRUE(heap->Free(block, Self()).ok());
  }

  std::unique_ptr<Segment> segment;
  std::unique_ptr<Participants> participants;
  std::unique_ptr<BuddyHeap> heap;
  uint64_t arena_offset = 0;
  uint64_t arena_end = 0;
};

class BuddyHeapFixture : public ::testing::Test {
 protected:
  static constexpr Owner kMe = 0x10001;
  static constexpr Owner kOther = 0x10002;

  BuddyHeapFixture() { MakeHeap(uint64_t{512} << 20); }

  void MakeHeap(uint64_t arena_bytes) {
    test_heap_ = std::make_unique<TestHeap>(arena_bytes);
    heap_ = test_heap_->heap.get();
    segment_ = test_heap_->segment.get();
  }

  Granule Allocate(uint64_t bytes, Owner owner = kMe) {
    const absl::StatusOr<Granule> block = heap_->Allocate(bytes, owner);
    EXPECT_TRUE(block.ok()) << block.status();
    return block.ok() ? *block : kNoGranule;
  }
  void Free(Granule block) {
    const absl::Status status = heap_->Free(block, kMe);
    EXPECT_TRUE(status.ok()) << status;
  }
  // The size of the block that holds so many bytes.
  static uint64_t BlockBytes(uint64_t bytes) {
    return std::bit_ceil(std::max<uint64_t>(bytes, BuddyHeap::kGranuleBytes));
  }

  void ExpectTiled() {
    const absl::Status status = heap_->CheckTiling();
    EXPECT_TRUE(status.ok()) << status;
  }
  void ExpectEmpty() {
    EXPECT_EQ(heap_->usage().blocks, 0u);
    EXPECT_EQ(heap_->usage().bytes_in_use, 0u);
  }

  // Memory that the system says is there.
  uint64_t FileBytes() {
    struct stat file;
    fstat(segment_->fd(), &file);
    return static_cast<uint64_t>(file.st_blocks) * 512;
  }

  testing::Watchdog watchdog_{250};
  std::unique_ptr<TestHeap> test_heap_;
  Segment* segment_ = nullptr;
  BuddyHeap* heap_ = nullptr;
};

}  // namespace billiard::shared_memory

#endif  // BILLIARD_TESTS_CORE_SHARED_MEMORY_BUDDY_HEAP_FIXTURE_H_
