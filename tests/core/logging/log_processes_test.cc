// Logging in several processes: what children inherit, whole lines, forks in the middle of it.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "billiard_core/logging/line_format.h"
#include "billiard_core/logging/logger.h"
#include "billiard_core/logging/process_name.h"
#include "billiard_core/os/fd.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/json_object.h"
#include "tests/support/watchdog.h"

namespace billiard::logging {
namespace {

using testing::Child;

class LogProcessesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = ::testing::TempDir() + "log." + std::to_string(getpid());
    unlink(path_.c_str());
    ASSERT_TRUE(LogToFile(path_, kInfo).ok());
  }
  void TearDown() override { StopLogging(); }
  std::string path_;

 private:
  testing::Watchdog watchdog_{120};
};

// Each line is parsed, whoever wrote it at the same time.
TEST_F(LogProcessesTest, LinesOfJsonStayWhole) {
  constexpr int kProcesses = 4;
  constexpr int kLines = 500;
  SetFormat(kJsonFormat);
  std::vector<std::unique_ptr<Child>> children;
  for (int c = 0; c < kProcesses; ++c) {
    children.push_back(std::make_unique<Child>([c] {
      SetProcessName(absl::StrCat("Child-", c));
      for (int i = 0; i < kLines; ++i) Log(kInfo, absl::StrCat("line\n\"", i, "\""));
      return 0;
    }));
  }
  std::map<std::string, std::string> pids;
  for (int c = 0; c < kProcesses; ++c) {
    pids[absl::StrCat("Child-", c)] = std::to_string(children[c]->pid());
    EXPECT_EQ(children[c]->Wait(), 0);
  }
  SetFormat("");
  std::map<std::string, int> next;
  std::ifstream file(path_);
  int lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    const auto members = testing::ParseJsonObject(line);
    ASSERT_TRUE(members.has_value()) << line;
    const std::string& name = members->at("processName");
    EXPECT_EQ(members->at("process"), pids.at(name));
    ASSERT_EQ(members->at("message"), absl::StrCat("line\n\"", next[name]++, "\""));
  }
  EXPECT_EQ(lines, kProcesses * kLines);
}

// UTIL-45
TEST_F(LogProcessesTest, AForkedChildHasItsParentsLevelAndSink) {
  Child child([] {
    if (GetLevel() != kInfo || GetSink() != Sink::kFile || Enabled(kDebug)) return 1;
    SetProcessName("Child-1");
    Log(kInfo, "from a child");
    SetLevel(kError);
    return 0;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(GetLevel(), kInfo) << "the child's level is its own";
  std::ifstream file(path_);
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  EXPECT_EQ(line, "[INFO/Child-1] from a child");
}

// G-UTIL-5
TEST_F(LogProcessesTest, LinesOfManyProcessesStayWhole) {
  constexpr int kProcesses = 8;
  constexpr int kLines = 2000;
  std::vector<std::unique_ptr<Child>> children;
  for (int c = 0; c < kProcesses; ++c) {
    children.push_back(std::make_unique<Child>([c] {
      SetProcessName(absl::StrCat("Child-", c));
      for (int i = 0; i < kLines; ++i) Log(kInfo, absl::StrCat(std::string(60, 'x'), " ", i));
      return 0;
    }));
  }
  for (const auto& child : children) EXPECT_EQ(child->Wait(), 0);
  std::map<std::string, int> next;
  std::ifstream file(path_);
  std::string line;
  int lines = 0;
  while (std::getline(file, line)) {
    ++lines;
    const std::string name = line.substr(6, 7);
    ASSERT_EQ(line, absl::StrCat("[INFO/", name, "] ", std::string(60, 'x'), " ", next[name]++));
  }
  EXPECT_EQ(lines, kProcesses * kLines);
}

// UTIL-46
TEST_F(LogProcessesTest, AChildForkedWhileThreadsLogCanLogAtOnce) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&stop] {
      while (!stop.load()) {
        Log(kInfo, "from a thread");
        SetProcessName("MainProcess");
        SetLevel(kInfo);
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    Child child([] {
      Log(kInfo, "from a child");
      SetLevel(kError);
      return 0;
    });
    EXPECT_EQ(child.Wait(), 0);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

// A process that is stopped while it writes keeps nobody from writing.
TEST_F(LogProcessesTest, AStoppedWriterHoldsUpNobody) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const os::Fd reader(ends[0]);
  const os::Fd writer(ends[1]);
  Child child([&] {
    if (!LogToDescriptor(writer.get(), kInfo).ok()) return 1;
    while (true) Log(kInfo, "nobody reads this pipe");
  });
  testing::AwaitSleeping(child.pid());  // in its write
  child.Stop();
  Log(kInfo, "here");
  std::ifstream file(path_);
  std::string line;
  EXPECT_TRUE(std::getline(file, line));
}

}  // namespace
}  // namespace billiard::logging
