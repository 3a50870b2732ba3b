// Workers that end, are killed or are stopped, idle and at work.
#include <signal.h>

#include <string>

#include "tests/core/pool/fixture.h"
#include "tests/core/pool/tasks.h"
#include "tests/support/processes.h"

namespace billiard::pool {
namespace {

using ::billiard::testing::Ends;
using ::billiard::testing::Watch;

class LossTest : public BothStarts {};
BILLIARD_BOTH_STARTS(LossTest);

TEST_P(LossTest, AWorkerThatExitsInAJobLosesItWithItsStatus) {
  const auto pool = MakePool(GetParam(), 1);
  const auto result = Submit(pool.get(), "exit", "3");
  const Outcome outcome = OutcomeOf(result.get());
  EXPECT_EQ(outcome.code, Code::kWorkerLost);
  EXPECT_EQ(outcome.failure.exit_status, 3);
  EXPECT_EQ(outcome.failure.pid, result->pid());
  EXPECT_EQ(outcome.failure.job, result->id());
  EXPECT_NE(outcome.failure.message.find("exitcode 3"), std::string::npos);
  EXPECT_EQ(Apply(pool.get(), "echo", "next"), "next");
  EXPECT_EQ(pool->Stats()->lost, 1u);
  EXPECT_EQ(pool->Stats()->restarts, 1u);
}

TEST_P(LossTest, AnExitWithStatusZeroInAJobIsALossToo) {
  const auto pool = MakePool(GetParam(), 1);
  EXPECT_EQ(OutcomeOf(Submit(pool.get(), "exit", "0").get()).failure.exit_status, 0);
}

TEST_P(LossTest, ACrashNamesItsSignal) {
  const auto pool = MakePool(GetParam(), 1);
  const auto result = Submit(pool.get(), "signal", std::to_string(SIGSEGV));
  const Outcome outcome = OutcomeOf(result.get());
  EXPECT_EQ(outcome.failure.exit_status, -SIGSEGV);
  EXPECT_NE(outcome.failure.message.find("SIGSEGV"), std::string::npos) << outcome.failure.message;
}

TEST_P(LossTest, AKilledBusyWorkerLosesItsJobAloneAndIsReplaced) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  Gate first_gate, second_gate;
  const auto first = HoldWorker(pool.get(), &first_gate);
  const auto second = HoldWorker(pool.get(), &second_gate);
  const auto queued = Submit(pool.get(), "echo", "queued");
  kill(first->pid(), SIGKILL);
  EXPECT_EQ(OutcomeOf(first.get()).code, Code::kWorkerLost);
  EXPECT_EQ(ValueOf(queued.get()), "queued");
  second_gate.Open();
  EXPECT_EQ(ValueOf(second.get()), "held");
}

TEST_P(LossTest, AKilledIdleWorkerLosesNothing) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  for (int round = 0; round < 20; ++round) {
    for (const pid_t pid : PidsOf(pool.get())) {
      if (pid > 0) kill(pid, SIGKILL);
    }
    EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
  }
  EXPECT_EQ(pool->Stats()->lost, 0u);
}

TEST_P(LossTest, AStoppedIdleWorkerDelaysNoJobForEver) {
  const auto pool = MakeReadyPool(GetParam(), 3);
  const std::vector<pid_t> pids = PidsOf(pool.get());
  kill(pids[0], SIGSTOP);
  kill(pids[1], SIGSTOP);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
}

TEST_P(LossTest, AStoppedBusyWorkerKeepsItsJob) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.start_timeout_ns = 20 * kNanosPerMilli;
  const auto pool = MakePool(std::move(options));
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  const pid_t pid = held->pid();
  kill(pid, SIGSTOP);
  EXPECT_EQ(CodeOf(held->Wait(Deadline::After(100 * kNanosPerMilli), nullptr)), Code::kTimeout);
  kill(pid, SIGCONT);
  gate.Open();
  EXPECT_EQ(ValueOf(held.get()), "held");
  EXPECT_EQ(held->pid(), pid);
}

TEST_P(LossTest, AJobLongerThanStartTimeoutDoesNotCostItsWorker) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.start_timeout_ns = kNanosPerMilli;
  const auto pool = MakePool(std::move(options));
  for (int i = 0; i < 20; ++i) {
    Gate gate;
    const auto held = HoldWorker(pool.get(), &gate);
    EXPECT_EQ(CodeOf(held->Wait(Deadline::After(5 * kNanosPerMilli), nullptr)), Code::kTimeout);
    gate.Open();
    EXPECT_EQ(ValueOf(held.get()), "held");
  }
}

TEST_P(LossTest, TheDescendantsOfADeadWorkerGoWithIt) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  const os::Fd worker = Watch(PidsOf(pool.get())[0]);
  EXPECT_EQ(OutcomeOf(Submit(pool.get(), "signal", std::to_string(SIGKILL)).get()).code,
            Code::kWorkerLost);
  EXPECT_TRUE(Ends(worker));
}

// POOL-100: a debugger, job control, or signals that mean nothing to a worker.
TEST_P(LossTest, StopsContinuesAndInterruptionsEndNoWorker) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  const std::string worker = Apply(pool.get(), "pid");
  const pid_t pid = std::stoi(worker);
  for (int round = 0; round < 20; ++round) {
    kill(pid, SIGSTOP);
    kill(pid, SIGCONT);
    for (const int number : {SIGWINCH, SIGURG, SIGCHLD, SIGUSR1, SIGINT}) kill(pid, number);
    EXPECT_EQ(Apply(pool.get(), "pid"), worker);
  }
  EXPECT_EQ(pool->Stats()->restarts, 0u);
}

// G-POOL-2: 50 ms are the goal, and forty times as much is the bound here.
TEST_P(LossTest, TheOutcomeIsKnownSoonAfterTheEnd) {
  const auto pool = MakePool(GetParam(), 2);
  for (int round = 0; round < 20; ++round) {
    Gate gate;
    const auto held = HoldWorker(pool.get(), &gate);
    const os::Fd worker = Watch(held->pid());
    kill(held->pid(), SIGKILL);
    ASSERT_TRUE(Ends(worker, 60));
    const int64_t end = MonotonicNow();
    EXPECT_EQ(OutcomeOf(held.get()).code, Code::kWorkerLost);
    EXPECT_LT(MonotonicNow() - end, 2 * kNanosPerSecond);
  }
}

TEST_P(LossTest, ResultsOfADeadWorkerStayReadable) {
  const auto pool = MakePool(GetParam(), 1);
  const auto result = Submit(pool.get(), "bytes", "100000");
  EXPECT_EQ(ValueOf(result.get()), Pattern(100000));
  kill(PidsOf(pool.get())[0], SIGKILL);
  // The replacement's results do not take the dead worker's place.
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Apply(pool.get(), "bytes", "90000"), Pattern(90000));
  EXPECT_EQ(ValueOf(result.get()), Pattern(100000));
}

}  // namespace
}  // namespace billiard::pool
