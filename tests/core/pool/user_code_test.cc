// What the user's functions throw, and results that are prepared: none of it ends a worker, a thread or the
// host (POOL-85, POOL-93, POOL-95, G-POOL-6).
#include <atomic>
#include <fstream>
#include <new>
#include <stdexcept>
#include <string>

#include "billiard_core/logging/logger.h"
#include "billiard_core/pool/worker.h"
#include "tests/core/pool/fixture.h"

namespace billiard::pool {
namespace {

class UserCodeTest : public BothStarts {};
BILLIARD_BOTH_STARTS(UserCodeTest);

TEST_P(UserCodeTest, WhatATaskThrowsFailsItsJob) {
  const auto pool = MakePool(GetParam(), 1);
  const std::string pid = Apply(pool.get(), "pid");
  const Outcome thrown = OutcomeOf(Submit(pool.get(), "throw", "no such thing").get());
  EXPECT_EQ(thrown.code, Code::kTaskFailed);
  EXPECT_EQ(thrown.failure.task.class_name, "std::runtime_error");
  EXPECT_EQ(thrown.failure.task.message, "no such thing");
  const Outcome number = OutcomeOf(Submit(pool.get(), "throw-number", "").get());
  EXPECT_EQ(number.failure.task.class_name, "int");
  EXPECT_EQ(Apply(pool.get(), "pid"), pid) << "the worker lives";
}

class CallbackErrorsTest : public BothStarts {
 protected:
  void SetUp() override {
    path_ = ::testing::TempDir() + "log." + std::to_string(getpid());
    unlink(path_.c_str());
    ASSERT_TRUE(logging::LogToFile(path_, logging::kError).ok());
  }
  void TearDown() override { logging::StopLogging(); }
  std::string Log() const {
    std::ifstream file(path_);
    std::string all, line;
    while (std::getline(file, line)) all += line + "\n";
    return all;
  }
  JobOptions With(JobCallbacks callbacks) {
    JobOptions options;
    options.callbacks = std::make_shared<const JobCallbacks>(std::move(callbacks));
    return options;
  }
  std::string path_;
};
BILLIARD_BOTH_STARTS(CallbackErrorsTest);

TEST_P(CallbackErrorsTest, ACallbackThatThrowsIsLoggedAndTheNextOnesAreCalled) {
  const auto pool = MakePool(GetParam(), 1);
  int done = 0;
  JobCallbacks throwing;
  throwing.accepted = [](uint64_t, int32_t, int64_t) -> bool { throw std::logic_error("accept"); };
  throwing.done = [&](Result& result) {
    EXPECT_TRUE(result.Ready());
    ++done;
    throw std::runtime_error("at the end");
  };
  const auto first = Submit(pool.get(), "echo", "1", With(throwing));
  const auto second = Submit(pool.get(), "echo", "2", With(throwing));
  while (done < 2) ASSERT_TRUE(pool->Pump(Deadline::Forever(), nullptr).ok());
  EXPECT_EQ(ValueOf(first.get()), "1") << "without synack it goes on (POOL-83)";
  EXPECT_EQ(ValueOf(second.get()), "2");
  const std::string log = Log();
  EXPECT_NE(log.find("Pool callback raised exception: std::logic_error: accept"), std::string::npos)
      << log;
  EXPECT_NE(log.find("Pool callback raised exception: std::runtime_error: at the end"),
            std::string::npos)
      << log;
}

// T:pool.test_memory_error_from_callback_propagates
TEST_P(CallbackErrorsTest, LackOfMemoryReachesWhoeverRunsThePump) {
  const auto pool = MakePool(GetParam(), 1);
  int done = 0;
  JobCallbacks exhausted;
  exhausted.done = [&](Result&) {
    ++done;
    throw std::bad_alloc();
  };
  JobCallbacks counting;
  counting.done = [&](Result&) { ++done; };
  const auto first = Submit(pool.get(), "echo", "1", With(exhausted));
  const auto second = Submit(pool.get(), "echo", "2", With(counting));
  EXPECT_EQ(ValueOf(second.get()), "2");
  int failures = 0;
  while (done < 2) {
    const absl::Status status = pool->Pump(Deadline::Forever(), nullptr).status();
    failures += CodeOf(status) == Code::kNoMem;
  }
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(Apply(pool.get(), "echo", "next"), "next");
}

TEST_P(CallbackErrorsTest, WithSynackAnAcceptanceThatThrowsIsARefusal) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.synack = true;
  const auto pool = MakePool(std::move(options));
  JobCallbacks throwing;
  throwing.accepted = [](uint64_t, int32_t, int64_t) -> bool { throw 7; };
  const auto refused = Submit(pool.get(), "echo", "1", With(throwing));
  while (!refused->Ready()) (void)pool->Pump(Deadline::After(kNanosPerMilli), nullptr);
  EXPECT_EQ(OutcomeOf(refused.get()).code, Code::kRejected);
}

TEST_P(CallbackErrorsTest, AThreadThatTellsSurvivesWhatItCalls) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  std::atomic<int> told{0};
  options.on_event = [&](const PoolEvent&) {
    ++told;
    throw std::runtime_error("told");
  };
  const auto pool = MakePool(std::move(options));
  JobOptions notify;
  notify.notify = true;
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(ValueOf(Submit(pool.get(), "echo", "x", notify).get()), "x");
  Await([&] { return told == 3; });
  const std::string line = "events thread: on_event raised exception: std::runtime_error: told";
  Await([&] { return Log().find(line) != std::string::npos; });
}

