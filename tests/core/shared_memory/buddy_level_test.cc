// Single words of a level, and two threads at one pair of buddies.
#include "billiard_core/shared_memory/buddy_level.h"

#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

#include "billiard_core/shared_memory/buddy_words.h"
#include "gtest/gtest.h"
#include "tests/support/watchdog.h"

namespace billiard::shared_memory::buddy {
namespace {

constexpr Owner kMe = 0x10001;
constexpr uint32_t kTop = 3;
constexpr uint32_t kUnits = 1 << kTop;

class BuddyLevelTest : public ::testing::Test {
 protected:
  BuddyLevelTest() { Set(0, State::kFree, kTop); }

  void Set(uint32_t unit, State state, uint32_t order, uint32_t payload = 0) {
    words_[unit].store(Word(state, order, payload, 7).bits());
  }
  bool Take(uint32_t unit, uint32_t order) {
    return level_.Take(unit, level_.Load(unit), order, State::kOwned, kMe);
  }
  void Free(uint32_t unit) {
    const Word word = level_.Load(unit);
    ASSERT_TRUE(level_.Change(unit, word, State::kFree, word.order()));
    level_.JoinUp({unit, word.order()}, kTop);
  }
  bool IsWhole() {
    for (uint32_t unit = 1; unit < kUnits; ++unit) {
      if (!level_.Load(unit).Is(State::kClear)) return false;
    }
    return level_.Load(0).IsFree(kTop);
  }

