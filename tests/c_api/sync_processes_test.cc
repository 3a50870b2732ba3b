// Synchronisation between processes through the C ABI: what the reference's tests pin (test_lock, test_rlock,
// test_semaphore, test_bounded_semaphore, test_timeout, test_notify, test_notify_all, test_event), and what
// it does not stand (GAP-24 to GAP-28).
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <thread>
#include <vector>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/object_handles.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard {
namespace {

using testing::AwaitAtLeast;
using testing::AwaitSleeping;
using testing::Child;
using testing::Shared;
using testing::Watchdog;

constexpr int64_t kMilli = 1'000'000;
constexpr int64_t kSecond = 1000 * kMilli;

int64_t NanosOf(const std::function<void()>& call) {
  const auto began = std::chrono::steady_clock::now();
  call();
  return std::chrono::nanoseconds(std::chrono::steady_clock::now() - began).count();
}

class SyncProcessesTest : public ::testing::Test {
 protected:
  Watchdog watchdog_{100};
};

// test_lock: SYNC-10, SYNC-11
TEST_F(SyncProcessesTest, ALockIsTakenOnceAndReleasedByAnybody) {
  Lock lock;
  ASSERT_EQ(bp_lock_create(nullptr, &lock, nullptr), BP_OK);
  EXPECT_EQ(bp_lock_acquire(lock, BP_FOREVER, nullptr, nullptr), BP_OK);
  Child other([&] {
    if (bp_lock_acquire(lock, 0, nullptr, nullptr) != BP_TIMEOUT) return 1;
    return bp_lock_unlock(lock, nullptr) == BP_OK ? 0 : 2;
  });
  EXPECT_EQ(other.Wait(), 0);
  EXPECT_EQ(bp_lock_unlock(lock, nullptr), BP_STATE);
  EXPECT_EQ(bp_lock_acquire(lock, 0, nullptr, nullptr), BP_OK);
}

// test_rlock: SYNC-20, SYNC-21
TEST_F(SyncProcessesTest, AnRLockIsItsOwnersUntilTheLastRelease) {
  RLock rlock;
  ASSERT_EQ(bp_rlock_create(nullptr, &rlock, nullptr), BP_OK);
  const auto other_takes_it = [&] {
    return Child([&] {
             const bp_status status = bp_rlock_acquire(rlock, 0, 0, nullptr, nullptr);
             if (status != BP_OK) return 1;
             return bp_rlock_unlock(rlock, 0, nullptr) == BP_OK ? 0 : 2;
           })
        .Wait();
  };
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(bp_rlock_acquire(rlock, 0, BP_FOREVER, nullptr, nullptr), BP_OK);
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(other_takes_it(), 1) << "still held";
    EXPECT_EQ(bp_rlock_unlock(rlock, 0, nullptr), BP_OK);
  }
  EXPECT_EQ(bp_rlock_unlock(rlock, 0, nullptr), BP_STATE);
  EXPECT_EQ(other_takes_it(), 0);
}

// test_semaphore, test_bounded_semaphore: SYNC-31 to SYNC-33
TEST_F(SyncProcessesTest, UnitsAreOneSumForAllProcesses) {
  Semaphore plain;
  Semaphore bounded;
  ASSERT_EQ(bp_semaphore_create(2, nullptr, &plain, nullptr), BP_OK);
  ASSERT_EQ(bp_bounded_semaphore_create(2, nullptr, &bounded, nullptr), BP_OK);
  for (bp_semaphore* one :
       {static_cast<bp_semaphore*>(plain), static_cast<bp_semaphore*>(bounded)}) {
    const auto take = [one] {
      return bp_semaphore_acquire(one, 0, nullptr, nullptr) == BP_OK ? 0 : 1;
    };
    EXPECT_EQ(bp_semaphore_value(one), 2);
    EXPECT_EQ(Child(take).Wait(), 0);
    EXPECT_EQ(bp_semaphore_value(one), 1);
    EXPECT_EQ(take(), 0);
    EXPECT_EQ(bp_semaphore_value(one), 0);
    EXPECT_EQ(Child(take).Wait(), 1);
    EXPECT_EQ(bp_semaphore_post(one, 1, nullptr), BP_OK);
    EXPECT_EQ(bp_semaphore_post(one, 1, nullptr), BP_OK);
    EXPECT_EQ(bp_semaphore_value(one), 2);
  }
  EXPECT_EQ(bp_semaphore_post(plain, 1, nullptr), BP_OK);
  EXPECT_EQ(bp_semaphore_post(plain, 1, nullptr), BP_OK);
  EXPECT_EQ(bp_semaphore_value(plain), 4);
  EXPECT_EQ(bp_semaphore_post(bounded, 1, nullptr), BP_STATE);
  EXPECT_EQ(bp_semaphore_value(bounded), 2);
}

