// Threads and processes that allocate and free at the same time, and storms of kills and stops among
// them. Seeded: `random` decides who dies; where he stood then, the machine does.
#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "billiard_core/base/status.h"
#include "billiard_core/shared_memory/buddy_heap.h"
#include "billiard_core/shared_memory/participants.h"
#include "gtest/gtest.h"
#include "tests/core/shared_memory/buddy_heap_fixture.h"
#include "tests/support/child/child.h"
#include "tests/support/storm.h"
#include "tests/support/watchdog.h"

namespace billiard::shared_memory {
namespace {

using testing::AwaitAtLeast;
using testing::Child;
using testing::kLongStorm;
using testing::Shared;
using testing::Watchdog;

struct Report {
  std::atomic<uint32_t> rounds;
  std::atomic<uint32_t> torn;      // a block was in two hands, or not zero at first
  std::atomic<uint32_t> refused;   // a block was not to be had, though there was room
  std::atomic<uint32_t> not_mine;  // a free failed
};

// Allocates and frees at random, and marks what it has.
class Churner {
 public:
  Churner(BuddyHeap* heap, Owner me, uint64_t seed, Report* report)
      : heap_(heap), me_(me), random_(seed), report_(report) {}

  void Step() {
    if (mine_.size() < 40 && random_() % 8 != 0) {
      Allocate();
    } else if (!mine_.empty()) {
      std::swap(mine_[random_() % mine_.size()], mine_.back());
      FreeLast();
    }
    report_->rounds.fetch_add(1);
  }
  void FreeAll() {
    while (!mine_.empty()) FreeLast();
  }

 private:
  // Mostly small ones; now and then whole chunks, and rarely what is given back to the system.
  uint64_t RandomBytes() {
    const uint64_t kind = random_() % 64;
    if (kind == 0) return uint64_t{1} << (19 + random_() % 2);
    if (kind < 6) return uint64_t{40'000} << random_() % 2;
    return 1 + random_() % (uint64_t{64} << random_() % 9);
  }

  void Allocate() {
    const uint64_t bytes = RandomBytes();
    const absl::StatusOr<Granule> block = heap_->Allocate(bytes, me_);
    if (!block.ok()) {
      // A large one may find only pieces.
      if (bytes <= BuddyHeap::kChunkBytes) report_->refused.fetch_add(1);
      return;
    }
    std::byte* data = heap_->Data(*block);
    uint64_t mark = 0;
    for (uint64_t at = 0; at + 8 <= bytes; at += 512) {
      memcpy(&mark, data + at, sizeof mark);
      if (mark != 0) report_->torn.fetch_add(1);
      mark = MarkOf(*block);
      memcpy(data + at, &mark, sizeof mark);
    }
    mine_.push_back({*block, bytes});
  }

  void FreeLast() {
    const Mine block = mine_.back();
    mine_.pop_back();
    const std::byte* data = heap_->Data(block.granule);
    uint64_t mark = 0;
    for (uint64_t at = 0; at + 8 <= block.bytes; at += 512) {
      memcpy(&mark, data + at, sizeof mark);
      if (mark != MarkOf(block.granule)) report_->torn.fetch_add(1);
    }
    if (!heap_->Free(block.granule, me_).ok()) report_->not_mine.fetch_add(1);
  }

  uint64_t MarkOf(Granule block) const { return uint64_t{me_} << 32 | block; }

  struct Mine {
    Granule granule;
    uint64_t bytes;
  };
  BuddyHeap* const heap_;
  const Owner me_;
  std::mt19937_64 random_;
  Report* const report_;
  std::vector<Mine> mine_;
};

// Children that work for ever, four at a time, until they are struck one by one.
class Herd {
 public:
  // body(number of the child) never returns; it counts its rounds.
  Herd(const std::atomic<uint32_t>& rounds, const std::function<void(uint64_t)>& body)
      : rounds_(rounds), body_(body) {}

  // Kills one of them somewhere; one in ten stands still before, while the others go on.
  void StrikeOne(std::mt19937_64* random) {
    while (children_.size() < 4) {
      children_.push_back(std::make_unique<Child>([this] {
        body_(made_);
        return 0;
      }));
      ++made_;
    }
    AwaitAtLeast(rounds_, rounds_.load() + 1 + (*random)() % 200);
    std::swap(children_[(*random)() % children_.size()], children_.back());
    if ((*random)() % 10 == 0) {
      children_.back()->Stop();
      AwaitAtLeast(rounds_, rounds_.load() + 300);
    }
    children_.back()->Kill();
    children_.back()->Wait();
    children_.pop_back();
  }
  void KillAll() { children_.clear(); }

