// Workers through the C interface: a lock that one holds when it is ended, results that are prepared, what
// tasks of C++ throw, and the texts of results.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>

#include "billiard/bp.h"
#include "gtest/gtest.h"

namespace billiard {
namespace {

struct Held {
  bp_lock* lock;
  bp_event* held;
};
Held held = {nullptr, nullptr};

int HoldLock(bp_job*, void*) {
  if (bp_lock_acquire(held.lock, BP_FOREVER, nullptr, nullptr) != BP_OK) return 1;
  if (bp_event_set(held.held, nullptr) != BP_OK) return 2;
  while (true) pause();
}

int Give(bp_job* job, void*) {
  const bp_view bytes = bp_job_payload(job);
  return bp_job_reply(job, bytes.data, bytes.size, BP_FORMAT_RAW, nullptr) == BP_OK ? 0 : 1;
}

int Throw(bp_job*, void*) { throw std::out_of_range("too far"); }

class WorkerExitTest : public ::testing::Test {
 protected:
  void SetUp() override {
    bp_pool_options_init(&options_, sizeof options_);
    options_.workers = 1;
    bp_task_register("hold lock", HoldLock, nullptr, nullptr);
    bp_task_register("give", Give, nullptr, nullptr);
    bp_task_register("throw", Throw, nullptr, nullptr);
  }
  void TearDown() override { bp_pool_release(pool_); }

  void Create() {
    bp_error* error = nullptr;
    ASSERT_EQ(bp_pool_create(&options_, &pool_, &error), BP_OK) << bp_error_message(error);
  }
  bp_result* Submit(const char* task, const std::string& bytes = "") {
    bp_result* result = nullptr;
    EXPECT_EQ(bp_apply_async(pool_, task, bytes.data(), bytes.size(), nullptr, &result, nullptr),
              BP_OK);
    return result;
  }
  // The value, or "<class name>: <message>" of the failure.
  std::string Apply(const char* task, const std::string& bytes = "") {
    bp_result* const result = Submit(task, bytes);
    bp_view view = {};
    bp_error* error = nullptr;
    std::string text;
    if (bp_result_get(result, BP_FOREVER, nullptr, &view, &error) == BP_OK) {
      text.assign(static_cast<const char*>(view.data), view.size);
    } else {
      text = std::string(bp_error_class(error)) + ": " + bp_error_message(error);
    }
    bp_error_release(error);
    bp_result_release(result);
    return text;
  }

