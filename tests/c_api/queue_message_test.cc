// Messages and reservations of the C ABI: what each end of a handle means.
#include <poll.h>

#include <cstring>
#include <string>

#include "billiard/bp.h"
#include "gtest/gtest.h"

namespace billiard {
namespace {

class QueueMessageTest : public testing::Test {
 protected:
  ~QueueMessageTest() override { bp_queue_release(queue_); }

  void Make(bp_delivery delivery, bool joinable) {
    bp_queue_options options;
    bp_queue_options_init(&options, sizeof options);
    options.delivery = delivery;
    options.joinable = joinable;
    ASSERT_EQ(bp_queue_create(&options, &queue_, nullptr), BP_OK);
  }
  void Put(const std::string& data) {
    ASSERT_EQ(
        bp_queue_put(queue_, data.data(), data.size(), BP_FORMAT_MSGPACK, 0, nullptr, nullptr),
        BP_OK);
  }
  bp_message* Take() {
    bp_message* message = nullptr;
    EXPECT_EQ(bp_queue_take(queue_, 0, nullptr, &message, nullptr), BP_OK);
    return message;
  }
  static std::string Text(const bp_message* message) {
    const bp_view view = bp_message_payload(message);
    return std::string(static_cast<const char*>(view.data), view.size);
  }

  bp_queue* queue_ = nullptr;
};

TEST_F(QueueMessageTest, AcknowledgedMessageIsGoneAndCanNotBeDealtWithAgain) {
  Make(BP_AT_LEAST_ONCE, false);
  EXPECT_EQ(bp_queue_delivery(queue_), static_cast<uint32_t>(BP_AT_LEAST_ONCE));
  Put("abc");
  bp_message* message = Take();
  EXPECT_EQ(Text(message), "abc");
  EXPECT_EQ(bp_message_payload(message).format, static_cast<uint32_t>(BP_FORMAT_MSGPACK));
  EXPECT_EQ(bp_message_redelivered(message), 0u);
  EXPECT_EQ(bp_message_ack(message, nullptr), BP_OK);
  EXPECT_EQ(bp_message_ack(message, nullptr), BP_STATE);
  EXPECT_EQ(bp_message_return(message, nullptr), BP_STATE);
  EXPECT_EQ(Text(message), "");
  bp_message_release(message);
  EXPECT_EQ(bp_queue_size(queue_), 0u);
}

TEST_F(QueueMessageTest, ReturnedMessageComesOutAgainAndSaysSo) {
  Make(BP_AT_MOST_ONCE, false);
  Put("abc");
  bp_message* message = Take();
  EXPECT_EQ(bp_message_return(message, nullptr), BP_OK);
  bp_message_release(message);
  EXPECT_EQ(bp_queue_size(queue_), 1u);
  message = Take();
  EXPECT_EQ(Text(message), "abc");
  EXPECT_EQ(bp_message_redelivered(message), 1u);
  bp_message_release(message);
}

TEST_F(QueueMessageTest, ReleaseAloneReturnsOrAcknowledgesAsTheDeliverySays) {
  for (const bp_delivery delivery : {BP_AT_MOST_ONCE, BP_AT_LEAST_ONCE}) {
    bp_queue_release(queue_);
    Make(delivery, false);
    Put("abc");
    bp_message_release(Take());
    EXPECT_EQ(bp_queue_size(queue_), delivery == BP_AT_LEAST_ONCE ? 1u : 0u);
  }
}

TEST_F(QueueMessageTest, HandlesMayOutliveTheQueues) {
  Make(BP_AT_LEAST_ONCE, false);
  Put("abc");
  bp_message* message = Take();
  bp_reservation* reservation = nullptr;
  void* data = nullptr;
  ASSERT_EQ(bp_queue_reserve(queue_, 100, &reservation, &data, nullptr), BP_OK);
  bp_queue_release(queue_);
  queue_ = nullptr;
  EXPECT_EQ(Text(message), "abc");
  memset(data, 'x', 100);
  EXPECT_EQ(bp_queue_commit(reservation, 100, BP_FORMAT_RAW, 0, nullptr, nullptr), BP_CLOSED);
  bp_reservation_release(reservation);
  EXPECT_EQ(bp_message_ack(message, nullptr), BP_OK);
  bp_message_release(message);
}

TEST_F(QueueMessageTest, BatchOfBuffersIsTheCallers) {
  Make(BP_AT_MOST_ONCE, false);
  const bp_view batch[] = {{"one", 3, 1}, {"", 0, 2}, {"three", 5, 3}};
  size_t count = 0;
  ASSERT_EQ(bp_queue_put_batch(queue_, batch, 3, 0, nullptr, &count, nullptr), BP_OK);
  EXPECT_EQ(count, 3u);
  bp_buffer out[5];
  ASSERT_EQ(bp_queue_get_batch(queue_, 0, nullptr, out, 5, &count, nullptr), BP_OK);
  ASSERT_EQ(count, 3u);
  for (size_t i = 0; i < count; ++i) {
    EXPECT_EQ(std::string(static_cast<const char*>(out[i].data), out[i].size),
              std::string(static_cast<const char*>(batch[i].data), batch[i].size));
    EXPECT_EQ(out[i].format, batch[i].format);
    bp_buffer_free(&out[i]);
  }
  EXPECT_EQ(bp_queue_get_batch(queue_, 0, nullptr, out, 5, &count, nullptr), BP_EMPTY);
  EXPECT_EQ(count, 0u);
}

TEST_F(QueueMessageTest, JoinableQueueCountsAndSaysWhenItIsTooMuch) {
  Make(BP_AT_MOST_ONCE, true);
  EXPECT_EQ(bp_queue_joinable(queue_), 1);
  Put("abc");
  EXPECT_EQ(bp_queue_unfinished(queue_), 1u);
  EXPECT_EQ(bp_queue_join(queue_, 0, nullptr, nullptr), BP_TIMEOUT);
  bp_buffer buffer;
  ASSERT_EQ(bp_queue_get(queue_, 0, nullptr, &buffer, nullptr), BP_OK);
  bp_buffer_free(&buffer);
  EXPECT_EQ(bp_queue_task_done(queue_, nullptr), BP_OK);
  EXPECT_EQ(bp_queue_join(queue_, 0, nullptr, nullptr), BP_OK);
  bp_error* error = nullptr;
  EXPECT_EQ(bp_queue_task_done(queue_, &error), BP_STATE);
  EXPECT_STREQ(bp_error_message(error), "task_done() called too many times");
  bp_error_release(error);
  EXPECT_EQ(bp_queue_held_by_dead(queue_), 0u);
}

TEST_F(QueueMessageTest, DescriptorStaysTheSameUntilItIsClosed) {
  Make(BP_AT_MOST_ONCE, false);
  int fd = -1;
  int again = -1;
  ASSERT_EQ(bp_queue_fd(queue_, &fd, nullptr), BP_OK);
  ASSERT_EQ(bp_queue_fd(queue_, &again, nullptr), BP_OK);
  EXPECT_EQ(fd, again);
  Put("abc");
  pollfd entry = {fd, POLLIN, 0};
  EXPECT_EQ(poll(&entry, 1, 30'000), 1);
  bp_queue_close_fd(queue_);
  bp_queue_close_fd(queue_);
}

}  // namespace
}  // namespace billiard