  testing::Watchdog watchdog_{250};
  std::atomic<uint64_t> words_[kUnits] = {};
  const Level level_{reinterpret_cast<std::byte*>(words_), sizeof(uint64_t)};
};

TEST_F(BuddyLevelTest, SplitFreesTheUpperHalves) {
  ASSERT_TRUE(Take(0, 0));
  EXPECT_TRUE(level_.Load(0).Is(State::kOwned, 0));
  EXPECT_TRUE(level_.Load(1).IsFree(0));
  EXPECT_TRUE(level_.Load(2).IsFree(1));
  EXPECT_TRUE(level_.Load(4).IsFree(2));
  Free(0);
  EXPECT_TRUE(IsWhole());
}

TEST_F(BuddyLevelTest, SequenceGrowsWithEveryChangeAndIsNeverZero) {
  Set(0, State::kFree, kTop);
  words_[0].store(Word(State::kFree, kTop, 0, Word::kPayloadMask).bits());
  const Word before = level_.Load(0);
  ASSERT_TRUE(level_.Change(0, before, State::kOwned, kTop));
  EXPECT_EQ(level_.Load(0).sequence(), 1u);
  EXPECT_FALSE(level_.Change(0, before, State::kFree, kTop)) << "a late change";
}

TEST_F(BuddyLevelTest, HalfDoneStepsAreBroughtToAnEnd) {
  struct Case {
    const char* what;
    State lower;
    uint32_t lower_order;
    State upper;
    uint32_t upper_order;
    uint32_t tag;
    bool is_one;  // afterwards the pair is one block; else both halves are free
  };
  for (const Case& its : {
           Case{"split begun", State::kSplitting, 1, State::kClear, 0, 0, false},
           Case{"split, upper done", State::kSplitting, 1, State::kFree, 0, 0, false},
           Case{"join begun", State::kJoining, 0, State::kFree, 0, 0, true},
           Case{"offered", State::kJoining, 0, State::kOffered, 0, 7, true},
           Case{"decided", State::kJoined, 0, State::kOffered, 0, 6, true},
           Case{"cleared", State::kJoined, 0, State::kClear, 0, 0, true},
           Case{"given up", State::kFree, 0, State::kOffered, 0, 5, false},
       }) {
    for (const uint32_t seen : {0, 1}) {
      Set(0, its.lower, its.lower_order);
      Set(1, its.upper, its.upper_order, its.tag);
      for (int step = 0; step < 4; ++step) level_.Settle(seen, level_.Load(seen), 1);
      if (seen == 1 && (its.upper == State::kFree || its.upper == State::kClear)) continue;
      if (its.is_one) {
        EXPECT_TRUE(level_.Load(0).IsFree(1)) << its.what;
        EXPECT_TRUE(level_.Load(1).Is(State::kClear)) << its.what;
      } else if (seen == 0 && its.lower == State::kFree) {
        EXPECT_TRUE(level_.Load(1).Is(State::kOffered)) << its.what;  // not looked at
      } else {
        EXPECT_TRUE(level_.Load(0).IsFree(0)) << its.what;
        EXPECT_TRUE(level_.Load(1).IsFree(0)) << its.what;
      }
    }
  }
}

TEST_F(BuddyLevelTest, JoinIsGivenUpWhenTheUpperHalfIsTaken) {
  Set(0, State::kJoining, 0);
  Set(1, State::kOwned, 0, 1);
  level_.Settle(0, level_.Load(0), 1);
  EXPECT_TRUE(level_.Load(0).IsFree(0));
  EXPECT_TRUE(level_.Load(1).Is(State::kOwned, 0));
}

TEST_F(BuddyLevelTest, LateStepsOfAnEarlierJoinChangeNothing) {
  // An offer to a JOINING that has gone by is taken back, not cleared.
  Set(0, State::kOwned, 0, 1);
  Set(1, State::kOffered, 0, 3);
  level_.Settle(1, level_.Load(1), 1);
  EXPECT_TRUE(level_.Load(1).IsFree(0));
  EXPECT_TRUE(level_.Load(0).Is(State::kOwned, 0));
}

// Two threads free the two halves of a pair at the same time: the join is never missed.
TEST_F(BuddyLevelTest, BuddiesFreedAtTheSameTimeAreJoined) {
  constexpr int kRounds = 20'000;
  std::barrier<> barrier(2);
  std::atomic<int> apart{0};
  const auto run = [&](bool first) {
    for (int round = 0; round < kRounds; ++round) {
      if (first) {
        if (!Take(0, 0) || !Take(1, 0)) ++apart;
      }
      barrier.arrive_and_wait();
      const uint32_t mine = first ? 0 : 1;
      level_.Change(mine, level_.Load(mine), State::kFree, 0);
      level_.JoinUp({mine, 0}, kTop);
      barrier.arrive_and_wait();
      if (first && !IsWhole()) ++apart;
    }
  };
  std::thread other([&] { run(false); });
  run(true);
  other.join();
  EXPECT_EQ(apart, 0);
}

// Threads that take and free whatever they find: no unit is ever in two hands, and in the end all is one.
TEST_F(BuddyLevelTest, ThreadsAtOneTopBlockNeverShareAUnit) {
  std::atomic<int> holders[kUnits] = {};
  std::atomic<int> shared{0};
  const auto run = [&](uint32_t seed) {
    uint32_t random = seed;
    for (int i = 0; i < 30'000; ++i) {
      random = random * 1664525 + 1013904223;
      const uint32_t order = random >> 16 & 1;
      for (uint32_t unit = 0; unit < kUnits; ++unit) {
        const Word word = level_.Load(unit);
        level_.Settle(unit, word, kTop);
        if (!word.Is(State::kFree) || word.order() < order) continue;
        if (!level_.Take(unit, word, order, State::kOwned, kMe)) continue;
        const uint32_t size = 1 << order;
        for (uint32_t its = unit; its < unit + size; ++its) shared += holders[its].fetch_add(1);
        for (uint32_t its = unit; its < unit + size; ++its) holders[its].fetch_sub(1);
        const Word mine = level_.Load(unit);
        if (!level_.Change(unit, mine, State::kFree, order)) ++shared;
        level_.JoinUp({unit, order}, kTop);
        break;
      }
    }
  };
  std::vector<std::thread> threads;
  for (uint32_t seed = 1; seed <= 4; ++seed) threads.emplace_back(run, seed);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shared, 0);
  EXPECT_TRUE(IsWhole());
}

}  // namespace
}  // namespace billiard::shared_memory::buddy
