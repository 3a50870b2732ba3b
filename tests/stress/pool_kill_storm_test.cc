// A storm: workers are killed and stopped at random while they boot, claim, run and publish, and every
// job must end in exactly one way. BILLIARD_STORM_SEED repeats a storm as far as chance allows.
#include <poll.h>
#include <signal.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <set>
#include <string>

#include "billiard_core/pool/task_registry.h"
#include "billiard_core/pool/worker.h"
#include "gtest/gtest.h"
#include "tests/core/pool/harness.h"
#include "tests/core/pool/pool_peer.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::pool {
namespace {

#ifdef BILLIARD_LONG_STORM
constexpr int kJobs = 400'000;
constexpr int kLargeJobs = 60'000;
constexpr unsigned kPatienceSeconds = 1500;
#else
constexpr int kJobs = 12'000;
constexpr int kLargeJobs = 3'000;
constexpr unsigned kPatienceSeconds = 200;
#endif
constexpr int kWorkers = 8;
constexpr size_t kInFlight = 256;
constexpr size_t kLargeBytes = 64 * 1024;

struct SideEffects {
  std::atomic<uint8_t> of_job[400'000];
};
SideEffects* side_effects = nullptr;

// The argument's first four bytes are the job's index; all of it comes back.
int StormTask(Job& job) {
  uint32_t index;
  memcpy(&index, job.argument().data, sizeof index);
  side_effects->of_job[index].fetch_add(1);
  return job.Reply(job.argument().bytes(), 0).ok() ? 0 : 1;
}

struct Storm {
  Start start;
  int jobs;
  size_t bytes;
  bool drain;  // learn of ends through the finished list, else by waiting for each
};

class KillStormTest : public ::testing::Test {
 protected:
  void SetUp() override {
    side_effects = &*shared_;
    ASSERT_TRUE(TaskRegistry::OfProcess().Register("storm", StormTask, {}).ok());
    const char* given = getenv("BILLIARD_STORM_SEED");
    const unsigned seed = given == nullptr ? std::random_device()() : strtoul(given, nullptr, 0);
    printf("BILLIARD_STORM_SEED=%u\n", seed);
    fflush(stdout);
    random_.seed(seed);
  }

  void Blow(const Storm& storm);

 private:
  uint32_t Below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
  std::string Argument(uint32_t index, size_t bytes);
  void Strike();
  void SubmitOne(const Storm& storm, uint32_t index);
  void Settle(size_t which);
  void DrainSome();

