// One task over many items, by both start methods: order, chunks, failures and losses (POOL-51 ...).
#include "billiard_core/pool/map.h"

#include <poll.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "tests/core/pool/fixture.h"
#include "tests/core/pool/pool_peer.h"

namespace billiard::pool {
namespace {

class MapTest : public BothStarts {};
BILLIARD_BOTH_STARTS(MapTest);

MapOptions ChunksOf(uint64_t size) {
  MapOptions options;
  options.chunk_size = size;
  return options;
}

std::unique_ptr<Map> SubmitMap(Pool* pool, const std::string& task,
                               const std::vector<std::string>& items, MapOptions options = {}) {
  std::vector<MapItem> views;
  for (const std::string& item : items) views.push_back(MapItem{item, 0});
  absl::StatusOr<std::unique_ptr<Map>> map = pool->MapAsync(task, views, options);
  EXPECT_TRUE(map.ok()) << map.status();
  return *std::move(map);
}

// The values, or the failure in their place.
std::vector<std::string> Values(Map* map) {
  EXPECT_TRUE(map->Wait(Deadline::Forever(), nullptr).ok());
  EXPECT_TRUE(map->Ready());
  JobFailure failure;
  if (!map->Succeeded(&failure)) return {"failed: " + failure.message};
  std::vector<std::string> values;
  for (uint64_t i = 0; i < map->count(); ++i) values.emplace_back(map->Item(i).bytes());
  return values;
}

std::vector<std::string> Numbers(int count) {
  std::vector<std::string> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(std::to_string(i));
  return numbers;
}

TEST_P(MapTest, ResultsComeInTheOrderOfTheItems) {
  const auto pool = MakePool(GetParam(), 3);
  for (const uint64_t chunk : {0, 1, 7, 100, 1000}) {
    const auto map = SubmitMap(pool.get(), "echo", Numbers(100), ChunksOf(chunk));
    EXPECT_EQ(Values(map.get()), Numbers(100)) << chunk;
  }
}

TEST_P(MapTest, LargeItemsAndEmptyOnes) {
  const auto pool = MakePool(GetParam(), 2);
  const std::vector<std::string> items = {"", std::string(100000, 'x'), "", std::string(3, 'y')};
  EXPECT_EQ(Values(SubmitMap(pool.get(), "echo", items, ChunksOf(3)).get()), items);
}

TEST_P(MapTest, NoItemsAreReadyAtOnce) {
  const auto pool = MakePool(GetParam(), 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  for (const uint64_t chunk : {0, 20}) {
    const auto map = SubmitMap(pool.get(), "echo", {}, ChunksOf(chunk));
    EXPECT_TRUE(map->Ready());
    EXPECT_TRUE(Values(map.get()).empty());
  }
  gate.Open();
}

TEST_P(MapTest, AChunkRunsInOneWorkerAndIsOneJob) {
  const auto pool = MakePool(GetParam(), 2);
  const auto map = SubmitMap(pool.get(), "pid", std::vector<std::string>(20), ChunksOf(5));
  const std::vector<std::string> pids = Values(map.get());
  for (size_t i = 0; i < 20; ++i) EXPECT_EQ(pids[i], pids[i / 5 * 5]) << i;
  Await([&] { return pool->Stats()->succeeded == 4; });
  EXPECT_EQ(pool->Stats()->submitted, 4u);
  EXPECT_TRUE(map->Accepted());
  for (const int32_t pid : map->Pids()) {
    EXPECT_NE(std::find(pids.begin(), pids.end(), std::to_string(pid)), pids.end());
  }
}

TEST_P(MapTest, TheFirstFailingItemEndsItsChunkAndFailsTheMap) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  // "return" fails for every number but 0; the items behind it in its chunk are not run.
  const auto map = SubmitMap(pool.get(), "return", {"0", "0", "7", "8"}, ChunksOf(4));
  EXPECT_EQ(Values(map.get()), std::vector<std::string>{"failed: task returned 7"});
  EXPECT_EQ(Apply(pool.get(), "echo", "goes on"), "goes on");
}

TEST_P(MapTest, AFailureIsSeenWhileOtherChunksRunAndStaysWhatItIs) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  Gate gate;
  // The second chunk fails while the first is held, and the first fails afterwards.
  const auto map = SubmitMap(pool.get(), "hold_or_return", {gate.path(), "3"}, ChunksOf(1));
  gate.Meet();
  EXPECT_EQ(Values(map.get()), std::vector<std::string>{"failed: task returned 3"});
  gate.Open();
  Await([&] { return pool->Stats()->failed == 2; });
  EXPECT_EQ(Values(map.get()), std::vector<std::string>{"failed: task returned 3"});
}

TEST_P(MapTest, ALostWorkerFailsTheMapOnceAndNamesIt) {
  const auto pool = MakePool(GetParam(), 2);
  const auto map = SubmitMap(pool.get(), "signal", {"9", "9"}, ChunksOf(2));
  const std::string text = Values(map.get()).at(0);
  EXPECT_EQ(text, "failed: Worker exited prematurely: signal 9 (SIGKILL) Job: " +
                      std::to_string(map->id()) + ".");
  EXPECT_EQ(pool->Stats()->lost, 1u);
  EXPECT_EQ(Values(SubmitMap(pool.get(), "echo", Numbers(9)).get()), Numbers(9));
}

TEST_P(MapTest, AWaitEndsInTime) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  Gate gate;
  const auto map = SubmitMap(pool.get(), "hold", {gate.path()});
  gate.Meet();
  EXPECT_FALSE(map->Ready());
  EXPECT_EQ(CodeOf(map->Wait(Deadline::After(0), nullptr)), Code::kTimeout);
  EXPECT_EQ(CodeOf(map->Wait(Deadline::After(kNanosPerMilli), nullptr)), Code::kTimeout);
  gate.Open();
  EXPECT_EQ(Values(map.get()), std::vector<std::string>{"held"});
}

