// Locks and semaphores whose holders and waiters are killed or stopped.
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/sync/fifo_waiters.h"
#include "billiard_core/sync/lock.h"
#include "billiard_core/sync/rlock.h"
#include "billiard_core/sync/spin.h"
#include "gtest/gtest.h"
#include "tests/core/sync/shared_area.h"
#include "tests/support/child/child.h"
#include "tests/support/sanitizer.h"
#include "tests/support/storm.h"
#include "tests/support/watchdog.h"

namespace billiard::sync {
namespace {

using shared_memory::kNobody;
using testing::AwaitAtLeast;
using testing::AwaitSleeping;
using testing::Child;
using testing::kLongStorm;
using testing::kSanitized;
using testing::Shared;
using testing::Watchdog;

constexpr Deadline kNow = Deadline::Now();
constexpr Deadline kForever = Deadline::Forever();

class LockDeathTest : public ::testing::TestWithParam<bool> {
 protected:
  LockDeathTest() : lock_(MakeLock()) {}

  Lock MakeLock() {
    Lock::Init(area_.At<Lock::State>(), {.fifo = GetParam()});
    return Lock(area_.context(), area_.At<Lock::State>());
  }

  // A child that holds the lock until it is killed.
  Child Holder() {
    Shared<std::atomic<uint32_t>> held;
    Child child([&] {
      if (!lock_.Acquire(kForever).ok()) return 1;
      held->store(1);
      for (;;) pause();
    });
    AwaitAtLeast(*held, 1);
    return child;
  }
  // A child that sleeps for the lock, and, having got it, tells so and releases it.
  Child Waiter(std::atomic<uint32_t>* got) {
    Child child([this, got] {
      if (!lock_.Acquire(kForever).ok()) return 1;
      got->fetch_add(1);
      return lock_.Release().ok() ? 0 : 2;
    });
    AwaitSleeping(child.pid());
    return child;
  }
  Grant Acquire() { return lock_.Acquire(kForever).value(); }
  void Release() { ASSERT_TRUE(lock_.Release().ok()); }

