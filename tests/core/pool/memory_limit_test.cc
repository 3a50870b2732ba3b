// Limits to the memory of workers (POOL-20, POOL-110, GAP-44).
#include <cstring>
#include <string>
#include <vector>

#include "billiard_core/os/memory_use.h"
#include "tests/core/pool/fixture.h"

namespace billiard::pool {
namespace {

constexpr int64_t kMiB = 1024;  // in KiB

class MemoryLimitTest : public BothStarts {
 protected:
  std::unique_ptr<Pool> PoolWith(int64_t limit_kib) {
    PoolOptions options = OptionsFor(GetParam(), 1);
    options.max_memory_per_worker_kib = limit_kib;
    return MakePool(std::move(options));
  }
};
BILLIARD_BOTH_STARTS(MemoryLimitTest);

TEST_P(MemoryLimitTest, AWorkerThatGrewTooMuchIsReplacedAfterItsJob) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "what ThreadSanitizer notes of each byte is memory of the worker too";
#endif
  const auto pool = PoolWith(64 * kMiB);
  const std::string first = Apply(pool.get(), "grow", std::to_string(8 * kMiB));
  EXPECT_EQ(Apply(pool.get(), "pid"), first) << "it is within its limit";
  const auto big = Submit(pool.get(), "grow", std::to_string(100 * kMiB));
  EXPECT_EQ(ValueOf(big.get()), first) << "the job is not lost";
  EXPECT_NE(Apply(pool.get(), "pid"), first);
  EXPECT_EQ(pool->Stats()->lost, 0u);
  EXPECT_EQ(pool->Stats()->restarts, 1u);
}

TEST_P(MemoryLimitTest, AJobThatGrowsOverTwiceTheLimitIsEnded) {
  const auto pool = PoolWith(32 * kMiB);
  const auto result = Submit(pool.get(), "grow-and-stay", std::to_string(160 * kMiB));
  const Outcome outcome = OutcomeOf(result.get());
  EXPECT_EQ(outcome.code, Code::kMemoryLimit) << outcome.failure.message;
  EXPECT_NE(outcome.failure.pid, 0);
  EXPECT_EQ(Apply(pool.get(), "echo", "next"), "next");
  EXPECT_EQ(pool->Stats()->over_memory, 1u);
}

TEST_P(MemoryLimitTest, WhatTheHostHasDoesNotCount) {
  std::vector<char> big(size_t{150} << 20);
  memset(big.data(), 1, big.size());
  const auto pool = PoolWith(64 * kMiB);
  const std::string first = Apply(pool.get(), "pid");
  EXPECT_EQ(Apply(pool.get(), "bytes", "1000000").size(), 1000000u);
  EXPECT_EQ(Apply(pool.get(), "pid"), first);
  EXPECT_EQ(big[12345], 1);
}

TEST(AnonymousMemoryTest, CountsWhatIsTouchedAndKnowsNobodyElse) {
  const int64_t before = os::AnonymousMemoryKib(0);
  ASSERT_GT(before, 0);
  std::vector<char> big(size_t{64} << 20);
  memset(big.data(), 1, big.size());
  EXPECT_GE(os::AnonymousMemoryKib(0) - before, 60 * kMiB);
  EXPECT_EQ(os::AnonymousMemoryKib(0x7ffffff0), -1);
}

}  // namespace
}  // namespace billiard::pool
