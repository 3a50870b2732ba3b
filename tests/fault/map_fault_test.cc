// Kills one real worker at each named step of its way through a chunk, and checks what must hold wherever
// that was: a map either has every result or is lost, an item is begun at most once, whoever waits is
// woken, the end is announced once, and the pool goes on with its workers, its counts and its memory.
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "billiard_core/pool/map.h"
#include "billiard_core/pool/task_registry.h"
#include "billiard_core/pool/worker.h"
#include "gtest/gtest.h"
#include "tests/core/pool/harness.h"
#include "tests/core/pool/pool_peer.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::pool {
namespace {

constexpr int kItems = 12;
constexpr uint64_t kChunk = 3;

struct Point {
  const char* name;
  bool loses;  // user code may have run, and no result is there yet
};

constexpr Point kPoints[] = {
    {"pool.taken", false},   {"pool.claimed", false},  {"pool.running", true},
    {"pool.item", true},     {"pool.framed", true},    {"pool.staged", true},
    {"pool.stored", true},   {"pool.answered", false}, {"pool.linked", false},
    {"pool.listed", false},  {"pool.parent", false},   {"pool.told", false},
    {"pool.counted", false}, {"pool.cleared", false},
};

struct Begins {
  std::atomic<int> of_item[kItems];
};
Begins* begins = nullptr;

int CountingTask(Job& job) {
  const int index = std::stoi(std::string(job.argument().bytes()));
  begins->of_item[index].fetch_add(1);
  return job.Reply(std::string(200, static_cast<char>('a' + index)), 0).ok() ? 0 : 1;
}

class MapFaultTest : public ::testing::TestWithParam<Point> {
 protected:
  void SetUp() override {
    begins = &*shared_;
    ASSERT_TRUE(TaskRegistry::OfProcess().Register("count_item", CountingTask, {}).ok());
    const char* folder = getenv("TEST_TMPDIR");
    ticket_ = std::string(folder == nullptr ? "/tmp" : folder) + "/ticket";
  }
  void TearDown() override { unsetenv("BILLIARD_FAULT"); }

  void Plant(int count) {
    for (auto& begun : begins->of_item) begun = 0;
    std::ofstream(ticket_).put('\n');
    const std::string fault = std::string(GetParam().name) + ":" + std::to_string(count) + ":" +
                              std::to_string(SIGKILL) + ":" + ticket_;
    setenv("BILLIARD_FAULT", fault.c_str(), 1);
  }
  // From here on nobody dies: a worker that has not reached the point often enough would in a later job.
  void Unplant() { unlink(ticket_.c_str()); }
  bool Struck() const { return access(ticket_.c_str(), F_OK) != 0; }

  std::unique_ptr<Map> Submit(Pool* pool, bool notify) {
    std::vector<std::string> texts;
    for (int i = 0; i < kItems; ++i) texts.push_back(std::to_string(i));
    std::vector<MapItem> items;
    for (const std::string& text : texts) items.push_back({text, 0});
    MapOptions options;
    options.chunk_size = kChunk;
    options.job.notify = notify;
    return *pool->MapAsync("count_item", items, options);
  }

  void CheckOutcome(Map* map) {
    JobFailure failure;
    if (map->Succeeded(&failure)) {
      EXPECT_FALSE(GetParam().loses && Struck());
      for (int i = 0; i < kItems; ++i) {
        EXPECT_EQ(map->Item(static_cast<uint64_t>(i)).bytes(),
                  std::string(200, static_cast<char>('a' + i)));
        EXPECT_EQ(begins->of_item[i], 1) << i;
      }
    } else {
      EXPECT_TRUE(GetParam().loses && Struck()) << failure.message;
      EXPECT_EQ(failure.code, Code::kWorkerLost);
      for (const auto& begun : begins->of_item) EXPECT_LE(begun, 1);
    }
  }

  testing::Watchdog watchdog_{60};
  testing::Shared<Begins> shared_;
  std::string ticket_;
};

TEST_P(MapFaultTest, AWaiterIsWokenAndThePoolGoesOn) {
  for (const int count : {1, 2, 3}) {
    Plant(count);
    const auto pool = MakePool(OptionsFor(Start::kFork, 2));
    auto map = Submit(pool.get(), /*notify=*/false);
    ASSERT_TRUE(map->Wait(Deadline::Forever(), nullptr).ok());
    CheckOutcome(map.get());
    map.reset();
    Unplant();
    EXPECT_EQ(Apply(pool.get(), "echo", "goes on"), "goes on");
    // Only the list of the group's task names is left.
    Await([&] {
      (void)Apply(pool.get(), "echo");
      return PoolPeer::BlocksInUse(*pool) <= 1;
    });
  }
}

TEST_P(MapFaultTest, TheEndIsAnnouncedOnce) {
  for (const int count : {1, 2, 4}) {
    Plant(count);
    const auto pool = MakePool(OptionsFor(Start::kFork, 2));
    const auto map = Submit(pool.get(), /*notify=*/true);
    std::vector<uint64_t> ended;
    while (ended.empty()) {
      pollfd entry = {pool->events_fd(), POLLIN, 0};
      poll(&entry, 1, -1);
      ended = ReadEnded(pool.get(), 8);
    }
    EXPECT_EQ(ended, std::vector<uint64_t>{map->id()});
    EXPECT_TRUE(map->Ready());
    CheckOutcome(map.get());
    EXPECT_TRUE(pool->Close().ok());
    EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
    EXPECT_TRUE(ReadEnded(pool.get(), 8).empty());
  }
}

std::string NameOf(const ::testing::TestParamInfo<Point>& info) {
  const std::string name = info.param.name;
  return name.substr(name.find('.') + 1);
}

INSTANTIATE_TEST_SUITE_P(Points, MapFaultTest, ::testing::ValuesIn(kPoints), NameOf);

}  // namespace
}  // namespace billiard::pool
