#include "billiard_core/shared_memory/block_heap.h"

#include <signal.h>
#include <sys/stat.h>

#include <cstring>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "billiard_core/base/status.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::shared_memory {
namespace {

using testing::AwaitAtLeast;
using testing::Child;
using testing::Shared;
using testing::Watchdog;

constexpr uint64_t kTableOffset = Segment::kHeaderBytes;
constexpr uint64_t kHeapOffset = kTableOffset + Participants::kBytes;
constexpr uint64_t kArena = uint64_t{1} << 20;
constexpr uint64_t kReserve = uint64_t{1} << 30;
constexpr Owner kMe = 0x10001;
constexpr Owner kOther = 0x10002;

class BlockHeapTest : public ::testing::Test {
 protected:
  BlockHeapTest() : watchdog_(250) { MakeHeap(kReserve); }

  void MakeHeap(uint64_t arena_end) {
    heap_.reset();
    segment_ = *Segment::CreateAnonymous(SegmentKind::kTest, kReserve);
    participants_ = *Participants::Create(segment_.get(), kTableOffset);
    heap_ = *BlockHeap::Create(segment_.get(), kHeapOffset, kArena, arena_end);
  }

  BlockRef Allocate(uint64_t bytes, Owner owner = kMe) {
    const absl::StatusOr<BlockRef> ref = heap_->Allocate(bytes, owner);
    EXPECT_TRUE(ref.ok()) << ref.status();
    return ref.ok() ? *ref : kNoBlock;
  }

  std::atomic<uint64_t>* Directory() {
    return segment_->At<std::atomic<uint64_t>>(kHeapOffset + 4096, BlockHeap::kMaxExtents);
  }

  uint64_t CommittedBytes() {
    struct stat file;
    fstat(segment_->fd(), &file);
    return static_cast<uint64_t>(file.st_blocks) * 512;
  }

  Watchdog watchdog_;
  std::unique_ptr<Segment> segment_;
  std::unique_ptr<Participants> participants_;
  std::unique_ptr<BlockHeap> heap_;
};

TEST_F(BlockHeapTest, BlockHoldsWhatWasAskedForAndBelongsToItsOwner) {
  for (const uint64_t bytes : {0, 1, 255, 256, 257, 65535, 65536, 65537, 5'000'000}) {
    const BlockRef ref = Allocate(bytes);
    const BlockView view = heap_->View(ref);
    ASSERT_TRUE(view);
    EXPECT_GE(view.capacity, bytes);
    EXPECT_GE(view.capacity, BlockHeap::kSmallestBlock);
    EXPECT_EQ(view.owner->load(), kMe);
    EXPECT_EQ(view.tag->load(), 0u);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(view.data) % 64, 0u);
    memset(view.data, 1, bytes);
  }
  EXPECT_EQ(heap_->CountInUse(), 9u);
}

TEST_F(BlockHeapTest, LowBlocksAreReusedFirst) {
  std::vector<BlockRef> refs;
  for (int i = 0; i < 20; ++i) refs.push_back(Allocate(100));
  heap_->Free(refs[7]);
  heap_->Free(refs[3]);
  EXPECT_EQ(Allocate(100), refs[3]);
  EXPECT_EQ(Allocate(100), refs[7]);
}