// test_timeout: SYNC-1, SYNC-2; another process holds it all the time.
TEST_F(SyncProcessesTest, EveryFormOfAcquireKeepsItsTime) {
  Semaphore semaphore;
  ASSERT_EQ(bp_semaphore_create(0, nullptr, &semaphore, nullptr), BP_OK);
  const auto acquire = [&](int64_t timeout) {
    return bp_semaphore_acquire(semaphore, timeout, nullptr, nullptr);
  };
  EXPECT_EQ(acquire(0), BP_TIMEOUT);
  EXPECT_EQ(acquire(1), BP_TIMEOUT);
  EXPECT_GE(NanosOf([&] { EXPECT_EQ(acquire(30 * kMilli), BP_TIMEOUT); }), 30 * kMilli);
  EXPECT_GE(NanosOf([&] { EXPECT_EQ(acquire(60 * kMilli), BP_TIMEOUT); }), 60 * kMilli);
  EXPECT_EQ(acquire(-2), BP_INVALID);
  Child waits([&] { return acquire(BP_FOREVER) == BP_OK ? 0 : 1; });
  AwaitSleeping(waits.pid());
  EXPECT_EQ(bp_semaphore_post(semaphore, 1, nullptr), BP_OK);
  EXPECT_EQ(waits.Wait(), 0);
  EXPECT_EQ(bp_semaphore_value(semaphore), 0);
}

class ConditionProcessesTest : public SyncProcessesTest {
 protected:
  void SetUp() override { ASSERT_EQ(bp_condition_create(nullptr, &condition_, nullptr), BP_OK); }

  // Waits with the lock; counts itself in *woken when it was notified.
  bp_status WaitOnce(int64_t timeout) {
    bp_status status = bp_condition_acquire(condition_, 0, BP_FOREVER, nullptr, nullptr);
    if (status != BP_OK) return status;
    status = bp_condition_wait(condition_, 0, timeout, nullptr, nullptr, nullptr);
    if (status == BP_OK) woken_->fetch_add(1);
    const bp_status released = bp_condition_unlock(condition_, 0, nullptr);
    return released == BP_OK ? status : released;
  }

  Child Process(int64_t timeout) {
    return Child([this, timeout] { return -WaitOnce(timeout); });
  }
  std::thread Thread(int64_t timeout, bp_status expected) {
    return std::thread([=, this] { EXPECT_EQ(WaitOnce(timeout), expected); });
  }

  void AwaitWaiters(uint64_t count) {
    while (bp_condition_waiters(condition_) != count) std::this_thread::yield();
  }

  void Notify(int64_t count) {
    ASSERT_EQ(bp_condition_acquire(condition_, 0, BP_FOREVER, nullptr, nullptr), BP_OK);
    const bp_status notified = count < 0 ? bp_condition_notify_all(condition_, 0, nullptr)
                                         : bp_condition_notify(condition_, 0, count, nullptr);
    EXPECT_EQ(notified, BP_OK);
    ASSERT_EQ(bp_condition_unlock(condition_, 0, nullptr), BP_OK);
  }

