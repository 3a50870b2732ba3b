// Acceptances and their answers, callbacks, slots and correlation ids, through the C interface (POOL-17,
// POOL-45, POOL-46, POOL-70, POOL-73, POOL-75, POOL-80 ff., POOL-92, POOL-160).
#include <poll.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/invalid_argument.h"
#include "tests/support/watchdog.h"

namespace billiard {
namespace {

int EchoTask(bp_job* job, void*) {
  const bp_view payload = bp_job_payload(job);
  return bp_job_reply(job, payload.data, payload.size, BP_FORMAT_RAW, nullptr) == BP_OK ? 0 : 1;
}

// Runs until its pool is terminated.
int StayTask(bp_job*, void*) {
  while (true) pause();
}

class AcceptanceTest : public ::testing::Test {
 protected:
  AcceptanceTest() {
    bp_pool_options_init(&pool_options_, sizeof pool_options_);
    pool_options_.workers = 1;
    bp_job_options_init(&job_options_, sizeof job_options_);
    EXPECT_EQ(bp_task_register("echo", EchoTask, nullptr, nullptr), BP_OK);
    EXPECT_EQ(bp_task_register("stay", StayTask, nullptr, nullptr), BP_OK);
  }
  ~AcceptanceTest() override { bp_pool_release(pool_); }

  bp_pool* pool() {
    if (pool_ == nullptr) {
      EXPECT_EQ(bp_pool_create(&pool_options_, &pool_, nullptr), BP_OK);
    }
    return pool_;
  }

  bp_result* Submit(const char* task, const std::string& text = "") {
    bp_result* result = nullptr;
    bp_error* error = nullptr;
    EXPECT_EQ(
        bp_apply_async(pool(), task, text.data(), text.size(), &job_options_, &result, &error),
        BP_OK)
        << bp_error_message(error);
    bp_error_release(error);
    return result;
  }

  // The next event, read as an event loop reads.
  bp_pool_event NextEvent() {
    bp_pool_event event = {};
    size_t count = 0;
    while (count == 0) {
      pollfd entry = {bp_pool_fd(pool()), POLLIN, 0};
      poll(&entry, 1, -1);
      EXPECT_EQ(bp_pool_read_events(pool(), &event, 1, sizeof event, &count, nullptr), BP_OK);
    }
    return event;
  }

  static bp_status Outcome(bp_result* result, std::string* text = nullptr) {
    bp_view view = {};
    bp_error* error = nullptr;
    const bp_status status = bp_result_get(result, BP_FOREVER, nullptr, &view, &error);
    if (text != nullptr) {
      *text = status == BP_OK ? std::string(static_cast<const char*>(view.data), view.size)
                              : bp_error_message(error);
    }
    bp_error_release(error);
    return status;
  }

