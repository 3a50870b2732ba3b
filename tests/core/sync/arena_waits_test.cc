#include "billiard_core/sync/arena_waits.h"

#include <signal.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "billiard_core/base/deadline.h"
#include "billiard_core/shared_memory/arena.h"
#include "billiard_core/sync/wait_table.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::sync {
namespace {

using shared_memory::Arena;
using testing::AwaitAtLeast;
using testing::AwaitSleeping;
using testing::Child;
using testing::Shared;
using testing::Watchdog;

class ArenaWaitsTest : public ::testing::Test {
 protected:
  ArenaWaitsTest() : arena_(*Arena::Create({.max_bytes = uint64_t{16} << 20})) {
    EXPECT_TRUE(arena_->Self().ok());
  }

  WaitTable* Waits() { return *WaitsOf(arena_.get()); }

  // A child that waits for `object` for ever.
  Child Waiter(uint64_t object) {
    Shared<std::atomic<uint32_t>> enrolled;
    Child child([&] {
      const auto enrolment = Waits()->Enrol(object, 0);
      if (!enrolment.ok()) return 1;
      enrolled->store(1);
      Waits()->Sleep(*enrolment, Deadline::Forever(), nullptr, -1);
      return 0;
    });
    AwaitAtLeast(*enrolled, 1);
    AwaitSleeping(child.pid());
    return child;
  }

  Watchdog watchdog_{120};
  std::shared_ptr<Arena> arena_;
};

TEST_F(ArenaWaitsTest, AllUsersInAProcessHaveOneView) {
  constexpr int kThreads = 8;
  std::vector<WaitTable*> views(kThreads);
  std::vector<std::thread> threads;
  for (WaitTable*& view : views) threads.emplace_back([&view, this] { view = Waits(); });
  for (std::thread& thread : threads) thread.join();
  for (WaitTable* view : views) EXPECT_EQ(view, views[0]);
  EXPECT_EQ(Waits(), views[0]);
}

TEST_F(ArenaWaitsTest, EachArenaHasATableOfItsOwn) {
  const std::shared_ptr<Arena> other = *Arena::Create({.max_bytes = uint64_t{1} << 20});
  ASSERT_NE(Waits(), *WaitsOf(other.get()));
  ASSERT_TRUE((*WaitsOf(other.get()))->Enrol(1, 0).ok());
  EXPECT_EQ(Waits()->CountInUse(), 0u);
}

// Waiters that were killed, and that nobody will ever notify.
TEST_F(ArenaWaitsTest, RecoveryFreesThePlacesOfTheDead) {
  constexpr int kWaiters = 5;
  const uint64_t object = Waits()->NewObject();
  const Child alive = Waiter(object);
  std::vector<Child> doomed;
  for (int i = 0; i < kWaiters; ++i) doomed.push_back(Waiter(object));
  EXPECT_EQ(Waits()->CountInUse(), 1u + kWaiters);
  for (Child& child : doomed) {
    child.Kill();
    EXPECT_EQ(child.Wait(), -SIGKILL);
  }
  EXPECT_EQ(arena_->Recover(), kWaiters);
  EXPECT_EQ(Waits()->CountInUse(), 1u);
  EXPECT_EQ(Waits()->CountWaiting(object), 1);
}

// A dead waiter that had been notified: what is taken back goes to the living one.
TEST_F(ArenaWaitsTest, RecoveryHandsTheirNotificationsOn) {
  const uint64_t object = Waits()->NewObject();
  Child doomed = Waiter(object);
  Child heir = Waiter(object);
  doomed.Stop();
  EXPECT_EQ(Waits()->Notify(object, 1), 1);
  heir.Stop();  // it is not to find it by itself
  doomed.Kill();
  EXPECT_EQ(doomed.Wait(), -SIGKILL);
  EXPECT_EQ(Waits()->CountWaiting(object), 1);
  EXPECT_EQ(arena_->Recover(), 1);
  EXPECT_EQ(Waits()->CountWaiting(object), 0);
  heir.Signal(SIGCONT);
  EXPECT_EQ(heir.Wait(), 0);
}

}  // namespace
}  // namespace billiard::sync
