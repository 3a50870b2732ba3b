// Workers that the kernel kills when memory has run out (USR-4): the kernel's counter is a file of the test,
// and its SIGKILL is the test's.
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "tests/core/pool/fixture.h"
#include "tests/core/pool/tasks.h"
#include "tests/support/fake_system.h"

namespace billiard::pool {
namespace {

int OomScoreAdjustment(const std::string& process) {
  int value = -1;
  std::ifstream("/proc/" + process + "/oom_score_adj") >> value;
  return value;
}

class OomTest : public BothStarts {
 protected:
  void SetUp() override {
    system_.Write("/proc/self/cgroup", "0::/jobs\n");
    SetKills(4);
  }
  void SetKills(int count) {
    system_.Write("/sys/fs/cgroup/jobs/memory.events", "oom_kill " + std::to_string(count) + "\n");
  }
  std::unique_ptr<Pool> Make() {
    PoolOptions options = OptionsFor(GetParam(), 1);
    options.system_root = system_.root();
    return MakePool(std::move(options));
  }
  Outcome KillAtWork(Pool* pool, int kills) {
    Gate gate;
    const auto job = HoldWorker(pool, &gate);
    SetKills(kills);
    kill(job->pid(), SIGKILL);
    return OutcomeOf(job.get());
  }

  testing::FakeSystem system_;
};
BILLIARD_BOTH_STARTS(OomTest);

TEST_P(OomTest, ALossIsToldToBeForWantOfMemoryOnceForEachKill) {
  const auto pool = Make();
  Outcome outcome = KillAtWork(pool.get(), 5);
  EXPECT_EQ(outcome.code, Code::kWorkerLost);
  EXPECT_TRUE(outcome.failure.out_of_memory);
  EXPECT_EQ(outcome.failure.exit_status, -SIGKILL);
  EXPECT_NE(outcome.failure.message.find("out of memory"), std::string::npos)
      << outcome.failure.message;
  outcome = KillAtWork(pool.get(), 5);
  EXPECT_EQ(outcome.code, Code::kWorkerLost);
  EXPECT_FALSE(outcome.failure.out_of_memory) << "by somebody else";
  EXPECT_TRUE(KillAtWork(pool.get(), 6).failure.out_of_memory);
}

// Two kills that the kernel counts at once account for two workers.
TEST_P(OomTest, SeveralKillsAtOnceAccountForAsManyWorkers) {
  const auto pool = Make();
  EXPECT_TRUE(KillAtWork(pool.get(), 6).failure.out_of_memory);
  EXPECT_TRUE(KillAtWork(pool.get(), 6).failure.out_of_memory);
}

TEST_P(OomTest, OtherEndsAreNotForWantOfMemory) {
  const auto pool = Make();
  SetKills(5);
  EXPECT_FALSE(OutcomeOf(Submit(pool.get(), "exit", "3").get()).failure.out_of_memory);
  JobOptions options;
  options.time_limit_ns = 10 * kNanosPerMilli;
  const Outcome limited = OutcomeOf(Submit(pool.get(), "loop", "", options).get());
  EXPECT_EQ(limited.code, Code::kTimeLimit);
  EXPECT_FALSE(limited.failure.out_of_memory);
}

// The policy is the job's, as for any loss: run again so often, and lost then.
TEST_P(OomTest, SuchALossIsRunAgainByTheJobsPolicy) {
  const auto pool = Make();
  JobOptions options;
  options.max_retries = 1;
  Gate gate;
  const auto job = Submit(pool.get(), "hold", gate.path(), options);
  gate.Meet();
  const pid_t first = job->pid();
  SetKills(5);
  kill(first, SIGKILL);
  pid_t second = 0;
  Await([&] {  // it runs again
    second = job->pid();
    return second != 0 && second != first;
  });
  SetKills(6);
  kill(second, SIGKILL);
  const Outcome outcome = OutcomeOf(job.get());
  EXPECT_EQ(outcome.code, Code::kWorkerLost);
  EXPECT_TRUE(outcome.failure.out_of_memory);
}

TEST_P(OomTest, AWorkerIsKilledBeforeItsHost) {
  const auto pool = Make();
  const int worker = OomScoreAdjustment(Apply(pool.get(), "pid"));
  EXPECT_EQ(worker, std::min(OomScoreAdjustment("self") + 100, 1000));
}

}  // namespace
}  // namespace billiard::pool
