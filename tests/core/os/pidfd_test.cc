#include "billiard_core/os/pidfd.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "tests/support/watchdog.h"

namespace billiard::os {
namespace {

pid_t SleepingChild() {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  return child;
}

void WaitForEnd(int pidfd) {
  pollfd entry = {pidfd, POLLIN, 0};
  while (poll(&entry, 1, -1) < 0) {
  }
}

TEST(PidfdTest, IsReadableWhenTheProcessHasEnded) {
  const testing::Watchdog watchdog(60);
  const pid_t child = SleepingChild();
  const absl::StatusOr<Fd> pidfd = PidfdOpen(child);
  ASSERT_TRUE(pidfd.ok()) << pidfd.status();
  EXPECT_FALSE(PidfdHasEnded(pidfd->get()));
  ASSERT_TRUE(PidfdSendSignal(pidfd->get(), SIGKILL).ok());
  WaitForEnd(pidfd->get());
  EXPECT_TRUE(PidfdHasEnded(pidfd->get()));  // a zombie has ended
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(PidfdHasEnded(pidfd->get()));
  EXPECT_TRUE(PidfdSendSignal(pidfd->get(), SIGKILL).ok());  // no error, and nobody is hit
}

TEST(PidfdTest, OpeningNoProcessFails) { EXPECT_FALSE(PidfdOpen(1 << 30).ok()); }

TEST(PidfdTest, StartTimeNamesAProcess) {
  EXPECT_NE(ProcessStartTime(getpid()), 0u);
  EXPECT_EQ(ProcessStartTime(getpid()), ProcessStartTime(getpid()));
  EXPECT_EQ(ProcessStartTime(1 << 30), 0u);
}

TEST(PidfdTest, PidNamespaceIsKnown) { EXPECT_NE(PidNamespaceId(), 0u); }

}  // namespace
}  // namespace billiard::os
