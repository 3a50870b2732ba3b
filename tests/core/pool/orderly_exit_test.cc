// Workers that a signal wants to end: in order at the first, at once at the second (POOL-98, POOL-106,
// UTIL-91 to UTIL-95).
#include "billiard_core/pool/orderly_exit.h"

#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/core/pool/fixture.h"
#include "tests/core/process/child/system_call_filter.h"
#include "tests/support/child/child.h"
#include "tests/support/processes.h"
#include "tests/support/sanitizer.h"

namespace billiard::pool {
namespace {

using ::billiard::testing::Ends;
using ::billiard::testing::HasEnded;
using ::billiard::testing::Watch;

class OrderlyExitTest : public BothStarts {
 protected:
  std::unique_ptr<Pool> MakeTold(bool event_loop = false) {
    PoolOptions options = OptionsFor(GetParam(), 1);
    options.events = kWorkerEvents;
    options.event_loop = event_loop;
    std::unique_ptr<Pool> pool = MakePool(std::move(options));
    AwaitReady(pool.get());
    return pool;
  }
  // How the next worker to end has ended.
  static int32_t NextExit(Pool* pool) {
    PoolEvent event;
    Await(
        [&] { return *pool->ReadEvents(&event, 1) == 1 && event.kind == EventKind::kWorkerDown; });
    return event.exit_status;
  }
};
BILLIARD_BOTH_STARTS(OrderlyExitTest);

TEST_P(OrderlyExitTest, AnIdleWorkerDiesOfTheSignalItself) {
  const auto pool = MakeTold();
  for (const int number : {SIGTERM, SIGHUP, SIGQUIT, SIGUSR2, SIGALRM}) {
    AwaitReady(pool.get());
    const pid_t pid = std::stoi(Apply(pool.get(), "pid"));
    kill(pid, number);
    EXPECT_EQ(NextExit(pool.get()), -number);
  }
  EXPECT_EQ(Apply(pool.get(), "echo", "next"), "next");
  EXPECT_EQ(pool->Stats()->lost, 0u);
}

TEST_P(OrderlyExitTest, ATaskThatAnswersAllTheSameIsHeard) {
  const auto pool = MakeTold();
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  kill(held->pid(), SIGTERM);  // it ends the task's read, unless that has not begun
  gate.Open();
  EXPECT_EQ(ValueOf(held.get()), "held");
  EXPECT_EQ(NextExit(pool.get()), -SIGTERM);
}

// POOL-93: the end of the worker is no failure of its task.
TEST_P(OrderlyExitTest, ATaskThatGivesUpIsLost) {
  const auto pool = MakeTold();
  const auto sleeping = Submit(pool.get(), "sleep-long", "");
  Await([&] { return sleeping->pid() != 0; });
  testing::AwaitSleeping(sleeping->pid());
  kill(sleeping->pid(), SIGTERM);
  const Outcome outcome = OutcomeOf(sleeping.get());
  EXPECT_EQ(outcome.code, Code::kWorkerLost);
  EXPECT_EQ(outcome.failure.exit_status, -SIGTERM);
}

TEST_P(OrderlyExitTest, ASecondSignalEndsItAtOnce) {
  if (testing::kThreadSanitized) GTEST_SKIP() << "an endless loop meets no signal";
  const auto pool = MakeTold();
  const auto endless = Submit(pool.get(), "loop", "");
  pid_t pid = 0;
  Await([&] { return (pid = endless->pid()) != 0; });
  const os::Fd worker = Watch(pid);
  Await([&] {
    kill(pid, SIGTERM);
    return HasEnded(worker);
  });
  const Outcome outcome = OutcomeOf(endless.get());
  EXPECT_EQ(outcome.code, Code::kWorkerLost);
  EXPECT_EQ(outcome.failure.exit_status, kExitImpatient);
  EXPECT_EQ(Apply(pool.get(), "echo", "next"), "next");
}

TEST_P(OrderlyExitTest, SignalsOfTheFullSetAreHandledAndThoseOfFaultsAreNot) {
  const auto pool = MakeTold();
  for (const int number : {SIGHUP, SIGQUIT, SIGTERM, SIGPIPE, SIGALRM, SIGXCPU, SIGXFSZ, SIGVTALRM,
                           SIGPROF, SIGUSR1, SIGUSR2}) {
    EXPECT_EQ(Apply(pool.get(), "disposition", std::to_string(number)), "handled") << number;
  }
  EXPECT_EQ(Apply(pool.get(), "disposition", std::to_string(SIGINT)), "ignored");
  EXPECT_EQ(Apply(pool.get(), "disposition", std::to_string(SIGCHLD)), "default");
}

TEST_P(OrderlyExitTest, InEventLoopModeFewSignalsAreHandled) {
  const auto pool = MakeTold(/*event_loop=*/true);
  for (const int number : {SIGHUP, SIGQUIT, SIGTERM, SIGUSR1}) {
    EXPECT_EQ(Apply(pool.get(), "disposition", std::to_string(number)), "handled") << number;
  }
  for (const int number : {SIGALRM, SIGUSR2, SIGPROF}) {
    EXPECT_EQ(Apply(pool.get(), "disposition", std::to_string(number)), "default") << number;
  }
}

TEST_P(OrderlyExitTest, WhatATaskForksHasTheDefaultActions) {
  const auto pool = MakeTold();
  EXPECT_EQ(Apply(pool.get(), "fork-and-terminate"), std::to_string(SIGTERM));
}

// Ends the pool while its workers are idle, at work and on their way out.
TEST_P(OrderlyExitTest, ThePoolEndsThemAllTheSame) {
  for (int round = 0; round < 10; ++round) {
    const auto pool = MakePool(GetParam(), 3);
    const auto endless = Submit(pool.get(), "loop", "");
    const auto sleeping = Submit(pool.get(), "sleep-long", "");
    if (round % 2 == 0) Await([&] { return sleeping->pid() != 0; });
    EXPECT_TRUE(pool->Terminate().ok());
    EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
    EXPECT_EQ(OutcomeOf(endless.get()).code, Code::kTerminated);
    EXPECT_EQ(OutcomeOf(sleeping.get()).code, Code::kTerminated);
  }
}

// UTIL-83b
TEST_P(OrderlyExitTest, HandlersKeepErrno) {
  const auto pool = MakePool(GetParam(), 1);
  EXPECT_EQ(Apply(pool.get(), "errno-after-signals"), "77");
}

// UTIL-90. The variable is read once in a process.
TEST(RemappedSignalTest, WorkersLeaveAtTheNamedSignalAndIgnoreSigterm) {
  testing::Child host([] {
    setenv("REMAP_SIGTERM", "SIGQUIT", 1);
    signal(SIGQUIT, SIG_IGN);
    const auto pool = MakeReadyPool(Start::kFork, 1);
    if (Apply(pool.get(), "disposition", std::to_string(SIGQUIT)) != "handled") return 1;
    if (Apply(pool.get(), "disposition", std::to_string(SIGTERM)) != "ignored") return 2;
    const auto ended = Submit(pool.get(), "sleep-long", "");
    Await([&] { return ended->pid() != 0; });
    if (!ended->Terminate(0).ok()) return 3;
    const Outcome outcome = OutcomeOf(ended.get());
    return outcome.failure.exit_status == -SIGQUIT ? 0 : 4;
  });
  EXPECT_EQ(host.Wait(), 0);
}

// UTIL-93
TEST(RefusedSignalTest, AHandlerThatCanNotBeInstalledIsDoneWithout) {
  testing::Child host([] {
    process::RefuseActionsOf(SIGHUP);
    const auto pool = MakeReadyPool(Start::kFork, 1);
    if (Apply(pool.get(), "echo", "works") != "works") return 1;
    if (Apply(pool.get(), "disposition", std::to_string(SIGQUIT)) != "handled") return 2;
    const pid_t pid = std::stoi(Apply(pool.get(), "pid"));
    const os::Fd worker = Watch(pid);
    kill(pid, SIGHUP);  // by its default action
    return Ends(worker, 60) && Apply(pool.get(), "echo", "goes on") == "goes on" ? 0 : 3;
  });
  EXPECT_EQ(host.Wait(), 0);
}

// UTIL-92
TEST(KeptSignalsTest, WhatTheHostIgnoresOrHandlesStaysSo) {
  testing::Watchdog watchdog(60);
  struct sigaction before[2];
  struct sigaction action = {};
  action.sa_handler = SIG_IGN;
  sigaction(SIGHUP, &action, &before[0]);
  action.sa_handler = [](int) {};
  sigaction(SIGUSR2, &action, &before[1]);
  const auto pool = MakeReadyPool(Start::kFork, 1);
  sigaction(SIGHUP, &before[0], nullptr);
  sigaction(SIGUSR2, &before[1], nullptr);
  EXPECT_EQ(Apply(pool.get(), "disposition", std::to_string(SIGHUP)), "ignored");
  const std::string pid = Apply(pool.get(), "pid");
  kill(std::stoi(pid), SIGHUP);
  kill(std::stoi(pid), SIGUSR2);
  EXPECT_EQ(Apply(pool.get(), "pid"), pid) << "neither ends it";
}

// Hooks of a worker that a signal ends, told through a file.
TEST(HooksAtExitTest, LoopStopThenProcessExitWithTheSignal) {
  testing::Watchdog watchdog(60);
  const std::string path = ::testing::TempDir() + "hooks." + std::to_string(getpid());
  unlink(path.c_str());
  const auto note = [path](const std::string& line) {
    std::ofstream(path, std::ios::app) << line << '\n';
  };
  PoolOptions options = OptionsFor(Start::kFork, 1);
  options.groups[0].hooks.on_loop_stop = [note](int32_t) { note("stop"); };
  options.groups[0].hooks.on_process_exit = [note](int32_t, int32_t status) {
    note("exit " + std::to_string(status));
  };
  const auto pool = MakePool(std::move(options));
  const pid_t pid = std::stoi(Apply(pool.get(), "pid"));
  const os::Fd worker = Watch(pid);
  kill(pid, SIGTERM);
  ASSERT_TRUE(Ends(worker, 60));
  std::ifstream file(path);
  std::string lines[2];
  for (std::string& line : lines) std::getline(file, line);
  EXPECT_EQ(lines[0], "stop");
  EXPECT_EQ(lines[1], "exit -15");
}

}  // namespace
}  // namespace billiard::pool
