// What a call that fails leaves where its result belongs: no handle, no bytes, and nothing of what was there.
#include <cstdint>

#include "billiard/bp.h"
#include "gtest/gtest.h"

namespace billiard {
namespace {

constexpr uint64_t kNoSuchId = 999;

// Calls with an `out` that holds something, and expects a failure that has cleared it.
template <typename Handle, typename Call>
void ExpectNoHandle(const char* name, Call call) {
  int something = 0;
  auto* out = reinterpret_cast<Handle*>(&something);
  EXPECT_LT(call(&out), 0) << name;
  EXPECT_EQ(out, nullptr) << name;
}

template <typename Call>
void ExpectEmpty(const char* name, Call call) {
  int something = 0;
  bp_buffer out = {&something, 3, 7};
  EXPECT_LT(call(&out), 0) << name;
  EXPECT_EQ(out.data, nullptr) << name;
  EXPECT_EQ(out.size, 0u) << name;
}

// Options that no call that makes objects accepts.
bp_object_options Bad() {
  bp_object_options options;
  bp_object_options_init(&options, sizeof options);
  options.name = "a/b";
  return options;
}

TEST(OutParametersTest, MakingObjects) {
  const bp_object_options bad = Bad();
  ExpectNoHandle<bp_lock>("lock", [&](auto** out) { return bp_lock_create(&bad, out, nullptr); });
  ExpectNoHandle<bp_rlock>("rlock",
                           [&](auto** out) { return bp_rlock_create(&bad, out, nullptr); });
  ExpectNoHandle<bp_semaphore>(
      "semaphore", [&](auto** out) { return bp_semaphore_create(1, &bad, out, nullptr); });
  ExpectNoHandle<bp_semaphore>(
      "value", [&](auto** out) { return bp_semaphore_create(-1, nullptr, out, nullptr); });
  ExpectNoHandle<bp_semaphore>("bounded semaphore", [&](auto** out) {
    return bp_bounded_semaphore_create(1, &bad, out, nullptr);
  });
  ExpectNoHandle<bp_condition>("condition",
                               [&](auto** out) { return bp_condition_create(&bad, out, nullptr); });
  ExpectNoHandle<bp_event>("event",
                           [&](auto** out) { return bp_event_create(&bad, out, nullptr); });
  ExpectNoHandle<bp_barrier>(
      "barrier", [&](auto** out) { return bp_barrier_create(2, BP_FOREVER, &bad, out, nullptr); });
  ExpectNoHandle<bp_barrier>("parties", [&](auto** out) {
    return bp_barrier_create(0, BP_FOREVER, nullptr, out, nullptr);
  });
  ExpectNoHandle<bp_value>(
      "value", [&](auto** out) { return bp_value_create("i", nullptr, 0, &bad, out, nullptr); });
  ExpectNoHandle<bp_value>("type", [&](auto** out) {
    return bp_value_create("no type", nullptr, 0, nullptr, out, nullptr);
  });
  ExpectNoHandle<bp_array>(
      "array", [&](auto** out) { return bp_array_create("i", 3, nullptr, 0, &bad, out, nullptr); });
  ExpectNoHandle<bp_array>("length", [&](auto** out) {
    return bp_array_create("i", -3, nullptr, 0, nullptr, out, nullptr);
  });
  ExpectNoHandle<bp_memory>("memory",
                            [&](auto** out) { return bp_memory_create(8, &bad, out, nullptr); });
}

TEST(OutParametersTest, AttachingToWhatIsNotThere) {
  ExpectNoHandle<bp_lock>(
      "lock", [](auto** out) { return bp_lock_attach(nullptr, kNoSuchId, out, nullptr); });
  ExpectNoHandle<bp_rlock>(
      "rlock", [](auto** out) { return bp_rlock_attach(nullptr, kNoSuchId, out, nullptr); });
  ExpectNoHandle<bp_semaphore>("semaphore", [](auto** out) {
    return bp_semaphore_attach(nullptr, kNoSuchId, out, nullptr);
  });
  ExpectNoHandle<bp_condition>("condition", [](auto** out) {
    return bp_condition_attach(nullptr, kNoSuchId, out, nullptr);
  });
  ExpectNoHandle<bp_event>(
      "event", [](auto** out) { return bp_event_attach(nullptr, kNoSuchId, out, nullptr); });
  ExpectNoHandle<bp_barrier>(
      "barrier", [](auto** out) { return bp_barrier_attach(nullptr, kNoSuchId, out, nullptr); });
  ExpectNoHandle<bp_value>(
      "value", [](auto** out) { return bp_value_attach(nullptr, kNoSuchId, out, nullptr); });
  ExpectNoHandle<bp_array>(
      "array", [](auto** out) { return bp_array_attach(nullptr, kNoSuchId, out, nullptr); });
  ExpectNoHandle<bp_memory>(
      "memory", [](auto** out) { return bp_memory_attach(nullptr, kNoSuchId, out, nullptr); });
}

TEST(OutParametersTest, SegmentsQueuesAndPools) {
  bp_segment_options segment_options;
  bp_segment_options_init(&segment_options, sizeof segment_options);
  segment_options.max_bytes = uint64_t{1} << 50;
  ExpectNoHandle<bp_segment>(
      "create", [&](auto** out) { return bp_segment_create(&segment_options, out, nullptr); });
  ExpectNoHandle<bp_segment>(
      "open", [&](auto** out) { return bp_segment_open("a/b", nullptr, out, nullptr); });
  ExpectNoHandle<bp_segment>("attach",
                             [](auto** out) { return bp_segment_attach_fd(-1, out, nullptr); });
  bp_queue_options queue_options;
  bp_queue_options_init(&queue_options, sizeof queue_options);
  queue_options.size = 1;
  ExpectNoHandle<bp_queue>(
      "queue", [&](auto** out) { return bp_queue_create(&queue_options, out, nullptr); });
  ExpectNoHandle<bp_queue>("named queue",
                           [](auto** out) { return bp_queue_open("a/b", nullptr, out, nullptr); });
  bp_pool_options pool_options;
  bp_pool_options_init(&pool_options, sizeof pool_options);
  pool_options.size = 1;
  ExpectNoHandle<bp_pool>("pool",
                          [&](auto** out) { return bp_pool_create(&pool_options, out, nullptr); });
  ExpectNoHandle<bp_worker>("worker", [](auto** out) { return bp_worker_attach(out, nullptr); });
}

// Also where another argument is the bad one.
TEST(OutParametersTest, CallsWithoutTheirObject) {
  void* data = nullptr;
  ExpectNoHandle<bp_result>("apply_async", [](auto** out) {
    return bp_apply_async(nullptr, "task", "", 0, nullptr, out, nullptr);
  });
  ExpectNoHandle<bp_job>(
      "next", [](auto** out) { return bp_worker_next(nullptr, 0, nullptr, out, nullptr); });
  ExpectNoHandle<bp_reservation>(
      "reserve", [&](auto** out) { return bp_queue_reserve(nullptr, 1, out, &data, nullptr); });
  ExpectNoHandle<bp_message>(
      "take", [](auto** out) { return bp_queue_take(nullptr, 0, nullptr, out, nullptr); });
  ExpectNoHandle<bp_waiter>(
      "begin_wait", [](auto** out) { return bp_condition_begin_wait(nullptr, 1, out, nullptr); });
  ExpectNoHandle<bp_arrival>(
      "arrive", [](auto** out) { return bp_barrier_arrive(nullptr, 0, nullptr, out, nullptr); });
  ExpectNoHandle<bp_value>(
      "copy", [](auto** out) { return bp_value_copy(nullptr, nullptr, out, nullptr); });
  ExpectNoHandle<bp_value>("synchronize", [](auto** out) {
    return bp_value_synchronize(nullptr, nullptr, out, nullptr);
  });
  ExpectNoHandle<bp_array>(
      "copy", [](auto** out) { return bp_array_copy(nullptr, nullptr, out, nullptr); });
  ExpectNoHandle<bp_array>("synchronize", [](auto** out) {
    return bp_array_synchronize(nullptr, nullptr, out, nullptr);
  });
  ExpectNoHandle<bp_rlock>("rlock",
                           [](auto** out) { return bp_value_get_rlock(nullptr, out, nullptr); });
  ExpectNoHandle<bp_lock>("lock",
                          [](auto** out) { return bp_value_get_lock(nullptr, out, nullptr); });
  ExpectNoHandle<bp_rlock>("rlock",
                           [](auto** out) { return bp_array_get_rlock(nullptr, out, nullptr); });
  ExpectNoHandle<bp_lock>("lock",
                          [](auto** out) { return bp_array_get_lock(nullptr, out, nullptr); });
  ExpectNoHandle<bp_rlock>(
      "rlock", [](auto** out) { return bp_condition_get_rlock(nullptr, out, nullptr); });
  ExpectNoHandle<bp_lock>("lock",
                          [](auto** out) { return bp_condition_get_lock(nullptr, out, nullptr); });
}

TEST(OutParametersTest, CallsThatGiveBytes) {
  ExpectEmpty("get",
              [](bp_buffer* out) { return bp_queue_get(nullptr, 0, nullptr, out, nullptr); });
  ExpectEmpty("apply", [](bp_buffer* out) {
    return bp_apply(nullptr, "task", "", 0, nullptr, 0, nullptr, out, nullptr);
  });
  ExpectEmpty("value", [](bp_buffer* out) { return bp_value_get_bytes(nullptr, out, nullptr); });
  ExpectEmpty("array", [](bp_buffer* out) { return bp_array_read(nullptr, 0, 1, out, nullptr); });
  ExpectEmpty("text", [](bp_buffer* out) { return bp_array_get_text(nullptr, out, nullptr); });
  int something = 0;
  bp_view view = {&something, 3, 7};
  EXPECT_LT(bp_result_get(nullptr, 0, nullptr, &view, nullptr), 0);
  EXPECT_EQ(view.data, nullptr);
  EXPECT_EQ(view.size, 0u);
}

// The same in a call that gets as far as its object.
TEST(OutParametersTest, CallsThatFailLate) {
  bp_queue* queue = nullptr;
  bp_condition* condition = nullptr;
  ASSERT_EQ(bp_queue_create(nullptr, &queue, nullptr), BP_OK);
  ASSERT_EQ(bp_condition_create(nullptr, &condition, nullptr), BP_OK);
  ExpectEmpty("empty",
              [&](bp_buffer* out) { return bp_queue_get(queue, 0, nullptr, out, nullptr); });
  ExpectNoHandle<bp_message>(
      "empty", [&](auto** out) { return bp_queue_take(queue, 0, nullptr, out, nullptr); });
  ExpectNoHandle<bp_waiter>(
      "unowned", [&](auto** out) { return bp_condition_begin_wait(condition, 1, out, nullptr); });
  ExpectNoHandle<bp_lock>(
      "an rlock", [&](auto** out) { return bp_condition_get_lock(condition, out, nullptr); });
  bp_condition_release(condition);
  bp_queue_release(queue);
}

}  // namespace
}  // namespace billiard
