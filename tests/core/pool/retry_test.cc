// Jobs that are run again when their worker dies.
#include <cstdlib>
#include <string>

#include "tests/core/pool/fixture.h"

namespace billiard::pool {
namespace {

class RetryTest : public BothStarts {
 protected:
  std::unique_ptr<Result> DyingJob(Pool* pool, int times, uint32_t retries) {
    static int count = 0;
    const char* folder = getenv("TEST_TMPDIR");
    const std::string path = std::string(folder == nullptr ? "/tmp" : folder) + "/attempts-" +
                             StartName(GetParam()) + std::to_string(++count);
    JobOptions options;
    options.max_retries = retries;
    return Submit(pool, "die-at-first", path + " " + std::to_string(times), options);
  }
};
BILLIARD_BOTH_STARTS(RetryTest);

TEST_P(RetryTest, AJobIsRunAgainAsOftenAsItMayBe) {
  const auto pool = MakePool(GetParam(), 2);
  EXPECT_EQ(ValueOf(DyingJob(pool.get(), 2, 2).get()), "3");
  EXPECT_EQ(pool->Stats()->lost, 0u);
  EXPECT_EQ(OutcomeOf(DyingJob(pool.get(), 3, 2).get()).code, Code::kWorkerLost);
  EXPECT_EQ(pool->Stats()->lost, 1u);
  EXPECT_EQ(OutcomeOf(DyingJob(pool.get(), 1, 0).get()).code, Code::kWorkerLost);
}

TEST_P(RetryTest, ALimitIsNoReasonToTryAgain) {
  const auto pool = MakePool(GetParam(), 1);
  JobOptions options;
  options.max_retries = 5;
  options.time_limit_ns = 10 * kNanosPerMilli;
  EXPECT_EQ(OutcomeOf(Submit(pool.get(), "loop", "", options).get()).code, Code::kTimeLimit);
  EXPECT_EQ(Apply(pool.get(), "echo", "next"), "next");
}

}  // namespace
}  // namespace billiard::pool
