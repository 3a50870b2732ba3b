// Time limits through the C interface (POOL-4, POOL-43, POOL-44, POOL-124).
#include <unistd.h>

#include <string>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/support/watchdog.h"

namespace billiard {
namespace {

constexpr int64_t kMilli = 1000 * 1000;

int SleepTask(bp_job* job, void*) {
  const bp_view millis = bp_job_payload(job);
  usleep(static_cast<useconds_t>(
      1000 * std::stoi(std::string(static_cast<const char*>(millis.data), millis.size))));
  return bp_job_reply(job, "slept", 5, BP_FORMAT_RAW, nullptr) == BP_OK ? 0 : 1;
}

class TimeLimitTest : public ::testing::Test {
 protected:
  TimeLimitTest() {
    bp_pool_options_init(&pool_options_, sizeof pool_options_);
    pool_options_.workers = 1;
    bp_job_options_init(&job_options_, sizeof job_options_);
    EXPECT_EQ(bp_task_register("sleep", SleepTask, nullptr, nullptr), BP_OK);
  }
  ~TimeLimitTest() override {
    bp_pool_release(pool_);
    bp_error_release(error_);
  }

  bp_status Sleep(const std::string& millis) {
    if (pool_ == nullptr) {
      EXPECT_EQ(bp_pool_create(&pool_options_, &pool_, nullptr), BP_OK);
    }
    bp_error_release(error_);
    bp_buffer value = {};
    const bp_status status = bp_apply(pool_, "sleep", millis.data(), millis.size(), &job_options_,
                                      BP_FOREVER, nullptr, &value, &error_);
    bp_buffer_free(&value);
    return status;
  }

  testing::Watchdog watchdog_{60};
  bp_pool_options pool_options_;
  bp_job_options job_options_;
  bp_pool* pool_ = nullptr;
  bp_error* error_ = nullptr;
};

TEST_F(TimeLimitTest, OfOneJobInAPoolWithoutLimits) {
  job_options_.time_limit_ns = 30 * kMilli;
  EXPECT_EQ(Sleep("20000"), BP_TIME_LIMIT);
  EXPECT_STREQ(bp_error_message(error_), "TimeLimitExceeded(0.03,)");
  EXPECT_GT(bp_error_pid(error_), 0);
  EXPECT_NE(bp_error_job(error_), BP_NO_JOB);
  job_options_.time_limit_ns = 0;
  EXPECT_EQ(Sleep("60"), BP_OK);
}

TEST_F(TimeLimitTest, OfAPoolAndAJobThatIsFreeOfIt) {
  pool_options_.time_limit_ns = 30 * kMilli;
  pool_options_.terminate_grace_ns = kMilli;
  EXPECT_EQ(Sleep("20000"), BP_TIME_LIMIT);
  job_options_.time_limit_ns = -1;
  EXPECT_EQ(Sleep("60"), BP_OK);
}

TEST_F(TimeLimitTest, NoneAtAllMayBeSaidExplicitly) {
  pool_options_.time_limit_ns = -1;
  EXPECT_EQ(Sleep("60"), BP_OK);
}

}  // namespace
}  // namespace billiard