 private:
  const std::atomic<uint32_t>& rounds_;
  const std::function<void(uint64_t)> body_;
  uint64_t made_ = 0;
  std::vector<std::unique_ptr<Child>> children_;
};

constexpr int kKills = kLongStorm ? 4000 : 150;

class BuddyHeapStormTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kArena = uint64_t{128} << 20;

  void ExpectNothingWrong() {
    EXPECT_EQ(report_->torn.load(), 0u);
    EXPECT_EQ(report_->refused.load(), 0u);
    EXPECT_EQ(report_->not_mine.load(), 0u);
  }

  Watchdog watchdog_{kLongStorm ? 1500u : 250u};
  Shared<Report> report_;
  TestHeap its_{kArena};
};

TEST_F(BuddyHeapStormTest, ThreadsOfOneOwnerNeverShareABlock) {
  constexpr int kSteps = 8'000;
  std::vector<std::thread> threads;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    // Marks differ by the owner, so each thread has one of its own.
    threads.emplace_back([this, seed] {
      Churner churner(its_.heap.get(), static_cast<Owner>(seed | 0x10000), seed, &*report_);
      for (int i = 0; i < kSteps; ++i) churner.Step();
      churner.FreeAll();
    });
  }
  for (std::thread& thread : threads) thread.join();
  ExpectNothingWrong();
  its_.ExpectWholeAfterSweep();
}

TEST_F(BuddyHeapStormTest, ProcessesNeverShareABlock) {
  constexpr int kSteps = 8'000;
  std::vector<Child> children;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    children.emplace_back([this, seed] {
      Churner churner(its_.heap.get(), its_.Self(), seed, &*report_);
      for (int i = 0; i < kSteps; ++i) churner.Step();
      churner.FreeAll();
      return 0;
    });
  }
  for (Child& child : children) EXPECT_EQ(child.Wait(), 0);
  ExpectNothingWrong();
  its_.ExpectWholeAfterSweep();
}

TEST_F(BuddyHeapStormTest, KillsAndStopsLeaveNothingBehind) {  // G-SHM-3
  Herd herd(report_->rounds, [this](uint64_t number) {
    Churner churner(its_.heap.get(), its_.Self(), number, &*report_);
    for (uint64_t i = number;; ++i) {
      churner.Step();
      if (i % 64 == 0) its_.Sweep();
    }
  });
  std::mt19937_64 random(6);
  for (int kill = 0; kill < kKills && !HasFailure(); ++kill) {
    herd.StrikeOne(&random);
    if (kill % 4 == 0) its_.Sweep();
  }
  herd.KillAll();
  ExpectNothingWrong();
  its_.ExpectWholeAfterSweep();
}

// All in the same few chunks, so that they meet at the same words all the time.
TEST_F(BuddyHeapStormTest, KillsInATinyArenaLeaveNothingBehind) {  // G-SHM-3
  TestHeap tiny(8 * BuddyHeap::kChunkBytes);
  Herd herd(report_->rounds, [this, &tiny](uint64_t number) {
    std::mt19937_64 random(number);
    const Owner me = tiny.Self();
    for (;; report_->rounds.fetch_add(1)) {
      std::vector<Granule> blocks;
      while (blocks.size() < 3) {
        const auto block = tiny.heap->Allocate(uint64_t{64} << random() % 11, me);
        if (!block.ok()) break;
        blocks.push_back(*block);
      }
      for (const Granule block : blocks) {
        if (!tiny.heap->Free(block, me).ok()) report_->not_mine.fetch_add(1);
      }
      if (random() % 64 == 0) tiny.Sweep();
    }
  });
  std::mt19937_64 random(7);
  for (int kill = 0; kill < kKills && !HasFailure(); ++kill) herd.StrikeOne(&random);
  herd.KillAll();
  EXPECT_EQ(report_->not_mine.load(), 0u);
  tiny.ExpectWholeAfterSweep();
}

}  // namespace
}  // namespace billiard::shared_memory