  testing::Watchdog watchdog_{kPatienceSeconds};
  testing::Shared<SideEffects> shared_;
  std::mt19937 random_;
  std::unique_ptr<Pool> pool_;
  struct Flying {
    uint32_t index;
    std::string argument;
    std::unique_ptr<Result> result;
  };
  std::vector<Flying> flying_;
  std::set<uint64_t> announced_;
  uint64_t kills_ = 0;
  uint64_t lost_ = 0;
  uint64_t values_ = 0;
};

std::string KillStormTest::Argument(uint32_t index, size_t bytes) {
  std::string argument(bytes, static_cast<char>('a' + index % 26));
  memcpy(argument.data(), &index, sizeof index);
  return argument;
}

// SIGKILL to a random worker, or in one of ten cases SIGSTOP and, after a while, SIGCONT or SIGKILL.
void KillStormTest::Strike() {
  const std::vector<pid_t> pids = PidsOf(pool_.get());
  const pid_t victim = pids[Below(kWorkers)];
  if (victim <= 0) return;
  // A stop counts as well: the supervisor may kill a worker that stands still at the moment at which it
  // goes on with its next job.
  ++kills_;
  if (Below(10) != 0) {
    kill(victim, SIGKILL);
    return;
  }
  kill(victim, SIGSTOP);
  for (uint32_t i = Below(2000); i > 0; --i) (void)PidsOf(pool_.get());  // a while
  kill(victim, Below(2) == 0 ? SIGCONT : SIGKILL);
}

void KillStormTest::SubmitOne(const Storm& storm, uint32_t index) {
  JobOptions options;
  options.notify = storm.drain;
  Flying job{index, Argument(index, storm.bytes), nullptr};
  job.result = Submit(pool_.get(), "storm", job.argument, options);
  flying_.push_back(std::move(job));
}

void KillStormTest::Settle(size_t which) {
  Flying job = std::move(flying_[which]);
  flying_[which] = std::move(flying_.back());
  flying_.pop_back();
  const Outcome outcome = OutcomeOf(job.result.get());
  const int effects = side_effects->of_job[job.index];
  if (outcome.code == Code::kOk) {
    ++values_;
    ASSERT_TRUE(outcome.value == job.argument) << "job " << job.index;
    ASSERT_EQ(effects, 1) << "job " << job.index;
  } else {
    ++lost_;
    ASSERT_EQ(outcome.code, Code::kWorkerLost) << outcome.failure.message;
    ASSERT_LE(effects, 1) << "job " << job.index;
  }
}

// Waits until the list has something, and settles what it names.
void KillStormTest::DrainSome() {
  pollfd entry = {pool_->events_fd(), POLLIN, 0};
  poll(&entry, 1, -1);
  for (const uint64_t id : ReadEnded(pool_.get(), 1 + Below(16))) {
    ASSERT_TRUE(announced_.insert(id).second) << "job " << id << " twice";
    size_t which = 0;
    while (which < flying_.size() && flying_[which].result->id() != id) ++which;
    ASSERT_LT(which, flying_.size()) << "job " << id << " was not in flight";
    ASSERT_TRUE(flying_[which].result->Ready());
    Settle(which);
  }
}

void KillStormTest::Blow(const Storm& storm) {
  PoolOptions options = OptionsFor(storm.start, kWorkers);
  options.max_boot_failures = -1;
  options.start_timeout_ns = 50 * kNanosPerMilli;
  pool_ = MakePool(std::move(options));
  uint32_t next = 0;
  const uint32_t jobs = static_cast<uint32_t>(storm.jobs);
  while (next < jobs || !flying_.empty()) {
    while (next < jobs && flying_.size() < kInFlight) SubmitOne(storm, next++);
    if (Below(storm.drain ? 2 : 8) == 0) Strike();
    if (storm.drain) {
      DrainSome();
    } else {
      Settle(Below(static_cast<uint32_t>(flying_.size())));
    }
    if (HasFatalFailure()) return;
  }
  printf("%d jobs of %zu bytes: kills=%lu lost=%lu values=%lu restarts=%lu\n", storm.jobs,
         storm.bytes, kills_, lost_, values_, pool_->Stats()->restarts);
  EXPECT_EQ(values_ + lost_, jobs);
  EXPECT_LE(lost_, kills_);
  PoolStats stats;
  Await([&] {
    stats = *pool_->Stats();
    return stats.succeeded + stats.lost >= jobs;
  });
  EXPECT_EQ(stats.succeeded, values_);
  EXPECT_EQ(stats.lost, lost_);
  Await([&] { return PoolPeer::BlocksInUse(*pool_) <= 1; });
  ASSERT_TRUE(pool_->Close().ok());
  EXPECT_TRUE(pool_->Join(Deadline::Forever(), nullptr).ok());
}

TEST_F(KillStormTest, SmallJobsAreWaitedFor) { Blow({Start::kFork, kJobs, 16, false}); }
TEST_F(KillStormTest, SmallJobsAreDrained) { Blow({Start::kFork, kJobs, 16, true}); }
TEST_F(KillStormTest, LargeJobsAreWaitedFor) {
  Blow({Start::kFork, kLargeJobs, kLargeBytes, false});
}
TEST_F(KillStormTest, LargeJobsAreDrained) { Blow({Start::kFork, kLargeJobs, kLargeBytes, true}); }

}  // namespace
}  // namespace billiard::pool