  Condition condition_;
  Shared<std::atomic<uint32_t>> woken_;
};

// test_notify: SYNC-43; a process and a thread wait, each notification is for one.
TEST_F(ConditionProcessesTest, ANotificationWakesOneProcessOrThread) {
  Child process = Process(BP_FOREVER);
  AwaitWaiters(1);
  std::thread thread = Thread(BP_FOREVER, BP_OK);
  AwaitWaiters(2);
  EXPECT_EQ(woken_->load(), 0u);
  Notify(1);
  EXPECT_EQ(process.Wait(), 0) << "it came first";
  EXPECT_EQ(woken_->load(), 1u);
  EXPECT_EQ(bp_condition_waiters(condition_), 1u);
  Notify(1);
  thread.join();
  EXPECT_EQ(woken_->load(), 2u);
  EXPECT_EQ(bp_condition_waiters(condition_), 0u);
}

// test_notify_all, test_timeout: SYNC-42 to SYNC-44
TEST_F(ConditionProcessesTest, SixTimeOutAndThenSixAreWoken) {
  std::vector<Child> processes;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) processes.push_back(Process(20 * kMilli));
  for (int i = 0; i < 3; ++i) threads.push_back(Thread(20 * kMilli, BP_TIMEOUT));
  for (Child& one : processes) EXPECT_EQ(one.Wait(), -BP_TIMEOUT);
  for (std::thread& one : threads) one.join();
  EXPECT_EQ(bp_condition_waiters(condition_), 0u);
  EXPECT_EQ(woken_->load(), 0u);

  processes.clear();
  threads.clear();
  for (int i = 0; i < 3; ++i) processes.push_back(Process(BP_FOREVER));
  for (int i = 0; i < 3; ++i) threads.push_back(Thread(BP_FOREVER, BP_OK));
  AwaitWaiters(6);
  Notify(-1);
  for (Child& one : processes) EXPECT_EQ(one.Wait(), 0);
  for (std::thread& one : threads) one.join();
  EXPECT_EQ(woken_->load(), 6u);
  EXPECT_EQ(bp_condition_waiters(condition_), 0u);
}

// GAP-26: with a timeout and without.
TEST_F(ConditionProcessesTest, DeadWaitersKeepNobodyAndTakeNothing) {
  for (const int64_t timeout : {100 * kSecond, BP_FOREVER}) {
    Child dead = Process(timeout);
    AwaitWaiters(1);
    Child alive = Process(BP_FOREVER);
    AwaitWaiters(2);
    AwaitSleeping(dead.pid());
    dead.Kill();
    EXPECT_EQ(dead.Wait(), -SIGKILL);
    Notify(1);
    EXPECT_EQ(alive.Wait(), 0);
    EXPECT_EQ(bp_condition_waiters(condition_), 0u);
  }
}

