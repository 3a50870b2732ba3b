// What broke the reference (GAP-1 ...), as far as it concerns the life of a pool's workers.
#include <signal.h>

#include <string>

#include "tests/core/pool/fixture.h"
#include "tests/support/processes.h"

namespace billiard::pool {
namespace {

class GapTest : public BothStarts {};
BILLIARD_BOTH_STARTS(GapTest);

TEST_P(GapTest, AJobRunsAfterAllIdleWorkersWereKilled) {
  const auto pool = MakeReadyPool(GetParam(), 3);
  for (const pid_t pid : PidsOf(pool.get())) kill(pid, SIGKILL);
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
  ASSERT_TRUE(pool->Terminate().ok());
  EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
}

TEST_P(GapTest, JobsRunAfterAnIdleWorkerGotSigterm) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  for (int round = 0; round < 8; ++round) {
    const pid_t victim = PidsOf(pool.get())[static_cast<size_t>(round % 2)];
    if (victim > 0) kill(victim, SIGTERM);
    for (int i = 0; i < 4; ++i) {
      const Outcome outcome = OutcomeOf(Submit(pool.get(), "echo", "x").get());
      EXPECT_TRUE(outcome.value == "x" || outcome.code == Code::kWorkerLost);
    }
  }
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
}

TEST_P(GapTest, ASubmissionAfterCloseIsAnError) {
  const auto pool = MakePool(GetParam(), 1);
  ASSERT_TRUE(pool->Close().ok());
  EXPECT_EQ(CodeOf(pool->Submit("echo", "", JobOptions()).status()), Code::kState);
  ASSERT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
  EXPECT_EQ(CodeOf(pool->Submit("echo", "", JobOptions()).status()), Code::kState);
}

TEST_P(GapTest, AnIdlePoolRestarts) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  const std::vector<pid_t> before = PidsOf(pool.get());
  ASSERT_TRUE(pool->Restart().ok());
  Await([&] {
    const std::vector<WorkerInfo> workers = WorkersOf(pool.get());
    for (size_t i = 0; i < 2; ++i) {
      if (workers[i].pid == before[i] || workers[i].activity != WorkerActivity::kIdle) return false;
    }
    return true;
  });
}

TEST_P(GapTest, WorkersThatCanNeverBeReadyFailThePoolByDefault) {
  PoolOptions options = OptionsFor(Start::kSpawn, 0);
  options.groups = {SpawnGroup("bad", 1, {"fail", "no database"})};
  options.groups[0].tasks = {"never"};
  const auto pool = MakePool(std::move(options));
  const auto job = pool->Submit("never", "", JobOptions());
  if (job.ok()) {
    const Outcome outcome = OutcomeOf(job->get());
    EXPECT_EQ(outcome.code, Code::kPoolFailed);
    EXPECT_NE(outcome.failure.message.find("no database"), std::string::npos);
  }
  EXPECT_EQ(CodeOf(pool->WaitReady(Deadline::Forever(), nullptr)), Code::kPoolFailed);
}

}  // namespace
}  // namespace billiard::pool
