// Soft time limits: the task is told, and nobody else.
#include <signal.h>
#include <unistd.h>

#include <random>
#include <string>

#include "billiard_core/pool/worker.h"
#include "tests/core/pool/fixture.h"

namespace billiard::pool {
namespace {

class SoftLimitTest : public BothStarts {
 protected:
  static JobOptions Limited(int64_t soft_ns, int64_t hard_ns = 0) {
    JobOptions options;
    options.soft_time_limit_ns = soft_ns;
    options.time_limit_ns = hard_ns;
    return options;
  }
  static constexpr int64_t kLimit = 20 * kNanosPerMilli;
};
BILLIARD_BOTH_STARTS(SoftLimitTest);

TEST_P(SoftLimitTest, ATaskThatAsksMayCleanUpAndAnswer) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  const int64_t begin = MonotonicNow();
  const auto result = Submit(pool.get(), "until-soft-limit", "", Limited(kLimit));
  EXPECT_EQ(ValueOf(result.get()), "cleaned up");
  EXPECT_GE(MonotonicNow() - begin, kLimit);
  EXPECT_EQ(Apply(pool.get(), "pid"), std::to_string(result->pid())) << "the worker stays";
}

TEST_P(SoftLimitTest, ATaskThatDoesNotCatchItFailsWithIt) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  const auto result = Submit(pool.get(), "sleep-long", "", Limited(kLimit));
  const Outcome outcome = OutcomeOf(result.get());
  EXPECT_EQ(outcome.code, Code::kTaskFailed);
  EXPECT_EQ(outcome.failure.task.class_name, "SoftTimeLimitExceeded");
  EXPECT_EQ(outcome.failure.task.message, "SoftTimeLimitExceeded()");
  EXPECT_EQ(Apply(pool.get(), "pid"), std::to_string(result->pid())) << "the worker stays";
  EXPECT_EQ(pool->Stats()->restarts, 0u);
}

TEST_P(SoftLimitTest, ThePoolsLimitHoldsWhereAJobHasNone) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.soft_time_limit_ns = kLimit;
  const auto pool = MakePool(std::move(options));
  EXPECT_EQ(Apply(pool.get(), "until-soft-limit"), "cleaned up");
  const auto free = Submit(pool.get(), "until-soft-limit", "", Limited(-1, 3 * kLimit));
  EXPECT_EQ(OutcomeOf(free.get()).code, Code::kTimeLimit);
}

TEST_P(SoftLimitTest, AHardLimitThatComesFirstOrAtOnceActsAlone) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.events = kLimitEvents;
  const auto pool = MakePool(std::move(options));
  for (const int64_t soft : {2 * kLimit, kLimit}) {
    const auto result = Submit(pool.get(), "loop", "", Limited(soft, kLimit));
    EXPECT_EQ(OutcomeOf(result.get()).code, Code::kTimeLimit);
    PoolEvent events[4];  // that the limits were set, that one passed, that they are no more
    ASSERT_EQ(*pool->ReadEvents(events, 4), 3u);
    const PoolEvent& event = events[1];
    EXPECT_EQ(event.kind, EventKind::kTimeout);
    EXPECT_EQ(event.job, result->id());
    EXPECT_EQ(event.hard_ns, kLimit);
    EXPECT_EQ(event.soft_ns, soft);
    EXPECT_EQ(event.pid, result->pid());
  }
}

TEST_P(SoftLimitTest, ASoftLimitAndThenTheHardOne) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.events = kLimitEvents;
  const auto pool = MakePool(std::move(options));
  PoolEvent events[5];
  size_t count = 0;
  // A host that gets no CPU until both limits have passed tells of the hard one alone: 3 events.
  for (int64_t hard = 3 * kLimit; count != 4; hard *= 2) {
    const auto result = Submit(pool.get(), "loop", "", Limited(kLimit, hard));
    EXPECT_EQ(OutcomeOf(result.get()).code, Code::kTimeLimit);
    count = *pool->ReadEvents(events, 5);
    ASSERT_GE(count, 3u);
    ASSERT_EQ(events[count - 2].kind, EventKind::kTimeout);
  }
  EXPECT_EQ(events[0].kind, EventKind::kTimeoutSet);
  EXPECT_EQ(events[1].kind, EventKind::kSoftTimeout);
  EXPECT_EQ(events[2].kind, EventKind::kTimeout);
  EXPECT_EQ(events[3].kind, EventKind::kTimeoutCancel);
}

TEST_P(SoftLimitTest, AStraySignalHasNoEffect) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  const std::string pid = Apply(pool.get(), "pid");
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(kill(std::stoi(pid), SIGUSR1), 0);
    EXPECT_EQ(Apply(pool.get(), "pid"), pid);
  }
}

TEST(PlainWorkerTest, AStraySignalHasNoEffectOnAWorkerThatSaidNothingOfIt) {
  PoolOptions options = OptionsFor(Start::kFork, 1);
  options.groups[0].worker_main = [](Worker& worker) {
    if (!worker.Ready({"pid"}).ok()) return 1;
    while (true) {
      const absl::StatusOr<Job*> job = worker.Next(Deadline::Forever(), nullptr);
      if (!job.ok()) return worker.exit_status();
      (void)(*job)->Reply(std::to_string(getpid()), 0);
    }
  };
  const auto pool = MakePool(std::move(options));
  const std::string pid = Apply(pool.get(), "pid");
  ASSERT_EQ(kill(std::stoi(pid), SIGUSR1), 0);
  EXPECT_EQ(Apply(pool.get(), "pid"), pid);
}

// G-POOL-5: jobs that end about when their soft limit passes, and neighbours in the same worker that any
// signal would disturb.
TEST_P(SoftLimitTest, JobsThatEndAtTheirLimitDisturbNobodyElse) {
  constexpr int kMicros = 1000;
  for (const unsigned seed : {4u, 5u, 6u}) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto pool = MakeReadyPool(GetParam(), 2);
    std::vector<std::unique_ptr<Result>> limited;
    std::vector<std::unique_ptr<Result>> neighbours;
    for (int i = 0; i < 150; ++i) {
      const std::string length = std::to_string(kMicros - 200 + static_cast<int>(random() % 400));
      limited.push_back(Submit(pool.get(), "spin", length, Limited(kMicros * 1000)));
      neighbours.push_back(Submit(pool.get(), "undisturbed", ""));
    }
    for (size_t i = 0; i < limited.size(); ++i) {
      EXPECT_EQ(OutcomeOf(limited[i].get()).code, Code::kOk);
      EXPECT_EQ(ValueOf(neighbours[i].get()), "undisturbed");
    }
    EXPECT_EQ(pool->Stats()->restarts, 0u);
  }
}

}  // namespace
}  // namespace billiard::pool
