// Settings that reach executed children through their environment (UTIL-49, UTIL-104).
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "billiard_core/logging/environment.h"
#include "billiard_core/logging/inheritance.h"
#include "billiard_core/logging/line_format.h"
#include "billiard_core/logging/logger.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::logging {
namespace {

using testing::Child;

// Each test configures a child of its own: a process is configured once.
class LogEnvironmentTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = ::testing::TempDir() + "log." + std::to_string(getpid());
    unlink(path_.c_str());
    for (const char* name : {"_MP_FORK_LOGLEVEL_", "_MP_FORK_LOGFILE_", "_MP_FORK_LOGFORMAT_"}) {
      unsetenv(name);
    }
  }
  std::string FirstLine() const {
    std::ifstream file(path_);
    std::string line;
    std::getline(file, line);
    return line;
  }
  std::string path_;

 private:
  testing::Watchdog watchdog_{60};
};

TEST_F(LogEnvironmentTest, ALevelAloneIsStderr) {
  Child child([] {
    setenv("_MP_FORK_LOGLEVEL_", "20", 1);
    ConfigureFromEnvironment();
    return GetSink() == Sink::kStderr && GetLevel() == kInfo && Format() == kDefaultFormat ? 0 : 1;
  });
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(LogEnvironmentTest, WithoutALevelOrWithAWrongOneNothingIsLogged) {
  Child child([this] {
    setenv("_MP_FORK_LOGFILE_", path_.c_str(), 1);
    ConfigureFromEnvironment();
    if (GetSink() != Sink::kNone) return 1;
    setenv("_MP_FORK_LOGLEVEL_", "loud", 1);
    ConfigureFromEnvironment();
    return GetSink() == Sink::kNone ? 0 : 1;
  });
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(LogEnvironmentTest, FileAndFormat) {
  Child child([this] {
    setenv("_MP_FORK_LOGLEVEL_", "10", 1);
    setenv("_MP_FORK_LOGFILE_", path_.c_str(), 1);
    setenv("_MP_FORK_LOGFORMAT_", "<%(message)s>", 1);
    ConfigureFromEnvironment();
    Log(kDebug, "x");
    return 0;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(FirstLine(), "<x>");
}

TEST_F(LogEnvironmentTest, ASinkThatIsThereStays) {
  Child child([this] {
    if (!LogToFile(path_, kError).ok()) return 1;
    setenv("_MP_FORK_LOGLEVEL_", "10", 1);
    ConfigureFromEnvironment();
    return GetSink() == Sink::kFile && GetLevel() == kError ? 0 : 2;
  });
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(LogEnvironmentTest, AFileThatCanNotBeOpenedGivesWayToStderr) {
  Child child([] {
    setenv("_MP_FORK_LOGLEVEL_", "10", 1);
    setenv("_MP_FORK_LOGFILE_", "/no/such/folder/log", 1);
    ConfigureFromEnvironment();
    return GetSink() == Sink::kStderr ? 0 : 1;
  });
  EXPECT_EQ(child.Wait(), 0);
}

// As a starter's settings, where the environment says nothing.
TEST_F(LogEnvironmentTest, AnInheritanceGivesWayToTheEnvironment) {
  Child child([this] {
    if (!LogToFile(path_, kInfo).ok()) return 1;
    SetLoggerName("heir");
    SetFormat("%(name)s %(message)s");
    const Inheritance inheritance = InheritanceForChild();
    StopLogging();
    SetLoggerName("");
    SetFormat("");
    SetLevel(kNotSet);
    Inherit(inheritance);
    Log(kInfo, "x");
    if (GetSink() != Sink::kFile || GetLevel() != kInfo) return 2;
    StopLogging();
    setenv("_MP_FORK_LOGLEVEL_", "40", 1);
    Inherit(inheritance);
    return GetSink() == Sink::kStderr && GetLevel() == kError ? 0 : 3;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(FirstLine(), "heir x");
}

TEST_F(LogEnvironmentTest, AnInheritanceWithoutSinkHasALevel) {
  Child child([] {
    SetLevel(kDebug);
    const Inheritance inheritance = InheritanceForChild();
    SetLevel(kNotSet);
    Inherit(inheritance);
    return GetSink() == Sink::kNone && GetLevel() == kDebug ? 0 : 1;
  });
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(LogEnvironmentTest, WhatAParentHandsOnConfiguresItsChildAlike) {
  EXPECT_TRUE(EnvironmentForChildren().empty()) << "it does not log";
  Child child([this] {
    if (!LogToFile(path_, kInfo).ok()) return 1;
    SetFormat("%(message)s!");
    for (const std::string& variable : EnvironmentForChildren()) {
      putenv(strdup(variable.c_str()));
    }
    StopLogging();
    SetFormat("");
    SetLevel(kNotSet);
    ConfigureFromEnvironment();
    if (GetLevel() != kInfo || GetSink() != Sink::kFile) return 2;
    Log(kInfo, "x");
    return 0;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(FirstLine(), "x!");
}

}  // namespace
}  // namespace billiard::logging
