// bp_imap, bp_imap_unordered and their iterators through the shared library.
#include <string>
#include <vector>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/invalid_argument.h"
#include "tests/c_api/pool_fixture.h"

namespace billiard {
namespace {

int FailOnOdd(bp_job* job, void*) {
  const bp_view payload = bp_job_payload(job);
  const std::string text(static_cast<const char*>(payload.data), payload.size);
  if (std::stoi(text) % 2 == 0) {
    return bp_job_reply(job, text.data(), text.size(), BP_FORMAT_RAW, nullptr) == BP_OK ? 0 : 1;
  }
  bp_failure failure = {};
  failure.size = sizeof failure;
  failure.class_name = "OddError";
  failure.message = text.c_str();
  return bp_job_fail(job, &failure, nullptr) == BP_OK ? 0 : 1;
}

// Makes the numbers 0, 1, ... `last`, then returns `ending`.
struct Numbers {
  int next = 0;
  int last = 0;
  int ending = 0;
  std::string text;

  static int Feed(void* context, bp_view* item) {
    auto* self = static_cast<Numbers*>(context);
    if (self->next > self->last) return self->ending;
    self->text = std::to_string(self->next++);
    *item = {self->text.data(), self->text.size(), BP_FORMAT_RAW};
    return 1;
  }
};

struct Taken {
  bp_status status;
  uint64_t index = UINT64_MAX;
  std::string text;  // value or message
};

Taken Take(bp_imap_iterator* iterator, int64_t timeout_ns = BP_FOREVER) {
  Taken taken;
  bp_buffer value = {};
  bp_error* error = nullptr;
  taken.status = bp_imap_next(iterator, timeout_ns, nullptr, &value, &taken.index, &error);
  taken.text = taken.status == BP_OK ? std::string(static_cast<char*>(value.data), value.size)
                                     : bp_error_message(error);
  bp_buffer_free(&value);
  bp_error_release(error);
  return taken;
}

class ImapTest : public PoolFixture {
 protected:
  ImapTest() { bp_imap_options_init(&options_, sizeof options_); }
  ~ImapTest() override { bp_imap_release(iterator_); }

  bp_imap_iterator* Begin(const char* task, bool ordered = true) {
    bp_imap_release(iterator_);
    bp_error* error = nullptr;
    const auto begin = ordered ? bp_imap : bp_imap_unordered;
    EXPECT_EQ(begin(pool(), task, &options_, &iterator_, &error), BP_OK) << bp_error_message(error);
    bp_error_release(error);
    return iterator_;
  }
  void FeedFrom(Numbers* numbers) {
    options_.feed = Numbers::Feed;
    options_.feed_context = numbers;
  }

