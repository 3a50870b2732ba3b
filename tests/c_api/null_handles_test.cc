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
  bp_pool_event event;
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
  ExpectInvalid(
      [&](bp_error** e) {
        return bp_pool_read_events(nullptr, &event, 1, sizeof event, &count, e);
      },
      "pool");
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

TEST(NullHandlesTest, SegmentAndMemoryFunctionsNameThem) {
  bp_segment_stats stats = {};
  ExpectInvalid([&](bp_error** e) { return bp_segment_get_stats(nullptr, &stats, e); }, "segment");
  ExpectInvalid([&](bp_error** e) { return bp_segment_sweep(nullptr, e); }, "segment");
  ExpectInvalid([&](bp_error** e) { return bp_segment_create(nullptr, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_segment_default(nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_segment_attach_fd(0, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_memory_create(1, nullptr, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_memory_attach(nullptr, 1, nullptr, e); }, "out");
  EXPECT_EQ(bp_segment_fd(nullptr), -1);
  EXPECT_EQ(bp_memory_id(nullptr), 0u);
  EXPECT_EQ(bp_memory_data(nullptr), nullptr);
  EXPECT_EQ(bp_memory_size(nullptr), 0u);
  bp_segment_release(nullptr);
  bp_memory_release(nullptr);
}

TEST(NullHandlesTest, LockFunctionsNameTheLock) {
  char text[8];
  ExpectInvalid([&](bp_error** e) { return bp_lock_create(nullptr, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_lock_attach(nullptr, 1, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_lock_acquire(nullptr, 0, nullptr, e); }, "lock");
  ExpectInvalid([&](bp_error** e) { return bp_lock_wait(nullptr, 0, nullptr, e); }, "lock");
  ExpectInvalid([&](bp_error** e) { return bp_lock_unlock(nullptr, e); }, "lock");
  EXPECT_EQ(bp_lock_id(nullptr), 0u);
  EXPECT_EQ(bp_lock_fifo(nullptr), 0);
  EXPECT_EQ(bp_lock_holder(nullptr, nullptr), BP_HELD_BY_NOBODY);
  EXPECT_EQ(bp_lock_describe(nullptr, nullptr, text, sizeof text), 0u);
  EXPECT_STREQ(text, "");
  bp_lock_release(nullptr);
}

TEST(NullHandlesTest, RLockFunctionsNameTheRLock) {
  ExpectInvalid([&](bp_error** e) { return bp_rlock_create(nullptr, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_rlock_attach(nullptr, 1, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_rlock_acquire(nullptr, 0, 0, nullptr, e); }, "rlock");
  ExpectInvalid([&](bp_error** e) { return bp_rlock_wait(nullptr, 0, 0, nullptr, e); }, "rlock");
  ExpectInvalid([&](bp_error** e) { return bp_rlock_unlock(nullptr, 0, e); }, "rlock");
  EXPECT_EQ(bp_rlock_id(nullptr), 0u);
  EXPECT_EQ(bp_rlock_count(nullptr), 0u);
  EXPECT_EQ(bp_rlock_holder(nullptr, 0, nullptr), BP_HELD_BY_NOBODY);
  EXPECT_EQ(bp_rlock_describe(nullptr, 0, nullptr, nullptr, 0), 0u);
  bp_rlock_release(nullptr);
}

TEST(NullHandlesTest, SemaphoreAndEventFunctionsNameThem) {
  ExpectInvalid([&](bp_error** e) { return bp_semaphore_create(1, nullptr, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_bounded_semaphore_create(1, nullptr, nullptr, e); },
                "out");
  ExpectInvalid([&](bp_error** e) { return bp_semaphore_attach(nullptr, 1, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_semaphore_acquire(nullptr, 0, nullptr, e); },
                "semaphore");
  ExpectInvalid([&](bp_error** e) { return bp_semaphore_wait(nullptr, 0, nullptr, e); },
                "semaphore");
  ExpectInvalid([&](bp_error** e) { return bp_semaphore_post(nullptr, 1, e); }, "semaphore");
  EXPECT_EQ(bp_semaphore_id(nullptr), 0u);
  EXPECT_EQ(bp_semaphore_value(nullptr), 0);
  EXPECT_EQ(bp_semaphore_bound(nullptr), 0);
  EXPECT_EQ(bp_semaphore_returned(nullptr), 0u);
  EXPECT_EQ(bp_semaphore_describe(nullptr, nullptr, 0), 0u);
  bp_semaphore_release(nullptr);
  ExpectInvalid([&](bp_error** e) { return bp_event_create(nullptr, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_event_attach(nullptr, 1, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_event_set(nullptr, e); }, "event");
  ExpectInvalid([&](bp_error** e) { return bp_event_clear(nullptr, e); }, "event");
  ExpectInvalid([&](bp_error** e) { return bp_event_wait(nullptr, 0, nullptr, e); }, "event");
  ExpectInvalid([&](bp_error** e) { return bp_event_wait_since(nullptr, 0, 0, nullptr, e); },
                "event");
  EXPECT_EQ(bp_event_id(nullptr), 0u);
  EXPECT_EQ(bp_event_is_set(nullptr), 0);
  EXPECT_EQ(bp_event_times_set(nullptr), 0u);
  bp_event_release(nullptr);
}

TEST(NullHandlesTest, ConditionFunctionsNameTheCondition) {
  bp_waiter* waiter = nullptr;
  const auto yes = [](void*) { return 1; };
  ExpectInvalid([&](bp_error** e) { return bp_condition_create(nullptr, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_condition_attach(nullptr, 1, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_condition_acquire(nullptr, 0, 0, nullptr, e); },
                "condition");
  ExpectInvalid([&](bp_error** e) { return bp_condition_wait_lock(nullptr, 0, 0, nullptr, e); },
                "condition");
  ExpectInvalid([&](bp_error** e) { return bp_condition_unlock(nullptr, 0, e); }, "condition");
  ExpectInvalid([&](bp_error** e) { return bp_condition_wait(nullptr, 0, 0, nullptr, nullptr, e); },
                "condition");
  ExpectInvalid(
      [&](bp_error** e) {
        return bp_condition_wait_for(nullptr, 0, yes, nullptr, 0, nullptr, nullptr, e);
      },
      "condition");
  ExpectInvalid([&](bp_error** e) { return bp_condition_notify(nullptr, 0, 1, e); }, "condition");
  ExpectInvalid([&](bp_error** e) { return bp_condition_notify_all(nullptr, 0, e); }, "condition");
  ExpectInvalid([&](bp_error** e) { return bp_condition_begin_wait(nullptr, 0, &waiter, e); },
                "condition");
  ExpectInvalid([&](bp_error** e) { return bp_condition_get_lock(nullptr, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_condition_get_rlock(nullptr, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_waiter_wait(nullptr, 0, nullptr, e); }, "waiter");
  ExpectInvalid([&](bp_error** e) { return bp_waiter_wait_lock(nullptr, 0, nullptr, e); },
                "waiter");
  ExpectInvalid([&](bp_error** e) { return bp_waiter_end(nullptr, 0, nullptr, nullptr, e); },
                "waiter");
  EXPECT_EQ(bp_condition_id(nullptr), 0u);
  EXPECT_EQ(bp_condition_waiters(nullptr), 0u);
  EXPECT_EQ(bp_condition_describe(nullptr, 0, nullptr, nullptr, 0), 0u);
  bp_waiter_release(nullptr);
  bp_condition_release(nullptr);
}

TEST(NullHandlesTest, BarrierFunctionsNameTheBarrier) {
  bp_arrival* arrival = nullptr;
  ExpectInvalid([&](bp_error** e) { return bp_barrier_create(1, 0, nullptr, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_barrier_attach(nullptr, 1, nullptr, e); }, "out");
  ExpectInvalid(
      [&](bp_error** e) {
        return bp_barrier_wait(nullptr, nullptr, nullptr, 0, nullptr, nullptr, e);
      },
      "barrier");
  ExpectInvalid([&](bp_error** e) { return bp_barrier_abort(nullptr, e); }, "barrier");
  ExpectInvalid([&](bp_error** e) { return bp_barrier_reset(nullptr, e); }, "barrier");
  ExpectInvalid([&](bp_error** e) { return bp_barrier_arrive(nullptr, 0, nullptr, &arrival, e); },
                "barrier");
  ExpectInvalid([&](bp_error** e) { return bp_arrival_wait(nullptr, 0, nullptr, e); }, "arrival");
  ExpectInvalid([&](bp_error** e) { return bp_arrival_open(nullptr, e); }, "arrival");
  ExpectInvalid([&](bp_error** e) { return bp_arrival_give_up(nullptr, e); }, "arrival");
  EXPECT_EQ(bp_barrier_id(nullptr), 0u);
  EXPECT_EQ(bp_barrier_parties(nullptr), 0u);
  EXPECT_EQ(bp_barrier_waiting(nullptr), 0u);
  EXPECT_EQ(bp_barrier_broken(nullptr), 0);
  EXPECT_EQ(bp_barrier_default_timeout(nullptr), BP_FOREVER);
  EXPECT_EQ(bp_arrival_index(nullptr), 0u);
  EXPECT_EQ(bp_arrival_is_last(nullptr), 0);
  bp_arrival_release(nullptr);
  bp_barrier_release(nullptr);
}

// The calls that values and arrays have in common, with and without an index.
#define EXPECT_TYPED_CALLS_NAME_THEIR_HANDLE(x, ...)                                               \
  do {                                                                                             \
    int64_t number = 0;                                                                            \
    uint64_t natural = 0;                                                                          \
    double real = 0;                                                                               \
    const auto refuses = [](auto call) { ExpectInvalid(call, #x); };                               \
    refuses([&](bp_error** e) { return bp_##x##_get_int(nullptr, __VA_ARGS__ 0, &number, e); });   \
    refuses([&](bp_error** e) { return bp_##x##_get_uint(nullptr, __VA_ARGS__ 0, &natural, e); }); \
    refuses([&](bp_error** e) { return bp_##x##_get_double(nullptr, __VA_ARGS__ 0, &real, e); });  \
    refuses([&](bp_error** e) { return bp_##x##_set_int(nullptr, __VA_ARGS__ 0, 1, e); });         \
    refuses([&](bp_error** e) { return bp_##x##_set_uint(nullptr, __VA_ARGS__ 0, 1, e); });        \
    refuses([&](bp_error** e) { return bp_##x##_set_double(nullptr, __VA_ARGS__ 0, 1, e); });      \
    refuses(                                                                                       \
        [&](bp_error** e) { return bp_##x##_fetch_add(nullptr, __VA_ARGS__ 0, 1, nullptr, e); });  \
    refuses(                                                                                       \
        [&](bp_error** e) { return bp_##x##_exchange(nullptr, __VA_ARGS__ 0, 1, nullptr, e); });   \
    refuses([&](bp_error** e) {                                                                    \
      return bp_##x##_compare_exchange(nullptr, __VA_ARGS__ 0, 1, 2, nullptr, e);                  \
    });                                                                                            \
    refuses(                                                                                       \
        [&](bp_error** e) { return bp_##x##_wait(nullptr, __VA_ARGS__ 0, 1, 0, nullptr, e); });    \
    refuses([&](bp_error** e) { return bp_##x##_wake(nullptr, __VA_ARGS__ 0, 1, e); });            \
    refuses([&](bp_error** e) { return bp_##x##_acquire(nullptr, 0, 0, nullptr, e); });            \
    refuses([&](bp_error** e) { return bp_##x##_wait_lock(nullptr, 0, 0, nullptr, e); });          \
    refuses([&](bp_error** e) { return bp_##x##_unlock(nullptr, 0, e); });                         \
    bp_rlock* rlock = nullptr;                                                                     \
    bp_lock* lock = nullptr;                                                                       \
    bp_##x* made = nullptr;                                                                        \
    refuses([&](bp_error** e) { return bp_##x##_get_rlock(nullptr, &rlock, e); });                 \
    refuses([&](bp_error** e) { return bp_##x##_get_lock(nullptr, &lock, e); });                   \
    refuses([&](bp_error** e) { return bp_##x##_copy(nullptr, nullptr, &made, e); });              \
    refuses([&](bp_error** e) { return bp_##x##_synchronize(nullptr, nullptr, &made, e); });       \
    ExpectInvalid([&](bp_error** e) { return bp_##x##_attach(nullptr, 1, nullptr, e); }, "out");   \
    EXPECT_EQ(bp_##x##_id(nullptr), 0u);                                                           \
    EXPECT_STREQ(bp_##x##_type(nullptr), "");                                                      \
    EXPECT_EQ(bp_##x##_data(nullptr), nullptr);                                                    \
    EXPECT_EQ(bp_##x##_size(nullptr), 0u);                                                         \
    EXPECT_EQ(bp_##x##_fields(nullptr), 0u);                                                       \
    EXPECT_EQ(bp_##x##_field_name(nullptr, 0), nullptr);                                           \
    EXPECT_EQ(bp_##x##_field_index(nullptr, "x"), -1);                                             \
    EXPECT_EQ(bp_##x##_field_type(nullptr, 0), 0);                                                 \
    EXPECT_EQ(bp_##x##_describe(nullptr, nullptr, 0), 0u);                                         \
    bp_##x##_release(nullptr);                                                                     \
  } while (false)

TEST(NullHandlesTest, ValueFunctionsNameTheValue) {
  bp_buffer buffer = {};
  EXPECT_TYPED_CALLS_NAME_THEIR_HANDLE(value, );
  ExpectInvalid([&](bp_error** e) { return bp_value_get_bytes(nullptr, &buffer, e); }, "value");
  ExpectInvalid([&](bp_error** e) { return bp_value_set_bytes(nullptr, "", 0, e); }, "value");
  ExpectInvalid([&](bp_error** e) { return bp_value_create("i", nullptr, 0, nullptr, nullptr, e); },
                "out");
}

TEST(NullHandlesTest, ArrayFunctionsNameTheArray) {
  bp_buffer buffer = {};
  EXPECT_TYPED_CALLS_NAME_THEIR_HANDLE(array, 0, );
  ExpectInvalid([&](bp_error** e) { return bp_array_read(nullptr, 0, 0, &buffer, e); }, "array");
  ExpectInvalid([&](bp_error** e) { return bp_array_read_into(nullptr, 0, 0, nullptr, 0, e); },
                "array");
  ExpectInvalid([&](bp_error** e) { return bp_array_write(nullptr, 0, "", 0, e); }, "array");
  ExpectInvalid([&](bp_error** e) { return bp_array_fill(nullptr, 0, 0, "", 0, e); }, "array");
  ExpectInvalid([&](bp_error** e) { return bp_array_get_text(nullptr, &buffer, e); }, "array");
  ExpectInvalid([&](bp_error** e) { return bp_array_set_text(nullptr, "", 0, e); }, "array");
  ExpectInvalid(
      [&](bp_error** e) { return bp_array_create("i", 1, nullptr, 0, nullptr, nullptr, e); },
      "out");
  EXPECT_EQ(bp_array_length(nullptr), 0u);
  EXPECT_EQ(bp_array_element_size(nullptr), 0u);
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
  EXPECT_EQ(bp_error_out_of_memory(nullptr), 0);
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