  testing::Watchdog watchdog_{60};
  bp_pool_options pool_options_;
  bp_job_options job_options_;
  bp_pool* pool_ = nullptr;
};

TEST_F(AcceptanceTest, IsAnEventBeforeTheEnd) {
  job_options_.notify = 1;
  job_options_.notify_accepted = 1;
  bp_result* result = Submit("echo", "x");
  const bp_pool_event accepted = NextEvent();
  const bp_pool_event done = NextEvent();
  EXPECT_EQ(accepted.kind, BP_EVENT_JOB_ACCEPTED);
  EXPECT_EQ(accepted.job, bp_result_job(result));
  EXPECT_EQ(accepted.pid, bp_result_pid(result));
  EXPECT_EQ(done.kind, BP_EVENT_JOB_DONE);
  EXPECT_EQ(bp_result_ready(result), 1);
  EXPECT_EQ(bp_result_accepted(result), 1);
  bp_result_release(result);
}

TEST_F(AcceptanceTest, AQueuedJobIsNotAccepted) {
  bp_result* running = Submit("stay");
  while (bp_result_accepted(running) == 0) usleep(100);
  EXPECT_GT(bp_result_pid(running), 0);
  bp_result* queued = Submit("echo");
  EXPECT_EQ(bp_result_accepted(queued), 0);
  EXPECT_EQ(bp_result_accepted(nullptr), 0);
  bp_result_release(queued);
  bp_result_release(running);
}

TEST_F(AcceptanceTest, WithSynackAJobWaitsForItsAnswer) {
  pool_options_.synack = 1;
  job_options_.notify_accepted = 1;
  bp_result* first = Submit("echo", "yes");
  const uint64_t job = NextEvent().job;
  EXPECT_EQ(job, bp_result_job(first));
  EXPECT_EQ(bp_result_wait(first, 0, nullptr, nullptr), BP_TIMEOUT);
  EXPECT_EQ(bp_pool_answer_job(pool(), job, 1, nullptr, nullptr), BP_OK);
  std::string text;
  EXPECT_EQ(Outcome(first, &text), BP_OK);
  EXPECT_EQ(text, "yes");
  EXPECT_EQ(bp_pool_answer_job(pool(), job, 1, nullptr, nullptr), BP_STATE);
  EXPECT_EQ(bp_result_cancel(first, nullptr), BP_STATE);
  bp_result_release(first);
}

TEST_F(AcceptanceTest, ARefusalHasItsReason) {
  pool_options_.synack = 1;
  job_options_.notify_accepted = 1;
  for (const char* reason : {static_cast<const char*>(nullptr), "the broker took it back"}) {
    bp_result* refused = Submit("stay");
    EXPECT_EQ(bp_pool_answer_job(pool(), NextEvent().job, 0, reason, nullptr), BP_OK);
    std::string text;
    EXPECT_EQ(Outcome(refused, &text), BP_REJECTED);
    EXPECT_EQ(text, reason == nullptr ? "refused" : reason);
    bp_result_release(refused);
  }
}

TEST_F(AcceptanceTest, ACancelledJobIsNeverBegun) {
  pool_options_.synack = 1;
  job_options_.notify_accepted = 1;
  bp_result* asking = Submit("stay");
  EXPECT_EQ(NextEvent().job, bp_result_job(asking));
  bp_result* queued = Submit("stay");
  EXPECT_EQ(bp_result_cancel(queued, nullptr), BP_OK);
  EXPECT_EQ(bp_result_cancel(asking, nullptr), BP_OK);
  EXPECT_EQ(Outcome(queued), BP_REJECTED);
  EXPECT_EQ(Outcome(asking), BP_REJECTED);
  EXPECT_EQ(bp_result_cancel(asking, nullptr), BP_STATE);
  bp_result_release(queued);
  bp_result_release(asking);
  // The worker goes on.
  job_options_.notify_accepted = 0;
  bp_result* next = Submit("echo", "next");
  EXPECT_EQ(Outcome(next), BP_OK);
  bp_result_release(next);
}

TEST_F(AcceptanceTest, WithoutSynackNothingCanBeCancelledOrAnswered) {
  job_options_.notify_accepted = 1;
  bp_result* result = Submit("stay");
  const uint64_t job = NextEvent().job;
  EXPECT_EQ(bp_result_cancel(result, nullptr), BP_STATE);
  EXPECT_EQ(bp_pool_answer_job(pool(), job, 0, nullptr, nullptr), BP_STATE);
  bp_result_release(result);
}

TEST_F(AcceptanceTest, NoAnswerInTimeIsARefusal) {
  pool_options_.synack = 1;
  pool_options_.synack_timeout_ns = 20 * 1000 * 1000;
  job_options_.notify_accepted = 1;
  bp_result* result = Submit("stay");
  EXPECT_EQ(Outcome(result), BP_REJECTED);
  bp_result_release(result);
}

// What the callbacks of one job have told.
struct Told {
  std::vector<std::string> calls;
  int answer = 0;  // of the accepted callback
  int32_t pid = 0;
  uint64_t job = BP_NO_JOB;
  int64_t limit_ns = 0;
  bp_status outcome = BP_OK;
  std::string value;
};

int OnAccepted(void* context, uint64_t job, int32_t pid, int64_t time_ns) {
  Told* told = static_cast<Told*>(context);
  EXPECT_GT(time_ns, 0);
  told->calls.push_back("accepted");
  told->job = job;
  told->pid = pid;
  return told->answer;
}

void OnTimeout(void* context, uint64_t job, int32_t soft, int64_t limit_ns) {
  Told* told = static_cast<Told*>(context);
  EXPECT_EQ(told->job, job);
  told->calls.push_back(soft != 0 ? "soft" : "hard");
  told->limit_ns = limit_ns;
}

void OnDone(void* context, uint64_t job, bp_result* result) {
  Told* told = static_cast<Told*>(context);
  told->calls.push_back("done");
  told->job = job;
  EXPECT_EQ(bp_result_job(result), job);
  EXPECT_EQ(bp_result_ready(result), 1);
  bp_view view = {};
  told->outcome = bp_result_get(result, 0, nullptr, &view, nullptr);
  if (view.size != 0) told->value.assign(static_cast<const char*>(view.data), view.size);
}

class CallbackTest : public AcceptanceTest {
 protected:
  CallbackTest() {
    callbacks_.size = sizeof callbacks_;
    callbacks_.context = &told_;
    callbacks_.accepted = OnAccepted;
    callbacks_.timeout = OnTimeout;
    callbacks_.done = OnDone;
    job_options_.callbacks = &callbacks_;
  }
  void PumpUntilDone() {
    while (told_.calls.empty() || told_.calls.back() != "done") {
      size_t calls = 0;
      ASSERT_EQ(bp_pool_pump(pool(), BP_FOREVER, nullptr, &calls, nullptr), BP_OK);
      EXPECT_GE(calls, 1u);
    }
  }

