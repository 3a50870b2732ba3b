// Workers and templates that can not be started, or die.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>

#include "tests/core/pool/fixture.h"
#include "tests/support/processes.h"

namespace billiard::pool {
namespace {

using ::billiard::testing::Ends;
using ::billiard::testing::Watch;

class StartTest : public ::testing::Test {
 private:
  testing::Watchdog watchdog_{120};
};

PoolOptions Misbehaving(std::vector<std::string> arguments) {
  PoolOptions options = OptionsFor(Start::kSpawn, 0);
  options.groups = {SpawnGroup("bad", 2, std::move(arguments))};
  options.max_boot_failures = 3;
  return options;
}

// The pool's failure, whenever it comes to light.
absl::Status FailureOf(PoolOptions options) {
  absl::StatusOr<std::unique_ptr<Pool>> pool = Pool::Create(std::move(options));
  if (!pool.ok()) return pool.status();
  return (*pool)->WaitReady(Deadline::Forever(), nullptr);
}

bool Mentions(const absl::Status& status, const std::string& text) {
  return status.message().find(text) != absl::string_view::npos;
}

TEST_F(StartTest, AMissingCommandIsAnErrorOfTheCreation) {
  for (const char* command : {"no-such-command-of-billiard", "/no/such/command", "/"}) {
    PoolOptions options = OptionsFor(Start::kSpawn, 2);
    options.groups[0].command = {command};
    const absl::Status status = Pool::Create(std::move(options)).status();
    EXPECT_EQ(CodeOf(status), Code::kStartFailed) << status;
    EXPECT_TRUE(Mentions(status, command)) << status;
  }
}

TEST_F(StartTest, AMissingTemplateProgramIsAnErrorOfTheCreation) {
  PoolOptions options = OptionsFor(Start::kSpawn, 1);
  options.template_path = "/no/such/template";
  EXPECT_EQ(CodeOf(Pool::Create(std::move(options)).status()), Code::kNotFound);
}

TEST_F(StartTest, AFileThatIsNoProgramFailsThePool) {
  PoolOptions options = OptionsFor(Start::kSpawn, 2);
  options.groups[0].command = {"/dev/null"};
  EXPECT_EQ(CodeOf(FailureOf(std::move(options))), Code::kStartFailed);
}

TEST_F(StartTest, AFailedCreationLeavesNoProcess) {
  int pipe_ends[2];
  ASSERT_EQ(pipe2(pipe_ends, O_CLOEXEC), 0);
  const os::Fd reader(pipe_ends[0]);
  os::Fd writer(pipe_ends[1]);  // the template and its forks have it too
  PoolOptions options = OptionsFor(Start::kFork, 2);
  options.groups.push_back(SpawnGroup("bad", 1, {}));
  options.groups[1].command = {"/dev/null"};
  EXPECT_EQ(CodeOf(Pool::Create(std::move(options)).status()), Code::kStartFailed);
  writer.Reset();
  char byte;
  EXPECT_EQ(read(reader.get(), &byte, 1), 0) << "nobody can write any more";
}

TEST_F(StartTest, WorkersThatLeaveAtOnceFailThePoolWithTheirStatus) {
  const absl::Status status = FailureOf(Misbehaving({"leave", "5"}));
  EXPECT_EQ(CodeOf(status), Code::kPoolFailed);
  EXPECT_TRUE(Mentions(status, "exitcode 5")) << status;
  EXPECT_TRUE(Mentions(status, "bad")) << status;
}

TEST_F(StartTest, AWorkerThatSaysWhyIsQuoted) {
  const absl::Status status = FailureOf(Misbehaving({"fail", "the disk is full"}));
  EXPECT_EQ(CodeOf(status), Code::kPoolFailed);
  EXPECT_TRUE(Mentions(status, "the disk is full")) << status;
}

TEST_F(StartTest, AWorkerThatIsNeverReadyRunsIntoTheBootTimeout) {
  PoolOptions options = Misbehaving({"silent"});
  options.boot_timeout_ns = 10 * kNanosPerMilli;
  options.max_boot_failures = 1;
  const absl::Status status = FailureOf(std::move(options));
  EXPECT_EQ(CodeOf(status), Code::kPoolFailed);
  EXPECT_TRUE(Mentions(status, "boot_timeout")) << status;
}

TEST_F(StartTest, AFailedPoolAnswersEverythingAndCanBeEnded) {
  PoolOptions options = Misbehaving({"leave", "5"});
  options.groups[0].tasks = {"echo"};
  options.max_boot_failures = 6;
  const auto pool = Pool::Create(std::move(options));
  ASSERT_TRUE(pool.ok()) << pool.status();
  const auto result = (*pool)->Submit("echo", "", JobOptions());
  if (result.ok()) {
    EXPECT_EQ(OutcomeOf(result->get()).code, Code::kPoolFailed);
  }
  EXPECT_EQ(CodeOf((*pool)->WaitReady(Deadline::Forever(), nullptr)), Code::kPoolFailed);
  EXPECT_EQ(CodeOf((*pool)->Submit("echo", "", JobOptions()).status()), Code::kPoolFailed);
  EXPECT_TRUE((*pool)->Close().ok());
  EXPECT_TRUE((*pool)->Join(Deadline::Forever(), nullptr).ok());
}

TEST_F(StartTest, AForkPoolFailsWithItsTemplate) {
  const auto pool = MakeReadyPool(Start::kFork, 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  const auto queued = Submit(pool.get(), "echo", "");
  kill(pool->Stats()->template_pid, SIGKILL);
  const Outcome lost = OutcomeOf(held.get());
  EXPECT_EQ(lost.code, Code::kWorkerLost);
  EXPECT_NE(lost.failure.message.find("template"), std::string::npos) << lost.failure.message;
  EXPECT_EQ(OutcomeOf(queued.get()).code, Code::kPoolFailed);
  EXPECT_EQ(CodeOf(pool->WaitReady(Deadline::Forever(), nullptr)), Code::kPoolFailed);
  EXPECT_EQ(CodeOf(pool->Submit("echo", "", JobOptions()).status()), Code::kPoolFailed);
  EXPECT_TRUE(pool->Close().ok());
  EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
}

TEST_F(StartTest, ASpawnPoolRecoversFromTheLossOfItsTemplate) {
  const auto pool = MakeReadyPool(Start::kSpawn, 2);
  for (int round = 0; round < 5; ++round) {
    Gate gate;
    const auto held = HoldWorker(pool.get(), &gate);
    const pid_t template_pid = pool->Stats()->template_pid;
    std::vector<std::unique_ptr<Result>> queued;
    const os::Fd template_process = Watch(template_pid);
    kill(template_pid, SIGKILL);
    for (int i = 0; i < 10; ++i) queued.push_back(Submit(pool.get(), "echo", "x"));
    EXPECT_EQ(OutcomeOf(held.get()).code, Code::kWorkerLost);
    for (const auto& result : queued) {
      const Outcome outcome = OutcomeOf(result.get());
      EXPECT_TRUE(outcome.code == Code::kWorkerLost || outcome.value == "x");
    }
    EXPECT_TRUE(Ends(template_process));
  }
}

TEST_F(StartTest, ASpawnPoolRecoversWhenItsTemplateDiesWhileWorkersStart) {
  for (int round = 0; round < 10; ++round) {
    const auto pool = MakePool(Start::kSpawn, 3);
    kill(pool->Stats()->template_pid, SIGKILL);
    EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
    AwaitReady(pool.get());
  }
}

TEST_F(StartTest, AStoppedTemplateKeepsNoLostJobForEver) {
  const auto pool = MakeReadyPool(Start::kSpawn, 2);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  const pid_t template_pid = pool->Stats()->template_pid;
  kill(template_pid, SIGSTOP);
  kill(held->pid(), SIGKILL);
  EXPECT_EQ(OutcomeOf(held.get()).code, Code::kWorkerLost);
  EXPECT_EQ(Apply(pool.get(), "echo", "by the other worker"), "by the other worker");
  kill(template_pid, SIGCONT);
  Gate first, second;
  const auto one = HoldWorker(pool.get(), &first);
  const auto two = HoldWorker(pool.get(), &second);  // so there are two workers again
}

TEST_F(StartTest, ShortageOfDescriptorsIsAnErrorOfTheCreation) {
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const rlim_t used = static_cast<rlim_t>(*testing::OpenDescriptors("self").rbegin()) + 1;
  for (const Start start : {Start::kFork, Start::kSpawn}) {
    for (rlim_t more = 0; more < 12; ++more) {
      PoolOptions options = OptionsFor(start, 2);
      const rlimit few = {used + more, before.rlim_max};
      setrlimit(RLIMIT_NOFILE, &few);
      const absl::StatusOr<std::unique_ptr<Pool>> pool = Pool::Create(std::move(options));
      setrlimit(RLIMIT_NOFILE, &before);
      if (!pool.ok()) continue;
      EXPECT_EQ(Apply(pool->get(), "echo", "x"), "x");
    }
  }
}

}  // namespace
}  // namespace billiard::pool