// POOL-87: callbacks are called one after the other, however long one takes; values are not held up.
TEST_P(CallbackErrorsTest, ASlowCallbackHoldsUpTheNextOnesAndNoValues) {
  const auto pool = MakePool(GetParam(), 1);
  bool inside = false;
  int done = 0;
  JobCallbacks counting;
  counting.done = [&](Result&) {
    EXPECT_FALSE(inside);
    ++done;
  };
  JobCallbacks slow;
  slow.done = [&](Result&) {
    inside = true;
    const auto other = Submit(pool.get(), "echo", "meanwhile", With(counting));
    EXPECT_EQ(ValueOf(other.get()), "meanwhile");
    EXPECT_EQ(done, 0);
    EXPECT_EQ(CodeOf(pool->Pump(Deadline::Now(), nullptr).status()), Code::kState);
    inside = false;
  };
  const auto first = Submit(pool.get(), "echo", "1", With(slow));
  while (done == 0) ASSERT_TRUE(pool->Pump(Deadline::Forever(), nullptr).ok());
  EXPECT_EQ(done, 1);
}

// Hooks of forked workers.
class HookErrorsTest : public ::testing::Test {
  testing::Watchdog watchdog_{60};
};

TEST_F(HookErrorsTest, AnInitializerThatThrowsIsTheReasonThatThePoolFails) {
  PoolOptions options = OptionsFor(Start::kFork, 1);
  options.max_boot_failures = 1;
  options.groups[0].hooks.initializer = []() -> std::string {
    throw std::runtime_error("no disk");
  };
  const auto pool = Pool::Create(std::move(options));  // it may notice first
  const absl::Status status =
      pool.ok() ? (*pool)->WaitReady(Deadline::Forever(), nullptr) : pool.status();
  EXPECT_EQ(CodeOf(status), Code::kPoolFailed);
  EXPECT_NE(status.message().find("std::runtime_error: no disk"), absl::string_view::npos)
      << status;
}

TEST_F(HookErrorsTest, HooksThatThrowEndNothing) {
  PoolOptions options = OptionsFor(Start::kFork, 1);
  options.groups[0].hooks.on_loop_start = [](int32_t) { throw 1; };
  options.groups[0].hooks.on_loop_stop = [](int32_t) { throw 2; };
  options.groups[0].hooks.on_process_exit = [](int32_t, int32_t) { throw 3; };
  options.events = kWorkerEvents;
  const auto pool = MakePool(std::move(options));
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
  EXPECT_TRUE(pool->Close().ok());
  EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
  PoolEvent events[8];
  const size_t count = *pool->ReadEvents(events, 8);
  ASSERT_GE(count, 2u);
  EXPECT_EQ(events[count - 1].kind, EventKind::kWorkerDown);
  EXPECT_EQ(events[count - 1].exit_status, kExitNormal);
}

// POOL-95
TEST_F(HookErrorsTest, AResultIsPreparedInTheWorker) {
  PoolOptions options = OptionsFor(Start::kFork, 1);
  std::string kept;
  options.groups[0].hooks.prepare_result = [kept](Job& job, absl::string_view* bytes,
                                                  uint32_t* format) mutable -> std::string {
    if (*bytes == "secret") return "not for the host";
    kept = job.task() + "(" + std::string(*bytes) + ")";
    *bytes = kept;
    *format = 17;
    return "";
  };
  const auto pool = MakePool(std::move(options));
  const auto result = Submit(pool.get(), "echo", "x");
  EXPECT_EQ(ValueOf(result.get()), "echo(x)");
  JobFailure failure;
  EXPECT_EQ(result->Value(&failure)->format, 17u);
  const Outcome refused = OutcomeOf(Submit(pool.get(), "echo", "secret").get());
  EXPECT_EQ(refused.code, Code::kTaskFailed);
  EXPECT_EQ(refused.failure.task.class_name, "PrepareResult");
  EXPECT_EQ(refused.failure.task.message, "not for the host");
  EXPECT_EQ(Apply(pool.get(), "echo", "next"), "echo(next)");
}

}  // namespace
}  // namespace billiard::pool
