// Kills and stops processes that make, share and release objects.
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "billiard_core/base/status.h"
#include "billiard_core/shared_memory/object.h"
#include "billiard_core/shared_memory/references.h"
#include "gtest/gtest.h"
#include "tests/core/shared_memory/object_harness.h"
#include "tests/support/child/child.h"
#include "tests/support/sanitizer.h"
#include "tests/support/storm.h"
#include "tests/support/watchdog.h"

namespace billiard::shared_memory {
namespace {

using testing::AwaitAtLeast;
using testing::Child;
using testing::kLongStorm;
using testing::kSanitized;
using testing::Shared;
using testing::Watchdog;

TEST(ObjectDeathTest, HoldersThatAreKilledHoldNothing) {  // G-SHM-2
  Watchdog watchdog(60);
  auto arena = MakeArena();
  Object kept = MakeObject(arena);
  const ArenaStats before = arena->Stats();
  Shared<std::atomic<uint32_t>> ready;
  std::vector<Child> children;
  for (int i = 0; i < 5; ++i) {
    children.emplace_back([&]() -> int {
      std::vector<Object> own;
      for (int k = 0; k < 20; ++k) own.push_back(MakeObject(arena, 100 << k % 8));
      auto also = Object::Attach(arena, kept.name(), ObjectKind::kMemory);
      if (!also.ok()) return 1;
      ready->fetch_add(1);
      for (;;) pause();
    });
  }
  AwaitAtLeast(*ready, 5);
  EXPECT_EQ(arena->Stats().objects, 101u);
  // One reference of the fork, one of Attach.
  EXPECT_EQ(arena->references()->CountHolders(kept.name().granule), 11u);
  for (Child& child : children) child.Kill();
  for (Child& child : children) child.AwaitZombie();
  EXPECT_EQ(arena->Recover(), 5);
  const ArenaStats after = arena->Stats();
  EXPECT_EQ(after.bytes_in_use, before.bytes_in_use);
  EXPECT_EQ(after.references, 1u);
  EXPECT_EQ(arena->references()->CountHolders(kept.name().granule), 1u);
  ExpectNothingIsLeft(arena.get(), 1);
}

TEST(ObjectDeathTest, AStoppedHolderKeepsItsObjectsAndHoldsUpNobody) {
  Watchdog watchdog(60);
  auto arena = MakeArena();
  Shared<std::atomic<uint64_t>> id;
  Child child([&]() -> int {
    const Object object = MakeObject(arena, 1000);
    Paint(object, 9);
    id->store(object.name().ToId());
    for (;;) pause();
  });
  while (id->load() == 0) sched_yield();
  child.Stop();
  for (int i = 0; i < 1000; ++i) Paint(MakeObject(arena, 1000), 1);
  EXPECT_EQ(arena->Recover(), 0);
  {
    auto object = Object::Attach(arena, ObjectName::FromId(id->load()), ObjectKind::kMemory);
    ASSERT_TRUE(object.ok());
    EXPECT_TRUE(IsPainted(*object, 9));
  }
  child.Kill();
  child.AwaitZombie();
  ExpectNothingIsLeft(arena.get());
}

TEST(ObjectDeathTest, KilledAThousandTimesNothingIsLost) {
  Watchdog watchdog(250);
  auto arena = MakeArena(4 << 20);
  Object kept = MakeObject(arena, 256);
  Paint(kept, 77);
  std::minstd_rand random(1);
  const int cycles = kSanitized ? 60 : 1000;
  for (int i = 0; i < cycles && !::testing::Test::HasFailure(); ++i) {
    Shared<std::atomic<uint32_t>> rounds;
    Child child([&]() -> int {
      std::vector<Object> own;
      for (;;) {
        own.push_back(MakeObject(arena, 64 + rounds->load() % 5000));
        auto also = Object::Attach(arena, kept.name(), ObjectKind::kMemory);
        if (own.size() > 8) own.erase(own.begin());
        rounds->fetch_add(1);
      }
    });
    AwaitAtLeast(*rounds, random() % 40);
    child.Kill();
    child.AwaitZombie();
    ExpectNothingIsLeft(arena.get(), 1);
  }
  EXPECT_TRUE(IsPainted(kept, 77));
}

// Many processes make, attach, check and release the same objects, and are killed and stopped anywhere.
class Storm {
 public:
  static constexpr int kProcesses = 4;
  static constexpr int kPlaces = 12;

