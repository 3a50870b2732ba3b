// What a fresh worker finds: its parents, signals, descriptors and environment.
#include <signal.h>
#include <unistd.h>

#include <map>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "tests/core/process/harness.h"
#include "tests/support/processes.h"
#include "tests/support/watchdog.h"

namespace billiard::process {
namespace {

using Facts = std::map<std::string, std::string>;

class WorkerEnvironmentTest : public ::testing::TestWithParam<Mode> {
 protected:
  // What a worker of place 2, incarnation 5 says of itself.
  Facts Describe() {
    harness_.Start();
    harness_.StartWorker(2, 5);
    Facts facts;
    while (true) {
      const std::string line = harness_.ReadLine();
      const size_t blank = line.find(' ');
      if (line == "end") break;
      facts[line.substr(0, blank)] = line.substr(blank + 1);
    }
    return facts;
  }
  bool forked() const { return GetParam() == Mode::kForked; }

  testing::Watchdog watchdog_{60};
  Harness harness_{GetParam(), {{"describe"}}, 3};
};

INSTANTIATE_TEST_SUITE_P(Modes, WorkerEnvironmentTest,
                         ::testing::Values(Mode::kForked, Mode::kSpawned),
                         [](const auto& mode) { return ModeName(mode.param); });

TEST_P(WorkerEnvironmentTest, BelongsToTheTemplateAndLeadsItsOwnGroup) {
  Facts facts = Describe();
  EXPECT_EQ(facts["parent"], std::to_string(harness_->pid()));
  EXPECT_EQ(facts["group"], "own");
  EXPECT_EQ(facts["subreaper"], "1");
  EXPECT_EQ(facts["death-signal"], std::to_string(SIGKILL));
  EXPECT_EQ(getpgid(harness_->pid()), harness_->pid());
}

TEST_P(WorkerEnvironmentTest, HasNoInputAndOnlyTheDescriptorsItIsMeantToHave) {
  std::string expected;
  for (const int fd : testing::OpenDescriptors("self")) expected += " " + std::to_string(fd);
  Facts facts = Describe();
  EXPECT_EQ(facts["stdin"], "/dev/null");
  // A fork keeps what the host had open, and gets nothing of the template's.
  EXPECT_EQ(" " + facts["fds"], forked() ? expected : " 0 1 2 3 4");
}

TEST_P(WorkerEnvironmentTest, KnowsWhoItIs) {
  setenv("BILLIARD_WORKER", "the host's own", 1);
  Facts facts = Describe();
  EXPECT_EQ(facts["worker"], forked() ? "the host's own" : "prefix/2:5");
  EXPECT_EQ(facts["added"], forked() ? "none" : "with=sign");
  unsetenv("BILLIARD_WORKER");
}

void Ignore(int) {}

TEST_P(WorkerEnvironmentTest, ForksKeepTheHostsSignalsAndCommandsGetTheDefaults) {
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  sigprocmask(SIG_BLOCK, &blocked, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_IGN);
  signal(SIGUSR2, Ignore);
  Facts facts = Describe();
  sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
  for (const int number : {SIGPIPE, SIGCHLD, SIGUSR2}) signal(number, SIG_DFL);

  EXPECT_EQ(facts["blocked"], "0");
  EXPECT_EQ(facts["SIGINT"], forked() ? "ignored" : "default");
  EXPECT_EQ(facts["SIGPIPE"], forked() ? "ignored" : "default");
  EXPECT_EQ(facts["SIGCHLD"], forked() ? "ignored" : "default");
  EXPECT_EQ(facts["SIGUSR2"], forked() ? "handler" : "default");
}

TEST_P(WorkerEnvironmentTest, TerminalSignalsDoNotEndTheTemplate) {
  harness_.Start();
  for (const int number : {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGPIPE, SIGTTOU, SIGTSTP, SIGALRM}) {
    ASSERT_EQ(kill(harness_->pid(), number), 0);
  }
  harness_.StartWorker();
  EXPECT_EQ(harness_.Next().wait_status, 0);
}

}  // namespace
}  // namespace billiard::process
