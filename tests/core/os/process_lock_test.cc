#include "billiard_core/os/process_lock.h"

#include <thread>
#include <vector>

#include "billiard_core/os/fork_guard.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::os {
namespace {

using testing::Child;
using testing::Watchdog;

TEST(ProcessLockTest, OneThreadAtATimeHasIt) {
  Watchdog watchdog(60);
  ProcessLock lock;
  int count = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) {
        ProcessLock::Hold hold(&lock);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 20000);
}

TEST(ProcessLockTest, ItsTokenIsTheProcesss) {
  ProcessLock lock;
  EXPECT_EQ(ProcessLock::Hold(&lock).token(), ProcessToken());
}

TEST(ProcessLockTest, TheFirstInAProcessIsTold) {
  const auto is_new = [](ProcessLock* lock) { return ProcessLock::Hold(lock).IsNewProcess(); };
  ProcessLock lock;
  EXPECT_TRUE(is_new(&lock));
  EXPECT_FALSE(is_new(&lock));
  Child child([&] { return is_new(&lock) && !is_new(&lock) ? 0 : 1; });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_FALSE(is_new(&lock));
}

TEST(ProcessLockTest, AChildTakesOverWhatItsParentHeldAndWaitsForItsOwn) {
  Watchdog watchdog(60);
  ProcessLock lock;
  lock.Lock();
  Child child([&] {
    lock.Lock();
    // Taken over, it is a lock like any other: another thread waits until it is given back.
    std::thread other([&] { ProcessLock::Hold hold(&lock); });
    lock.Unlock();
    other.join();
    return 0;
  });
  EXPECT_EQ(child.Wait(), 0);
  lock.Unlock();
}

}  // namespace
}  // namespace billiard::os