  Watchdog watchdog_{280};
  SharedArea area_;
  Lock lock_;
};

INSTANTIATE_TEST_SUITE_P(Modes, LockDeathTest, ::testing::Values(false, true),
                         [](const auto& mode) { return mode.param ? "Fifo" : "Plain"; });

TEST_P(LockDeathTest, ATryGetsTheLockOfADeadHolderOnceWithNews) {  // G-SYNC-1, W-SYNC-1
  for (const bool reaped : {true, false}) {
    Child holder = Holder();
    EXPECT_EQ(CodeOf(lock_.Acquire(kNow).status()), Code::kTimeout);
    holder.Kill();
    reaped ? static_cast<void>(holder.Wait()) : holder.AwaitZombie();
    EXPECT_TRUE(lock_.WaitFree(kNow).ok());
    EXPECT_EQ(lock_.Acquire(kNow).value(), Grant::kOwnerDied);
    Release();
    EXPECT_EQ(lock_.Acquire(kNow).value(), Grant::kClean);  // ordinary again
    Release();
  }
}

// SIGKILL of a holder while another process sleeps for the lock. How long the news take is said by the
// median: single ones depend on what else this machine does.
TEST_P(LockDeathTest, ASleeperGetsTheLockOfADeadHolderWithin100Millis) {  // G-SYNC-1
  const int rounds = kSanitized ? 30 : 1'000;
  std::vector<int64_t> delays;
  for (int i = 0; i < rounds; ++i) {
    Child holder = Holder();
    Shared<std::atomic<int64_t>> got_at;
    Child waiter([&] {
      const auto grant = lock_.Acquire(kForever);
      got_at->store(MonotonicNow());
      if (!grant.ok() || *grant != Grant::kOwnerDied) return 1;
      return lock_.Release().ok() ? 0 : 2;
    });
    if (i % 2 == 0) AwaitSleeping(waiter.pid());
    const int64_t killed_at = MonotonicNow();
    holder.Kill();
    ASSERT_EQ(waiter.Wait(), 0) << i;
    delays.push_back(got_at->load() - killed_at);
    ASSERT_EQ(lock_.Acquire(kNow).value(), Grant::kClean) << i;
    Release();
    area_.participants().Sweep([](shared_memory::Owner) { return true; });
  }
  std::sort(delays.begin(), delays.end());
  EXPECT_LT(delays[delays.size() / 2], 100 * kNanosPerMilli);
  RecordProperty("median_us", std::to_string(delays[delays.size() / 2] / 1000));
  RecordProperty("max_us", std::to_string(delays.back() / 1000));
}

TEST_P(LockDeathTest, AnybodyMayReleaseTheLockOfTheDead) {
  Child holder = Holder();
  holder.Kill();
  holder.Wait();
  Release();
  EXPECT_EQ(Acquire(), Grant::kClean);
}

TEST_P(LockDeathTest, AStoppedHolderIsNotDead) {
  Child holder = Holder();
  holder.Stop();
  EXPECT_EQ(CodeOf(lock_.Acquire(Deadline::After(10 * kNanosPerMilli)).status()), Code::kTimeout);
  holder.Kill();
  EXPECT_EQ(Acquire(), Grant::kOwnerDied);
}

TEST_P(LockDeathTest, ADeadWaiterIsNobodysTrouble) {  // W-SYNC-1
  Shared<std::atomic<uint32_t>> got;
  for (int round = 0; round < 5; ++round) {
    ASSERT_EQ(Acquire(), Grant::kClean);
    Child first = Waiter(&*got);
    Child second = Waiter(&*got);
    first.Kill();
    first.Wait();
    Release();
    EXPECT_EQ(second.Wait(), 0);
  }
  EXPECT_EQ(got->load(), 5u);
  EXPECT_EQ(Acquire(), Grant::kClean);
}

TEST_P(LockDeathTest, AllWaitersMayDie) {
  Shared<std::atomic<uint32_t>> got;
  ASSERT_EQ(Acquire(), Grant::kClean);
  {
    std::vector<Child> waiters;
    for (int i = 0; i < 8; ++i) waiters.push_back(Waiter(&*got));
    for (Child& waiter : waiters) waiter.Kill();
    for (Child& waiter : waiters) waiter.Wait();
  }
  Release();
  EXPECT_EQ(Acquire(), Grant::kClean);
  Release();
  EXPECT_EQ(got->load(), 0u);
}

TEST_P(LockDeathTest, AStoppedWaiterHoldsUpNobody) {
  Shared<std::atomic<uint32_t>> got;
  ASSERT_EQ(Acquire(), Grant::kClean);
  Child stopped = Waiter(&*got);
  stopped.Stop();
  Child running = Waiter(&*got);
  Release();
  EXPECT_EQ(running.Wait(), 0);
  EXPECT_EQ(Acquire(), Grant::kClean);
  Release();
  EXPECT_EQ(got->load(), 1u);
  stopped.Signal(SIGCONT);
  EXPECT_EQ(stopped.Wait(), 0);
  EXPECT_EQ(got->load(), 2u);
}

// What the lock protects, and what each process knows to have done.
struct Books {
  static constexpr int kWorkers = 4;
  uint64_t total;
  uint64_t of_worker[kWorkers];
  uint32_t inside;  // the worker that is changing something, + 1
  uint64_t repaired;
  std::atomic<uint32_t> violations;
};

// Workers count under the lock; one after the other is killed, and replaced. Whoever is told that the
// last holder died puts the books right. Nothing is counted twice or not at all, nobody is ever inside
// together with another one, and after the end the lock is free.
TEST_P(LockDeathTest, BooksAreRightThroughAStormOfKills) {
  const int kills = kLongStorm ? 3'000 : kSanitized ? 30 : 200;
  Books* const books = area_.At<Books>(8192);
  const auto repair = [books] {
    books->total = 0;
    for (const uint64_t count : books->of_worker) books->total += count;
    books->inside = 0;
    ++books->repaired;
  };
  const auto work = [&](int number) {
    for (;;) {
      const auto grant = lock_.Acquire(kForever);
      if (!grant.ok()) return 1;
      if (*grant == Grant::kOwnerDied) repair();
      if (books->inside != 0) books->violations.fetch_add(1);
      books->inside = static_cast<uint32_t>(number) + 1;
      ++books->total;
      std::atomic_signal_fence(std::memory_order_seq_cst);
      ++books->of_worker[number];
      std::atomic_signal_fence(std::memory_order_seq_cst);
      books->inside = 0;
      if (!lock_.Release().ok()) return 2;
    }
  };
  std::vector<std::unique_ptr<Child>> workers;
  for (int i = 0; i < Books::kWorkers; ++i) {
    workers.push_back(std::make_unique<Child>([&, i] { return work(i); }));
  }
  std::mt19937 random(20261122);
  for (int kill = 0; kill < kills; ++kill) {
    const auto victim = random() % Books::kWorkers;
    usleep(random() % 2000);
    workers[victim]->Kill();
    ASSERT_EQ(workers[victim]->Wait(), -SIGKILL);
    area_.participants().Sweep([](shared_memory::Owner) { return true; });
    workers[victim] =
        std::make_unique<Child>([&, victim] { return work(static_cast<int>(victim)); });
  }
  for (auto& worker : workers) worker->Kill();
  for (auto& worker : workers) worker->Wait();
  if (Acquire() == Grant::kOwnerDied) repair();
  uint64_t sum = 0;
  for (const uint64_t count : books->of_worker) sum += count;
  EXPECT_EQ(books->total, sum);
  EXPECT_EQ(books->inside, 0u);
  EXPECT_EQ(books->violations, 0u);
  EXPECT_GT(sum, static_cast<uint64_t>(kills));
  Release();
  EXPECT_EQ(lock_.Holder(), kNobody);
}

class FifoTest : public LockDeathTest {
 protected:
  // Children that get the lock, one after the other, and note in which order.
  struct Order {
    std::atomic<uint32_t> next;
    std::atomic<uint32_t> place[16];
  };
  Child Numbered(Order* order, uint32_t number) {
    Child child([this, order, number] {
      if (!lock_.Acquire(kForever).ok()) return 1;
      order->place[number].store(order->next.fetch_add(1) + 1);
      return lock_.Release().ok() ? 0 : 2;
    });
    AwaitSleeping(child.pid());
    return child;
  }
};
INSTANTIATE_TEST_SUITE_P(Modes, FifoTest, ::testing::Values(true),
                         [](const auto&) { return "Fifo"; });

TEST_P(FifoTest, WaitersGetItInTheirOrder) {  // G-SYNC-9
  Shared<Order> order;
  ASSERT_EQ(Acquire(), Grant::kClean);
  std::vector<Child> waiters;
  for (uint32_t i = 0; i < FifoWaiters::kSlots; ++i) waiters.push_back(Numbered(&*order, i));
  Release();
  for (Child& waiter : waiters) EXPECT_EQ(waiter.Wait(), 0);
  for (uint32_t i = 0; i < FifoWaiters::kSlots; ++i) EXPECT_EQ(order->place[i], i + 1);
}

TEST_P(FifoTest, ANewcomerDoesNotOvertake) {  // G-SYNC-9
  Shared<std::atomic<uint32_t>> got;
  for (int round = 0; round < 100; ++round) {
    ASSERT_EQ(Acquire(), Grant::kClean);
    got->store(0);
    Child waiter = Waiter(&*got);
    Release();
    // Either it is not our turn yet, or the waiter has had its.
    const auto grant = lock_.Acquire(kForever);
    ASSERT_TRUE(grant.ok());
    EXPECT_EQ(got->load(), 1u);
    Release();
    EXPECT_EQ(waiter.Wait(), 0);
  }
}

TEST_P(FifoTest, TheNewsOfADeadHolderGoPastADeadGrantee) {
  Child holder = Holder();
  Shared<Order> order;
  Child first = Numbered(&*order, 0);
  first.Stop();  // it can not take what it is granted
  Child second([&] {
    const auto grant = lock_.Acquire(kForever);
    return grant.ok() && *grant == Grant::kOwnerDied && lock_.Release().ok() ? 0 : 1;
  });
  AwaitSleeping(second.pid());
  holder.Kill();
  holder.Wait();
  first.Kill();
  first.Wait();
  EXPECT_EQ(second.Wait(), 0);
  EXPECT_EQ(Acquire(), Grant::kClean);
  Release();
}

// A grantee that is stopped between the grant and its taking, killed there, and more waiters behind it.
TEST_P(FifoTest, AKilledGranteeIsPassedOverWithoutNews) {
  Shared<Order> order;
  ASSERT_EQ(Acquire(), Grant::kClean);
  Child first = Numbered(&*order, 0);
  first.Stop();
  Child second = Numbered(&*order, 1);
  Release();  // granted to the first
  first.Kill();
  first.Wait();
  EXPECT_EQ(second.Wait(), 0);
  EXPECT_EQ(order->place[1], 1u);
  EXPECT_EQ(Acquire(), Grant::kClean);
  Release();
}

TEST_P(FifoTest, ATryTakesTheGrantOfADeadGrantee) {
  Shared<Order> order;
  ASSERT_EQ(Acquire(), Grant::kClean);
  Child waiter = Numbered(&*order, 0);
  waiter.Stop();
  Release();
  EXPECT_EQ(CodeOf(lock_.Acquire(kNow).status()), Code::kTimeout);  // it is reserved
  EXPECT_EQ(CodeOf(lock_.Release()), Code::kState);                 // but nobody's
  waiter.Kill();
  waiter.Wait();
  EXPECT_EQ(lock_.Acquire(kNow).value(), Grant::kClean);
  Release();
}

// Nobody stays to see for how long the grantee has stood still.
TEST_P(FifoTest, TriesAlonePassOverAStoppedGrantee) {
  Shared<Order> order;
  ASSERT_EQ(Acquire(), Grant::kClean);
  Child waiter = Numbered(&*order, 0);
  waiter.Stop();
  Release();
  absl::StatusOr<Grant> grant = lock_.Acquire(kNow);
  while (CodeOf(grant.status()) == Code::kTimeout) {
    sched_yield();
    grant = lock_.Acquire(kNow);
  }
  EXPECT_EQ(grant.value(), Grant::kClean);
  Release();
  waiter.Signal(SIGCONT);
  EXPECT_EQ(waiter.Wait(), 0);
}

TEST_P(FifoTest, AWaiterWithoutAPlaceLooksForTheDeadBeforeItGivesUp) {
  Shared<std::atomic<uint32_t>> got;
  std::vector<Child> children;
  children.push_back(Holder());
  for (uint32_t i = 0; i < FifoWaiters::kSlots; ++i) children.push_back(Waiter(&*got));
  // So that none of them looks after the holder while it dies.
  for (auto child = children.rbegin(); child != children.rend(); ++child) {
    child->Kill();
    child->Wait();
  }
  EXPECT_EQ(lock_.Acquire(Deadline::After(kNanosPerMilli)).value(), Grant::kOwnerDied);
  Release();
  EXPECT_EQ(got->load(), 0u);
}

// Five processes take the lock as often as they can, and have it for some microseconds. How many others
// come in between the begin of an acquire and its end is bounded, but where a process was interrupted
// before it had enrolled; so that is allowed for a part of its waits. Without fairness it is the rule.
TEST_P(FifoTest, NobodyStarvesInManyHandOvers) {  // G-SYNC-9
  constexpr uint32_t kProcesses = 5;
  const uint32_t times = (kLongStorm ? 1'000'000 : kSanitized ? 2'000 : 20'000) / kProcesses;
  struct Shares {
    std::atomic<uint32_t> ready;
    std::atomic<uint64_t> taken;  // changed with the lock held
    uint64_t longest[kProcesses];
    uint32_t waits[kProcesses];
    uint32_t overtaken[kProcesses];
  };
  Shared<Shares> shares;
  std::vector<Child> children;
  for (uint32_t i = 0; i < kProcesses; ++i) {
    children.emplace_back([&, i] {
      alarm(kLongStorm ? 1500 : 250);
      shares->ready.fetch_add(1);
      while (shares->ready < kProcesses) sched_yield();
      for (uint32_t n = 0; n < times; ++n) {
        const uint64_t before = shares->taken;
        if (!lock_.Acquire(kForever).ok()) return 1;
        const uint64_t others = shares->taken.fetch_add(1) - before;
        if (others > 0) ++shares->waits[i];
        if (others > 2 * kProcesses) ++shares->overtaken[i];
        shares->longest[i] = std::max(shares->longest[i], others);
        for (int k = 0; k < 100; ++k) PauseCpu();
        if (!lock_.Release().ok()) return 2;
      }
      return 0;
    });
  }
  for (Child& child : children) EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(shares->taken, uint64_t{kProcesses} * times);
  for (uint32_t i = 0; i < kProcesses; ++i) {
    EXPECT_LE(shares->overtaken[i], shares->waits[i] / 4) << i;
    RecordProperty("overtaken_" + std::to_string(i), std::to_string(shares->overtaken[i]));
    RecordProperty("waits_" + std::to_string(i), std::to_string(shares->waits[i]));
    RecordProperty("longest_" + std::to_string(i), std::to_string(shares->longest[i]));
  }
}

class RLockDeathTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kToken = 7;
  RLockDeathTest() : lock_(area_.context(), area_.At<RLock::State>()) {}