  bp_pool_options options_;
  bp_pool* pool_ = nullptr;
};

// POOL-99: what a worker that is terminated holds goes to the next at once, with the news of it.
TEST_F(WorkerExitTest, ALockOfATerminatedWorkerGoesToTheNext) {
  ASSERT_EQ(bp_lock_create(nullptr, &held.lock, nullptr), BP_OK);
  ASSERT_EQ(bp_event_create(nullptr, &held.held, nullptr), BP_OK);
  Create();
  bp_result* const result = Submit("hold lock");
  ASSERT_EQ(bp_event_wait(held.held, BP_FOREVER, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_lock_acquire(held.lock, 0, nullptr, nullptr), BP_TIMEOUT);
  EXPECT_EQ(bp_pool_terminate_job(pool_, bp_result_pid(result), SIGTERM, BP_NO_JOB, nullptr),
            BP_OK);
  EXPECT_EQ(bp_lock_acquire(held.lock, BP_FOREVER, nullptr, nullptr), BP_OWNER_DIED);
  EXPECT_EQ(bp_lock_unlock(held.lock, nullptr), BP_OK);
  bp_result_release(result);
  EXPECT_EQ(Apply("give", "next"), "next");
  bp_lock_release(held.lock);
  bp_event_release(held.held);
}

int32_t Prepare(void* context, bp_job* job, bp_view* value, char* text, size_t capacity) {
  if (value->size == 0) {
    snprintf(text, capacity, "%s gave nothing", bp_job_task(job));
    return 1;
  }
  auto* const kept = static_cast<std::string*>(context);
  *kept = "<" + std::string(static_cast<const char*>(value->data), value->size) + ">";
  value->data = kept->data();
  value->size = kept->size();
  return 0;
}

// POOL-95
TEST_F(WorkerExitTest, ResultsArePrepared) {
  std::string kept;
  bp_worker_hooks hooks;
  bp_worker_hooks_init(&hooks, sizeof hooks);
  hooks.context = &kept;
  hooks.prepare_result = Prepare;
  options_.hooks = &hooks;
  Create();
  EXPECT_EQ(Apply("give", "x"), "<x>");
  EXPECT_EQ(Apply("give", ""), "PrepareResult: give gave nothing");
  EXPECT_EQ(Apply("give", "y"), "<y>");
}

TEST_F(WorkerExitTest, WhatATaskThrowsFailsItsJob) {
  Create();
  EXPECT_EQ(Apply("throw"), "std::out_of_range: too far");
  EXPECT_EQ(Apply("give", "next"), "next");
}

// POOL-72
TEST_F(WorkerExitTest, AResultDescribesItself) {
  Create();
  bp_result* const result = Submit("give", "x");
  ASSERT_EQ(bp_result_wait(result, BP_FOREVER, nullptr, nullptr), BP_OK);
  const std::string expected =
      "<ApplyResult: " + std::to_string(bp_result_job(result)) + " ack:True ready:True>";
  char text[80];
  EXPECT_EQ(bp_result_describe(result, text, sizeof text), expected.size());
  EXPECT_EQ(text, expected);
  EXPECT_EQ(bp_result_describe(result, text, 6), expected.size());
  EXPECT_STREQ(text, "<Appl");
  EXPECT_EQ(bp_result_describe(nullptr, text, sizeof text), 0u);
  EXPECT_STREQ(text, "");
  bp_pool_terminate(pool_, nullptr);
  bp_pool_join(pool_, BP_FOREVER, nullptr, nullptr);
  bp_result_release(result);
}

TEST_F(WorkerExitTest, AQueuedResultIsNeitherAcceptedNorReady) {
  options_.workers = 1;
  ASSERT_EQ(bp_lock_create(nullptr, &held.lock, nullptr), BP_OK);
  ASSERT_EQ(bp_event_create(nullptr, &held.held, nullptr), BP_OK);
  Create();
  bp_result* const first = Submit("hold lock");
  ASSERT_EQ(bp_event_wait(held.held, BP_FOREVER, nullptr, nullptr), BP_OK);
  bp_result* const second = Submit("give", "x");
  char text[80];
  bp_result_describe(first, text, sizeof text);
  EXPECT_NE(strstr(text, "ack:True ready:False"), nullptr) << text;
  bp_result_describe(second, text, sizeof text);
  EXPECT_NE(strstr(text, "ack:False ready:False"), nullptr) << text;
  bp_result_release(first);
  bp_result_release(second);
  bp_pool_release(pool_);
  pool_ = nullptr;
  bp_lock_release(held.lock);
  bp_event_release(held.held);
}

TEST_F(WorkerExitTest, NewOptionsAreChecked) {
  const std::string long_name(64, 'x');
  options_.name = long_name.c_str();
  EXPECT_EQ(bp_pool_create(&options_, &pool_, nullptr), BP_INVALID);
  options_.name = "pool of a test";
  options_.lost_worker_timeout_ns = -1;
  EXPECT_EQ(bp_pool_create(&options_, &pool_, nullptr), BP_INVALID);
  options_.lost_worker_timeout_ns = 1'000'000;
  Create();
  EXPECT_EQ(Apply("give", "x"), "x");
  EXPECT_STREQ(bp_worker_name(nullptr), "");
}

}  // namespace
}  // namespace billiard
