// Kills and stops one real worker at the steps that jobs with limits have besides those of
// pool_fault_test.cc: every job has its one outcome, and the pool goes on with its memory back.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <tuple>
#include <vector>

#include "billiard_core/pool/task_registry.h"
#include "billiard_core/pool/worker.h"
#include "gtest/gtest.h"
#include "tests/core/pool/harness.h"
#include "tests/core/pool/pool_peer.h"
#include "tests/support/watchdog.h"

namespace billiard::pool {
namespace {

constexpr size_t kBigArgument = 100000;

// Runs past its limit, lives through SIGTERM and answers all the same.
int AnswerLate(Job& job) {
  signal(SIGTERM, SIG_IGN);
  const int64_t end = MonotonicNow() + 30 * kNanosPerMilli;
  while (MonotonicNow() < end) {
  }
  return job.Reply(std::string(3000, 'v'), 0).ok() ? 0 : 1;
}

using Parameters = std::tuple<const char*, int>;  // point and signal

class PoolLimitFaultTest : public ::testing::TestWithParam<Parameters> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(TaskRegistry::OfProcess().Register("late", AnswerLate, {}).ok());
    const char* folder = getenv("TEST_TMPDIR");
    ticket_ = std::string(folder == nullptr ? "/tmp" : folder) + "/ticket";
    std::ofstream(ticket_).put('\n');
    const std::string fault = point() + ":1:" + std::to_string(signal_number()) + ":" + ticket_;
    setenv("BILLIARD_FAULT", fault.c_str(), 1);
  }
  void TearDown() override { unsetenv("BILLIARD_FAULT"); }

  std::string point() const { return std::get<0>(GetParam()); }
  int signal_number() const { return std::get<1>(GetParam()); }
  bool Struck() const { return access(ticket_.c_str(), F_OK) != 0; }

  PoolOptions Options() {
    PoolOptions options = OptionsFor(Start::kFork, 2);
    options.start_timeout_ns = 20 * kNanosPerMilli;
    options.terminate_grace_ns = 200 * kNanosPerMilli;
    return options;
  }

  testing::Watchdog watchdog_{60};
  std::string ticket_;
};

TEST_P(PoolLimitFaultTest, AJobOverItsLimitHasOneOutcomeAndThePoolGoesOn) {
  const auto pool = MakePool(Options());
  AwaitReady(pool.get());
  const uint64_t blocks = PoolPeer::BlocksInUse(*pool);
  JobOptions limited;
  limited.time_limit_ns = 10 * kNanosPerMilli;
  auto late = Submit(pool.get(), "late", std::string(kBigArgument, 'a'), limited);
  const Outcome outcome = OutcomeOf(late.get());
  if (outcome.code == Code::kWorkerLost) {
    EXPECT_EQ(point(), "pool.limited") << outcome.failure.message;
    EXPECT_EQ(signal_number(), SIGKILL);
  } else {
    EXPECT_EQ(outcome.code, Code::kTimeLimit) << outcome.failure.message;
  }
  late.reset();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Apply(pool.get(), "echo", "next"), "next");
  Await([&] { return pool->Stats()->restarts >= 1; });
  Await([&] { return PoolPeer::BlocksInUse(*pool) <= blocks; });
  EXPECT_EQ(pool->Stats()->lost + pool->Stats()->timed_out, 1u);
  EXPECT_EQ(pool->Stats()->restarts, 1u);
  EXPECT_TRUE(Struck());
}

class PoolRecycleFaultTest : public PoolLimitFaultTest {};

TEST_P(PoolRecycleFaultTest, AWorkerThatDiesOnItsWayOutLosesNothing) {
  PoolOptions options = Options();
  options.max_jobs_per_worker = 2;
  const auto pool = MakePool(std::move(options));
  std::vector<std::unique_ptr<Result>> results;
  for (int i = 0; i < 20; ++i) results.push_back(Submit(pool.get(), "echo", std::to_string(i)));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(ValueOf(results[static_cast<size_t>(i)].get()), std::to_string(i));
  }
  EXPECT_TRUE(Struck());
  EXPECT_EQ(pool->Stats()->lost, 0u);
}

std::string NameOf(const ::testing::TestParamInfo<Parameters>& info) {
  const std::string name = std::get<0>(info.param);
  return name.substr(name.find('.') + 1) +
         (std::get<1>(info.param) == SIGKILL ? "Killed" : "Stopped");
}

INSTANTIATE_TEST_SUITE_P(Points, PoolLimitFaultTest,
                         ::testing::Combine(::testing::Values("pool.limited", "pool.refused"),
                                            ::testing::Values(SIGKILL, SIGSTOP)),
                         NameOf);

INSTANTIATE_TEST_SUITE_P(Points, PoolRecycleFaultTest,
                         ::testing::Combine(::testing::Values("pool.leaving"),
                                            ::testing::Values(SIGKILL, SIGSTOP)),
                         NameOf);

}  // namespace
}  // namespace billiard::pool