  explicit Storm(uint64_t seed) : random_(seed) {}

  void Run(int kills) {
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < kProcesses; ++i) children.push_back(Start());
    for (int i = 0; i < kills; ++i) {
      const uint32_t enough = state_->rounds.load() + static_cast<uint32_t>(random_() % 60);
      AwaitAtLeast(state_->rounds, enough);
      auto& victim = children[random_() % children.size()];
      if (random_() % 4 == 0) {
        victim->Stop();
        AwaitAtLeast(state_->rounds, state_->rounds.load() + 50);  // the others go on
        if (random_() % 2 == 0) {
          victim->Signal(SIGCONT);
          continue;
        }
      }
      victim->Kill();
      EXPECT_EQ(victim->Wait(), -SIGKILL) << "a child found what it must not find";
      victim = Start();
    }
    for (auto& child : children) {
      child->Kill();
      EXPECT_EQ(child->Wait(), -SIGKILL);
    }
    printf("%u rounds, %d kills, %u objects made, %u attached\n", state_->rounds.load(), kills,
           state_->made.load(), state_->attached.load());
    EXPECT_GT(state_->attached.load(), 0u);
    ExpectNothingIsLeft(arena_.get());
  }

 private:
  struct State {
    std::atomic<uint64_t> places[kPlaces];  // names of objects that somebody has, or had
    std::atomic<uint32_t> rounds;
    std::atomic<uint32_t> made;
    std::atomic<uint32_t> attached;
  };

  struct Held {
    Object object;
    uint64_t seed;
  };

  std::unique_ptr<Child> Start() {
    return std::make_unique<Child>([this, seed = random_()] { return Live(seed); });
  }

  // The seed lies in the object's first word, so that others can check the rest.
  static uint64_t SeedOf(const Object& object) { return *object.As<uint64_t>(); }

  int Live(uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Held> held;
    for (;; state_->rounds.fetch_add(1)) {
      for (const Held& one : held) {
        if (!IsPainted(one.object, one.seed)) return 1;  // freed or given away under our feet
      }
      if (held.size() > random() % 10) {
        held.erase(held.begin() + static_cast<int64_t>(random() % held.size()));
      }
      std::atomic<uint64_t>& place = state_->places[random() % kPlaces];
      if (random() % 2 == 0) {
        const uint64_t pattern = random();
        auto object = Object::Make(arena_, ObjectKind::kMemory, 8 + random() % 3000, nullptr);
        if (!object.ok()) return 2;
        Paint(*object, pattern);
        place.store(object->name().ToId());
        held.push_back({*std::move(object), pattern});
        state_->made.fetch_add(1);
        continue;
      }
      auto object = Object::Attach(arena_, ObjectName::FromId(place.load()), ObjectKind::kMemory);
      if (CodeOf(object.status()) == Code::kNotFound) continue;
      if (!object.ok()) return 3;
      const uint64_t pattern = SeedOf(*object);
      if (!IsPainted(*object, pattern)) return 4;
      held.push_back({*std::move(object), pattern});
      state_->attached.fetch_add(1);
    }
  }

  std::mt19937_64 random_;
  std::shared_ptr<Arena> arena_ = MakeArena();
  Shared<State> state_;
};

TEST(ObjectDeathTest, StormOfDeathsLeavesNothingAndSparesTheLiving) {
  Watchdog watchdog(kLongStorm ? 1500 : 250);
  const uint64_t seeds = kLongStorm ? 40 : 3;
  const int kills = kSanitized ? 15 : kLongStorm ? 500 : 120;
  for (uint64_t seed = 1; seed <= seeds && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Storm(seed).Run(kills);
  }
}

}  // namespace
}  // namespace billiard::shared_memory
