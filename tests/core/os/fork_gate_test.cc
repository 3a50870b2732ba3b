#include "billiard_core/os/fork_gate.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>

#include "billiard_core/os/threads.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::os {
namespace {

// The library's thread holds a lock all the time it works: without the gate some child would inherit it
// taken, and hang.
TEST(ForkGateTest, ChildNeverInheritsALockOfALibraryThread) {
  const testing::Watchdog watchdog(120);
  ForkGate::Install();
  std::mutex lock;
  std::atomic<bool> stop{false};
  std::thread worker = StartLibraryThread("gate-test", [&] {
    while (!stop.load()) {
      {
        ForkGate::Hold hold;
        std::lock_guard<std::mutex> locked(lock);
        for (int i = 0; i < 2000; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
      }
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < 300; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) _exit(lock.try_lock() ? 0 : 1);
    int status;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0) << "after " << i << " forks";
  }
  stop = true;
  worker.join();
}

TEST(ThreadsTest, CountsForeignThreadsOnly) {
  const testing::Watchdog watchdog(60);
  EXPECT_EQ(ForeignThreads(), 0);
  std::atomic<bool> stop{false};
  std::thread ours = StartLibraryThread("count-test", [&] {
    while (!stop.load()) std::this_thread::yield();
  });
  EXPECT_EQ(ForeignThreads(), 0);
  std::thread foreign([&] {
    while (!stop.load()) std::this_thread::yield();
  });
  EXPECT_EQ(ForeignThreads(), 1);
  stop = true;
  ours.join();
  foreign.join();
  EXPECT_EQ(ForeignThreads(), 0);
}

// The state of this process's first thread, as /proc has it.
char StateOfFirstThread() {
  std::ifstream file("/proc/self/task/" + std::to_string(getpid()) + "/stat");
  std::string text;
  std::getline(file, text);
  return text[text.rfind(')') + 2];
}

// A first thread that has ended stays listed as long as others live, as a joined one does for a moment.
TEST(ThreadsTest, AThreadThatHasEndedIsNotCountedThoughItIsListed) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer does not see this thread's end";
#endif
  testing::Child process([] {
    std::thread([] {
      while (StateOfFirstThread() != 'Z') std::this_thread::yield();
      _exit(ForeignThreads());
    }).detach();
    syscall(SYS_exit, 0);  // this thread alone
    return 1;
  });
  EXPECT_EQ(process.Wait(), 0);
}

}  // namespace
}  // namespace billiard::os
