#include "billiard_core/os/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "gtest/gtest.h"
#include "tests/support/processes.h"
#include "tests/support/sanitizer.h"
#include "tests/support/watchdog.h"

namespace billiard::os {
namespace {

using ::billiard::testing::kSanitized;
using ::billiard::testing::Watchdog;

int ReapAny(pid_t child) {
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, __WALL), child);
  return status;
}

TEST(ChildProcessTest, UnseenChildIsNotMetByWait) {
  if (kSanitized) GTEST_SKIP() << "an ordinary fork under a sanitizer";
  const Watchdog watchdog(60);
  const pid_t child = ForkUnseen();
  if (child == 0) _exit(7);
  ASSERT_GT(child, 0);
  EXPECT_EQ(waitpid(-1, nullptr, 0), -1);
  EXPECT_EQ(errno, ECHILD);
  EXPECT_EQ(WEXITSTATUS(ReapAny(child)), 7);
}

struct Cell {
  int value = 0;
};

int WriteCell(void* argument) {
  static_cast<Cell*>(argument)->value = 42;
  return 5;
}

TEST(ChildProcessTest, MemoryIsSharedUntilTheChildEnds) {
  if (kSanitized) GTEST_SKIP() << "an ordinary fork under a sanitizer";
  const Watchdog watchdog(60);
  Cell cell;
  pid_t child;
  {
    const SignalsBlocked blocked;
    child = CloneSharingMemory(WriteCell, &cell, /*exit_signal=*/0);
  }
  EXPECT_EQ(cell.value, 42);
  EXPECT_EQ(WEXITSTATUS(ReapAny(child)), 5);
}

TEST(ChildProcessTest, PidfdSignalsAndChecks) {
  const Watchdog watchdog(60);
  const pid_t child = fork();
  if (child == 0) {
    while (true) pause();
  }
  const Fd pidfd(OpenPidfd(child));
  ASSERT_TRUE(pidfd.valid());
  EXPECT_EQ(SignalPidfd(pidfd.get(), 0), 0);
  EXPECT_EQ(SignalPidfd(pidfd.get(), SIGKILL), 0);
  EXPECT_EQ(WTERMSIG(ReapAny(child)), SIGKILL);
  EXPECT_EQ(SignalPidfd(pidfd.get(), 0), -1);
  EXPECT_EQ(errno, ESRCH);
  EXPECT_EQ(SignalPidfd(STDIN_FILENO, 0), -1);
  EXPECT_EQ(errno, EBADF);
}

// Leaves with 0 when descriptors 3 and 4 are the pipe's ends in the opposite order, and none follows.
int ExchangeEnds(int read_end, int write_end) {
  if (dup2(read_end, 3) < 0 || dup2(write_end, 4) < 0) return 1;
  const int exchanged[] = {4, 3};
  if (PlaceDescriptors(exchanged, 2, 3) != 0) return 2;
  char byte = 'x';
  if (write(3, &byte, 1) != 1 || read(4, &byte, 1) != 1) return 3;
  if ((fcntl(3, F_GETFD) & FD_CLOEXEC) != 0) return 4;
  return testing::OpenDescriptors("self") == std::set<int>{0, 1, 2, 3, 4} ? 0 : 5;
}

TEST(ChildProcessTest, DescriptorsChangePlacesAndTheRestIsClosed) {
  const Watchdog watchdog(60);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) _exit(ExchangeEnds(fcntl(ends[0], F_DUPFD, 20), fcntl(ends[1], F_DUPFD, 20)));
  EXPECT_EQ(WEXITSTATUS(ReapAny(child)), 0);
  close(ends[0]);
  close(ends[1]);
}

TEST(ChildProcessTest, ClosedDescriptorIsAnError) {
  const Watchdog watchdog(60);
  const pid_t child = fork();
  if (child == 0) {
    const int closed[] = {777};
    _exit(PlaceDescriptors(closed, 1, 3) == -1 && errno == EBADF ? 0 : 1);
  }
  EXPECT_EQ(WEXITSTATUS(ReapAny(child)), 0);
}

TEST(ChildProcessTest, BlockedSignalsWaitForTheEndOfTheBlock) {
  const Watchdog watchdog(60);
  static volatile sig_atomic_t seen;
  seen = 0;
  const auto previous = signal(SIGUSR1, [](int) { seen = 1; });
  {
    const SignalsBlocked blocked;
    raise(SIGUSR1);
    EXPECT_EQ(seen, 0);
  }
  while (seen == 0) usleep(100);  // ThreadSanitizer puts a signal off until a call that may block
  EXPECT_EQ(seen, 1);
  signal(SIGUSR1, previous);
}

}  // namespace
}  // namespace billiard::os