  Watchdog watchdog_{250};
  SharedArea area_;
  RLock lock_;
};

TEST_F(RLockDeathTest, ADeadOwnersLockIsTakenWithNewsAndDepthOne) {  // G-SYNC-1
  for (int round = 0; round < 100; ++round) {
    Shared<std::atomic<uint32_t>> held;
    Child owner([&] {
      for (int i = 0; i < 3; ++i) {
        if (!lock_.Acquire(kToken, kForever).ok()) return 1;
      }
      held->store(1);
      for (;;) pause();
    });
    AwaitAtLeast(*held, 1);
    std::thread waiter([&] {
      EXPECT_EQ(lock_.Acquire(kToken, kForever).value(), Grant::kOwnerDied);
      EXPECT_EQ(lock_.Depth(kToken), 1u);
      EXPECT_TRUE(lock_.Release(kToken).ok());
    });
    owner.Kill();
    waiter.join();
    owner.Wait();
    EXPECT_EQ(lock_.Acquire(kToken, kNow).value(), Grant::kClean);
    EXPECT_TRUE(lock_.Release(kToken).ok());
  }
}

// Another thread of the process that took over must not take the dead owner's token for its own.
TEST_F(RLockDeathTest, ADeadOwnersTokenIsNobodysToken) {
  constexpr uint64_t kOther = 8;
  Child owner([&] { return lock_.Acquire(kToken, kForever).ok() ? 0 : 1; });
  ASSERT_EQ(owner.Wait(), 0);
  EXPECT_EQ(lock_.Token(), kToken);
  EXPECT_EQ(CodeOf(lock_.Release(kToken)), Code::kState);
  EXPECT_EQ(lock_.Acquire(kOther, kNow).value(), Grant::kOwnerDied);
  EXPECT_EQ(lock_.Depth(kToken), 0u);
  EXPECT_EQ(CodeOf(lock_.Release(kToken)), Code::kState);
  EXPECT_TRUE(lock_.Release(kOther).ok());
}

}  // namespace
}  // namespace billiard::sync