  bp_imap_options options_;
  bp_imap_iterator* iterator_ = nullptr;
};

TEST_F(ImapTest, AFeedFunctionIsAskedAsFarAsTheLookAheadGoes) {
  Numbers numbers;
  numbers.last = 99;
  FeedFrom(&numbers);
  options_.look_ahead = 5;
  Begin("double");
  EXPECT_EQ(numbers.next, 5);
  for (uint64_t i = 0; i < 100; ++i) {
    const Taken taken = Take(iterator_);
    ASSERT_EQ(taken.status, BP_OK) << taken.text;
    EXPECT_EQ(taken.index, i);
    EXPECT_EQ(taken.text, std::to_string(i) + std::to_string(i));
    EXPECT_LE(numbers.next, static_cast<int>(i) + 6);
  }
  EXPECT_EQ(Take(iterator_).status, BP_CLOSED);
  EXPECT_EQ(Take(iterator_).status, BP_CLOSED);
}

TEST_F(ImapTest, UnorderedDeliversEveryItemOnce) {
  Numbers numbers;
  numbers.last = 99;
  FeedFrom(&numbers);
  options_.chunk_size = 3;
  Begin("double", /*ordered=*/false);
  std::vector<bool> seen(100, false);
  Taken taken;
  while ((taken = Take(iterator_)).status == BP_OK) {
    ASSERT_LT(taken.index, 100u);
    EXPECT_FALSE(seen[taken.index]);
    seen[taken.index] = true;
    EXPECT_EQ(taken.text, std::to_string(taken.index) + std::to_string(taken.index));
  }
  EXPECT_EQ(taken.status, BP_CLOSED);
  for (const bool item : seen) EXPECT_TRUE(item);
}

TEST_F(ImapTest, AFailingItemRaisesFromItsOwnNext) {
  ASSERT_EQ(bp_task_register("fail_on_odd", FailOnOdd, nullptr, nullptr), BP_OK);
  for (const uint64_t chunk : {1, 4}) {
    Numbers numbers;
    numbers.last = 9;
    FeedFrom(&numbers);
    options_.chunk_size = chunk;
    Begin("fail_on_odd");
    for (uint64_t i = 0; i < 10; ++i) {
      const Taken taken = Take(iterator_);
      EXPECT_EQ(taken.status, i % 2 == 0 ? BP_OK : BP_TASK_FAILED);
      EXPECT_EQ(taken.index, i);
      EXPECT_EQ(taken.text, std::to_string(i));
    }
    EXPECT_EQ(Take(iterator_).status, BP_CLOSED);
  }
}

TEST_F(ImapTest, AFeedFunctionThatFailsIsToldAfterItsItems) {
  Numbers numbers;
  numbers.last = 2;
  numbers.ending = -7;
  FeedFrom(&numbers);
  Begin("double");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Take(iterator_).status, BP_OK);
  const Taken told = Take(iterator_);
  EXPECT_EQ(told.status, BP_TASK_FAILED);
  EXPECT_EQ(told.text, "the feed function returned -7");
  EXPECT_EQ(Take(iterator_).status, BP_CLOSED);
}

TEST_F(ImapTest, ItemsMayBePutByHand) {
  options_.look_ahead = 2;
  Begin("double");
  EXPECT_EQ(bp_imap_room(iterator_), 2u);
  EXPECT_EQ(bp_imap_put(iterator_, "a", 1, BP_FORMAT_RAW, nullptr), BP_OK);
  EXPECT_EQ(bp_imap_put(iterator_, "b", 1, BP_FORMAT_RAW, nullptr), BP_OK);
  EXPECT_EQ(bp_imap_put(iterator_, "c", 1, BP_FORMAT_RAW, nullptr), BP_FULL);
  EXPECT_EQ(bp_imap_wait(iterator_, BP_FOREVER, nullptr, nullptr), BP_OK);
  EXPECT_EQ(Take(iterator_).text, "aa");
  EXPECT_EQ(bp_imap_put(iterator_, "c", 1, BP_FORMAT_RAW, nullptr), BP_OK);
  bp_failure failure = {};
  failure.size = sizeof failure;
  failure.message = "the source dried up";
  EXPECT_EQ(bp_imap_fail(iterator_, &failure, nullptr), BP_OK);
  EXPECT_EQ(bp_imap_end(iterator_, nullptr), BP_OK);
  EXPECT_EQ(bp_imap_put(iterator_, "d", 1, BP_FORMAT_RAW, nullptr), BP_STATE);
  EXPECT_EQ(Take(iterator_).text, "bb");
  EXPECT_EQ(Take(iterator_).text, "cc");
  EXPECT_EQ(Take(iterator_).text, "the source dried up");
  EXPECT_EQ(Take(iterator_, 0).status, BP_CLOSED);
}

TEST_F(ImapTest, NothingInTimeIsATimeoutAndLosesNothing) {
  Begin("double");
  EXPECT_EQ(Take(iterator_, 0).status, BP_TIMEOUT);
  EXPECT_EQ(bp_imap_wait(iterator_, 0, nullptr, nullptr), BP_TIMEOUT);
  bp_interrupt* interrupt = nullptr;
  ASSERT_EQ(bp_interrupt_create(&interrupt, nullptr), BP_OK);
  bp_interrupt_raise(interrupt);
  EXPECT_EQ(bp_imap_wait(iterator_, BP_FOREVER, interrupt, nullptr), BP_INTERRUPTED);
  bp_interrupt_release(interrupt);
  EXPECT_EQ(bp_imap_put(iterator_, "a", 1, BP_FORMAT_RAW, nullptr), BP_OK);
  EXPECT_EQ(Take(iterator_).text, "aa");
}

TEST_F(ImapTest, BadArgumentsAreNamed) {
  bp_imap_iterator* none = nullptr;
  bp_buffer value;
  ExpectInvalid([&](bp_error** e) { return bp_imap(nullptr, "t", nullptr, &none, e); }, "pool");
  ExpectInvalid([&](bp_error** e) { return bp_imap(pool(), nullptr, nullptr, &none, e); }, "task");
  ExpectInvalid([&](bp_error** e) { return bp_imap(pool(), "", nullptr, &none, e); }, "task");
  ExpectInvalid([&](bp_error** e) { return bp_imap(pool(), "t", nullptr, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_imap_unordered(nullptr, "t", nullptr, &none, e); },
                "pool");
  options_.look_ahead = UINT64_MAX;
  ExpectInvalid([&](bp_error** e) { return bp_imap(pool(), "double", &options_, &none, e); },
                "look_ahead");
  options_.look_ahead = 0;
  Begin("double");
  ExpectInvalid([&](bp_error** e) { return bp_imap_put(iterator_, nullptr, 1, 0, e); }, "data");
  ExpectInvalid([&](bp_error** e) { return bp_imap_fail(iterator_, nullptr, e); }, "failure");
  ExpectInvalid(
      [&](bp_error** e) { return bp_imap_next(iterator_, -2, nullptr, &value, nullptr, e); },
      "timeout_ns");
  ExpectInvalid(
      [&](bp_error** e) { return bp_imap_next(iterator_, 0, nullptr, nullptr, nullptr, e); },
      "out");
  ExpectInvalid([&](bp_error** e) { return bp_imap_wait(iterator_, -2, nullptr, e); },
                "timeout_ns");
}

TEST(NullImapTest, ImapFunctionsNameTheIterator) {
  bp_buffer value;
  bp_failure failure = {};
  failure.size = sizeof failure;
  ExpectInvalid([&](bp_error** e) { return bp_imap_put(nullptr, "x", 1, 0, e); }, "iterator");
  ExpectInvalid([&](bp_error** e) { return bp_imap_end(nullptr, e); }, "iterator");
  ExpectInvalid([&](bp_error** e) { return bp_imap_fail(nullptr, &failure, e); }, "iterator");
  ExpectInvalid([&](bp_error** e) { return bp_imap_wait(nullptr, 0, nullptr, e); }, "iterator");
  ExpectInvalid([&](bp_error** e) { return bp_imap_next(nullptr, 0, nullptr, &value, nullptr, e); },
                "iterator");
  EXPECT_EQ(bp_imap_id(nullptr), BP_NO_JOB);
  EXPECT_EQ(bp_imap_room(nullptr), 0u);
  bp_imap_release(nullptr);
}

}  // namespace
}  // namespace billiard