TEST_P(MapTest, TerminateFailsAMapAndWakesItsWaiter) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  Gate gate;
  const auto map = SubmitMap(pool.get(), "hold", {gate.path(), gate.path()}, ChunksOf(1));
  gate.Meet();
  std::thread ender([&] { EXPECT_TRUE(pool->Terminate().ok()); });
  ASSERT_TRUE(map->Wait(Deadline::Forever(), nullptr).ok());
  JobFailure failure;
  EXPECT_FALSE(map->Succeeded(&failure));
  EXPECT_EQ(failure.code, Code::kTerminated);
  ender.join();
}

TEST_P(MapTest, CloseLetsAMapFinish) {
  const auto pool = MakePool(GetParam(), 2);
  const auto map = SubmitMap(pool.get(), "echo", Numbers(1000), ChunksOf(3));
  EXPECT_TRUE(pool->Close().ok());
  EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
  EXPECT_TRUE(map->Ready());
  EXPECT_EQ(Values(map.get()), Numbers(1000));
}

TEST_P(MapTest, AMapThatWasForgottenGivesEverythingBack) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  const uint64_t before = PoolPeer::BlocksInUse(*pool);
  for (int i = 0; i < 20; ++i) {
    (void)SubmitMap(pool.get(), "echo", std::vector<std::string>(10, std::string(1000, 'x')));
  }
  Await([&] { return pool->Stats()->succeeded >= 20u * 5; });
  // Slots of forgotten jobs are reclaimed by the submissions that follow.
  Await([&] {
    (void)Apply(pool.get(), "echo");
    return PoolPeer::BlocksInUse(*pool) == before;
  });
}

TEST_P(MapTest, TheEndIsAnnouncedOnceUnderTheMapsId) {
  const auto pool = MakePool(GetParam(), 2);
  MapOptions options = ChunksOf(1);
  options.job.notify = true;
  for (const int count : {0, 1, 30}) {
    const auto map = SubmitMap(pool.get(), "echo", Numbers(count), options);
    std::vector<uint64_t> ended;
    while (ended.empty()) {
      pollfd entry = {pool->events_fd(), POLLIN, 0};
      poll(&entry, 1, -1);
      ended = ReadEnded(pool.get(), 8);
    }
    EXPECT_EQ(ended, std::vector<uint64_t>{map->id()});
    EXPECT_TRUE(map->Ready());
    EXPECT_TRUE(ReadEnded(pool.get(), 8).empty());
  }
}

TEST_P(MapTest, MoreChunksThanJobsAreRefused) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.max_jobs = 8;
  const auto pool = MakePool(std::move(options));
  std::vector<MapItem> items(8);
  EXPECT_EQ(CodeOf(pool->MapAsync("echo", items, ChunksOf(1)).status()), Code::kInvalid);
  items.resize(7);
  const auto map = *pool->MapAsync("echo", items, ChunksOf(1));
  // There is no room for another, and the wait for it ends in time.
  MapOptions hurried = ChunksOf(7);
  hurried.job.submit_deadline = Deadline::After(kNanosPerMilli);
  EXPECT_EQ(CodeOf(pool->MapAsync("echo", items, hurried).status()), Code::kFull);
  EXPECT_EQ(Values(map.get()), std::vector<std::string>(7));
}

TEST_P(MapTest, MapsThatTakeTurnsWithFewSlotsAllFinish) {
  PoolOptions options = OptionsFor(GetParam(), 2);
  options.max_jobs = 10;
  const auto pool = MakePool(std::move(options));
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(Values(SubmitMap(pool.get(), "echo", Numbers(9), ChunksOf(1)).get()), Numbers(9));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_P(MapTest, AnUnknownTaskIsRefusedAndTakesNoSlot) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.max_jobs = 4;
  const auto pool = MakePool(std::move(options));
  AwaitReady(pool.get());
  std::vector<MapItem> items(3);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(CodeOf(pool->MapAsync("nobody", items, ChunksOf(1)).status()), Code::kUnknownTask);
  }
  EXPECT_EQ(Values(SubmitMap(pool.get(), "echo", Numbers(3), ChunksOf(1)).get()), Numbers(3));
}

TEST_P(MapTest, AChunkThatIsTooLargeIsRefusedAndSoAreResultsThatAre) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.max_payload = 4096;
  const auto pool = MakePool(std::move(options));
  const std::string kilobyte(1024, 'x');
  std::vector<MapItem> items(4, MapItem{kilobyte, 0});
  EXPECT_EQ(CodeOf(pool->MapAsync("echo", items, ChunksOf(4)).status()), Code::kTooLarge);
  EXPECT_EQ(Values(SubmitMap(pool.get(), "echo", {kilobyte, kilobyte}, ChunksOf(2)).get()).size(),
            2u);
  const auto map = SubmitMap(pool.get(), "bytes", std::vector<std::string>(4, "1024"), ChunksOf(4));
  // "bytes" returns 1 when its reply is refused.
  EXPECT_EQ(Values(map.get()), std::vector<std::string>{"failed: task returned 1"});
}

TEST(DefaultChunkSizeTest, MakesFourJobsAWorker) {
  EXPECT_EQ(DefaultChunkSize(10, 4), 1u);
  EXPECT_EQ(DefaultChunkSize(100, 4), 7u);
  EXPECT_EQ(DefaultChunkSize(1000, 4), 63u);
  EXPECT_EQ(DefaultChunkSize(0, 4), 1u);
  EXPECT_EQ(DefaultChunkSize(5, 0), 2u);
}

}  // namespace
}  // namespace billiard::pool
