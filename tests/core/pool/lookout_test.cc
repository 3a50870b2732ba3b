// Who looks for jobs and who rests, where there are more workers than CPUs.
#include "billiard_core/pool/lookout.h"

#include <sched.h>
#include <signal.h>

#include <memory>
#include <vector>

#include "tests/core/pool/fixture.h"
#include "tests/core/pool/tasks.h"

namespace billiard::pool {
namespace {

TEST(LookoutTest, OneAtATime) {
  GroupEntry group = {};
  EXPECT_TRUE(BecomeLookout(&group, 0));
  EXPECT_FALSE(BecomeLookout(&group, 1));
  LeaveLookout(&group, 1);  // is not it
  EXPECT_FALSE(BecomeLookout(&group, 1));
  LeaveLookout(&group, 0);
  EXPECT_TRUE(BecomeLookout(&group, 1));
}

TEST(LookoutTest, ThePlaceOfADeadLookoutMayTakeOver) {
  GroupEntry group = {};
  EXPECT_TRUE(BecomeLookout(&group, 3));
  EXPECT_TRUE(BecomeLookout(&group, 3));
}

TEST(LookoutTest, ARestEndsByItselfAndLeavesNoMark) {
  GroupEntry group = {};
  EXPECT_FALSE(Rest(&group, Deadline::Forever(), nullptr));
  EXPECT_FALSE(MayRest(group));
}

TEST(LookoutTest, SubmitsWithoutAClaimAreAStallOnceInAWhile) {
  Stall stall;
  uint64_t told = 0;
  EXPECT_FALSE(stall.Submitted(7));  // others were claimed
  for (uint32_t i = 0; i < 3 * kStalledSubmits; ++i) told += stall.Submitted(7);
  EXPECT_EQ(told, 3u);
  for (uint64_t claimed = 8; claimed < 100; ++claimed) EXPECT_FALSE(stall.Submitted(claimed));
}

// This process and its children have one CPU.
class OneCpu {
 public:
  OneCpu() {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu) {
      if (CPU_ISSET(cpu, &before_)) CPU_SET(cpu, &one);
    }
    sched_setaffinity(0, sizeof one, &one);
  }
  ~OneCpu() { sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_;
};

class CrowdedPoolTest : public BothStarts {
 protected:
  OneCpu cpu_;
};
BILLIARD_BOTH_STARTS(CrowdedPoolTest);

// Nobody of the host helps: it does not wait for the job, and submits no other.
TEST_P(CrowdedPoolTest, AJobBehindAnEndlessOneIsRunByAnother) {
  const auto pool = MakePool(OptionsFor(GetParam(), 3));
  for (int round = 0; round < 50; ++round) {
    Gate gate;
    const auto held = HoldWorker(pool.get(), &gate);
    const auto behind = Submit(pool.get(), "echo", "x");
    Await([&] { return behind->Ready(); });
    gate.Open();
    EXPECT_EQ(ValueOf(held.get()), "held");
  }
}

// The others claim in the time of a rest what makes a rest go on; then they are held, all but one.
TEST_P(CrowdedPoolTest, ABurstDoesNotKeepAWorkerAtRestForEver) {
  const auto pool = MakePool(OptionsFor(GetParam(), 2));
  for (int round = 0; round < 20; ++round) {
    std::vector<std::unique_ptr<Result>> burst;
    for (int i = 0; i < 500; ++i) burst.push_back(Submit(pool.get(), "echo", "x"));
    Gate gate;
    const auto held = HoldWorker(pool.get(), &gate);
    const auto behind = Submit(pool.get(), "echo", "y");
    Await([&] { return behind->Ready(); });
    gate.Open();
    for (const auto& result : burst) EXPECT_EQ(ValueOf(result.get()), "x");
  }
}

TEST_P(CrowdedPoolTest, TheDeathOfAnIdleWorkerIsMissedByNobody) {
  const auto pool = MakePool(OptionsFor(GetParam(), 3));
  for (int round = 0; round < 20; ++round) {
    for (const pid_t pid : PidsOf(pool.get())) {
      if (pid > 0) kill(pid, SIGKILL);
      EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
    }
  }
}

}  // namespace
}  // namespace billiard::pool
