// NULL where a handle belongs: refused with a readable error, or ignored, and never a crash.
#include <cstring>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/invalid_argument.h"

namespace billiard {
namespace {

constexpr int64_t kForever = BP_FOREVER;

TEST(NullHandlesTest, PoolFunctionsNameThePool) {
  bp_result* result = nullptr;
  bp_buffer buffer;
  bp_pool_stats stats = {};
  stats.size = sizeof stats;
  bp_worker_info worker;
  uint64_t id = 0;
  size_t count = 0;
  ExpectInvalid([&](bp_error** e) { return bp_pool_wait_ready(nullptr, 0, nullptr, e); }, "pool");
  ExpectInvalid(
      [&](bp_error** e) { return bp_apply_async(nullptr, "task", "", 0, nullptr, &result, e); },
      "pool");
  ExpectInvalid(
      [&](bp_error** e) {
        return bp_apply(nullptr, "task", "", 0, nullptr, kForever, nullptr, &buffer, e);
      },
      "pool");
  ExpectInvalid([&](bp_error** e) { return bp_pool_close(nullptr, e); }, "pool");
  ExpectInvalid([&](bp_error** e) { return bp_pool_terminate(nullptr, e); }, "pool");
  ExpectInvalid([&](bp_error** e) { return bp_pool_join(nullptr, kForever, nullptr, e); }, "pool");
  ExpectInvalid([&](bp_error** e) { return bp_pool_drain(nullptr, &id, 1, &count, e); }, "pool");
  ExpectInvalid([&](bp_error** e) { return bp_pool_get_stats(nullptr, &stats, e); }, "pool");
  ExpectInvalid(
      [&](bp_error** e) {
        return bp_pool_get_workers(nullptr, &worker, 1, sizeof worker, &count, e);
      },
      "pool");
  EXPECT_EQ(bp_pool_fd(nullptr), -1);
  bp_pool_release(nullptr);
}

TEST(NullHandlesTest, ResultFunctionsNameTheResult) {
  bp_view view;
  ExpectInvalid([&](bp_error** e) { return bp_result_wait(nullptr, 0, nullptr, e); }, "result");
  ExpectInvalid([&](bp_error** e) { return bp_result_get(nullptr, 0, nullptr, &view, e); },
                "result");
  EXPECT_EQ(bp_result_job(nullptr), BP_NO_JOB);
  EXPECT_EQ(bp_result_ready(nullptr), 0);
  EXPECT_EQ(bp_result_pid(nullptr), 0);
  bp_result_release(nullptr);
}

TEST(NullHandlesTest, QueueFunctionsNameTheQueue) {
  bp_buffer buffer;
  ExpectInvalid(
      [&](bp_error** e) { return bp_queue_put(nullptr, "x", 1, BP_FORMAT_RAW, 0, nullptr, e); },
      "queue");
  ExpectInvalid([&](bp_error** e) { return bp_queue_get(nullptr, 0, nullptr, &buffer, e); },
                "queue");
  ExpectInvalid([&](bp_error** e) { return bp_queue_wait_get(nullptr, 0, nullptr, e); }, "queue");
  ExpectInvalid([&](bp_error** e) { return bp_queue_wait_put(nullptr, 0, nullptr, e); }, "queue");
  ExpectInvalid([&](bp_error** e) { return bp_queue_close_all(nullptr, e); }, "queue");
  size_t count = 0;
  void* data = nullptr;
  int fd = 0;
  bp_message* message = nullptr;
  bp_reservation* reservation = nullptr;
  ExpectInvalid(
      [&](bp_error** e) { return bp_queue_put_batch(nullptr, nullptr, 0, 0, nullptr, &count, e); },
      "queue");
  ExpectInvalid(
      [&](bp_error** e) { return bp_queue_get_batch(nullptr, 0, nullptr, &buffer, 1, &count, e); },
      "queue");
  ExpectInvalid([&](bp_error** e) { return bp_queue_reserve(nullptr, 1, &reservation, &data, e); },
                "queue");
  ExpectInvalid([&](bp_error** e) { return bp_queue_take(nullptr, 0, nullptr, &message, e); },
                "queue");
  ExpectInvalid([&](bp_error** e) { return bp_queue_task_done(nullptr, e); }, "queue");
  ExpectInvalid([&](bp_error** e) { return bp_queue_join(nullptr, 0, nullptr, e); }, "queue");
  ExpectInvalid([&](bp_error** e) { return bp_queue_fd(nullptr, &fd, e); }, "queue");
  EXPECT_EQ(fd, -1);
  EXPECT_EQ(bp_queue_unfinished(nullptr), 0u);
  EXPECT_EQ(bp_queue_held_by_dead(nullptr), 0u);
  EXPECT_EQ(bp_queue_delivery(nullptr), 0u);
  EXPECT_EQ(bp_queue_joinable(nullptr), 0);
  bp_queue_close_fd(nullptr);
  EXPECT_EQ(bp_queue_size(nullptr), 0u);
  EXPECT_EQ(bp_queue_capacity(nullptr), 0u);
  EXPECT_EQ(bp_queue_lost(nullptr), 0u);
  bp_queue_close(nullptr);
  bp_queue_release(nullptr);
}

TEST(NullHandlesTest, MessageAndReservation) {
  ExpectInvalid([](bp_error** e) { return bp_message_ack(nullptr, e); }, "message");
  ExpectInvalid([](bp_error** e) { return bp_message_return(nullptr, e); }, "message");
  EXPECT_EQ(bp_message_payload(nullptr).size, 0u);
  EXPECT_NE(bp_message_payload(nullptr).data, nullptr);
  EXPECT_EQ(bp_message_redelivered(nullptr), 0u);
  bp_message_release(nullptr);
  ExpectInvalid(
      [](bp_error** e) { return bp_queue_commit(nullptr, 0, BP_FORMAT_RAW, 0, nullptr, e); },
      "reservation");
  EXPECT_EQ(bp_reservation_data(nullptr), nullptr);
  bp_reservation_release(nullptr);
}

TEST(NullHandlesTest, WorkerFunctionsNameTheWorker) {
  const char* const names[] = {"task"};
  bp_job* job = nullptr;
  ExpectInvalid([&](bp_error** e) { return bp_worker_ready(nullptr, names, 1, e); }, "worker");
  ExpectInvalid([&](bp_error** e) { return bp_worker_failed(nullptr, "text", e); }, "worker");
  ExpectInvalid([&](bp_error** e) { return bp_worker_next(nullptr, 0, nullptr, &job, e); },
                "worker");
  ExpectInvalid([&](bp_error** e) { return bp_worker_wait(nullptr, 0, nullptr, e); }, "worker");
  ExpectInvalid([&](bp_error** e) { return bp_worker_run(nullptr, nullptr, e); }, "worker");
  EXPECT_EQ(bp_worker_index(nullptr), -1);
  bp_worker_release(nullptr);
}

TEST(NullHandlesTest, JobFunctionsNameTheJob) {
  bp_failure failure = {};
  failure.size = sizeof failure;
  ExpectInvalid([&](bp_error** e) { return bp_job_reply(nullptr, "", 0, BP_FORMAT_RAW, e); },
                "job");
  ExpectInvalid([&](bp_error** e) { return bp_job_fail(nullptr, &failure, e); }, "job");
  EXPECT_EQ(bp_job_id(nullptr), BP_NO_JOB);
}

TEST(NullHandlesTest, ErrorsThatAreNullReadAsNoError) {
  EXPECT_EQ(bp_error_status(nullptr), BP_OK);
  EXPECT_STREQ(bp_error_message(nullptr), "");
  EXPECT_STREQ(bp_error_class(nullptr), "");
  EXPECT_STREQ(bp_error_backtrace(nullptr), "");
  EXPECT_EQ(bp_error_errno(nullptr), 0);
  EXPECT_EQ(bp_error_job(nullptr), BP_NO_JOB);
  EXPECT_EQ(bp_error_pid(nullptr), 0);
  EXPECT_EQ(bp_error_exit_status(nullptr), BP_EXIT_UNKNOWN);
  bp_error_release(nullptr);
}

TEST(NullHandlesTest, InterruptsAndBuffersThatAreNullAreIgnored) {
  ExpectInvalid([&](bp_error** e) { return bp_interrupt_create(nullptr, e); }, "out");
  bp_interrupt_raise(nullptr);
  bp_interrupt_reset(nullptr);
  EXPECT_EQ(bp_interrupt_is_raised(nullptr), 0);
  bp_interrupt_release(nullptr);
  bp_buffer_free(nullptr);
}

}  // namespace
}  // namespace billiard
