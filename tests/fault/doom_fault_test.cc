// A worker that is to be ended while it is idle is doomed first: a job that it takes all the same goes back
// (rule L1 of billiard_core/pool/DESIGN.md). Here it dies, or stands still, while it waits for its end.
#include <signal.h>

#include <memory>
#include <string>

#include "billiard_core/pool/terminate_job.h"
#include "gtest/gtest.h"
#include "tests/core/pool/harness.h"
#include "tests/core/pool/pool_peer.h"
#include "tests/support/fault/planted_fault.h"
#include "tests/support/watchdog.h"

namespace billiard::pool {
namespace {

class DoomFaultTest : public ::testing::TestWithParam<int> {
 private:
  testing::Watchdog watchdog_{60};
};

TEST_P(DoomFaultTest, TheJobThatADoomedWorkerTookIsRunByTheNext) {
  const testing::PlantedFault fault("pool.doomed", 1, GetParam());
  PoolOptions options = OptionsFor(Start::kFork, 1);
  options.start_timeout_ns = 20 * kNanosPerMilli;
  options.terminate_grace_ns = 3600 * kNanosPerSecond;  // nothing else ends the worker
  const std::unique_ptr<Pool> pool = MakePool(std::move(options));
  AwaitReady(pool.get());
  const pid_t doomed = PidsOf(pool.get())[0];
  // A signal that ends nobody leaves the worker idle and doomed.
  ASSERT_TRUE(pool->TerminateJob(doomed, SIGCONT, kAnyJob).ok());
  Await([&] { return PoolPeer::Segment(*pool)->worker(0)->doomed.load() != 0; });
  const std::string pid = Apply(pool.get(), "pid");
  EXPECT_TRUE(fault.Struck());
  EXPECT_NE(pid, std::to_string(doomed));
  EXPECT_EQ(Apply(pool.get(), "pid"), pid) << "one replacement, which stays";
  const PoolStats stats = *pool->Stats();
  EXPECT_EQ(stats.lost, 0u);
  EXPECT_EQ(stats.restarts, 1u);
}

INSTANTIATE_TEST_SUITE_P(Signals, DoomFaultTest, ::testing::Values(SIGKILL, SIGSTOP),
                         [](const auto& signal) {
                           return std::string(signal.param == SIGKILL ? "Killed" : "Stopped");
                         });

}  // namespace
}  // namespace billiard::pool
