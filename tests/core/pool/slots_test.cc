// Slots (putlocks): how many jobs may be unfinished at once, and who waits for that (POOL-45, POOL-160
// ff.); and the wait for one of max_jobs places.
#include <signal.h>

#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "billiard_core/pool/host_slots.h"
#include "tests/core/pool/fixture.h"

namespace billiard::pool {
namespace {

TEST(HostSlotsTest, GivingBackTooOftenIsIgnored) {
  HostSlots slots;
  slots.SetBound(2);
  slots.GiveBack();
  EXPECT_EQ(slots.free(), 2);
  EXPECT_TRUE(slots.Take());
  EXPECT_TRUE(slots.Take());
  EXPECT_FALSE(slots.Take());
  slots.GiveBack();
  EXPECT_EQ(slots.free(), 1);
}

TEST(HostSlotsTest, ShrinkNeverWaitsAndAbsorbsWhatIsGivenBack) {
  HostSlots slots;
  slots.SetBound(2);
  slots.Take();
  slots.Take();
  slots.Shrink(1);
  EXPECT_EQ(slots.bound(), 1);
  EXPECT_EQ(slots.free(), 0);
  slots.GiveBack();
  EXPECT_EQ(slots.free(), 0);
  slots.GiveBack();
  EXPECT_EQ(slots.free(), 1);
}

TEST(HostSlotsTest, GrowAddsOneAndClearFreesAll) {
  HostSlots slots;
  EXPECT_FALSE(slots.Take()) << "a bound of 0 is allowed";
  slots.Grow(2);
  EXPECT_TRUE(slots.Take());
  slots.Clear();
  EXPECT_EQ(slots.free(), 2);
}

class SlotsTest : public BothStarts {
 protected:
  std::unique_ptr<Pool> MakePoolWithSlots(int workers, int slots) {
    PoolOptions options = OptionsFor(GetParam(), workers);
    options.slots = slots;
    options.wait_for_slot = true;
    std::unique_ptr<Pool> pool = MakePool(std::move(options));
    AwaitReady(pool.get());
    return pool;
  }
  static JobOptions NotLonger() {
    JobOptions options;
    options.submit_deadline = Deadline::After(0);
    return options;
  }
};
BILLIARD_BOTH_STARTS(SlotsTest);

Code SubmitCode(Pool* pool, const JobOptions& options) {
  return CodeOf(pool->Submit("echo", "", options).status());
}

TEST_P(SlotsTest, AsManyAsThereAreWorkersUnlessSaidOtherwise) {
  const auto pool = MakePoolWithSlots(3, 0);
  EXPECT_EQ(pool->GetSlots()->bound, 3);
  EXPECT_EQ(pool->GetSlots()->free, 3);
}

TEST_P(SlotsTest, ASubmitterWaitsUntilAJobHasEnded) {
  const auto pool = MakePoolWithSlots(1, 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  EXPECT_EQ(pool->GetSlots()->free, 0);
  EXPECT_EQ(SubmitCode(pool.get(), NotLonger()), Code::kFull);
  JobOptions without = NotLonger();
  without.wait_for_slot = -1;
  EXPECT_EQ(SubmitCode(pool.get(), without), Code::kOk);
  std::thread submitter([&] { EXPECT_EQ(Apply(pool.get(), "echo", "waited"), "waited"); });
  gate.Open();
  submitter.join();
  // The outcome is seen before the worker has listed the job as ended.
  Await([&] { return pool->GetSlots()->free == 1; });
}

TEST_P(SlotsTest, EveryKindOfEndGivesItsSlotBackOnce) {
  const auto pool = MakePoolWithSlots(2, 2);
  for (int i = 0; i < 10; ++i) {
    for (const char* task : {"echo", "fail", "signal"}) {
      EXPECT_NE(OutcomeOf(Submit(pool.get(), task, "9").get()).code, Code::kFull);
    }
    (void)Submit(pool.get(), "echo", "forgotten");
  }
  Await([&] { return pool->GetSlots()->free == 2; });
  EXPECT_EQ(pool->GetSlots()->bound, 2);
}

TEST_P(SlotsTest, AForgottenJobKeepsItsSlotUntilItEnds) {
  const auto pool = MakePoolWithSlots(1, 1);
  Gate gate;
  (void)HoldWorker(pool.get(), &gate);
  EXPECT_EQ(SubmitCode(pool.get(), NotLonger()), Code::kFull);
  gate.Open();
  EXPECT_EQ(Apply(pool.get(), "echo", "next"), "next");
}

TEST_P(SlotsTest, ARefusedSubmissionTakesNone) {
  const auto pool = MakePoolWithSlots(1, 1);
  EXPECT_EQ(CodeOf(pool->Submit("nobody", "", JobOptions()).status()), Code::kUnknownTask);
  Await([&] { return pool->GetSlots()->free == 1; });
}

TEST_P(SlotsTest, MapsTakeNoneAndGiveNoneBack) {
  const auto pool = MakePoolWithSlots(2, 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  const std::vector<MapItem> items(6);
  const auto map = *pool->MapAsync("echo", items, MapOptions());
  EXPECT_TRUE(map->Wait(Deadline::Forever(), nullptr).ok());
  EXPECT_EQ(pool->GetSlots()->free, 0);
  gate.Open();
  EXPECT_EQ(OutcomeOf(held.get()).value, "held");
  // The worker tells of the end after the outcome is there.
  Await([&] { return pool->GetSlots()->free == 1; });
}

TEST_P(SlotsTest, GrowingThePoolLetsAWaiterIn) {
  const auto pool = MakePoolWithSlots(1, 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  std::thread submitter([&] { EXPECT_EQ(Apply(pool.get(), "echo", "grown"), "grown"); });
  EXPECT_TRUE(pool->Grow("", 1).ok());
  submitter.join();
  EXPECT_EQ(pool->GetSlots()->bound, 2);
  gate.Open();
}

TEST_P(SlotsTest, ClosingThePoolTurnsAWaiterAway) {
  const auto pool = MakePoolWithSlots(1, 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  std::thread submitter([&] { EXPECT_EQ(SubmitCode(pool.get(), JobOptions()), Code::kState); });
  EXPECT_TRUE(pool->Close().ok());
  submitter.join();
  gate.Open();
  EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
}

TEST_P(SlotsTest, ManySubmittersNeverExceedTheBound) {
  const auto pool = MakePoolWithSlots(3, 2);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
        EXPECT_LE(pool->Stats()->running, 2u);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Await([&] { return pool->GetSlots()->free == 2; });
}

TEST_P(SlotsTest, ASlotIsFreeForWhoeverHasSeenTheOutcome) {
  const auto pool = MakePoolWithSlots(1, 1);
  for (int i = 0; i < 500; ++i) {
    const auto result = pool->Submit("echo", "x", NotLonger());
    ASSERT_TRUE(result.ok()) << i << ": " << result.status();
    EXPECT_EQ(ValueOf(result->get()), "x");
  }
}

// G-POOL-8: whatever happens to jobs and to the bound, all adds up when nothing happens any more.
TEST_P(SlotsTest, SlotsAddUpAfterARandomLife) {
  for (const unsigned seed : {11u, 12u, 13u}) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto pool = MakePoolWithSlots(2, 2);
    AwaitReady(pool.get());
    int64_t bound = 2;
    std::vector<std::unique_ptr<Result>> kept;
    for (int step = 0; step < 150; ++step) {
      JobOptions options = NotLonger();
      options.expires_ns = random() % 8 == 0 ? kNanosPerMilli : 0;
      options.time_limit_ns = 10 * kNanosPerMilli;
      options.max_retries = random() % 2;
      const char* const tasks[] = {"echo", "echo", "fail", "loop", "exit", "sleep"};
      auto submitted = pool->Submit(tasks[random() % 6], "3", options);
      if (submitted.ok() && random() % 3 != 0) kept.push_back(*std::move(submitted));
      switch (random() % 6) {
        case 0:
          if (!kept.empty()) (void)kept[random() % kept.size()]->Terminate(0);
          break;
        case 1:
          if (bound < 4 && pool->Grow("", 1).ok()) ++bound;
          break;
        case 2:
          if (bound > 1 && pool->Shrink("", 1, /*drain=*/true).ok()) --bound;
          break;
        case 3:
          for (const pid_t pid : PidsOf(pool.get())) {
            if (pid > 0 && random() % 2 == 0) kill(pid, SIGKILL);
          }
          break;
        case 4:
          kept.clear();
          break;
        default:
          break;
      }
    }
    Await([&] {
      const Pool::Slots slots = *pool->GetSlots();
      EXPECT_EQ(slots.bound, bound);
      EXPECT_LE(slots.free, bound);
      return slots.free == bound;
    });
    const PoolStats stats = *pool->Stats();
    EXPECT_EQ(stats.queued, 0u);
  }
}

TEST_P(SlotsTest, AWaiterForOneOfMaxJobsIsWokenByTheEndOfAForgottenJob) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.max_jobs = 1;
  const auto pool = MakePool(std::move(options));
  for (int i = 0; i < 200; ++i) {
    // Each waits for the one before it, whose result nobody has.
    EXPECT_TRUE(pool->Submit("echo", "", JobOptions()).ok());
  }
}

}  // namespace
}  // namespace billiard::pool
