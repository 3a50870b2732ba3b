// A new template for a pool of forks: its workers leave the old one, or a dead one, without losing a job.
#include <signal.h>

#include <string>
#include <thread>

#include "billiard_core/pool/worker.h"
#include "tests/core/pool/fixture.h"
#include "tests/support/processes.h"

namespace billiard::pool {
namespace {

using ::billiard::testing::Ends;
using ::billiard::testing::Watch;

class ReforkTest : public ::testing::Test {
 private:
  testing::Watchdog watchdog_{120};
};

// A job of the task "hold", begun when this returns. The gate is not met: forks would keep it shut.
std::unique_ptr<Result> BeginHolding(Pool* pool, Gate* gate) {
  auto result = Submit(pool, "hold", gate->path());
  Await([&] { return result->pid() != 0; });
  return result;
}

pid_t TemplateOf(Pool* pool) { return pool->Stats()->template_pid; }

TEST_F(ReforkTest, NewWorkersAreForksOfTheHostAsItIsNow) {
  static int known = 1;
  PoolOptions options = OptionsFor(Start::kFork, 2);
  options.groups[0].tasks = {"known"};
  options.groups[0].worker_main = [](Worker& worker) {
    if (!worker.Ready({"known"}).ok()) return 1;
    while (true) {
      const absl::StatusOr<Job*> job = worker.Next(Deadline::Forever(), nullptr);
      if (!job.ok()) return 0;
      (void)(*job)->Reply(std::to_string(known), 0);
    }
  };
  const auto pool = MakePool(std::move(options));
  AwaitReady(pool.get());
  EXPECT_EQ(Apply(pool.get(), "known"), "1");
  known = 2;
  EXPECT_EQ(Apply(pool.get(), "known"), "1");
  ASSERT_TRUE(pool->Refork().ok());
  // Old workers may still take a job; the new ones come.
  Await([&] { return Apply(pool.get(), "known") == "2"; });
}

TEST_F(ReforkTest, TheOldTemplateEndsWithItsLastWorker) {
  const auto pool = MakeReadyPool(Start::kFork, 2);
  Gate gate;
  const auto held = BeginHolding(pool.get(), &gate);
  const os::Fd old_template = Watch(TemplateOf(pool.get()));
  const os::Fd old_worker = Watch(held->pid());
  const pid_t before = TemplateOf(pool.get());
  ASSERT_TRUE(pool->Refork().ok());
  EXPECT_NE(TemplateOf(pool.get()), before);
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
  EXPECT_FALSE(Ends(old_template, 0)) << "it has a worker";
  gate.Open();
  EXPECT_EQ(ValueOf(held.get()), "held");
  EXPECT_TRUE(Ends(old_worker));
  EXPECT_TRUE(Ends(old_template));
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
}

TEST_F(ReforkTest, NoJobIsLostWhileThePoolReforks) {
  const auto pool = MakePool(Start::kFork, 3);
  std::vector<std::unique_ptr<Result>> results;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 50; ++i) results.push_back(Submit(pool.get(), "bytes", "300"));
    ASSERT_TRUE(pool->Refork().ok());
  }
  for (const auto& result : results) EXPECT_EQ(OutcomeOf(result.get()).code, Code::kOk);
  EXPECT_EQ(pool->Stats()->lost, 0u);
}

TEST_F(ReforkTest, AForkPoolWhoseTemplateDiedGoesOn) {
  const auto pool = MakeReadyPool(Start::kFork, 2);
  for (int round = 0; round < 3; ++round) {
    Gate gate;
    const auto held = BeginHolding(pool.get(), &gate);
    kill(TemplateOf(pool.get()), SIGKILL);
    EXPECT_EQ(OutcomeOf(held.get()).code, Code::kWorkerLost);
    Await([&] { return !pool->Maintain().ok(); });
    EXPECT_EQ(CodeOf(pool->Submit("echo", "", JobOptions()).status()), Code::kPoolFailed);
    ASSERT_TRUE(pool->Refork().ok());
    EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
    EXPECT_TRUE(pool->Maintain().ok());
    AwaitReady(pool.get());
  }
  ASSERT_TRUE(pool->Close().ok());
  EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
}

TEST_F(ReforkTest, AnOldTemplateThatIsKilledTakesOnlyItsOwnWorkers) {
  const auto pool = MakeReadyPool(Start::kFork, 2);
  Gate old_gate, new_gate;
  const auto old_job = BeginHolding(pool.get(), &old_gate);
  const pid_t old_template = TemplateOf(pool.get());
  ASSERT_TRUE(pool->Refork().ok());
  const auto new_job = HoldWorker(pool.get(), &new_gate);
  Await([&] { return TemplateOf(pool.get()) != old_template; });
  kill(old_template, SIGKILL);
  EXPECT_EQ(OutcomeOf(old_job.get()).code, Code::kWorkerLost);
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
  new_gate.Open();
  const Outcome kept = OutcomeOf(new_job.get());
  EXPECT_TRUE(kept.value == "held" || kept.code == Code::kWorkerLost);
  EXPECT_TRUE(pool->Maintain().ok());
}

TEST_F(ReforkTest, APoolMayEndAtOnceAfterIt) {
  for (int round = 0; round < 5; ++round) {
    const auto pool = MakePool(Start::kFork, 2);
    ASSERT_TRUE(pool->Refork().ok());
    if (round % 2 == 0) {
      ASSERT_TRUE(pool->Close().ok());
    } else {
      ASSERT_TRUE(pool->Terminate().ok());
    }
    EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
    EXPECT_EQ(CodeOf(pool->Refork()), Code::kState);
  }
}

TEST_F(ReforkTest, InEventLoopModeToo) {
  PoolOptions options = OptionsFor(Start::kFork, 2);
  options.event_loop = true;
  const auto pool = MakePool(std::move(options));
  const pid_t before = TemplateOf(pool.get());
  ASSERT_TRUE(pool->Refork().ok());
  EXPECT_NE(TemplateOf(pool.get()), before);
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
}

TEST_F(ReforkTest, WhoeverMayNotForkIsRefused) {
  const auto commands = MakePool(Start::kSpawn, 1);
  EXPECT_EQ(CodeOf(commands->Refork()), Code::kState);
  const auto pool = MakePool(Start::kFork, 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  std::thread other([&] { (void)held->Wait(Deadline::Forever(), nullptr); });
  EXPECT_EQ(CodeOf(pool->Refork()), Code::kForkUnsafe);
  gate.Open();
  other.join();
  // A thread that has been joined is listed a moment longer.
  Await([&] { return pool->Refork().ok(); });
}

}  // namespace
}  // namespace billiard::pool
