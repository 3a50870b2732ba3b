// Queues between processes through the C ABI: what the reference's tests of queues pin (test_put, test_get,
// test_fork, test_qsize, test_task_done), and what it does not stand (GAP-29 to GAP-32).
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/object_handles.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard {
namespace {

using testing::AwaitAtLeast;
using testing::AwaitSleeping;
using testing::Child;
using testing::Shared;
using testing::Watchdog;

constexpr int64_t kMilli = 1'000'000;
constexpr int64_t kSecond = 1000 * kMilli;

int64_t NanosOf(const std::function<void()>& call) {
  const auto began = std::chrono::steady_clock::now();
  call();
  return std::chrono::nanoseconds(std::chrono::steady_clock::now() - began).count();
}

bp_status Put(bp_queue* queue, int32_t number, int64_t timeout = BP_FOREVER) {
  return bp_queue_put(queue, &number, sizeof number, BP_FORMAT_RAW, timeout, nullptr, nullptr);
}

// The number that comes next, or minus 1000 and the status where none does.
int32_t Get(bp_queue* queue, int64_t timeout = BP_FOREVER) {
  bp_buffer message;
  const bp_status status = bp_queue_get(queue, timeout, nullptr, &message, nullptr);
  if (status != BP_OK) return -1000 + status;
  int32_t number = -1;
  if (message.size == sizeof number) memcpy(&number, message.data, sizeof number);
  bp_buffer_free(&message);
  return number;
}

constexpr int32_t kNone = -1000 + BP_EMPTY;

class QueueProcessesTest : public ::testing::Test {
 protected:
  void Make(uint32_t capacity, uint32_t joinable = 0, uint32_t delivery = BP_AT_MOST_ONCE) {
    bp_queue_options options;
    bp_queue_options_init(&options, sizeof options);
    options.capacity = capacity;
    options.joinable = joinable;
    options.delivery = delivery;
    ASSERT_EQ(bp_queue_create(&options, &queue_, nullptr), BP_OK);
  }

  Watchdog watchdog_{100};
  Queue queue_;
};

// test_put: QUEUE-1 to QUEUE-3, QUEUE-10, QUEUE-11
TEST_F(QueueProcessesTest, PutFillsItAndAChildEmptiesIt) {
  Make(6);
  Child child([this] {
    for (int32_t i = 1; i <= 6; ++i) {
      if (Get(queue_) != i) return i;
    }
    return Get(queue_, 0) == kNone ? 0 : 7;
  });
  child.Stop();
  EXPECT_EQ(bp_queue_size(queue_), 0u);
  for (int32_t i = 1; i <= 6; ++i) {
    EXPECT_EQ(Put(queue_, i, i % 2 == 0 ? 0 : BP_FOREVER), BP_OK) << i;
  }
  EXPECT_EQ(bp_queue_size(queue_), bp_queue_capacity(queue_));
  EXPECT_EQ(Put(queue_, 7, 0), BP_FULL);
  EXPECT_GE(NanosOf([&] { EXPECT_EQ(Put(queue_, 7, 20 * kMilli), BP_FULL); }), 20 * kMilli);
  child.Signal(SIGCONT);
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(bp_queue_size(queue_), 0u);
  EXPECT_EQ(Put(queue_, 8, 0), BP_OK);
}

// test_get: QUEUE-5, QUEUE-6
TEST_F(QueueProcessesTest, GetTakesWhatAChildHasPut) {
  Make(0);
  Child child([this] {
    for (int32_t i = 2; i <= 5; ++i) {
      if (Put(queue_, i) != BP_OK) return i;
    }
    return 0;
  });
  EXPECT_EQ(Get(queue_), 2);
  EXPECT_EQ(Get(queue_, 30 * kSecond), 3);
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(Get(queue_, 0), 4);
  EXPECT_EQ(Get(queue_, 1), 5);
  EXPECT_EQ(bp_queue_size(queue_), 0u);
  EXPECT_EQ(Get(queue_, 0), kNone);
  EXPECT_GE(NanosOf([&] { EXPECT_EQ(Get(queue_, 20 * kMilli), kNone); }), 20 * kMilli);
}

// test_fork
TEST_F(QueueProcessesTest, AForkInTheMiddleOfPutsLosesAndDoublesNothing) {
  Make(0);
  for (int32_t i = 0; i < 10; ++i) ASSERT_EQ(Put(queue_, i), BP_OK);
  Child child([this] {
    for (int32_t i = 10; i < 20; ++i) {
      if (Put(queue_, i) != BP_OK) return i;
    }
    return 0;
  });
  for (int32_t i = 0; i < 20; ++i) EXPECT_EQ(Get(queue_), i);
  EXPECT_EQ(Get(queue_, 0), kNone);
  EXPECT_EQ(child.Wait(), 0);
}

// test_qsize: QUEUE-9, G-QUEUE-5; seen by another process, too.
TEST_F(QueueProcessesTest, SizeIsTheSameForAll) {
  Make(0);
  const auto expect_size = [this](uint64_t size) {
    EXPECT_EQ(bp_queue_size(queue_), size);
    EXPECT_EQ(Child([&] { return bp_queue_size(queue_) == size ? 0 : 1; }).Wait(), 0) << size;
  };
  expect_size(0);
  ASSERT_EQ(Put(queue_, 1), BP_OK);
  expect_size(1);
  ASSERT_EQ(Put(queue_, 5), BP_OK);
  expect_size(2);
  EXPECT_EQ(Get(queue_), 1);
  expect_size(1);
  EXPECT_EQ(Get(queue_), 5);
  expect_size(0);
}

// test_task_done: QUEUE-40 to QUEUE-42
TEST_F(QueueProcessesTest, JoinReturnsWhenFourConsumersHaveFinishedTenItems) {
  constexpr int32_t kEnd = 99;
  Make(0, /*joinable=*/1);
  Shared<std::atomic<uint32_t>> finished;
  const auto consume = [&] {
    for (int32_t item = Get(queue_); item != kEnd; item = Get(queue_)) {
      finished->fetch_add(1);
      if (bp_queue_task_done(queue_, nullptr) != BP_OK) return 1;
    }
    return 0;
  };
  std::vector<Child> consumers;
  for (int i = 0; i < 4; ++i) consumers.emplace_back(consume);
  for (int32_t i = 0; i < 10; ++i) ASSERT_EQ(Put(queue_, i), BP_OK);
  EXPECT_EQ(bp_queue_join(queue_, BP_FOREVER, nullptr, nullptr), BP_OK);
  EXPECT_EQ(finished->load(), 10u);
  EXPECT_EQ(bp_queue_unfinished(queue_), 0u);
  for (int i = 0; i < 4; ++i) ASSERT_EQ(Put(queue_, kEnd), BP_OK);
  for (Child& consumer : consumers) EXPECT_EQ(consumer.Wait(), 0);
}

// GAP-29
TEST_F(QueueProcessesTest, AGetterKilledWhileItWaitsHarmsNobody) {
  Make(2);
  Child waits([this] { return Get(queue_); });
  AwaitSleeping(waits.pid());
  Child other([this] { return Get(queue_) == 1 ? 0 : 1; });
  AwaitSleeping(other.pid());
  waits.Kill();
  EXPECT_EQ(waits.Wait(), -SIGKILL);
  ASSERT_EQ(Put(queue_, 1), BP_OK);
  EXPECT_EQ(other.Wait(), 0);
  for (int32_t i = 2; i <= 3; ++i) EXPECT_EQ(Put(queue_, i, 0), BP_OK) << "no place is lost";
  EXPECT_EQ(Get(queue_, 0), 2);
  EXPECT_EQ(Get(queue_, 0), 3);
  EXPECT_EQ(bp_queue_lost(queue_), 0u);
}

// GAP-30: half of the message is written when its producer dies.
TEST_F(QueueProcessesTest, AProducerKilledInItsMessageLeavesNothingOfIt) {
  Make(2);
  Child producer([this] {
    bp_reservation* reservation = nullptr;
    void* data = nullptr;
    if (bp_queue_reserve(queue_, 100'000, &reservation, &data, nullptr) != BP_OK) return 1;
    memset(data, 7, 50'000);
    raise(SIGKILL);
    return 2;
  });
  EXPECT_EQ(producer.Wait(), -SIGKILL);
  EXPECT_EQ(Get(queue_, 20 * kMilli), kNone);
  ASSERT_EQ(Put(queue_, 1, 0), BP_OK);
  ASSERT_EQ(Put(queue_, 2, 0), BP_OK);
  EXPECT_EQ(Get(queue_, 0), 1);
  EXPECT_EQ(Get(queue_, 0), 2);
}

// GAP-31: an item that can not be put is the putter's error, and nobody else's. (In C everything is encoded
// already; what remains are bytes that are not there and more than the queue takes.)
TEST_F(QueueProcessesTest, AnItemThatCanNotBePutIsItsPuttersErrorAlone) {
  Make(0);
  Child putter([this] {
    if (bp_queue_put(queue_, nullptr, 4, BP_FORMAT_RAW, 0, nullptr, nullptr) != BP_INVALID)
      return 1;
    const std::string one_byte = "x";
    const size_t too_large = size_t{1} << 40;  // refused before a byte is read
    if (bp_queue_put(queue_, one_byte.data(), too_large, BP_FORMAT_RAW, 0, nullptr, nullptr) !=
        BP_TOO_LARGE) {
      return 2;
    }
    return Put(queue_, 1) == BP_OK ? 0 : 3;
  });
  EXPECT_EQ(Get(queue_), 1);
  EXPECT_EQ(putter.Wait(), 0);
  EXPECT_EQ(bp_queue_size(queue_), 0u);
}

// GAP-32, G-QUEUE-4: its maker puts 300 KB and ends; somebody who knows the name gets them.
TEST_F(QueueProcessesTest, WhatItsMakerPutOutlivesTheMaker) {
  const std::string name = "queue_processes_test-" + std::to_string(getpid());
  Shared<std::atomic<uint32_t>> opened;
  Child getter([&] {
    AwaitAtLeast(*opened, 1);
    Queue queue;
    if (bp_queue_open(name.c_str(), nullptr, &queue, nullptr) != BP_OK) return 1;
    opened->fetch_add(1);
    bp_buffer message;
    if (bp_queue_get(queue, BP_FOREVER, nullptr, &message, nullptr) != BP_OK) return 2;
    const std::string bytes(static_cast<char*>(message.data), message.size);
    bp_buffer_free(&message);
    return bytes == std::string(300'000, 'm') ? 0 : 3;
  });
  Child maker([&] {
    Queue queue;
    if (bp_queue_open(name.c_str(), nullptr, &queue, nullptr) != BP_OK) return 1;
    opened->fetch_add(1);
    AwaitAtLeast(*opened, 2);
    const std::string bytes(300'000, 'm');
    const bp_status put =
        bp_queue_put(queue, bytes.data(), bytes.size(), BP_FORMAT_RAW, 0, nullptr, nullptr);
    _exit(put == BP_OK ? 0 : 2);
  });
  EXPECT_EQ(maker.Wait(), 0);
  EXPECT_EQ(getter.Wait(), 0);
}

// G-QUEUE-1, G-QUEUE-8: what a consumer had taken and not finished goes to another.
TEST_F(QueueProcessesTest, ADeadConsumersItemsGoToTheNext) {
  Make(0, /*joinable=*/1, BP_AT_LEAST_ONCE);
  for (int32_t i = 1; i <= 3; ++i) ASSERT_EQ(Put(queue_, i), BP_OK);
  Child consumer([this] {
    if (Get(queue_) != 1 || Get(queue_) != 2 || bp_queue_task_done(queue_, nullptr) != BP_OK) {
      return 1;
    }
    raise(SIGKILL);
    return 2;
  });
  EXPECT_EQ(consumer.Wait(), -SIGKILL);
  EXPECT_EQ(bp_queue_join(queue_, 0, nullptr, nullptr), BP_TIMEOUT);
  EXPECT_EQ(Get(queue_) + Get(queue_), 2 + 3);
  EXPECT_EQ(bp_queue_task_done(queue_, nullptr), BP_OK);
  EXPECT_EQ(bp_queue_task_done(queue_, nullptr), BP_OK);
  EXPECT_EQ(bp_queue_join(queue_, 30 * kSecond, nullptr, nullptr), BP_OK);
}

}  // namespace
}  // namespace billiard
