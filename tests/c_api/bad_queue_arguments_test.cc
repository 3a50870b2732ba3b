// Arguments that no queue accepts: each is refused by name, and the queue goes on.
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
  options_.capacity = 1048577;
  ExpectInvalid(create, "capacity");
  options_.capacity = 0;
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

}  // namespace
}  // namespace billiard
