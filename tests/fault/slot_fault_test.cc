// Whoever waits for a place in a full pool, or for a slot, is woken by the end of a job, also when the
// worker that ended the job dies or stands still before it wakes anybody.
#include <signal.h>

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "tests/core/pool/harness.h"
#include "tests/support/fault/planted_fault.h"
#include "tests/support/watchdog.h"

namespace billiard::pool {
namespace {

constexpr int kJobs = 40;

using Parameters = std::tuple<const char*, int, bool>;  // point, signal, slots or max_jobs

class SlotFaultTest : public ::testing::TestWithParam<Parameters> {
 private:
  testing::Watchdog watchdog_{60};
};

TEST_P(SlotFaultTest, AWaitingSubmitterIsWokenAndEveryJobRuns) {
  const auto& [point, signal_number, slots] = GetParam();
  for (const int count : {1, 3}) {
    const testing::PlantedFault fault(point, count, signal_number);
    PoolOptions options = OptionsFor(Start::kFork, 2);
    options.start_timeout_ns = 20 * kNanosPerMilli;
    options.wait_for_slot = slots;
    if (!slots) options.max_jobs = 2;
    const std::unique_ptr<Pool> pool = MakePool(std::move(options));
    // Nobody waits for a result or reads events, so that only the submitter's own wait wakes it.
    for (int i = 0; i < kJobs; ++i) (void)Submit(pool.get(), "sleep", "2000");
    EXPECT_TRUE(fault.Struck());
    EXPECT_EQ(Apply(pool.get(), "echo", "next"), "next");
    Await([&] { return pool->Stats()->succeeded >= kJobs + 1; });
    EXPECT_EQ(pool->Stats()->lost, 0u);
    if (slots) {
      Await([&] { return pool->GetSlots()->free == pool->GetSlots()->bound; });
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Points, SlotFaultTest,
                         ::testing::Combine(::testing::Values("pool.answered", "pool.bumped"),
                                            ::testing::Values(SIGKILL, SIGSTOP), ::testing::Bool()),
                         [](const auto& fault) {
                           const std::string name = std::get<0>(fault.param);
                           return name.substr(name.find('.') + 1) +
                                  (std::get<1>(fault.param) == SIGKILL ? "Killed" : "Stopped") +
                                  (std::get<2>(fault.param) ? "Slots" : "MaxJobs");
                         });

}  // namespace
}  // namespace billiard::pool