// test_event: SYNC-50, SYNC-51
TEST_F(SyncProcessesTest, AnEventIsSetByAChildForAll) {
  Event event;
  ASSERT_EQ(bp_event_create(nullptr, &event, nullptr), BP_OK);
  EXPECT_EQ(bp_event_is_set(event), 0);
  EXPECT_EQ(bp_event_wait(event, 0, nullptr, nullptr), BP_TIMEOUT);
  EXPECT_GE(
      NanosOf([&] { EXPECT_EQ(bp_event_wait(event, 20 * kMilli, nullptr, nullptr), BP_TIMEOUT); }),
      20 * kMilli);
  Child setter([&] { return bp_event_set(event, nullptr); });
  EXPECT_EQ(bp_event_wait(event, BP_FOREVER, nullptr, nullptr), BP_OK);
  EXPECT_EQ(setter.Wait(), 0);
  EXPECT_EQ(bp_event_is_set(event), 1);
  EXPECT_EQ(bp_event_wait(event, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(Child([&] { return bp_event_clear(event, nullptr); }).Wait(), 0);
  EXPECT_EQ(bp_event_is_set(event), 0);
}

// GAP-24: without waiting for the dead, and the others are woken.
TEST_F(SyncProcessesTest, SetDoesNotWaitForADeadWaiter) {
  Event event;
  ASSERT_EQ(bp_event_create(nullptr, &event, nullptr), BP_OK);
  const auto wait = [&] { return -bp_event_wait(event, BP_FOREVER, nullptr, nullptr); };
  Child dead(wait);
  Child alive(wait);
  AwaitSleeping(dead.pid());
  AwaitSleeping(alive.pid());
  dead.Kill();
  EXPECT_EQ(dead.Wait(), -SIGKILL);
  EXPECT_EQ(bp_event_set(event, nullptr), BP_OK);
  EXPECT_EQ(alive.Wait(), 0);
}

// GAP-25
TEST_F(SyncProcessesTest, SetAndClearAtOnceWakesAllWhoWaited) {
  Event event;
  ASSERT_EQ(bp_event_create(nullptr, &event, nullptr), BP_OK);
  std::vector<Child> waiters;
  for (int i = 0; i < 3; ++i) {
    waiters.emplace_back([&] { return -bp_event_wait(event, BP_FOREVER, nullptr, nullptr); });
  }
  for (Child& waiter : waiters) AwaitSleeping(waiter.pid());
  EXPECT_EQ(bp_event_set(event, nullptr), BP_OK);
  EXPECT_EQ(bp_event_clear(event, nullptr), BP_OK);
  for (Child& waiter : waiters) EXPECT_EQ(waiter.Wait(), 0);
}

// GAP-27
TEST_F(SyncProcessesTest, ADeadPartyBreaksTheBarrier) {
  Barrier barrier;
  ASSERT_EQ(bp_barrier_create(2, BP_FOREVER, nullptr, &barrier, nullptr), BP_OK);
  const auto wait = [&](int64_t timeout) {
    return bp_barrier_wait(barrier, nullptr, nullptr, timeout, nullptr, nullptr, nullptr);
  };
  Child dead([&] { return -wait(BP_FOREVER); });
  while (bp_barrier_waiting(barrier) != 1) std::this_thread::yield();
  dead.Kill();
  EXPECT_EQ(dead.Wait(), -SIGKILL);
  EXPECT_EQ(wait(2 * kSecond), BP_BROKEN);
  EXPECT_EQ(bp_barrier_reset(barrier, nullptr), BP_OK);
  Child alive([&] { return -wait(BP_FOREVER); });
  EXPECT_EQ(wait(BP_FOREVER), BP_OK);
  EXPECT_EQ(alive.Wait(), 0);
}

// GAP-28: the one who waits is told, and who comes after it is not.
TEST_F(SyncProcessesTest, ADeadHoldersLockGoesToAWaiterWithNews) {
  for (const uint32_t flags : {0, static_cast<int>(BP_FIFO)}) {
    Lock lock;
    bp_object_options options;
    bp_object_options_init(&options, sizeof options);
    options.flags = flags;
    ASSERT_EQ(bp_lock_create(&options, &lock, nullptr), BP_OK);
    Shared<std::atomic<uint32_t>> held;
    Child holder([&] {
      if (bp_lock_acquire(lock, BP_FOREVER, nullptr, nullptr) != BP_OK) return 1;
      held->store(1);
      for (;;) pause();
    });
    AwaitAtLeast(*held, 1);
    Child waiter([&] {
      if (bp_lock_acquire(lock, BP_FOREVER, nullptr, nullptr) != BP_OWNER_DIED) return 1;
      return bp_lock_unlock(lock, nullptr) == BP_OK ? 0 : 2;
    });
    AwaitSleeping(waiter.pid());
    holder.Kill();
    EXPECT_EQ(waiter.Wait(), 0);
    EXPECT_EQ(bp_lock_acquire(lock, 0, nullptr, nullptr), BP_OK);
  }
}

}  // namespace
}  // namespace billiard
