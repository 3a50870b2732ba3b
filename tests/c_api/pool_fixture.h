// A pool of two workers, forks of the test program, through the C interface.
#ifndef BILLIARD_TESTS_C_API_POOL_FIXTURE_H_
#define BILLIARD_TESTS_C_API_POOL_FIXTURE_H_

#include <string>

#include "billiard/bp.h"
#include "gtest/gtest.h"

namespace billiard {

// The pool is made at its first use, so that a test may register more tasks before.
// Task "double": returns its bytes twice.
class PoolFixture : public testing::Test {
 protected:
  ~PoolFixture() override { bp_pool_release(pool_); }

  bp_pool* pool() {
    if (pool_ == nullptr) Create();
    return pool_;
  }

  bp_result* Submit(const char* task, const std::string& bytes) {
    bp_result* result = nullptr;
    bp_error* error = nullptr;
    EXPECT_EQ(bp_apply_async(pool(), task, bytes.data(), bytes.size(), nullptr, &result, &error),
              BP_OK)
        << bp_error_message(error);
    bp_error_release(error);
    return result;
  }

  std::string Double(const std::string& bytes) {
    bp_result* result = Submit("double", bytes);
    bp_view view = {};
    bp_error* error = nullptr;
    EXPECT_EQ(bp_result_get(result, BP_FOREVER, nullptr, &view, &error), BP_OK)
        << bp_error_message(error);
    bp_error_release(error);
    std::string value(static_cast<const char*>(view.data), view.size);
    bp_result_release(result);
    return value;
  }

 private:
  static int DoubleTask(bp_job* job, void*) {
    bp_view payload = bp_job_payload(job);
    const std::string once(static_cast<const char*>(payload.data), payload.size);
    const std::string twice = once + once;
    return bp_job_reply(job, twice.data(), twice.size(), BP_FORMAT_RAW, nullptr) == BP_OK ? 0 : 1;
  }

  void Create() {
    bp_error* error = nullptr;
    ASSERT_EQ(bp_task_register("double", DoubleTask, nullptr, &error), BP_OK)
        << bp_error_message(error);
    bp_pool_options options;
    bp_pool_options_init(&options, sizeof options);
    options.workers = 2;
    ASSERT_EQ(bp_pool_create(&options, &pool_, &error), BP_OK) << bp_error_message(error);
  }

  bp_pool* pool_ = nullptr;
};

}  // namespace billiard

#endif  // BILLIARD_TESTS_C_API_POOL_FIXTURE_H_
