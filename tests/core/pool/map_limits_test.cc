// Maps and streams in pools whose workers are recycled, or whose jobs have limits (POOL-59, GAP-8, GAP-9,
// GAP-22).
#include <set>
#include <string>
#include <vector>

#include "billiard_core/pool/map.h"
#include "billiard_core/pool/stream.h"
#include "tests/core/pool/fixture.h"
#include "tests/support/sanitizer.h"

namespace billiard::pool {
namespace {

class MapLimitsTest : public BothStarts {
 protected:
  PoolOptions Options(int workers) const { return OptionsFor(GetParam(), workers); }
  // As many jobs as it takes to start thousands of workers; a spawned one costs an exec.
  int Jobs() const {
    const int jobs = GetParam() == Start::kFork ? 10000 : 1000;
    return testing::kSanitized ? jobs / 20 : jobs;
  }
};
BILLIARD_BOTH_STARTS(MapLimitsTest);

std::vector<std::string> Numbers(int count) {
  std::vector<std::string> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(std::to_string(i));
  return numbers;
}

std::unique_ptr<Map> SubmitMap(Pool* pool, const std::string& task,
                               const std::vector<std::string>& items, const MapOptions& options) {
  std::vector<MapItem> views;
  for (const std::string& item : items) views.push_back(MapItem{item, 0});
  absl::StatusOr<std::unique_ptr<Map>> map = pool->MapAsync(task, views, options);
  EXPECT_TRUE(map.ok()) << map.status();
  return *std::move(map);
}

MapOptions ChunksOf(uint64_t size) {
  MapOptions options;
  options.chunk_size = size;
  return options;
}

std::vector<std::string> Values(Map* map) {
  EXPECT_TRUE(map->Wait(Deadline::Forever(), nullptr).ok());
  JobFailure failure;
  if (!map->Succeeded(&failure)) return {"failed: " + failure.message};
  std::vector<std::string> values;
  for (uint64_t i = 0; i < map->count(); ++i) values.emplace_back(map->Item(i).bytes());
  return values;
}

// The numbers below `count` through a stream: how often each index came with its own value.
std::multiset<uint64_t> RunThrough(Pool* pool, bool ordered, uint64_t chunk_size, int count) {
  StreamOptions options;
  options.ordered = ordered;
  options.chunk_size = chunk_size;
  const std::unique_ptr<Stream> stream = *pool->OpenStream("echo", options);
  std::multiset<uint64_t> indexes;
  int next = 0;
  while (true) {
    while (next < count && stream->Room() > 0) {
      EXPECT_TRUE(stream->Put(std::to_string(next++), 0).ok());
    }
    if (next == count) {
      EXPECT_TRUE(stream->End().ok());
    }
    StreamItem item;
    JobFailure failure;
    std::string text;
    const absl::Status status = stream->Next(
        Deadline::Forever(), nullptr,
        [&](const PayloadView& value) {
          text = std::string(value.bytes());
          return absl::OkStatus();
        },
        &item, &failure);
    if (CodeOf(status) == Code::kClosed) return indexes;
    EXPECT_TRUE(status.ok() && !item.failed) << status << failure.message;
    EXPECT_EQ(text, std::to_string(item.index));
    if (!status.ok()) return indexes;
    indexes.insert(item.index);
  }
}

void ExpectEachOnce(const std::multiset<uint64_t>& indexes, int count) {
  EXPECT_EQ(indexes.size(), static_cast<size_t>(count));
  EXPECT_EQ(std::set<uint64_t>(indexes.begin(), indexes.end()).size(), static_cast<size_t>(count));
}

TEST_P(MapLimitsTest, AMapLosesNothingWhenWorkersLeaveAfterEveryJob) {
  PoolOptions options = Options(2);
  options.max_jobs_per_worker = 1;
  const auto pool = MakePool(std::move(options));
  const auto map = SubmitMap(pool.get(), "echo", Numbers(Jobs()), ChunksOf(1));
  EXPECT_EQ(Values(map.get()), Numbers(Jobs()));
  EXPECT_EQ(pool->Stats()->lost, 0u);
  EXPECT_GE(pool->Stats()->restarts, static_cast<uint64_t>(Jobs()) - 2);
}

TEST_P(MapLimitsTest, AMapLosesNothingWhenWorkersLeaveAfterTwoJobs) {
  PoolOptions options = Options(2);
  options.max_jobs_per_worker = 2;
  const auto pool = MakePool(std::move(options));
  for (const uint64_t chunk : {1, 7}) {
    const auto map = SubmitMap(pool.get(), "echo", Numbers(Jobs()), ChunksOf(chunk));
    EXPECT_EQ(Values(map.get()), Numbers(Jobs())) << chunk;
  }
  EXPECT_EQ(pool->Stats()->lost, 0u);
}

TEST_P(MapLimitsTest, AStreamLosesNothingWhenWorkersLeave) {
  for (const uint64_t most : {1, 2}) {
    PoolOptions options = Options(2);
    options.max_jobs_per_worker = most;
    const auto pool = MakePool(std::move(options));
    for (const bool ordered : {true, false}) {
      const uint64_t chunk = ordered ? 3 : 1;
      ExpectEachOnce(RunThrough(pool.get(), ordered, chunk, Jobs() / 4), Jobs() / 4);
    }
    EXPECT_EQ(pool->Stats()->lost, 0u);
  }
}

TEST_P(MapLimitsTest, ALimitThatNobodyReachesChangesNothing) {
  PoolOptions options = Options(2);
  options.time_limit_ns = 300 * kNanosPerSecond;
  options.soft_time_limit_ns = 200 * kNanosPerSecond;
  const auto pool = MakePool(std::move(options));
  const auto map = SubmitMap(pool.get(), "echo", Numbers(10000), ChunksOf(1));
  EXPECT_EQ(Values(map.get()), Numbers(10000));
  ExpectEachOnce(RunThrough(pool.get(), true, 1, 1000), 1000);
  ExpectEachOnce(RunThrough(pool.get(), false, 5, 1000), 1000);
  EXPECT_EQ(pool->Stats()->restarts, 0u);
}

TEST_P(MapLimitsTest, TheHardLimitIsThatOfEachChunk) {
  PoolOptions options = Options(1);
  options.time_limit_ns = 400 * kNanosPerMilli;
  const auto pool = MakePool(std::move(options));
  // Together they take longer than the limit, each chunk less: 12 of 50 ms.
  const std::vector<std::string> naps(12, "50000");
  EXPECT_EQ(Values(SubmitMap(pool.get(), "sleep", naps, ChunksOf(1)).get()), naps);
  const auto map = SubmitMap(pool.get(), "sleep", naps, ChunksOf(12));
  EXPECT_EQ(Values(map.get()), std::vector<std::string>{"failed: TimeLimitExceeded(0.4,)"});
  EXPECT_EQ(Values(SubmitMap(pool.get(), "echo", Numbers(9), ChunksOf(2)).get()), Numbers(9));
}

TEST_P(MapLimitsTest, OnlyTheStreamsItemsOfTheEndedChunkFail) {
  const auto pool = MakePool(Options(1));
  StreamOptions options;
  options.job.time_limit_ns = 200 * kNanosPerMilli;
  const std::unique_ptr<Stream> stream = *pool->OpenStream("sleep", options);
  for (const char* nap : {"1", "60000000", "2"}) EXPECT_TRUE(stream->Put(nap, 0).ok());
  EXPECT_TRUE(stream->End().ok());
  std::vector<Code> codes;
  for (int i = 0; i < 3; ++i) {
    StreamItem item;
    JobFailure failure;
    ASSERT_TRUE(stream
                    ->Next(
                        Deadline::Forever(), nullptr,
                        [](const PayloadView&) { return absl::OkStatus(); }, &item, &failure)
                    .ok());
    codes.push_back(item.failed ? failure.code : Code::kOk);
  }
  EXPECT_EQ(codes, (std::vector<Code>{Code::kOk, Code::kTimeLimit, Code::kOk}));
}

TEST_P(MapLimitsTest, TheSoftLimitFailsAMapWithItsClass) {
  const auto pool = MakePool(Options(1));
  MapOptions options = ChunksOf(1);
  options.job.soft_time_limit_ns = 50 * kNanosPerMilli;
  const auto map = SubmitMap(pool.get(), "sleep-long", {"1"}, options);
  EXPECT_TRUE(map->Wait(Deadline::Forever(), nullptr).ok());
  JobFailure failure;
  EXPECT_FALSE(map->Succeeded(&failure));
  EXPECT_EQ(failure.task.class_name, "SoftTimeLimitExceeded");
}

}  // namespace
}  // namespace billiard::pool