  Told told_;
  bp_job_callbacks callbacks_ = {};
};

using Calls = std::vector<std::string>;

TEST_F(CallbackTest, AcceptedThenDoneAlsoWhenTheResultWasReleased) {
  bp_result* result = Submit("echo", "value");
  const uint64_t job = bp_result_job(result);
  bp_result_release(result);
  PumpUntilDone();
  EXPECT_EQ(told_.calls, (Calls{"accepted", "done"}));
  EXPECT_EQ(told_.job, job);
  EXPECT_GT(told_.pid, 0);
  EXPECT_EQ(told_.value, "value");
  size_t calls = 7;
  EXPECT_EQ(bp_pool_pump(pool(), 0, nullptr, &calls, nullptr), BP_TIMEOUT);
  EXPECT_EQ(calls, 0u);
}

TEST_F(CallbackTest, ADiscardedJobCallsNothing) {
  bp_result* result = Submit("echo", "x");
  EXPECT_EQ(bp_result_wait(result, BP_FOREVER, nullptr, nullptr), BP_OK);
  bp_result_discard(result);
  EXPECT_EQ(bp_pool_pump(pool(), 0, nullptr, nullptr, nullptr), BP_TIMEOUT);
  EXPECT_TRUE(told_.calls.empty());
  bp_result_discard(nullptr);
}

TEST_F(CallbackTest, WithSynackTheCallbackDecides) {
  pool_options_.synack = 1;
  told_.answer = 1;
  bp_result_release(Submit("stay"));
  PumpUntilDone();
  EXPECT_EQ(told_.outcome, BP_REJECTED);
  told_ = Told();
  bp_result_release(Submit("echo", "taken"));
  PumpUntilDone();
  EXPECT_EQ(told_.value, "taken");
}

TEST_F(CallbackTest, AHardLimitIsToldBeforeTheEnd) {
  pool_options_.events = BP_EVENTS_LIMITS;
  job_options_.time_limit_ns = 30 * 1000 * 1000;
  bp_result_release(Submit("stay"));
  PumpUntilDone();
  EXPECT_EQ(told_.calls, (Calls{"accepted", "hard", "done"}));
  EXPECT_EQ(told_.limit_ns, job_options_.time_limit_ns);
  EXPECT_EQ(told_.outcome, BP_TIME_LIMIT);
}

TEST_F(CallbackTest, EventsOfOtherJobsStay) {
  bp_result_release(Submit("echo"));
  job_options_.callbacks = nullptr;
  job_options_.notify = 1;
  bp_result* other = Submit("echo");
  PumpUntilDone();
  const bp_pool_event event = NextEvent();
  EXPECT_EQ(event.kind, BP_EVENT_JOB_DONE);
  EXPECT_EQ(event.job, bp_result_job(other));
  bp_result_release(other);
}

TEST_F(AcceptanceTest, ACorrelationIdStaysWithItsResult) {
  std::string id = "request-17";
  job_options_.correlation_id = id.c_str();
  bp_result* named = Submit("echo");
  id = "something else";
  job_options_.correlation_id = nullptr;
  bp_result* nameless = Submit("echo");
  EXPECT_STREQ(bp_result_correlation_id(named), "request-17");
  EXPECT_STREQ(bp_result_correlation_id(nameless), "");
  EXPECT_STREQ(bp_result_correlation_id(nullptr), "");
  bp_result_release(nameless);
  bp_result_release(named);
}

TEST_F(AcceptanceTest, SlotsAreTakenAndGivenBack) {
  pool_options_.slots = 2;
  pool_options_.wait_for_slot = 1;
  int64_t free_slots = -1;
  int64_t bound = -1;
  const auto look = [&] {
    EXPECT_EQ(bp_pool_get_slots(pool(), &free_slots, &bound, nullptr), BP_OK);
    return free_slots;
  };
  EXPECT_EQ(look(), 2);
  EXPECT_EQ(bound, 2);
  bp_result* first = Submit("stay");
  bp_result* second = Submit("echo");
  EXPECT_EQ(look(), 0);
  job_options_.submit_timeout_ns = 1;
  bp_result* none = nullptr;
  EXPECT_EQ(bp_apply_async(pool(), "echo", nullptr, 0, &job_options_, &none, nullptr), BP_FULL);
  EXPECT_EQ(none, nullptr);
  job_options_.wait_for_slot = -1;
  bp_result* without = Submit("echo");
  EXPECT_EQ(bp_pool_grow(pool(), nullptr, 1, nullptr), BP_OK);
  EXPECT_EQ(Outcome(without), BP_OK);
  EXPECT_EQ(Outcome(second), BP_OK);
  while (look() != 2) usleep(100);  // a worker tells of the end a moment after its outcome
  EXPECT_EQ(bound, 3);
  EXPECT_EQ(bp_result_terminate(first, 0, nullptr), BP_OK);
  EXPECT_EQ(look(), 3);
  for (bp_result* result : {first, second, without}) bp_result_release(result);
}

TEST_F(AcceptanceTest, WhatCanNotBeIsRefused) {
  ExpectInvalid([&](bp_error** e) { return bp_pool_answer_job(nullptr, 0, 1, "", e); }, "pool");
  ExpectInvalid([&](bp_error** e) { return bp_pool_pump(nullptr, 0, nullptr, nullptr, e); },
                "pool");
  ExpectInvalid([&](bp_error** e) { return bp_pool_pump(pool(), -2, nullptr, nullptr, e); },
                "timeout_ns");
  ExpectInvalid([&](bp_error** e) { return bp_result_cancel(nullptr, e); }, "result");
  int64_t number;
  ExpectInvalid([&](bp_error** e) { return bp_pool_get_slots(nullptr, &number, &number, e); },
                "pool");
  ExpectInvalid([&](bp_error** e) { return bp_pool_get_slots(pool(), nullptr, &number, e); },
                "free_slots");
  ExpectInvalid([&](bp_error** e) { return bp_pool_get_slots(pool(), &number, nullptr, e); },
                "bound");
  const auto submit = [&](bp_error** e) {
    bp_result* none = nullptr;
    return bp_apply_async(pool(), "echo", nullptr, 0, &job_options_, &none, e);
  };
  job_options_.priority = 4;
  ExpectInvalid(submit, "options.priority");
  job_options_.priority = 0;
  job_options_.wait_for_slot = 2;
  ExpectInvalid(submit, "options.wait_for_slot");
  job_options_.wait_for_slot = 0;
  bp_job_callbacks sizeless = {};
  job_options_.callbacks = &sizeless;
  ExpectInvalid(submit, "options.callbacks");
  const auto create = [&](bp_error** e) {
    bp_pool* none = nullptr;
    return bp_pool_create(&pool_options_, &none, e);
  };
  pool_options_.synack_timeout_ns = -1;
  ExpectInvalid(create, "options.synack_timeout_ns");
  pool_options_.synack_timeout_ns = 0;
  pool_options_.slots = -1;
  ExpectInvalid(create, "options.slots");
}

}  // namespace
}  // namespace billiard
