// What workers leave behind when they end (users' pain points 6 and 24).
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "tests/core/process/harness.h"
#include "tests/support/processes.h"
#include "tests/support/watchdog.h"

namespace billiard::process {
namespace {

using ::billiard::testing::Ends;
using ::billiard::testing::HasEnded;
using ::billiard::testing::Watch;
using ::billiard::testing::Watchdog;

class DescendantsTest : public ::testing::TestWithParam<Mode> {
  Watchdog watchdog_{120};
};

INSTANTIATE_TEST_SUITE_P(Modes, DescendantsTest, ::testing::Values(Mode::kForked, Mode::kSpawned),
                         [](const auto& mode) { return ModeName(mode.param); });

TEST_P(DescendantsTest, DaemonOfAKilledWorkerIsKilled) {
  Harness harness(GetParam(), {{"leave-daemon"}}, 2);
  harness.Start();
  const Template::Event victim = harness.StartWorker(0);
  const os::Fd victim_daemon = Watch(harness.ReadPid("daemon"));
  harness.ReadPid("pid");
  const Template::Event other = harness.StartWorker(1);
  const os::Fd other_daemon = Watch(harness.ReadPid("daemon"));
  harness.ReadPid("pid");

  kill(victim.pid, SIGKILL);
  EXPECT_EQ(harness.Next().wait_status, -SIGKILL);
  EXPECT_TRUE(Ends(victim_daemon));
  EXPECT_FALSE(HasEnded(other.pidfd));
  EXPECT_FALSE(HasEnded(other_daemon));
}

TEST_P(DescendantsTest, DaemonOfAWorkerThatLeavesIsKilled) {
  Harness harness(GetParam(), {{"leave-daemon"}});
  harness.Start();
  harness.StartWorker();
  const os::Fd daemon = Watch(harness.ReadPid("daemon"));
  harness.ReadPid("pid");
  EXPECT_FALSE(HasEnded(daemon));
  harness.OpenGate();
  EXPECT_EQ(harness.Next().wait_status, 0);
  EXPECT_TRUE(Ends(daemon));
}

TEST_P(DescendantsTest, StoppedDaemonIsKilled) {
  Harness harness(GetParam(), {{"leave-daemon"}});
  harness.Start();
  const Template::Event worker = harness.StartWorker();
  const pid_t daemon_pid = harness.ReadPid("daemon");
  const os::Fd daemon = Watch(daemon_pid);
  kill(daemon_pid, SIGSTOP);
  kill(worker.pid, SIGSTOP);
  kill(worker.pid, SIGKILL);
  EXPECT_TRUE(Ends(daemon));
}

// Each process of the chain lives for a moment only; the template comes again until it has caught
// one before its fork.
TEST_P(DescendantsTest, ChainOfForksIsKilled) {
  Harness harness(GetParam(), {{"leave-chain"}});
  harness.Start();
  const Template::Event worker = harness.StartWorker();
  harness.ReadPid("pid");
  kill(worker.pid, SIGKILL);
  EXPECT_EQ(harness.Next().wait_status, -SIGKILL);
  harness->Shutdown();
  EXPECT_TRUE(harness->WaitUntilGone(Deadline::Forever()));
  harness.ReadToTheEnd();  // of the template, its worker and the chain
}

// A worker that is itself a host, and a worker of it that is one too.
int HostInside(int, uint32_t, int depth, void* context) {
  auto* outer = static_cast<Harness*>(context);
  const bool innermost = depth == 0;
  Harness inner(innermost ? Mode::kSpawned : Mode::kForked, {{"wait"}, {"wait"}, {"wait"}});
  inner.hooks().child_main = HostInside;
  inner.hooks().child_context = outer;
  inner.Start();
  outer->WriteReport("template", inner->pid());
  const Template::Event worker = inner.StartWorker(0, 1, innermost ? 0 : depth - 1);
  outer->WriteReport("worker", worker.pid);
  while (true) pause();
}

class NestedTest : public ::testing::Test {
 protected:
  NestedTest() {
    harness_.hooks().child_main = HostInside;
    harness_.hooks().child_context = &harness_;
    harness_.Start();
    worker_ = harness_.StartWorker(0, 1, /*group=*/2);
    processes_ = harness_.WatchReported(6);  // a template and a worker on each of three levels
  }

  Watchdog watchdog_{120};
  Harness harness_{Mode::kForked, {{"wait"}, {"wait"}, {"wait"}}};
  Template::Event worker_;
  std::vector<os::Fd> processes_;
};

TEST_F(NestedTest, KillingTheOutermostWorkerKillsAllBelow) {
  kill(worker_.pid, SIGKILL);
  for (const os::Fd& process : processes_) EXPECT_TRUE(Ends(process));
  EXPECT_EQ(harness_.Next().wait_status, -SIGKILL);
}

TEST_F(NestedTest, ShutdownKillsAllBelow) {
  harness_.Release();
  for (const os::Fd& process : processes_) EXPECT_TRUE(Ends(process));
}

}  // namespace
}  // namespace billiard::process
