// What processes log of their lives, under their names, and how a child comes to log as its starter does.
#include <sched.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "billiard_core/logging/line_format.h"
#include "billiard_core/logging/logger.h"
#include "billiard_core/logging/process_name.h"
#include "billiard_core/process/child/exit_steps.h"
#include "billiard_core/process/child/finalizers.h"
#include "billiard_core/process/child/process.h"
#include "billiard_core/process/child/self.h"
#include "gtest/gtest.h"
#include "tests/core/process/child/acting.h"
#include "tests/support/child/child.h"
#include "tests/support/json_object.h"
#include "tests/support/watchdog.h"

namespace billiard::process {
namespace {

using testing::Child;

// Hosts are children of the test: what they do to their logger is theirs.
class ProcessLogTest : public ::testing::TestWithParam<StartMethod> {
 public:
  // Until the main process, which ends, has come so far.
  void AwaitEndOfDaemons() const {
    while (MessagesOf("MainProcess").size() < 2) sched_yield();
  }

 protected:
  void SetUp() override {
    path_ = absl::StrCat(::testing::TempDir(), "process-log.", getpid());
    unlink(path_.c_str());
  }

  bool LogHere() const {
    logging::SetFormat(logging::kJsonFormat);
    return logging::LogToFile(path_, logging::kInfo).ok();
  }

  // The messages of one process, or with their levels: "ERROR words".
  std::vector<std::string> MessagesOf(const std::string& name, bool with_level = false) const {
    std::vector<std::string> messages;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) {
      const auto members = testing::ParseJsonObject(line);
      EXPECT_TRUE(members.has_value()) << line;
      if (!members.has_value() || members->at("processName") != name) continue;
      pid_ = members->at("process");
      messages.push_back(with_level ? members->at("level") + " " + members->at("message")
                                    : members->at("message"));
    }
    return messages;
  }

  ProcessOptions Named(StartMethod method, const std::string& data) const {
    ProcessOptions options = Acting(method, data);
    options.name = "the child";
    return options;
  }

  std::string path_;
  mutable std::string pid_;  // of the process whose messages were read last
  testing::Watchdog watchdog_{60};
};

// PROC-44, UTIL-47
TEST_P(ProcessLogTest, AChildTellsOfItsBeginningAndItsEnd) {
  Child host([&] {
    if (!LogHere()) return 1;
    return EndOf(Started(Named(GetParam(), "exit 265"))) == 9 ? 0 : 2;
  });
  ASSERT_EQ(host.Wait(), 0);
  const std::vector<std::string> messages = MessagesOf("the child");
  const std::vector<std::string> expected = {
      absl::StrCat("child process ", pid_, " calling self.run()"), "process shutting down",
      absl::StrCat("process ", pid_, " exiting with exitcode 9")};
  EXPECT_EQ(messages, expected);
  EXPECT_NE(pid_, std::to_string(host.pid()));
}

// PROC-36
TEST_P(ProcessLogTest, AnErrorThatNobodyCatchesIsLogged) {
  Child host([&] {
    if (!LogHere()) return 1;
    logging::SetLevel(logging::kWarning);
    return EndOf(Started(Named(GetParam(), "throw"))) == 1 ? 0 : 2;
  });
  ASSERT_EQ(host.Wait(), 0);
  EXPECT_EQ(MessagesOf("the child", true),
            std::vector<std::string>{"ERROR Process the child: thrown on purpose"});
}

// UTIL-49
TEST_P(ProcessLogTest, TheEnvironmentConfiguresAChildOfAStarterThatDoesNotLog) {
  if (GetParam() == StartMethod::kFork) return;  // executes nothing
  Child host([&] {
    setenv("_MP_FORK_LOGLEVEL_", "20", 1);
    setenv("_MP_FORK_LOGFILE_", path_.c_str(), 1);
    setenv("_MP_FORK_LOGFORMAT_", logging::kJsonFormat, 1);
    return EndOf(Started(Named(GetParam(), "exit 0")));
  });
  ASSERT_EQ(host.Wait(), 0);
  EXPECT_EQ(MessagesOf("the child").size(), 3u);
}

INSTANTIATE_TEST_SUITE_P(Methods, ProcessLogTest,
                         ::testing::Values(StartMethod::kFork, StartMethod::kSpawn,
                                           StartMethod::kForkServer),
                         [](const auto& test) { return NameForTest(test.param); });

// UTIL-47: a program's own end.
TEST_F(ProcessLogTest, TheEndOfAProgramTellsWhomItEndsAndWhomItAwaits) {
  Child host([&] {
    if (!LogHere()) return 1;
    ProcessOptions daemon = Acting(StartMethod::kFork, "sleep");
    daemon.name = "the daemon";
    daemon.daemon = true;
    Started(daemon);
    ProcessOptions child = Named(StartMethod::kFork, "");
    child.entry.clear();
    child.function = {[](const void*, size_t, void* test) -> int32_t {
                        static_cast<ProcessLogTest*>(test)->AwaitEndOfDaemons();
                        return 0;
                      },
                      this};
    Started(child);
    Leave(3);
    return 2;
  });
  ASSERT_EQ(host.Wait(), 3);
  const std::vector<std::string> expected = {
      "process shutting down", "calling terminate() for daemon the daemon",
      "calling join() for process the child",
      absl::StrCat("process ", host.pid(), " exiting with exitcode 3")};
  EXPECT_EQ(MessagesOf("MainProcess"), expected);
}

// UTIL-44, PROC-46
TEST_F(ProcessLogTest, LinesHaveTheNameThatTheProcessObjectHasNow) {
  Child host([&] {
    if (!LogHere() || !SetOwnName("another").ok()) return 1;
    logging::Log(logging::kInfo, "x");
    return logging::ProcessName() == "another" && !SetOwnName("").ok() ? 0 : 2;
  });
  ASSERT_EQ(host.Wait(), 0);
  EXPECT_EQ(MessagesOf("another"), std::vector<std::string>{"x"});
}

// UTIL-65, UTIL-69
TEST_F(ProcessLogTest, FunctionsThatFailAreTold) {
  Child host([&] {
    if (!LogHere()) return 1;
    RegisterAfterFork([] { return 7; });
    Finalizer::Register([] { return 8; }, 0);
    if (EndOf(Started(Named(StartMethod::kFork, "exit 0"))) != 0) return 2;
    RunExitSteps();
    return 0;
  });
  ASSERT_EQ(host.Wait(), 0);
  EXPECT_EQ(MessagesOf("the child", true).at(0), "INFO a hook after fork failed with 7");
  EXPECT_EQ(MessagesOf("MainProcess", true).at(1), "ERROR a finalizer failed with 8");
}

}  // namespace
}  // namespace billiard::process
