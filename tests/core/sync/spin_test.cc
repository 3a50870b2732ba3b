// Who gives its CPU away while it waits learns when others keep it for long.
#include "billiard_core/sync/spin.h"

#include <sched.h>

#include <atomic>
#include <cstdint>

#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::sync {
namespace {

using testing::Child;
using testing::Watchdog;

void StayOnThisCpu() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<size_t>(sched_getcpu()), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
}

TEST(SpinTest, ACpuThatOthersKeepIsNotGivenAwayAgain) {
  Watchdog watchdog(60);
  StayOnThisCpu();
  testing::Shared<std::atomic<uint64_t>> turns;
  // It never sleeps, so it uses its slices up.
  Child hog([&] {
    for (;;) turns->fetch_add(1);
    return 0;
  });
  // A yield may bring nothing, if the hog has had more than its share.
  while (YieldCpu()) {
  }
  EXPECT_GT(turns->load(), 0u);
  // Not for a while, and then it tries again.
  EXPECT_FALSE(YieldCpu());
  const uint64_t before = *turns;
  while (*turns == before) YieldCpu();
}

}  // namespace
}  // namespace billiard::sync
