// The life of a process, the same under every start method: PROC-9 to PROC-38, G-PROC-1 to G-PROC-3.
#include "billiard_core/process/child/process.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <map>
#include <thread>
#include <vector>

#include "billiard_core/base/status.h"
#include "billiard_core/os/reap.h"
#include "billiard_core/process/child/child_table.h"
#include "billiard_core/process/child/self.h"
#include "gtest/gtest.h"
#include "tests/core/process/child/acting.h"
#include "tests/support/processes.h"
#include "tests/support/watchdog.h"

namespace billiard::process {
namespace {

class ProcessTest : public ::testing::TestWithParam<StartMethod> {
 protected:
  std::shared_ptr<Process> Start(const std::string& data) {
    return Started(Acting(GetParam(), data));
  }
  testing::Watchdog watchdog_{120};
};

TEST_P(ProcessTest, ExitCodesAreExact) {
  for (const int code : {0, 7, 255}) {
    EXPECT_EQ(RunToTheEnd(GetParam(), "exit " + std::to_string(code)), code);
  }
  EXPECT_EQ(RunToTheEnd(GetParam(), "exit 265"), 9);
  EXPECT_EQ(RunToTheEnd(GetParam(), "exit -1"), 255);
  EXPECT_EQ(RunToTheEnd(GetParam(), "_exit 70"), 70);
}

TEST_P(ProcessTest, DeathsBySignalAreExact) {
  for (const int number : {SIGTERM, SIGKILL, SIGSEGV, SIGABRT, SIGINT}) {
    EXPECT_EQ(RunToTheEnd(GetParam(), "raise " + std::to_string(number)), -number);
  }
}

TEST_P(ProcessTest, AnExceptionOrATextGivesOne) {
  EXPECT_EQ(RunToTheEnd(GetParam(), "throw"), 1);
  EXPECT_EQ(RunToTheEnd(GetParam(), "text last words"), 1);
}

TEST_P(ProcessTest, AChildKnowsWhoItIs) {
  ProcessOptions options = Acting(GetParam(), "tell");
  options.name = "worker bee";
  options.daemon = true;
  Telling child(options);
  auto facts = child.ReadFacts();
  EXPECT_EQ(EndOf(child.process()), 0);
  EXPECT_EQ(facts["name"], "worker bee");
  EXPECT_EQ(facts["identity"], std::to_string(child.process()->identity().at(0)));
  EXPECT_EQ(facts["daemon"], "1");
  EXPECT_EQ(facts["parent"], std::to_string(getpid()));
  EXPECT_EQ(facts["parent name"], Self().name);
  EXPECT_EQ(facts["method"], NameOf(GetParam()));
  EXPECT_EQ(facts["pid"], std::to_string(child.process()->pid()));
  EXPECT_EQ(facts["key"], std::to_string(std::hash<std::string>()(Self().authkey)));
  EXPECT_EQ(facts["stdin"], "/dev/null");
  EXPECT_EQ(facts["children"], "0");
}

TEST_P(ProcessTest, NamesTellKindAndIdentityUntilTheyAreChanged) {
  const std::shared_ptr<Process> process = Make(Acting(GetParam(), ""));
  const std::map<StartMethod, std::string> kinds = {
      {StartMethod::kFork, "ForkProcess-"},
      {StartMethod::kSpawn, "SpawnProcess-"},
      {StartMethod::kForkServer, "ForkServerProcess-"}};
  EXPECT_EQ(process->Name(), kinds.at(GetParam()) + std::to_string(process->identity().at(0)));
  EXPECT_EQ(Make(Acting(GetParam(), ""))->identity().at(0), process->identity().at(0) + 1);
  EXPECT_TRUE(process->SetName("another").ok());
  EXPECT_EQ(process->Name(), "another");
  EXPECT_EQ(CodeOf(process->SetName("")), Code::kInvalid);
}

// PROC-5, PROC-6
TEST_P(ProcessTest, DaemonsMayHaveChildrenWhichAreDaemonsByDefault) {
  ProcessOptions options = Acting(GetParam(), "nested 1");
  options.daemon = true;
  Telling nested(options);
  EXPECT_FALSE(nested.ReadAll().empty());
  EXPECT_EQ(EndOf(nested.process()), 0);
  for (const bool daemon : {true, false}) {
    options = Acting(GetParam(), "tell");
    options.daemon = daemon;
    Telling child(options);
    EXPECT_EQ(child.ReadFacts()["its child's daemon"], daemon ? "1" : "0");
    EXPECT_EQ(EndOf(child.process()), 0);
  }
}

// PROC-7
TEST_P(ProcessTest, AnotherKeyIsForLaterChildren) {
  const std::string before = Self().authkey;
  ASSERT_TRUE(SetAuthkey("another key").ok());
  Telling child(GetParam(), "tell");
  EXPECT_EQ(child.ReadFacts()["key"], std::to_string(std::hash<std::string>()("another key")));
  EXPECT_EQ(EndOf(child.process()), 0);
  ASSERT_TRUE(SetAuthkey(before).ok());
  EXPECT_EQ(CodeOf(SetAuthkey("")), Code::kInvalid);
}

TEST_P(ProcessTest, BeforeStartThereIsNothing) {
  const auto files = testing::OpenDescriptors("self");
  const std::shared_ptr<Process> process = Make(Acting(GetParam(), "exit 0"));
  EXPECT_EQ(testing::OpenDescriptors("self"), files);
  EXPECT_EQ(process->pid(), 0);
  EXPECT_EQ(*process->ExitStatus(), os::kNotEnded);
  EXPECT_FALSE(*process->IsAlive());
  EXPECT_EQ(CodeOf(process->Sentinel().status()), Code::kState);
  EXPECT_EQ(CodeOf(process->Join(Deadline::Now(), nullptr)), Code::kState);
  EXPECT_EQ(CodeOf(process->Terminate()), Code::kState);
  EXPECT_NE(process->Describe().find(", initial)>"), std::string::npos) << process->Describe();
}

TEST_P(ProcessTest, LivesUntilItIsTerminated) {
  const std::shared_ptr<Process> process = Start("sleep");
  EXPECT_TRUE(*process->IsAlive());
  EXPECT_EQ(*process->ExitStatus(), os::kNotEnded);
  EXPECT_EQ(CodeOf(process->Start()), Code::kState);
  EXPECT_EQ(CodeOf(process->SetDaemon(true)), Code::kState);
  EXPECT_EQ(CodeOf(process->Close()), Code::kState);
  EXPECT_EQ(CodeOf(process->Join(Deadline::Now(), nullptr)), Code::kTimeout);
  EXPECT_EQ(ActiveChildren().size(), 1u);
  EXPECT_NE(process->Describe().find(", started)>"), std::string::npos) << process->Describe();

  EXPECT_TRUE(process->Terminate().ok());
  EXPECT_EQ(EndOf(process), -SIGTERM);
  EXPECT_FALSE(*process->IsAlive());
  EXPECT_TRUE(ActiveChildren().empty());
  EXPECT_NE(process->Describe().find(", stopped[SIGTERM])>"), std::string::npos);
  // PROC-25: nobody else is met by a signal that comes late.
  EXPECT_TRUE(process->Terminate().ok());
  EXPECT_TRUE(process->Kill().ok());
  EXPECT_EQ(CodeOf(process->Start()), Code::kState);
}

TEST_P(ProcessTest, TheSentinelIsValidUntilClose) {
  const std::shared_ptr<Process> process = Start("sleep");
  const os::Fd sentinel(dup(*process->Sentinel()));
  EXPECT_FALSE(testing::HasEnded(sentinel));
  EXPECT_TRUE(process->Kill().ok());
  EXPECT_TRUE(testing::Ends(sentinel));
  EXPECT_EQ(EndOf(process), -SIGKILL);
  EXPECT_TRUE(process->Sentinel().ok());
  EXPECT_TRUE(process->Close().ok());
  EXPECT_TRUE(process->Close().ok());
  EXPECT_EQ(CodeOf(process->Sentinel().status()), Code::kState);
  EXPECT_EQ(*process->ExitStatus(), -SIGKILL);
  EXPECT_NE(process->pid(), 0);
  EXPECT_TRUE(process->Join(Deadline::Now(), nullptr).ok());
}

// GAP-39, W-PROC-1
TEST_P(ProcessTest, AnEndIsSeenAlthoughAGrandchildHoldsAllDescriptors) {
  Telling child(GetParam(), "grandchild");
  EXPECT_EQ(EndOf(child.process()), 0);
}

TEST_P(ProcessTest, ATokenEndsAJoin) {
  const std::shared_ptr<Process> process = Start("sleep");
  os::Interrupt token;
  std::thread other([&] { token.Raise(); });
  EXPECT_EQ(CodeOf(process->Join(Deadline::Forever(), &token)), Code::kInterrupted);
  other.join();
  EXPECT_TRUE(process->Kill().ok());
  EXPECT_EQ(EndOf(process), -SIGKILL);
}

// PROC-24
TEST_P(ProcessTest, HandledSignalsDoNotEndAJoin) {
  const std::shared_ptr<Process> process = Start("sleep");
  struct sigaction before;
  struct sigaction handler = {};
  handler.sa_handler = [](int) {};
  sigaction(SIGVTALRM, &handler, &before);
  const pthread_t joiner = pthread_self();
  std::atomic<bool> done{false};
  std::thread other([&] {
    while (!done) pthread_kill(joiner, SIGVTALRM);
  });
  const Deadline deadline = Deadline::After(kNanosPerSecond / 10);
  EXPECT_EQ(CodeOf(process->Join(deadline, nullptr)), Code::kTimeout);
  EXPECT_TRUE(deadline.Expired());
  done = true;
  other.join();
  sigaction(SIGVTALRM, &before, nullptr);
  EXPECT_TRUE(process->Kill().ok());
  EXPECT_EQ(EndOf(process), -SIGKILL);
}

TEST_P(ProcessTest, ManyThreadsMayAskAtOnce) {
  const std::shared_ptr<Process> process = Start("sleep");
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      if (i == 0) {
        EXPECT_TRUE(process->Terminate().ok());
      }
      while (*process->IsAlive()) std::this_thread::yield();
      EXPECT_EQ(EndOf(process), -SIGTERM);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_P(ProcessTest, ProcessesMayStartProcesses) {
  Telling child(GetParam(), "nested 1");
  const std::string own = std::to_string(child.process()->identity().at(0));
  EXPECT_EQ(child.ReadAll(), own + "\n" + own + ":1\n" + own + ":2\n");
  EXPECT_EQ(EndOf(child.process()), 0);
}

// PROC-52
TEST_P(ProcessTest, GrandchildrenAreNotListed) {
  ProcessOptions options = Acting(GetParam(), "branch");
  options.daemon = true;
  Telling child(options);
  const os::Fd grandchild = testing::Watch(child.ReadPid());
  const std::vector<std::shared_ptr<Process>> children = ActiveChildren();
  ASSERT_EQ(children.size(), 1u);
  EXPECT_EQ(children[0]->pid(), child.process()->pid());
  EXPECT_TRUE(child.process()->Kill().ok());
  EXPECT_EQ(EndOf(child.process()), -SIGKILL);
  EXPECT_TRUE(testing::Ends(grandchild, 60)) << "a daemon, as its parent";
}

// UTIL-72
TEST_P(ProcessTest, AGrandchildThatIsNoDaemonOutlivesAKilledDaemon) {
  ProcessOptions options = Acting(GetParam(), "branch of no daemon");
  options.daemon = true;
  Telling child(options);
  const pid_t pid = child.ReadPid();
  const os::Fd grandchild = testing::Watch(pid);
  EXPECT_TRUE(child.process()->Kill().ok());
  EXPECT_EQ(EndOf(child.process()), -SIGKILL);
  // Whatever ends with its parent has ended by the time that a later daemon of the same kind has.
  Telling later(options);
  const pid_t later_pid = later.ReadPid();
  EXPECT_FALSE(testing::HasEnded(grandchild));
  EXPECT_TRUE(later.process()->Kill().ok());
  EXPECT_EQ(EndOf(later.process()), -SIGKILL);
  EXPECT_FALSE(testing::HasEnded(grandchild));
  kill(pid, SIGKILL);
  kill(later_pid, SIGKILL);
}

TEST_P(ProcessTest, AnUnknownEntryIsAnErrorOfStart) {
  ProcessOptions options = Acting(GetParam(), "");
  options.entry = "no such entry";
  const std::shared_ptr<Process> process = Make(options);
  const auto files = testing::OpenDescriptors("self").size();
  for (int i = 0; i < 3; ++i) {
    const absl::Status status = process->Start();
    EXPECT_EQ(CodeOf(status), Code::kNotFound);
    EXPECT_NE(status.message().find("no such entry"), std::string::npos) << status.message();
    EXPECT_EQ(process->pid(), 0);
  }
  EXPECT_TRUE(ActiveChildren().empty());
  // The fork server, where there is one, may have come with the first.
  EXPECT_LE(testing::OpenDescriptors("self").size(), files + 2);
}

INSTANTIATE_TEST_SUITE_P(Methods, ProcessTest,
                         ::testing::Values(StartMethod::kFork, StartMethod::kSpawn,
                                           StartMethod::kForkServer),
                         [](const auto& test) { return NameForTest(test.param); });

}  // namespace
}  // namespace billiard::process
