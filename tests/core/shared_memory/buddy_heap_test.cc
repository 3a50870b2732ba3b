#include "billiard_core/shared_memory/buddy_heap.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "billiard_core/base/status.h"
#include "billiard_core/os/fd.h"
#include "gtest/gtest.h"
#include "tests/core/shared_memory/buddy_heap_fixture.h"

namespace billiard::shared_memory {
namespace {

bool IsZero(const std::byte* data, uint64_t bytes) {
  return std::all_of(data, data + bytes, [](std::byte b) { return b == std::byte(0); });
}

class BuddyHeapTest : public BuddyHeapFixture {};

TEST_F(BuddyHeapTest, BlockIsAlignedZeroAndAsLargeAsAskedFor) {  // SHM-40
  for (const uint64_t bytes : {0, 1, 63, 64, 65, 4096, 32768, 32769, 65536, 65537, 5'000'000}) {
    const Granule block = Allocate(bytes);
    ASSERT_NE(block, kNoGranule);
    ASSERT_GE(heap_->Bytes(block), std::max<uint64_t>(bytes, 64)) << bytes;
    std::byte* data = heap_->Data(block);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % 64, 0u);
    EXPECT_TRUE(IsZero(data, heap_->Bytes(block)));
    memset(data, 0xff, heap_->Bytes(block));
  }
  EXPECT_EQ(heap_->usage().blocks, 11u);
  ExpectTiled();
}

TEST_F(BuddyHeapTest, ReusedMemoryIsZeroAgain) {  // SHM-41
  for (const uint64_t bytes : {64, 1000, 40'000, 100'000, 3'000'000}) {
    for (int i = 0; i < 3; ++i) {
      const Granule block = Allocate(bytes);
      ASSERT_TRUE(IsZero(heap_->Data(block), heap_->Bytes(block))) << bytes;
      memset(heap_->Data(block), 0xff, heap_->Bytes(block));
      Free(block);
    }
  }
}

TEST_F(BuddyHeapTest, OddLargeSizesCommitOnlyWhatWasAskedFor) {
  const Granule block = Allocate((uint64_t{2} << 20) + 1);
  EXPECT_EQ(heap_->Bytes(block), (uint64_t{2} << 20) + BuddyHeap::kChunkBytes);
  EXPECT_EQ(heap_->usage().bytes_in_use, uint64_t{4} << 20);
  EXPECT_EQ(heap_->usage().bytes_committed, heap_->Bytes(block));
}

TEST_F(BuddyHeapTest, FreedNeighboursBecomeOneBlockAgain) {  // SHM-42
  constexpr uint64_t kWhole = uint64_t{16} << 20;
  MakeHeap(kWhole);
  std::vector<Granule> blocks;
  for (int i = 0; i < 3000; ++i) blocks.push_back(Allocate(64 << i % 9));
  ExpectTiled();
  std::shuffle(blocks.begin(), blocks.end(), std::mt19937(1));
  for (const Granule block : blocks) Free(block);
  ExpectTiled();
  ExpectEmpty();
  EXPECT_EQ(heap_->Bytes(Allocate(kWhole)), kWhole);
}

TEST_F(BuddyHeapTest, DoubleFreeIsAnError) {  // SHM-46
  for (const uint64_t bytes : {64, 40'000, 3'000'000}) {
    const Granule neighbour = Allocate(bytes);
    const Granule block = Allocate(bytes);
    Free(block);
    EXPECT_EQ(CodeOf(heap_->Free(block, kMe)), Code::kState);
    Free(neighbour);
    EXPECT_EQ(CodeOf(heap_->Free(neighbour, kMe)), Code::kState);
    ExpectTiled();
  }
}

TEST_F(BuddyHeapTest, WhatIsNoBlockOfOursIsRefused) {  // SHM-46
  const Granule block = Allocate(256);
  const Granule large = Allocate(100'000);
  for (const Granule inside : {block + 1, block + 3, large + 1, large + 1024}) {
    EXPECT_EQ(CodeOf(heap_->Free(inside, kMe)), Code::kState);
    EXPECT_EQ(heap_->Data(inside), nullptr);
    EXPECT_EQ(heap_->Bytes(inside), 0u);
    EXPECT_EQ(heap_->SharedAt(inside).kind, 0u);
  }
  for (const Granule outside : {kNoGranule, BuddyHeap::kMaxGranules, Granule{UINT32_MAX}}) {
    EXPECT_EQ(CodeOf(heap_->Free(outside, kMe)), Code::kInvalid);
    EXPECT_EQ(heap_->Data(outside), nullptr);
  }
  EXPECT_EQ(CodeOf(heap_->Free(block, kOther)), Code::kState);
  EXPECT_EQ(CodeOf(heap_->Free(block, kNobody)), Code::kState);
  EXPECT_EQ(heap_->usage().blocks, 2u);
}

TEST_F(BuddyHeapTest, SharedBlockIsReclaimedOnceAndByItsGenerationOnly) {
  const Granule block = Allocate(100);
  EXPECT_EQ(CodeOf(heap_->Publish(block, kMe, 0).status()), Code::kInvalid);
  EXPECT_EQ(CodeOf(heap_->Publish(block, kMe, 256).status()), Code::kInvalid);
  EXPECT_EQ(CodeOf(heap_->Publish(block, kOther, 7).status()), Code::kState);
  const absl::StatusOr<uint32_t> generation = heap_->Publish(block, kMe, 7);
  ASSERT_TRUE(generation.ok());
  EXPECT_EQ(heap_->SharedAt(block).kind, 7u);
  EXPECT_EQ(heap_->SharedAt(block).generation, *generation);
  EXPECT_NE(*generation, 0u);
  EXPECT_EQ(CodeOf(heap_->Publish(block, kMe, 7).status()), Code::kState);
  EXPECT_EQ(CodeOf(heap_->Free(block, kMe)), Code::kState);
  EXPECT_FALSE(heap_->Reclaim(block, 8, *generation, kOther));
  EXPECT_FALSE(heap_->Reclaim(block, 7, *generation + 1, kOther));
  EXPECT_TRUE(heap_->Reclaim(block, 7, *generation, kOther));
  EXPECT_FALSE(heap_->Reclaim(block, 7, *generation, kMe));
  EXPECT_TRUE(heap_->Free(block, kOther).ok());

  ASSERT_EQ(Allocate(100), block);
  const absl::StatusOr<uint32_t> next = heap_->Publish(block, kMe, 7);
  EXPECT_NE(*next, *generation);
  EXPECT_FALSE(heap_->Reclaim(block, 7, *generation, kMe));
}

// Small and large blocks in the same place have their states in different words.
TEST_F(BuddyHeapTest, NoTwoBlocksInOnePlaceHaveTheSameGeneration) {
  std::set<std::pair<Granule, uint32_t>> seen;
  std::set<Granule> places;
  constexpr int kLives = 100;
  for (int i = 0; i < kLives; ++i) {
    for (const uint64_t bytes : {100, 60'000}) {
      const Granule block = Allocate(bytes);
      const absl::StatusOr<uint32_t> generation = heap_->Publish(block, kMe, 7);
      ASSERT_TRUE(generation.ok());
      EXPECT_TRUE(seen.emplace(block, *generation).second) << block;
      places.insert(block);
      ASSERT_TRUE(heap_->Reclaim(block, 7, *generation, kMe));
      Free(block);
    }
  }
  EXPECT_EQ(places.size(), 1u);
}

TEST_F(BuddyHeapTest, ForEachSharedFindsExactlyTheShared) {
  std::set<Granule> shared;
  for (int i = 0; i < 300; ++i) {
    Allocate(64 << i % 14);
    const Granule block = Allocate(64 << i % 14);
    ASSERT_TRUE(heap_->Publish(block, kMe, 3).ok());
    shared.insert(block);
  }
  std::set<Granule> found;
  heap_->ForEachShared([&](Granule block, const BuddyHeap::SharedBlock& its) {
    EXPECT_EQ(its.kind, 3u);
    found.insert(block);
  });
  EXPECT_EQ(found, shared);
  heap_->ForEachShared([&](Granule block, const BuddyHeap::SharedBlock& its) {
    ASSERT_TRUE(heap_->Reclaim(block, its.kind, its.generation, kMe));
    Free(block);
  });
  EXPECT_EQ(heap_->usage().blocks, 300u);
}

TEST_F(BuddyHeapTest, TakeBackFreesWhatTheOwnerHasAndNothingElse) {
  for (int i = 0; i < 500; ++i) {
    Allocate(64 << i % 16, kOther);
    Allocate(64 << i % 16);
  }
  const Granule shared = Allocate(64, kOther);
  ASSERT_TRUE(heap_->Publish(shared, kOther, 1).ok());
  EXPECT_EQ(heap_->TakeBack(kOther, kMe), 500);
  EXPECT_EQ(heap_->TakeBack(kOther, kMe), 0);
  EXPECT_EQ(heap_->usage().blocks, 501u);
  ExpectTiled();
  EXPECT_EQ(heap_->TakeBack(kMe, kOther), 500);
  EXPECT_EQ(heap_->usage().blocks, 1u);
}

TEST_F(BuddyHeapTest, SizesOverTheLargestAreTooLarge) {
  EXPECT_EQ(CodeOf(heap_->Allocate(BuddyHeap::kLargestBytes + 1, kMe).status()), Code::kTooLarge);
  EXPECT_EQ(CodeOf(heap_->Allocate(UINT64_MAX, kMe).status()), Code::kTooLarge);
  EXPECT_EQ(CodeOf(heap_->Allocate(BuddyHeap::kLargestBytes, kMe).status()), Code::kNoMem);
  EXPECT_EQ(CodeOf(heap_->Allocate(64, kNobody).status()), Code::kInvalid);
}

TEST_F(BuddyHeapTest, UsedUpArenaIsNoMemoryUntilABlockIsFreed) {  // SHM-47, G-SHM-6
  MakeHeap(7 * BuddyHeap::kChunkBytes);
  for (const uint64_t bytes : {64, 5000, 65536}) {
    std::vector<Granule> blocks;
    absl::StatusOr<Granule> block = heap_->Allocate(bytes, kMe);
    for (; block.ok(); block = heap_->Allocate(bytes, kMe)) {
      memset(heap_->Data(*block), 1, bytes);
      blocks.push_back(*block);
    }
    EXPECT_EQ(CodeOf(block.status()), Code::kNoMem);
    EXPECT_EQ(heap_->usage().bytes_in_use, 7 * BuddyHeap::kChunkBytes);
    Free(blocks.back());
    blocks.back() = Allocate(bytes);
    for (const Granule its : blocks) Free(its);
    ExpectTiled();
    ExpectEmpty();
  }
}

TEST_F(BuddyHeapTest, EveryChunkOfAnOddArenaIsUsed) {
  for (const uint64_t chunks : {1, 2, 3, 21, 100, 1000}) {
    MakeHeap(chunks * BuddyHeap::kChunkBytes + 4096);
    std::set<Granule> blocks;
    for (uint64_t i = 0; i < chunks; ++i) blocks.insert(Allocate(BuddyHeap::kChunkBytes));
    EXPECT_EQ(blocks.size(), chunks);
    EXPECT_EQ(CodeOf(heap_->Allocate(64, kMe).status()), Code::kNoMem);
    ExpectTiled();
    for (const Granule block : blocks) Free(block);
    ExpectTiled();
  }
}

TEST_F(BuddyHeapTest, AnotherMappingSeesTheSameBlocks) {
  const Granule block = Allocate(1000);
  memcpy(heap_->Data(block), "hello", 6);
  segment_->Publish();
  auto segment = *Segment::OpenFd(os::Fd(dup(segment_->fd())), SegmentKind::kTest);
  auto heap = *BuddyHeap::Open(segment.get(), TestHeap::kHeader, test_heap_->arena_offset,
                               test_heap_->arena_end);
  EXPECT_STREQ(reinterpret_cast<const char*>(heap->Data(block)), "hello");
  EXPECT_TRUE(heap->Free(block, kMe).ok());
  EXPECT_EQ(heap_->usage().blocks, 0u);
}

TEST_F(BuddyHeapTest, SegmentWithoutRoomIsCorrupt) {
  const uint64_t bytes = segment_->bytes();
  const uint64_t chunk = BuddyHeap::kChunkBytes;
  const std::vector<std::array<uint64_t, 3>> layouts = {
      {bytes, chunk, bytes},              // no room for the header
      {4096, chunk, bytes + 4096},        // arena ends outside
      {4096, bytes, bytes},               // empty
      {4096, chunk + 64, bytes},          // not aligned
      {4096, bytes - chunk + 1, chunk}};  // the wrong way round
  for (const auto& [header, begin, end] : layouts) {
    EXPECT_EQ(CodeOf(BuddyHeap::Open(segment_, header, begin, end).status()), Code::kCorrupt);
  }
}

TEST_F(BuddyHeapTest, AgreesWithAModel) {  // SHM-26, SHM-42: the reference's test_heap
  MakeHeap(300 * BuddyHeap::kChunkBytes);
  std::mt19937 random(2);
  struct Live {
    uint64_t bytes;
    std::byte mark;
  };
  std::map<Granule, Live> live;
  uint64_t in_use = 0;
  for (int i = 0; i < 20'000; ++i) {
    if (live.size() > 50 || (!live.empty() && random() % 2 == 0)) {
      const auto block = std::next(live.begin(), random() % live.size());
      const std::byte* data = heap_->Data(block->first);
      ASSERT_TRUE(std::all_of(data, data + block->second.bytes,
                              [&](std::byte b) { return b == block->second.mark; }));
      Free(block->first);
      in_use -= BlockBytes(block->second.bytes);
      live.erase(block);
    } else {
      const uint64_t bytes = 1 + random() % (uint64_t{1} << random() % 19);
      const absl::StatusOr<Granule> block = heap_->Allocate(bytes, kMe);
      if (!block.ok()) {
        ASSERT_EQ(CodeOf(block.status()), Code::kNoMem);
        continue;
      }
      ASSERT_TRUE(IsZero(heap_->Data(*block), bytes));
      const std::byte mark = std::byte(1 + random() % 255);
      memset(heap_->Data(*block), static_cast<int>(mark), bytes);
      ASSERT_TRUE(live.emplace(*block, Live{bytes, mark}).second);
      in_use += BlockBytes(bytes);
    }
    if (i % 100 == 0) {
      ExpectTiled();
      ASSERT_EQ(heap_->usage().bytes_in_use, in_use);
      ASSERT_EQ(heap_->usage().blocks, live.size());
    }
  }
}

TEST_F(BuddyHeapTest, AMillionBlocksComeAndGo) {
  constexpr int kBlocks = 1'000'000;
  std::vector<Granule> blocks(kBlocks);
  for (Granule& block : blocks) block = Allocate(64);
  EXPECT_EQ(heap_->usage().blocks, static_cast<uint64_t>(kBlocks));
  EXPECT_EQ(heap_->usage().bytes_in_use, uint64_t{kBlocks} * 64);
  EXPECT_LT(heap_->usage().bytes_committed, uint64_t{kBlocks} * 64 + (uint64_t{1} << 20));
  ExpectTiled();
  std::shuffle(blocks.begin(), blocks.end(), std::mt19937(3));
  for (const Granule block : blocks) Free(block);
  ExpectEmpty();
  ExpectTiled();
  EXPECT_LT(heap_->usage().bytes_committed, uint64_t{1} << 20);
}

TEST_F(BuddyHeapTest, MemoryOfFreedBlocksGoesBackToTheSystem) {  // G-SHM-5, W-SHM-1
  const auto use_much = [this] {
    std::vector<Granule> blocks;
    for (int i = 0; i < 100; ++i) blocks.push_back(Allocate(1 + (uint64_t{64} << i % 16)));
    for (int i = 0; i < 20'000; ++i) blocks.push_back(Allocate(500));
    std::shuffle(blocks.begin(), blocks.end(), std::mt19937(4));
    EXPECT_GT(FileBytes(), uint64_t{15} << 20);
    for (const Granule block : blocks) Free(block);
  };
  use_much();  // the state words stay: never more than an eighth of what blocks of this size took
  const uint64_t words = FileBytes();
  EXPECT_LT(words, uint64_t{4} << 20);
  EXPECT_LT(heap_->usage().bytes_committed, uint64_t{1} << 20);
  for (int i = 0; i < 3; ++i) use_much();
  EXPECT_LT(FileBytes(), words + (uint64_t{1} << 20));
  EXPECT_LT(heap_->usage().bytes_committed, uint64_t{1} << 20);
}

TEST_F(BuddyHeapTest, HugeBlockIsGivenBackAtOnce) {
  const uint64_t before = FileBytes();
  const Granule block = Allocate(uint64_t{50} << 20);
  EXPECT_GE(FileBytes() - before, uint64_t{50} << 20);
  Free(block);
  EXPECT_LT(FileBytes() - before, uint64_t{100} << 10);  // records of its chunks
  EXPECT_EQ(heap_->usage().bytes_committed, 0u);
}

TEST_F(BuddyHeapTest, ABlockThatComesAndGoesKeepsItsMemory) {
  Free(Allocate(64));
  const uint64_t before = heap_->usage().bytes_committed;
  EXPECT_EQ(before, BuddyHeap::kChunkBytes);
  for (int i = 0; i < 100; ++i) Free(Allocate(64));
  EXPECT_EQ(heap_->usage().bytes_committed, before);
}

TEST_F(BuddyHeapTest, MemoryThatTheSystemRefusesIsAnErrorAndNothingIsLost) {  // SHM-47
  const Granule kept = Allocate(64);
  const int fd = dup(segment_->fd());
  close(segment_->fd());  // from now on the system commits nothing
  EXPECT_FALSE(heap_->Allocate(100'000, kMe).ok());
  EXPECT_FALSE(heap_->Allocate(uint64_t{20} << 20, kMe).ok());
  EXPECT_NE(Allocate(64), kNoGranule) << "there is memory for this one";
  ExpectTiled();
  EXPECT_EQ(heap_->usage().blocks, 2u);
  EXPECT_EQ(dup2(fd, segment_->fd()), segment_->fd());
  close(fd);
  Free(Allocate(uint64_t{20} << 20));
  Free(kept);
  ExpectTiled();
}

// Every call with words that anybody may have written: it returns, and touches nothing outside.
TEST_F(BuddyHeapTest, SpoiledWordsLeadNowhereOutside) {
  constexpr uint64_t kChunks = 40;
  std::mt19937_64 random(5);
  for (int round = 0; round < 60; ++round) {
    MakeHeap(kChunks * BuddyHeap::kChunkBytes);
    for (int i = 0; i < 20; ++i) Allocate(64 << random() % 9);
    auto* records = segment_->At<std::atomic<uint64_t>>(TestHeap::kHeader + 4096, 2 * kChunks);
    auto* granules = segment_->At<std::atomic<uint64_t>>(TestHeap::kHeader + 8192, kChunks * 1024);
    ASSERT_TRUE(segment_->Commit(TestHeap::kHeader, BuddyHeap::HeaderBytes(kChunks << 16)).ok());
    const auto spoil = [&random](std::atomic<uint64_t>* word) {
      const uint64_t order = random() % 4 == 0 ? random() % 16 : random() % 4;
      word->store((random() % 16) << 60 | order << 56 | (random() % 8) << 28 | random() % 4);
    };
    for (uint64_t chunk = 0; chunk < kChunks; ++chunk) {
      if (random() % 3 != 0) spoil(&records[2 * chunk]);
      if (random() % 3 == 0) records[2 * chunk + 1].store(random() & 0xffffffffffff0103);
    }
    for (int i = 0; i < 5000; ++i) spoil(&granules[random() % (kChunks * 1024)]);
    if (round % 2 == 0) {  // hints
      auto* hints = segment_->At<std::atomic<uint32_t>>(TestHeap::kHeader, 50);
      for (int i = 0; i < 50; ++i) hints[i].store(static_cast<uint32_t>(random()));
    }
    const std::byte* const begin = segment_->base() + test_heap_->arena_offset;
    const std::byte* const end = segment_->base() + test_heap_->arena_end;
    for (int i = 0; i < 200; ++i) {
      const Granule block = static_cast<Granule>(random() % (kChunks * 1024 + 2));
      const std::byte* data = heap_->Data(block);
      if (data != nullptr) {
        EXPECT_GE(data, begin);
        EXPECT_LE(data + heap_->Bytes(block), end);
      }
      heap_->Free(block, kMe).IgnoreError();
      heap_->Publish(block, kMe, 1).status().IgnoreError();
      heap_->Reclaim(block, 1, heap_->SharedAt(block).generation, kMe);
      const absl::StatusOr<Granule> got = heap_->Allocate(64 << random() % 16, kMe);
      if (got.ok() && heap_->Data(*got) != nullptr) {
        EXPECT_LE(heap_->Data(*got) + heap_->Bytes(*got), end);
      }
    }
    heap_->ForEachShared([](Granule, const BuddyHeap::SharedBlock&) {});
    heap_->CheckTiling().IgnoreError();
    heap_->TakeBack(kMe, kOther);
    heap_->usage();
  }
}

}  // namespace
}  // namespace billiard::shared_memory
