// A buddy heap in an anonymous segment, and what tests do with it.
#ifndef BILLIARD_TESTS_CORE_SHARED_MEMORY_BUDDY_HEAP_FIXTURE_H_
#define BILLIARD_TESTS_CORE_SHARED_MEMORY_BUDDY_HEAP_FIXTURE_H_

#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <memory>

#include "billiard_core/shared_memory/buddy_heap.h"
#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/shared_memory/segment.h"
#include "gtest/gtest.h"
#include "tests/support/watchdog.h"

namespace billiard::shared_memory {

class BuddyHeapFixture : public ::testing::Test {
 protected:
  static constexpr Owner kMe = 0x10001;
  static constexpr Owner kOther = 0x10002;
  static constexpr uint64_t kTable = Segment::kHeaderBytes;
  static constexpr uint64_t kHeader = kTable + Participants::kBytes;

  BuddyHeapFixture() { MakeHeap(uint64_t{512} << 20); }

  void MakeHeap(uint64_t arena_bytes) {
    heap_.reset();
    participants_.reset();
    const uint64_t unit = BuddyHeap::kChunkBytes;
    arena_offset_ = (kHeader + BuddyHeap::HeaderBytes(arena_bytes) + unit - 1) / unit * unit;
    arena_end_ = arena_offset_ + arena_bytes;
    segment_ = *Segment::CreateAnonymous(SegmentKind::kTest, arena_end_);
    participants_ = *Participants::Create(segment_.get(), kTable);
    heap_ = *BuddyHeap::Create(segment_.get(), kHeader, arena_offset_, arena_end_);
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
  std::unique_ptr<Segment> segment_;
  std::unique_ptr<Participants> participants_;
  std::unique_ptr<BuddyHeap> heap_;
  uint64_t arena_offset_ = 0;
  uint64_t arena_end_ = 0;
};

}  // namespace billiard::shared_memory

#endif  // BILLIARD_TESTS_CORE_SHARED_MEMORY_BUDDY_HEAP_FIXTURE_H_
