// The tests' own tool for killing and stopping children at named points.
#include "tests/support/fault/faulty_child.h"

#include <signal.h>

#include <atomic>
#include <cstdint>
#include <utility>

#include "billiard_core/base/fault_point.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::testing {
namespace {

class FaultyChildTest : public ::testing::Test {
 protected:
  // Reaches "first", and counts, and "second".
  void Step() {
    BP_FAULT_POINT("first");
    steps_->fetch_add(1);
    BP_FAULT_POINT("second");
  }
  void ThreeSteps() {
    for (int i = 0; i < 3; ++i) Step();
  }

  Watchdog watchdog_{60};
  Shared<std::atomic<uint32_t>> steps_;
};

TEST_F(FaultyChildTest, DiesAtTheNamedPointWhenItIsThereForTheCountedTime) {
  EXPECT_TRUE(DiesAt("first", [&] { ThreeSteps(); }));
  EXPECT_EQ(steps_->exchange(0), 0u);
  EXPECT_TRUE(DiesAt(
      "second", [&] { ThreeSteps(); }, 2));
  EXPECT_EQ(steps_->load(), 2u);
}

TEST_F(FaultyChildTest, DoesNotDieAtAPointThatItDoesNotReach) {
  EXPECT_FALSE(DiesAt("third", [&] { ThreeSteps(); }));
  EXPECT_FALSE(DiesAt(
      "first", [&] { ThreeSteps(); }, 4));
  EXPECT_EQ(steps_->load(), 6u);
}

TEST_F(FaultyChildTest, ChildrenHaveFaultsOfTheirOwn) {
  Child dying = ChildDyingAt("first", [&] { ThreeSteps(); });
  Child living = ChildDyingAt("third", [&] { ThreeSteps(); });
  EXPECT_EQ(dying.Wait(), -SIGKILL);
  EXPECT_EQ(living.Wait(), 0);
  EXPECT_EQ(steps_->load(), 3u);
  Step();  // this process was never armed
  EXPECT_EQ(steps_->load(), 4u);
}

TEST_F(FaultyChildTest, AChildOfAnArmedChildIsNotArmed) {
  Child child = ChildDyingAt("second", [&] {
    Child inner([&] {
      ThreeSteps();
      return 0;
    });
    if (inner.Wait() == 0) Step();
  });
  EXPECT_EQ(child.Wait(), -SIGKILL);
  EXPECT_EQ(steps_->load(), 4u);
}

TEST_F(FaultyChildTest, StopsAndGoesOn) {
  Child child = ChildStoppingAt(
      "first", [&] { ThreeSteps(); }, 2);
  EXPECT_EQ(child.AwaitStop(), SIGSTOP);
  EXPECT_EQ(steps_->load(), 1u);
  child.Signal(SIGCONT);
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(steps_->load(), 3u);
}

}  // namespace
}  // namespace billiard::testing
