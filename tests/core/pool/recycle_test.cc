// Workers that make room for fresh ones after so many jobs (POOL-3, G-POOL-12).
#include <poll.h>

#include <set>
#include <string>

#include "billiard_core/pool/worker.h"
#include "tests/core/pool/fixture.h"

namespace billiard::pool {
namespace {

class RecycleTest : public BothStarts {
 protected:
  std::unique_ptr<Pool> PoolWith(int workers, uint64_t max_jobs) {
    PoolOptions options = OptionsFor(GetParam(), workers);
    options.max_jobs_per_worker = max_jobs;
    options.events = kWorkerEvents;
    options.max_restarts = 1;  // recycling is no failure that counts
    return MakePool(std::move(options));
  }
  // Exit statuses of the workers that have ended since, at least `count`.
  std::vector<int32_t> Exits(Pool* pool, size_t count) {
    std::vector<int32_t> exits;
    while (exits.size() < count) {
      pollfd entry = {pool->events_fd(), POLLIN, 0};
      poll(&entry, 1, -1);
      PoolEvent event;
      while (*pool->ReadEvents(&event, 1) == 1) {
        if (event.kind == EventKind::kWorkerDown) exits.push_back(event.exit_status);
      }
    }
    return exits;
  }
};
BILLIARD_BOTH_STARTS(RecycleTest);

TEST_P(RecycleTest, AWorkerLeavesAfterItsLastJob) {
  const auto pool = PoolWith(1, 3);
  std::vector<std::string> pids;
  for (int i = 0; i < 9; ++i) pids.push_back(Apply(pool.get(), "pid"));
  for (size_t i = 0; i < 9; i += 3) {
    EXPECT_EQ(pids[i], pids[i + 1]);
    EXPECT_EQ(pids[i], pids[i + 2]);
    if (i > 0) {
      EXPECT_NE(pids[i], pids[i - 1]);
    }
  }
  for (const int32_t status : Exits(pool.get(), 3)) EXPECT_EQ(status, kExitRecycled);
}

TEST_P(RecycleTest, NothingIsLostWhenEveryJobHasAWorkerOfItsOwn) {
  const int jobs = GetParam() == Start::kFork ? 200 : 40;
  const auto pool = PoolWith(2, 1);
  std::vector<std::unique_ptr<Result>> results;
  for (int i = 0; i < jobs; ++i) {
    results.push_back(Submit(pool.get(), i % 2 == 0 ? "echo" : "fail", std::to_string(i)));
  }
  for (int i = 0; i < jobs; ++i) {
    const Outcome outcome = OutcomeOf(results[static_cast<size_t>(i)].get());
    if (i % 2 == 0) {
      EXPECT_EQ(outcome.value, std::to_string(i));
    } else {
      EXPECT_EQ(outcome.code, Code::kTaskFailed) << outcome.failure.message;
    }
  }
  for (const int32_t status : Exits(pool.get(), static_cast<size_t>(jobs))) {
    EXPECT_EQ(status, kExitRecycled);
  }
  EXPECT_EQ(pool->Stats()->lost, 0u);
}

TEST_P(RecycleTest, AnOrdinaryEndIsZero) {
  const auto pool = PoolWith(1, 3);
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
  EXPECT_TRUE(pool->Close().ok());
  EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
  EXPECT_EQ(Exits(pool.get(), 1), std::vector<int32_t>{kExitNormal});
}

}  // namespace
}  // namespace billiard::pool
