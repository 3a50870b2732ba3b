// Close, terminate, join and release, in any order.
#include <signal.h>

#include <string>
#include <thread>

#include "tests/core/pool/fixture.h"
#include "tests/core/pool/tasks.h"
#include "tests/support/processes.h"

namespace billiard::pool {
namespace {

using ::billiard::testing::Ends;
using ::billiard::testing::Watch;

class EndTest : public BothStarts {};
BILLIARD_BOTH_STARTS(EndTest);

absl::Status Join(Pool* pool) { return pool->Join(Deadline::Forever(), nullptr); }

TEST_P(EndTest, CloseCompletesWhatWasSubmittedAndRefusesMore) {
  const auto pool = MakePool(GetParam(), 2);
  std::vector<std::unique_ptr<Result>> results;
  for (int i = 0; i < 200; ++i) results.push_back(Submit(pool.get(), "bytes", "100"));
  ASSERT_TRUE(pool->Close().ok());
  EXPECT_EQ(CodeOf(pool->Submit("echo", "", JobOptions()).status()), Code::kState);
  EXPECT_TRUE(Join(pool.get()).ok());
  for (const auto& result : results) EXPECT_EQ(ValueOf(result.get()), Pattern(100));
}

TEST_P(EndTest, CloseAtOnceLetsTheWorkersLeave) {
  const auto pool = MakePool(GetParam(), 2);
  ASSERT_TRUE(pool->Close().ok());
  EXPECT_TRUE(Join(pool.get()).ok());
  for (const WorkerInfo& worker : WorkersOf(pool.get())) EXPECT_EQ(worker.pid, 0);
}

TEST_P(EndTest, CloseWaitsForABegunJob) {
  const auto pool = MakePool(GetParam(), 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  ASSERT_TRUE(pool->Close().ok());
  EXPECT_EQ(CodeOf(pool->Join(Deadline::After(kNanosPerMilli), nullptr)), Code::kTimeout);
  gate.Open();
  EXPECT_TRUE(Join(pool.get()).ok());
  EXPECT_EQ(ValueOf(held.get()), "held");
}

TEST_P(EndTest, JoinNeedsCloseOrTerminateAndHearsItsToken) {
  const auto pool = MakePool(GetParam(), 1);
  EXPECT_EQ(CodeOf(pool->Join(Deadline::Now(), nullptr)), Code::kState);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  ASSERT_TRUE(pool->Close().ok());
  os::Interrupt interrupt;
  interrupt.Raise();
  EXPECT_EQ(CodeOf(pool->Join(Deadline::Forever(), &interrupt)), Code::kInterrupted);
}

TEST_P(EndTest, TheEndsMayComeInAnyOrderAndTwice) {
  const auto pool = MakePool(GetParam(), 2);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  EXPECT_TRUE(pool->Close().ok());
  EXPECT_TRUE(pool->Close().ok());
  EXPECT_TRUE(pool->Terminate().ok());
  EXPECT_TRUE(pool->Close().ok());
  EXPECT_TRUE(pool->Terminate().ok());
  EXPECT_TRUE(Join(pool.get()).ok());
  EXPECT_TRUE(Join(pool.get()).ok());
  EXPECT_TRUE(pool->Terminate().ok());
  EXPECT_TRUE(pool->Close().ok());
  EXPECT_EQ(OutcomeOf(held.get()).code, Code::kTerminated);
}

TEST_P(EndTest, TerminateEndsTenThousandQueuedJobs) {
  const auto pool = MakePool(GetParam(), 2);
  Gate gates[2];
  const auto first = HoldWorker(pool.get(), &gates[0]);
  const auto second = HoldWorker(pool.get(), &gates[1]);
  std::vector<std::unique_ptr<Result>> results;
  for (int i = 0; i < 10000; ++i) results.push_back(Submit(pool.get(), "echo", "x"));
  const int64_t since = MonotonicNow();
  ASSERT_TRUE(pool->Terminate().ok());
  EXPECT_TRUE(Join(pool.get()).ok());
  EXPECT_LT(MonotonicNow() - since, 6 * kNanosPerSecond) << "ten times what it may take";
  for (const auto& result : results) EXPECT_EQ(OutcomeOf(result.get()).code, Code::kTerminated);
  EXPECT_EQ(OutcomeOf(first.get()).code, Code::kTerminated);
  EXPECT_EQ(pool->Stats()->terminated, 10002u);
}

TEST_P(EndTest, TerminateEndsStoppedWorkersAndAStoppedTemplate) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  std::vector<os::Fd> workers;
  for (const pid_t pid : PidsOf(pool.get())) {
    workers.push_back(Watch(pid));
    kill(pid, SIGSTOP);
  }
  const pid_t template_pid = pool->Stats()->template_pid;
  const os::Fd template_process = Watch(template_pid);
  kill(template_pid, SIGSTOP);
  ASSERT_TRUE(pool->Terminate().ok());
  EXPECT_TRUE(Join(pool.get()).ok());
  EXPECT_TRUE(Ends(workers[0], 0));
  EXPECT_TRUE(Ends(workers[1], 0));
  EXPECT_TRUE(Ends(template_process, 0));
}

TEST_P(EndTest, ReleaseEndsAllProcesses) {
  auto pool = MakePool(GetParam(), 2);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  std::vector<os::Fd> processes;
  for (const pid_t pid : PidsOf(pool.get())) processes.push_back(Watch(pid));
  processes.push_back(Watch(pool->Stats()->template_pid));
  pool.reset();
  for (const os::Fd& process : processes) EXPECT_TRUE(Ends(process, 0));
  EXPECT_EQ(OutcomeOf(held.get()).code, Code::kTerminated);
}

TEST_P(EndTest, ResultsOutliveThePool) {
  auto pool = MakePool(GetParam(), 1);
  const auto small = Submit(pool.get(), "echo", "small");
  const auto large = Submit(pool.get(), "bytes", "100000");
  EXPECT_EQ(ValueOf(large.get()), Pattern(100000));
  const auto held_while_ending = Submit(pool.get(), "fail", "");
  EXPECT_EQ(OutcomeOf(held_while_ending.get()).code, Code::kTaskFailed);
  pool.reset();
  EXPECT_EQ(ValueOf(small.get()), "small");
  EXPECT_EQ(ValueOf(large.get()), Pattern(100000));
  EXPECT_EQ(OutcomeOf(held_while_ending.get()).failure.task.backtrace, "backtrace");
}

TEST_P(EndTest, AWaiterIsWokenByTheTermination) {
  const auto pool = MakePool(GetParam(), 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  std::thread waiter([&] { EXPECT_EQ(OutcomeOf(held.get()).code, Code::kTerminated); });
  ASSERT_TRUE(pool->Terminate().ok());
  waiter.join();
}

TEST_P(EndTest, UnfinishedResultsMayBeReleasedWhileWorkersAnswerThem) {
  for (int round = 0; round < 20; ++round) {
    auto pool = MakePool(GetParam(), 2);
    std::vector<std::unique_ptr<Result>> results;
    for (int i = 0; i < 50; ++i) results.push_back(Submit(pool.get(), "bytes", "3000"));
    ASSERT_TRUE(pool->Terminate().ok());
    results.clear();
  }
}

}  // namespace
}  // namespace billiard::pool
