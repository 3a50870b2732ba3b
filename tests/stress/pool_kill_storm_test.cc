// Storms (G-POOL-1, G-POOL-4): workers, and the processes that make them, are killed and stopped at random
// while they boot, idle, claim, run and publish. Every job ends in exactly one way, none runs twice, and
// those that are lost are no more than those that were killed. A storm that hangs ends in the watchdog.
//
// BILLIARD_STORM_SEED repeats a storm as far as chance allows. The long version has 100,000 jobs and at
// least 10,000 kills in each storm.
#include <poll.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/core/pool/harness.h"
#include "tests/core/pool/pool_peer.h"
#include "tests/stress/storm_book.h"
#include "tests/stress/storm_victims.h"
#include "tests/support/sanitizer.h"
#include "tests/support/storm.h"
#include "tests/support/watchdog.h"

namespace billiard::pool {
namespace {

using stress::Book;
using stress::JobHead;
using stress::StormBook;
using stress::StormVictims;
using stress::Strikes;
using stress::Work;
using testing::kLongStorm;

constexpr uint32_t kJobs = kLongStorm ? stress::kMaxStormJobs : testing::kSanitized ? 1'000 : 2'000;
constexpr unsigned kPatienceSeconds = kLongStorm ? 1500 : 280;
constexpr int kWorkers = 8;
constexpr size_t kInFlight = 256;
constexpr size_t kSmall = 32;
constexpr size_t kLarge = 64 * 1024;
// A strike for each so many jobs, on average.
constexpr uint32_t kJobsPerStrike = 7;
constexpr uint32_t kStrikesPerTemplate = 150;
constexpr int64_t kPatienceNs = kNanosPerMilli;  // until those that are stopped are looked after

struct Storm {
  const char* name;
  Start start;
  size_t bytes;             // of an argument, and of a value
  bool drain;               // learn of ends through events, else by waiting for each
  bool templates = false;   // are killed, too
  bool limits = false;      // soft and hard ones, and workers that leave after a few jobs
  bool event_loop = false;  // no supervisor's thread
};

std::string OwnProgram() {
  char path[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  return std::string(path, size < 0 ? 0 : static_cast<size_t>(size));
}

class KillStormTest : public ::testing::TestWithParam<Storm> {
 protected:
  KillStormTest() : random_(Seed()) {}

  PoolOptions Options() const;
  void Blow();
  void CheckCounts();
  void CheckStrikes() const;
  static void TearDownTestSuite();

 private:
  struct Flying {
    uint32_t index;
    std::unique_ptr<Result> result;
  };

  static unsigned Seed();
  static uint64_t of_all_storms_[stress::kDoings];
  static size_t storms_over_;
  const Storm& storm() const { return GetParam(); }
  uint32_t Below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

  std::string Argument(uint32_t index);
  void SubmitOne(uint32_t index);
  void StrikeIfDue();
  void StepIfLoop();
  void WaitForOne();
  void DrainSome();
  void Settle(size_t which);
  void SettleFailure(uint32_t index, const JobFailure& failure);

  testing::Watchdog watchdog_{kPatienceSeconds};
  StormBook book_;
  std::mt19937 random_;
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<StormVictims> victims_;
  std::vector<Flying> flying_;
  std::set<uint64_t> announced_;
  uint64_t settled_ = 0;
  uint64_t next_strike_ = 0;
  uint64_t values_ = 0;
  uint64_t lost_ = 0;
  uint64_t unknown_ends_ = 0;  // among the lost: how their worker ended is not known
  uint64_t timed_out_ = 0;
  uint64_t refused_ = 0;  // while a pool of forks had no template
  uint64_t reforks_ = 0;
};

unsigned KillStormTest::Seed() {
  const char* given = getenv("BILLIARD_STORM_SEED");
  const unsigned seed = given == nullptr ? std::random_device()() : strtoul(given, nullptr, 0);
  printf("BILLIARD_STORM_SEED=%u\n", seed);
  fflush(stdout);
  return seed;
}

PoolOptions KillStormTest::Options() const {
  PoolOptions options = OptionsFor(storm().start, kWorkers);
  if (storm().start == Start::kSpawn) {
    options.groups[0].command = {OwnProgram()};
    options.groups[0].environment = {book_.Variable()};
  }
  options.max_boot_failures = -1;
  options.start_timeout_ns = 50 * kNanosPerMilli;
  options.event_loop = storm().event_loop;
  if (storm().limits) {
    options.soft_time_limit_ns = 5 * kNanosPerMilli;
    options.time_limit_ns = 40 * kNanosPerMilli;
    options.terminate_grace_ns = 5 * kNanosPerMilli;
    options.max_jobs_per_worker = 20;
  }
  return options;
}

std::string KillStormTest::Argument(uint32_t index) {
  std::string argument(storm().bytes, static_cast<char>('a' + index % 26));
  JobHead head = {};
  head.index = index;
  // Jobs without work, with a little and twice with more take turns, so that many workers idle or claim at one
  // time and most run at another.
  constexpr uint32_t kMost = kLongStorm ? 4'000'000 : 1'000'000;
  constexpr uint32_t kMostSpins[] = {1, kMost / 40, kMost, kMost};
  head.spins = index * 2654435761u % kMostSpins[index / 500 % 4];
  if (storm().limits && index % 100 == 7) head.work = Work::kUntilSoftLimit;
  if (storm().limits && index % 400 == 9) head.work = Work::kUntilHardLimit;
  memcpy(argument.data(), &head, sizeof head);
  return argument;
}

void KillStormTest::SubmitOne(uint32_t index) {
  JobOptions options;
  options.notify = storm().drain;
  absl::StatusOr<std::unique_ptr<Result>> result =
      pool_->Submit(stress::kStormTask, Argument(index), options);
  while (CodeOf(result.status()) == Code::kPoolFailed) {  // its template was killed
    ASSERT_TRUE(storm().templates && storm().start == Start::kFork) << result.status();
    ++reforks_;
    ASSERT_TRUE(pool_->Refork().ok());
    result = pool_->Submit(stress::kStormTask, Argument(index), options);
  }
  ASSERT_TRUE(result.ok()) << result.status();
  flying_.push_back({index, *std::move(result)});
}

void KillStormTest::StrikeIfDue() {
  while (settled_ >= next_strike_) {
    const bool its_template = storm().templates && Below(kStrikesPerTemplate) == 0;
    const bool hit =
        its_template ? victims_->StrikeTemplate() : victims_->StrikeWorker(storm().limits);
    if (!hit) return;  // nobody is there: soon again
    next_strike_ += 1 + Below(2 * kJobsPerStrike - 1);
  }
}

void KillStormTest::StepIfLoop() {
  if (!storm().event_loop) return;
  const absl::Status stepped = pool_->Step();
  ASSERT_TRUE(stepped.ok()) << stepped;
}

void KillStormTest::WaitForOne() {
  if (flying_.empty()) return StepIfLoop();
  const size_t which = Below(static_cast<uint32_t>(flying_.size()));
  while (!flying_[which].result->Wait(Deadline::After(kPatienceNs), nullptr).ok()) {
    victims_->Pass(20);
  }
  Settle(which);
}

// Waits until there are events, and settles the jobs that they name.
void KillStormTest::DrainSome() {
  pollfd entry = {pool_->events_fd(), POLLIN, 0};
  if (poll(&entry, 1, static_cast<int>(kPatienceNs / kNanosPerMilli)) == 0) victims_->Pass(20);
  StepIfLoop();
  for (const uint64_t id : ReadEnded(pool_.get(), 1 + Below(16))) {
    ASSERT_TRUE(announced_.insert(id).second) << "job " << id << " twice";
    size_t which = 0;
    while (which < flying_.size() && flying_[which].result->id() != id) ++which;
    ASSERT_LT(which, flying_.size()) << "job " << id << " was not in flight";
    ASSERT_TRUE(flying_[which].result->Ready());
    Settle(which);
  }
}

void KillStormTest::Settle(size_t which) {
  const Flying job = std::move(flying_[which]);
  flying_[which] = std::move(flying_.back());
  flying_.pop_back();
  ++settled_;
  victims_->Pass(1);
  JobFailure failure;
  const absl::optional<PayloadView> value = job.result->Value(&failure);
  if (!value) return SettleFailure(job.index, failure);
  ++values_;
  ASSERT_TRUE(value->bytes() == Argument(job.index)) << "job " << job.index;
  ASSERT_EQ(book_->begun[job.index], 1) << "job " << job.index;
}

void KillStormTest::SettleFailure(uint32_t index, const JobFailure& failure) {
  ASSERT_LE(book_->begun[index], 1) << "job " << index;
  switch (failure.code) {
    case Code::kWorkerLost:
      ++lost_;
      // Nobody ends by himself with a job. What a template that is gone, stopped or starved does not tell in
      // time is not known.
      unknown_ends_ += failure.exit_status == kExitUnknown;
      if (failure.exit_status != kExitUnknown) {
        ASSERT_EQ(failure.exit_status, -SIGKILL) << failure.message;
      }
      break;
    case Code::kTimeLimit:
      ++timed_out_;
      ASSERT_TRUE(storm().limits) << failure.message;
      break;
    default:
      ++refused_;
      ASSERT_EQ(failure.code, Code::kPoolFailed) << failure.message;
      ASSERT_TRUE(storm().templates && storm().start == Start::kFork) << failure.message;
      ASSERT_EQ(book_->begun[index], 0) << "it had begun, so it was lost";
  }
}

void KillStormTest::Blow() {
  pool_ = MakePool(Options());
  victims_ =
      std::make_unique<StormVictims>(PoolPeer::Segment(*pool_), book_.operator->(), random_());
  for (uint32_t next = 0; next < kJobs || !flying_.empty();) {
    // A storm with nobody left to hit waits for the next workers.
    const bool too_fast = settled_ > next_strike_ + kInFlight;
    while (next < kJobs && flying_.size() < kInFlight && !too_fast && !HasFatalFailure()) {
      SubmitOne(next++);
    }
    StrikeIfDue();
    if (storm().drain) {
      DrainSome();
    } else {
      WaitForOne();
    }
    if (HasFatalFailure()) return;
  }
  victims_->Release();
}

void KillStormTest::CheckCounts() {
  const Strikes& strikes = victims_->strikes();
  EXPECT_EQ(values_ + lost_ + timed_out_ + refused_, kJobs);
  EXPECT_LE(lost_, strikes.MayLose(kWorkers));
  PoolStats stats;
  Await([&] {
    StepIfLoop();
    stats = *pool_->Stats();
    return stats.succeeded >= values_;  // a worker counts a moment after its answer
  });
  EXPECT_EQ(stats.submitted, kJobs);
  EXPECT_EQ(stats.succeeded, values_);
  EXPECT_EQ(stats.failed, 0u);
  EXPECT_EQ(stats.lost, lost_);
  EXPECT_EQ(stats.timed_out, timed_out_);
  EXPECT_EQ(stats.terminated, refused_);
  Await([&] {
    StepIfLoop();
    return PoolPeer::BlocksInUse(*pool_) <= 1;  // the names of the group's tasks
  });
  ASSERT_TRUE(pool_->Close().ok());
  EXPECT_TRUE(pool_->Join(Deadline::Forever(), nullptr).ok());
  for (uint32_t i = 0; i < kJobs; ++i) ASSERT_LE(book_->begun[i], 1) << "job " << i;
  printf("%s: %u jobs of %zu bytes: values=%lu lost=%lu (%lu unknown) timed_out=%lu refused=%lu\n",
         storm().name, kJobs, storm().bytes, values_, lost_, unknown_ends_, timed_out_, refused_);
  printf("  restarts: lost=%lu boot=%lu recycled=%lu asked=%lu; reforks=%lu\n",
         stats.restarts_by[static_cast<size_t>(RestartReason::kLost)],
         stats.restarts_by[static_cast<size_t>(RestartReason::kBoot)],
         stats.restarts_by[static_cast<size_t>(RestartReason::kRecycled)],
         stats.restarts_by[static_cast<size_t>(RestartReason::kAsked)], reforks_);
}

void KillStormTest::CheckStrikes() const {
  const Strikes& strikes = victims_->strikes();
  printf("  kills=%lu stops=%lu templates=%lu; looked at %lu: booting=%lu idle=%lu claiming=%lu ",
         strikes.kills, strikes.stops, strikes.templates, strikes.looked_at, strikes.by_doing[0],
         strikes.by_doing[1], strikes.by_doing[2]);
  printf("running=%lu publishing=%lu leaving=%lu\n", strikes.by_doing[3], strikes.by_doing[4],
         strikes.by_doing[5]);
  ++storms_over_;
  for (int i = 0; i < stress::kDoings; ++i) of_all_storms_[i] += strikes.by_doing[i];
  if (!kLongStorm) return;
  EXPECT_GE(strikes.kills, 10'000u);
  EXPECT_GE(lost_, 1'000u) << "kills that hit a begun job";
  if (storm().templates) {
    EXPECT_GT(strikes.templates, 10u);
  }
}

TEST_P(KillStormTest, EveryJobEndsOnceAndNoneRunsTwice) {
  Blow();
  if (HasFatalFailure()) return;
  CheckCounts();
  CheckStrikes();
}

constexpr Storm kStorms[] = {
    {.name = "ForkSmallWait", .start = Start::kFork, .bytes = kSmall, .drain = false},
    {.name = "ForkSmallDrain", .start = Start::kFork, .bytes = kSmall, .drain = true},
    {.name = "ForkLargeWait", .start = Start::kFork, .bytes = kLarge, .drain = false},
    {.name = "ForkLargeDrain", .start = Start::kFork, .bytes = kLarge, .drain = true},
    {.name = "SpawnSmallTemplates",
     .start = Start::kSpawn,
     .bytes = kSmall,
     .drain = false,
     .templates = true},
    {.name = "SpawnLargeTemplates",
     .start = Start::kSpawn,
     .bytes = kLarge,
     .drain = true,
     .templates = true},
    {.name = "ForkSmallRefork",
     .start = Start::kFork,
     .bytes = kSmall,
     .drain = false,
     .templates = true},
    {.name = "ForkSmallLimits",
     .start = Start::kFork,
     .bytes = kSmall,
     .drain = false,
     .limits = true},
    {.name = "ForkLargeLimits",
     .start = Start::kFork,
     .bytes = kLarge,
     .drain = true,
     .limits = true},
    {.name = "SpawnSmallLimitsTemplates",
     .start = Start::kSpawn,
     .bytes = kSmall,
     .drain = true,
     .templates = true,
     .limits = true},
    {.name = "ForkSmallLoop",
     .start = Start::kFork,
     .bytes = kSmall,
     .drain = true,
     .event_loop = true},
    {.name = "SpawnLargeLoopLimitsTemplates",
     .start = Start::kSpawn,
     .bytes = kLarge,
     .drain = true,
     .templates = true,
     .limits = true,
     .event_loop = true},
    {.name = "ForkSmallLoopRefork",
     .start = Start::kFork,
     .bytes = kSmall,
     .drain = false,
     .templates = true,
     .event_loop = true},
};

uint64_t KillStormTest::of_all_storms_[stress::kDoings] = {};
size_t KillStormTest::storms_over_ = 0;

// All together have hit workers at everything that there is to do. What takes a few instructions, as a claim
// does, is hit a few times in ten thousand.
void KillStormTest::TearDownTestSuite() {
  if (!kLongStorm || storms_over_ != std::size(kStorms)) return;
  for (int i = 0; i < stress::kDoings; ++i) EXPECT_GT(of_all_storms_[i], 0u) << "doing " << i;
}

INSTANTIATE_TEST_SUITE_P(Storms, KillStormTest, ::testing::ValuesIn(kStorms),
                         [](const auto& storm) { return std::string(storm.param.name); });

}  // namespace
}  // namespace billiard::pool

int main(int argc, char** argv) {
  if (const char* book = getenv(billiard::stress::kBookVariable)) {
    return billiard::stress::ServeStorm(book);
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
