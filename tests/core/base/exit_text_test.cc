#include "billiard_core/base/exit_text.h"

#include <csignal>

#include "gtest/gtest.h"

namespace billiard {
namespace {

TEST(ExitTextTest, SignalHasNumberAndName) {
  EXPECT_EQ(ExitStatusText(-9), "signal 9 (SIGKILL)");
  EXPECT_EQ(ExitStatusText(-1), "signal 1 (SIGHUP)");
  EXPECT_EQ(ExitStatusText(-6), "signal 6 (SIGABRT)");
}

TEST(ExitTextTest, FirstRealTimeSignalHasItsName) {
  EXPECT_EQ(ExitStatusText(-SIGRTMIN), "signal " + std::to_string(SIGRTMIN) + " (SIGRTMIN)");
}

TEST(ExitTextTest, SignalWithoutNameHasItsNumber) { EXPECT_EQ(ExitStatusText(-99), "signal 99"); }

TEST(ExitTextTest, AnythingElseIsAnExitCode) {
  EXPECT_EQ(ExitStatusText(0), "exitcode 0");
  EXPECT_EQ(ExitStatusText(155), "exitcode 155");
  EXPECT_EQ(ExitStatusText(kExitUnknown), "exitcode unknown");
}

}  // namespace
}  // namespace billiard
