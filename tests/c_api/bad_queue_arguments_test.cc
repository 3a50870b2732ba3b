// Arguments that no queue accepts: each is refused by name, and the queue goes on.
#include <stdint.h>
#include <unistd.h>

#include <string>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/invalid_argument.h"

namespace billiard {
namespace {

constexpr int64_t kBelowForever = -2;

class BadQueueArgumentsTest : public testing::Test {
 protected:
  BadQueueArgumentsTest() {
    EXPECT_EQ(bp_queue_create(nullptr, &queue_, nullptr), BP_OK);
    bp_queue_options_init(&options_, sizeof options_);
  }
  ~BadQueueArgumentsTest() override { bp_queue_release(queue_); }

  bp_queue* queue_ = nullptr;
  bp_queue_options options_;
};

TEST_F(BadQueueArgumentsTest, NowhereToPutTheQueue) {
  ExpectInvalid([&](bp_error** error) { return bp_queue_create(nullptr, nullptr, error); }, "out");
  ExpectInvalid([&](bp_error** error) { return bp_queue_open("n", nullptr, nullptr, error); },
                "out");
}

TEST_F(BadQueueArgumentsTest, Names) {
  bp_queue* queue = nullptr;
  const std::string too_long(201, 'x');
  for (const char* name : {static_cast<const char*>(nullptr), "", "a/b", too_long.c_str()}) {
    ExpectInvalid([&](bp_error** error) { return bp_queue_open(name, nullptr, &queue, error); },
                  "name");
  }
  EXPECT_EQ(queue, nullptr);
}

TEST_F(BadQueueArgumentsTest, Options) {
  bp_queue* queue = nullptr;
  const auto create = [&](bp_error** error) { return bp_queue_create(&options_, &queue, error); };
  options_.capacity = 268435457;
  ExpectInvalid(create, "capacity");
  options_.capacity = 0;
  options_.delivery = 2;
  ExpectInvalid(create, "delivery");
  options_.delivery = 0;
  options_.joinable = 2;
  ExpectInvalid(create, "joinable");
  options_.joinable = 0;
  options_.size = 2;
  ExpectInvalid(create, "size");
}

TEST_F(BadQueueArgumentsTest, BytesAtNull) {
  ExpectInvalid(
      [&](bp_error** error) {
        return bp_queue_put(queue_, nullptr, 1, BP_FORMAT_RAW, 0, nullptr, error);
      },
      "data");
  EXPECT_EQ(bp_queue_size(queue_), 0u);
  EXPECT_EQ(bp_queue_put(queue_, nullptr, 0, BP_FORMAT_RAW, 0, nullptr, nullptr), BP_OK);
}

TEST_F(BadQueueArgumentsTest, SizesThatNoMemoryHas) {
  void* place = nullptr;
  bp_reservation* reservation = nullptr;
  size_t done = 7;
  const size_t half = static_cast<size_t>(PTRDIFF_MAX) + 1;
  for (const size_t size : {SIZE_MAX, half, half - 1}) {
    SCOPED_TRACE(size);
    const bp_view message = {"x", size, BP_FORMAT_RAW};
    EXPECT_EQ(bp_queue_put(queue_, "x", size, BP_FORMAT_RAW, 0, nullptr, nullptr), BP_TOO_LARGE);
    EXPECT_EQ(bp_queue_put_batch(queue_, &message, 1, 0, nullptr, &done, nullptr), BP_TOO_LARGE);
    EXPECT_EQ(done, 0u);
    EXPECT_EQ(bp_queue_reserve(queue_, size, &reservation, &place, nullptr), BP_TOO_LARGE);
  }
  EXPECT_EQ(bp_queue_size(queue_), 0u);
}

TEST_F(BadQueueArgumentsTest, TimeoutsBelowForever) {
  bp_buffer buffer;
  ExpectInvalid(
      [&](bp_error** error) {
        return bp_queue_put(queue_, "x", 1, BP_FORMAT_RAW, kBelowForever, nullptr, error);
      },
      "timeout_ns");
  ExpectInvalid(
      [&](bp_error** error) {
        return bp_queue_get(queue_, kBelowForever, nullptr, &buffer, error);
      },
      "timeout_ns");
  ExpectInvalid(
      [&](bp_error** error) { return bp_queue_wait_get(queue_, kBelowForever, nullptr, error); },
      "timeout_ns");
  ExpectInvalid(
      [&](bp_error** error) { return bp_queue_wait_put(queue_, kBelowForever, nullptr, error); },
      "timeout_ns");
}

TEST_F(BadQueueArgumentsTest, NowhereToPutTheMessage) {
  ASSERT_EQ(bp_queue_put(queue_, "x", 1, BP_FORMAT_RAW, 0, nullptr, nullptr), BP_OK);
  ExpectInvalid([&](bp_error** error) { return bp_queue_get(queue_, 0, nullptr, nullptr, error); },
                "out");
  EXPECT_EQ(bp_queue_size(queue_), 1u) << "nothing was taken";
}

TEST_F(BadQueueArgumentsTest, Batches) {
  size_t count = 7;
  bp_buffer buffer;
  const bp_view nowhere = {nullptr, 1, BP_FORMAT_RAW};
  const auto put = [&](const bp_view* messages, int64_t timeout, size_t* done, bp_error** error) {
    return bp_queue_put_batch(queue_, messages, 1, timeout, nullptr, done, error);
  };
  const auto get = [&](bp_buffer* out, size_t capacity, size_t* got, bp_error** error) {
    return bp_queue_get_batch(queue_, 0, nullptr, out, capacity, got, error);
  };
  ExpectInvalid([&](bp_error** error) { return put(nullptr, 0, &count, error); }, "messages");
  ExpectInvalid([&](bp_error** error) { return put(&nowhere, 0, &count, error); }, "messages");
  ExpectInvalid([&](bp_error** error) { return put(&nowhere, 0, nullptr, error); }, "done");
  ExpectInvalid([&](bp_error** error) { return put(&nowhere, kBelowForever, &count, error); },
                "timeout_ns");
  EXPECT_EQ(count, 0u);
  ExpectInvalid([&](bp_error** error) { return get(nullptr, 1, &count, error); }, "out");
  ExpectInvalid([&](bp_error** error) { return get(&buffer, 0, &count, error); }, "capacity");
  ExpectInvalid([&](bp_error** error) { return get(&buffer, 1, nullptr, error); }, "count");
  EXPECT_EQ(bp_queue_size(queue_), 0u);
}

TEST_F(BadQueueArgumentsTest, InPlace) {
  bp_reservation* reservation = nullptr;
  bp_message* message = nullptr;
  void* data = nullptr;
  ExpectInvalid(
      [&](bp_error** error) { return bp_queue_reserve(queue_, 1, nullptr, &data, error); }, "out");
  ExpectInvalid(
      [&](bp_error** error) { return bp_queue_reserve(queue_, 1, &reservation, nullptr, error); },
      "data");
  ExpectInvalid([&](bp_error** error) { return bp_queue_take(queue_, 0, nullptr, nullptr, error); },
                "out");
  ExpectInvalid(
      [&](bp_error** error) {
        return bp_queue_take(queue_, kBelowForever, nullptr, &message, error);
      },
      "timeout_ns");
  ExpectInvalid([&](bp_error** error) { return bp_queue_fd(queue_, nullptr, error); }, "fd");
  ASSERT_EQ(bp_queue_reserve(queue_, 4, &reservation, &data, nullptr), BP_OK);
  const auto commit = [&](size_t size, int64_t timeout, bp_error** error) {
    return bp_queue_commit(reservation, size, BP_FORMAT_RAW, timeout, nullptr, error);
  };
  ExpectInvalid([&](bp_error** error) { return commit(5, 0, error); }, "size");
  ExpectInvalid([&](bp_error** error) { return commit(4, kBelowForever, error); }, "timeout_ns");
  EXPECT_EQ(commit(4, 0, nullptr), BP_OK);
  EXPECT_EQ(commit(4, 0, nullptr), BP_STATE);
  bp_reservation_release(reservation);
  EXPECT_EQ(bp_queue_size(queue_), 1u);
}

}  // namespace
}  // namespace billiard
