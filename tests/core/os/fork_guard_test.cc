#include "billiard_core/os/fork_guard.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace billiard::os {
namespace {

uint64_t TokenOfChild(pid_t (*make_child)()) {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* token = static_cast<uint64_t*>(page);
  const pid_t child = make_child();
  if (child == 0) {
    *token = ProcessToken();
    _exit(*token == ProcessToken() ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, __WALL);
  EXPECT_EQ(status, 0);
  const uint64_t seen = *token;
  munmap(page, 4096);
  return seen;
}

TEST(ForkGuardTest, TokenStaysTheSameInOneProcess) {
  EXPECT_NE(ProcessToken(), 0u);
  EXPECT_EQ(ProcessToken(), ProcessToken());
}

TEST(ForkGuardTest, ForkedChildHasAnotherToken) {
  const uint64_t own = ProcessToken();
  const uint64_t child = TokenOfChild([] { return fork(); });
  EXPECT_NE(child, 0u);
  EXPECT_NE(child, own);
  EXPECT_EQ(ProcessToken(), own);
}

TEST(ForkGuardTest, RawForkIsNoticedToo) {
  const uint64_t own = ProcessToken();
  const uint64_t child =
      TokenOfChild([] { return static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); });
  EXPECT_NE(child, own);
}

}  // namespace
}  // namespace billiard::os