TEST_F(BlockHeapTest, ACertainBlockIsHadOnlyWhenItIsFreeAndOfTheRightSize) {
  const BlockRef ref = Allocate(600);
  Block block;
  EXPECT_FALSE(heap_->AllocateThis(ref, 600, kOther, &block)) << "in use";
  heap_->Free(ref);
  EXPECT_FALSE(heap_->AllocateThis(ref, 512, kOther, &block)) << "a smaller one would do";
  EXPECT_FALSE(heap_->AllocateThis(ref, 1025, kOther, &block)) << "too small";
  ASSERT_TRUE(heap_->AllocateThis(ref, 600, kOther, &block));
  EXPECT_EQ(block.ref, ref);
  EXPECT_EQ(block.view.data, heap_->View(ref).data);
  EXPECT_EQ(block.view.owner->load(), kOther);
  EXPECT_FALSE(heap_->AllocateThis(ref, 600, kMe, &block)) << "in use";
  heap_->Free(block);
  EXPECT_EQ(heap_->CountInUse(), 0u);

  const BlockRef large = Allocate(70'000);
  heap_->Free(large);
  EXPECT_FALSE(heap_->AllocateThis(large, 70'000, kMe, &block)) << "its bytes may not be committed";
}

TEST_F(BlockHeapTest, AnyNumberMayBeTriedAsABlock) {
  heap_->Free(Allocate(100));
  std::mt19937 random(1);
  Block block;
  for (const BlockRef ref :
       {kNoBlock, BlockRef{UINT32_MAX}, BlockRef{0x1ffff}, BlockRef{2} << 16}) {
    EXPECT_FALSE(heap_->AllocateThis(ref, 100, kMe, &block)) << ref;
  }
  int had = 0;
  for (int i = 0; i < 100'000; ++i) had += heap_->AllocateThis(random(), 100, kMe, &block);
  EXPECT_EQ(heap_->CountInUse(), static_cast<uint64_t>(had));
}

TEST_F(BlockHeapTest, TagOfAFreedBlockIsCleared) {
  const BlockRef ref = Allocate(100);
  heap_->View(ref).tag->store(99);
  heap_->Free(ref);
  EXPECT_EQ(Allocate(100), ref);
  EXPECT_EQ(heap_->View(ref).tag->load(), 0u);
}

TEST_F(BlockHeapTest, BlocksNeverOverlap) {
  std::mt19937 random(1);
  std::map<BlockRef, uint64_t> blocks;
  for (int i = 0; i < 20'000; ++i) {
    if (blocks.size() > 500 && random() % 2 == 0) {
      const auto block = std::next(blocks.begin(), random() % blocks.size());
      const BlockView view = heap_->View(block->first);
      for (uint64_t at = 0; at < block->second; at += 64) {
        ASSERT_EQ(memcmp(view.data + at, &block->first, sizeof(BlockRef)), 0);
      }
      heap_->Free(block->first);
      blocks.erase(block);
      continue;
    }
    const uint64_t bytes = 64 + (uint64_t{1} << random() % 17);
    const BlockRef ref = Allocate(bytes);
    const BlockView view = heap_->View(ref);
    ASSERT_TRUE(blocks.emplace(ref, bytes - 64).second) << "given out twice";
    for (uint64_t at = 0; at < bytes - 64; at += 64) memcpy(view.data + at, &ref, sizeof ref);
  }
  EXPECT_EQ(heap_->CountInUse(), blocks.size());
}

TEST_F(BlockHeapTest, MemoryIsReusedRatherThanGrown) {
  for (int i = 0; i < 1000; ++i) heap_->Free(Allocate(10'000));
  const uint64_t before = CommittedBytes();
  for (int i = 0; i < 10'000; ++i) heap_->Free(Allocate(10'000));
  EXPECT_EQ(CommittedBytes(), before);
}

TEST_F(BlockHeapTest, FreeBlocksAnywhereAreFoundBeforeTheHeapGrows) {
  std::vector<BlockRef> refs;
  for (int i = 0; i < 5000; ++i) refs.push_back(Allocate(200));
  const uint64_t before = CommittedBytes();
  for (size_t i = 0; i < refs.size(); i += 100) heap_->Free(refs[i]);
  std::set<BlockRef> again;
  for (size_t i = 0; i < refs.size(); i += 100) again.insert(Allocate(200));
  EXPECT_EQ(again.size(), 50u);
  EXPECT_EQ(CommittedBytes(), before);
}

TEST_F(BlockHeapTest, HugeFreedBlockGivesMostOfItsMemoryBack) {
  constexpr uint64_t kHuge = 3 * BlockHeap::kKeptBytes;
  const BlockRef ref = Allocate(kHuge);
  EXPECT_GE(CommittedBytes(), kHuge);
  heap_->Free(ref);
  EXPECT_LT(CommittedBytes(), BlockHeap::kKeptBytes + (uint64_t{1} << 20));
  EXPECT_EQ(Allocate(kHuge), ref);
  EXPECT_GE(CommittedBytes(), kHuge);
}

TEST_F(BlockHeapTest, OnlyTheAskedPartOfALargeBlockIsCommitted) {
  const uint64_t before = CommittedBytes();
  Allocate((uint64_t{64} << 20) + 1);  // a block of 128 MiB
  EXPECT_LT(CommittedBytes() - before, uint64_t{65} << 20);
}

TEST_F(BlockHeapTest, UsedUpArenaIsNoMemoryUntilABlockIsFreed) {
  MakeHeap(kArena + 4 * BlockHeap::kUnit);
  std::vector<BlockRef> refs;
  absl::StatusOr<BlockRef> ref = heap_->Allocate(5000, kMe);
  for (; ref.ok(); ref = heap_->Allocate(5000, kMe)) refs.push_back(*ref);
  EXPECT_EQ(CodeOf(ref.status()), Code::kNoMem);
  EXPECT_GT(refs.size(), 16u) << "much of the arena stayed unused";
  EXPECT_EQ(CodeOf(heap_->Allocate(1 << 20, kMe).status()), Code::kNoMem);
  heap_->Free(refs[5]);
  EXPECT_EQ(Allocate(5000), refs[5]);
}

TEST_F(BlockHeapTest, LargerThanAnyBlockIsNoMemory) {
  EXPECT_EQ(CodeOf(heap_->Allocate(BlockHeap::kLargestBlock + 1, kMe).status()), Code::kNoMem);
  EXPECT_EQ(CodeOf(heap_->Allocate(UINT64_MAX, kMe).status()), Code::kNoMem);
  EXPECT_EQ(CodeOf(heap_->Allocate(BlockHeap::kLargestBlock, kMe).status()), Code::kNoMem);
}

TEST_F(BlockHeapTest, TransferChangesTheOwnerOnlyForItsOwner) {
  const BlockRef ref = Allocate(100);
  EXPECT_FALSE(heap_->Transfer(ref, kOther, kMe));
  EXPECT_TRUE(heap_->Transfer(ref, kMe, kOther));
  EXPECT_EQ(heap_->View(ref).owner->load(), kOther);
  EXPECT_FALSE(heap_->Transfer(kNoBlock, kMe, kOther));
}

TEST_F(BlockHeapTest, ForEachOwnedByFindsExactlyItsBlocks) {
  std::set<BlockRef> mine;
  for (int i = 0; i < 300; ++i) {
    Allocate(1 << i % 18, kOther);
    mine.insert(Allocate(1 << i % 18));
  }
  std::set<BlockRef> found;
  heap_->ForEachOwnedBy(kMe, [&](BlockRef ref, const BlockView&) { found.insert(ref); });
  EXPECT_EQ(found, mine);
  heap_->ForEachOwnedBy(kMe, [&](BlockRef ref, const BlockView&) { heap_->Free(ref); });
  EXPECT_EQ(heap_->CountInUse(), 300u);
}

TEST_F(BlockHeapTest, AnotherMappingSeesTheSameBlocks) {
  const BlockRef ref = Allocate(1000);
  memcpy(heap_->Data(ref), "hello", 6);
  segment_->Publish();
  auto segment = *Segment::OpenFd(os::Fd(dup(segment_->fd())), SegmentKind::kTest);
  auto heap = *BlockHeap::Open(segment.get(), kHeapOffset, kArena, kReserve);
  EXPECT_STREQ(reinterpret_cast<const char*>(heap->Data(ref)), "hello");
  heap->Free(ref);
  EXPECT_EQ(heap_->CountInUse(), 0u);
}

TEST_F(BlockHeapTest, ExtentOfADeadGrowerIsCompletedByTheNext) {
  constexpr uint64_t kStateBits = uint64_t{3} << 62;
  constexpr uint64_t kGrowing = uint64_t{1} << 62;
  const BlockRef ref = Allocate(100);
  heap_->Free(ref);
  std::atomic<uint64_t>& entry = Directory()[ref >> 16];
  const uint64_t ready = entry.load();
  entry.store((ready & ~kStateBits) | kGrowing);  // as a process killed after its claim leaves it
  heap_ =
      *BlockHeap::Open(segment_.get(), kHeapOffset, kArena, kReserve);  // of one who never saw it
  EXPECT_FALSE(heap_->View(ref));
  const BlockRef other_class = Allocate(5000);  // appended behind it
  EXPECT_NE(other_class >> 16, ref >> 16);
  EXPECT_EQ(Allocate(100), ref);
  EXPECT_EQ(entry.load(), ready);
}

TEST_F(BlockHeapTest, ThreadsNeverShareABlock) {
  std::vector<std::thread> threads;
  std::atomic<int> torn{0};
  for (uint32_t id = 1; id <= 4; ++id) {
    threads.emplace_back([&, id] {
      std::mt19937 random(id);
      std::vector<BlockRef> mine;
      for (int i = 0; i < 20'000; ++i) {
        if (mine.size() < 50 && random() % 2 == 0) {
          mine.push_back(*heap_->Allocate(1 << random() % 15, id << 16));
          memset(heap_->Data(mine.back()), static_cast<int>(id), 16);
        } else if (!mine.empty()) {
          std::swap(mine[random() % mine.size()], mine.back());
          const std::byte* data = heap_->Data(mine.back());
          for (int at = 0; at < 16; ++at) torn += data[at] != std::byte(id);
          heap_->Free(mine.back());
          mine.pop_back();
        }
      }
      for (const BlockRef ref : mine) heap_->Free(ref);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(heap_->CountInUse(), 0u);
}

// What a child of the storm does until it is killed.
void AllocateAndFreeForEver(BlockHeap* heap, Owner me, std::atomic<uint32_t>* rounds,
                            std::atomic<uint32_t>* torn) {
  std::mt19937 random(me);
  std::vector<BlockRef> mine;
  for (;; rounds->fetch_add(1)) {
    if (mine.size() < 64 && random() % 8 != 0) {
      mine.push_back(*heap->Allocate(1 << random() % 18, me));
      memcpy(heap->Data(mine.back()), &me, sizeof me);
      heap->View(mine.back()).tag->store(me);
    } else if (!mine.empty()) {
      const BlockView block = heap->View(mine.back());
      if (memcmp(block.data, &me, sizeof me) != 0 || block.tag->load() != me) torn->fetch_add(1);
      heap->Free(mine.back());
      mine.pop_back();
    }
  }
}

TEST_F(BlockHeapTest, KillStormLeavesNoBlockBehindAndNoneShared) {
  struct Report {
    std::atomic<uint32_t> rounds;
    std::atomic<uint32_t> torn;
  };
  constexpr int kKills = 150;
  Shared<Report> report;
  std::deque<Child> children;
  for (int kill = 0; kill < kKills; ++kill) {
    while (children.size() < 3) {
      children.emplace_back([&] {
        AllocateAndFreeForEver(heap_.get(), *participants_->Self(), &report->rounds, &report->torn);
        return 0;
      });
    }
    AwaitAtLeast(report->rounds, report->rounds.load() + 97);
    children[0].Kill();
    children[0].Wait();
    children.pop_front();
    participants_->Sweep([this](Owner dead) {
      heap_->ForEachOwnedBy(dead, [this](BlockRef ref, const BlockView&) { heap_->Free(ref); });
      return true;
    });
    EXPECT_LE(heap_->CountInUse(), 3 * 65u);
  }
  children.clear();
  participants_->Sweep([this](Owner dead) {
    heap_->ForEachOwnedBy(dead, [this](BlockRef ref, const BlockView&) { heap_->Free(ref); });
    return true;
  });
  EXPECT_EQ(report->torn.load(), 0u);
  EXPECT_EQ(heap_->CountInUse(), 0u);
  heap_->ForEachInUse([](BlockRef ref, const BlockView&) { ADD_FAILURE() << ref; });
}

TEST_F(BlockHeapTest, DamagedDirectoryAndRefsGiveNoAccessOutside) {
  MakeHeap(kArena + (uint64_t{8} << 20));
  std::mt19937_64 random(7);
  const std::byte* const begin = segment_->base() + kArena;
  const std::byte* const end = begin + (uint64_t{8} << 20);
  for (int round = 0; round < 20'000; ++round) {
    for (uint32_t number = 1; number < 4; ++number) {
      // Mostly plausible, so that the checks are reached.
      const uint64_t state = random() % 4;
      const uint64_t blocks = random() % 3 == 0 ? random() % 0x20000 : random() % 64;
      Directory()[number].store(state << 62 | (random() % 64) << 56 | blocks << 32 |
                                (random() % 3 == 0 ? random() % 0x100000000 : random() % 128));
    }
    const BlockRef ref = static_cast<BlockRef>((random() % 5) << 16 | random() % 80);
    const BlockView view = heap_->View(ref);
    if (!view) continue;
    EXPECT_GE(reinterpret_cast<std::byte*>(view.owner), begin);
    EXPECT_GE(reinterpret_cast<std::byte*>(view.tag), begin);
    EXPECT_LE(view.data + view.capacity, end);
  }
}

}  // namespace
}  // namespace billiard::shared_memory
