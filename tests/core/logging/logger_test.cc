// The logger of one process: levels, sinks, and what it does not do to its host.
#include "billiard_core/logging/logger.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "billiard_core/logging/process_name.h"
#include "billiard_core/os/fd.h"
#include "gtest/gtest.h"
#include "tests/support/watchdog.h"

namespace billiard::logging {
namespace {

std::string FileIn(const std::string& name) {
  return ::testing::TempDir() + name + "." + std::to_string(getpid());
}

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class LoggerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    StopLogging();
    SetLevel(kNotSet);
    SetFormat("");
    path_ = FileIn("log");
    unlink(path_.c_str());
  }
  void TearDown() override { StopLogging(); }
  std::string path_;

 private:
  testing::Watchdog watchdog_{60};
};

TEST_F(LoggerTest, IsSilentUntilItHasASink) {
  EXPECT_EQ(GetSink(), Sink::kNone);
  for (const int level : {kSubDebug, kInfo, kError, 1'000'000}) EXPECT_FALSE(Enabled(level));
  SetLevel(kSubDebug);
  EXPECT_FALSE(Enabled(kError)) << "a level is no sink";
  ::testing::internal::CaptureStderr();
  Log(kError, "nobody reads this");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(LoggerTest, WritesWhatItsLevelLetsThrough) {
  ASSERT_TRUE(LogToFile(path_, kInfo).ok());
  Log(kDebug, "too fine");
  Log(kInfo, "one");
  SetLevel(kError);
  Log(kWarning, "not important enough");
  Log(kError, "two");
  EXPECT_EQ(Contents(path_), "[INFO/MainProcess] one\n[ERROR/MainProcess] two\n");
}

TEST_F(LoggerTest, WithoutALevelItIsWarning) {
  ASSERT_TRUE(LogToFile(path_, kNotSet).ok());
  EXPECT_EQ(GetLevel(), kNotSet);
  EXPECT_FALSE(Enabled(kSubWarning));
  EXPECT_TRUE(Enabled(kWarning));
}

// UTIL-43, GAP-46
TEST_F(LoggerTest, StderrIsOneSinkHoweverOftenItIsAskedFor) {
  LogToStderr(kInfo);
  LogToStderr(kNotSet);
  EXPECT_EQ(GetLevel(), kInfo) << "no level leaves the one there is";
  ::testing::internal::CaptureStderr();
  Log(kInfo, "once");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "[INFO/MainProcess] once\n");
}

TEST_F(LoggerTest, LinesHaveTheNameThatTheProcessHasNow) {
  ASSERT_TRUE(LogToFile(path_, kInfo).ok());
  SetProcessName("Renamed-1");
  Log(kInfo, "x");
  SetProcessName("MainProcess");
  Log(kInfo, "y");
  EXPECT_EQ(Contents(path_), "[INFO/Renamed-1] x\n[INFO/MainProcess] y\n");
}

TEST_F(LoggerTest, AnotherFileTakesThePlaceOfTheFirst) {
  const std::string second = path_ + ".second";
  unlink(second.c_str());
  ASSERT_TRUE(LogToFile(path_, kInfo).ok());
  Log(kInfo, "x");
  ASSERT_TRUE(LogToFile(second, kNotSet).ok());
  Log(kInfo, "y");
  EXPECT_EQ(Contents(path_), "[INFO/MainProcess] x\n");
  EXPECT_EQ(Contents(second), "[INFO/MainProcess] y\n");
  unlink(second.c_str());
}

TEST_F(LoggerTest, AFileThatCanNotBeOpenedChangesNothing) {
  EXPECT_FALSE(LogToFile("/no/such/folder/log", kInfo).ok());
  EXPECT_EQ(GetSink(), Sink::kNone);
}

TEST_F(LoggerTest, ADescriptorMayBeClosedByItsOwner) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const os::Fd reader(ends[0]);
  ASSERT_TRUE(LogToDescriptor(ends[1], kInfo).ok());
  close(ends[1]);
  Log(kInfo, "through a pipe");
  char text[64] = "";
  EXPECT_GT(read(reader.get(), text, sizeof text - 1), 0);
  EXPECT_STREQ(text, "[INFO/MainProcess] through a pipe\n");
}

TEST_F(LoggerTest, ABrokenPipeAndAFullOneHarmNobody) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  ASSERT_TRUE(LogToDescriptor(ends[1], kInfo).ok());
  close(ends[1]);
  errno = EXDEV;
  for (int i = 0; i < 5000; ++i) Log(kInfo, "more than a pipe holds, which nobody reads");
  EXPECT_EQ(errno, EXDEV);
  close(ends[0]);
  Log(kInfo, "SIGPIPE has its default action here");
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
  EXPECT_EQ(errno, EXDEV);
}

// UTIL-48: each line as one write, whatever many threads and changes of settings do.
TEST_F(LoggerTest, LinesOfManyThreadsStayWhole) {
  ASSERT_TRUE(LogToFile(path_, kInfo).ok());
  constexpr int kThreads = 4;
  constexpr int kLines = 500;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < kLines; ++i) {
        if (i % 100 == 0) SetLevel(kInfo);
        Log(kInfo, std::string(100, static_cast<char>('a' + t)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::ifstream file(path_);
  std::string line;
  int lines = 0;
  while (std::getline(file, line)) {
    ++lines;
    const std::string tail = line.substr(line.size() - 100);
    EXPECT_EQ(line, "[INFO/MainProcess] " + std::string(100, tail[0]));
  }
  EXPECT_EQ(lines, kThreads * kLines);
}

}  // namespace
}  // namespace billiard::logging
