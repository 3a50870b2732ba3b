// Every function of a pool, from many threads at once (POOL-28); and what a pool leaves alone in its host
// (USR-23).
#include <signal.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/core/pool/fixture.h"

namespace billiard::pool {
namespace {

class ThreadsTest : public BothStarts {};
BILLIARD_BOTH_STARTS(ThreadsTest);

TEST_P(ThreadsTest, EveryFunctionMayBeCalledFromAnyThread) {
  PoolOptions options = OptionsFor(GetParam(), 2);
  options.max_workers = 8;
  options.slots = 3;
  options.events = kWorkerEvents | kLimitEvents;
  const auto pool = MakePool(std::move(options));
  std::atomic<bool> stop{false};
  std::vector<std::thread> lookers;
  lookers.emplace_back([&] {
    while (!stop) {
      EXPECT_TRUE(pool->Grow("", 1).ok());
      (void)pool->Shrink("", 1, /*drain=*/true);
      std::this_thread::yield();
    }
  });
  lookers.emplace_back([&] {
    while (!stop) {
      EXPECT_TRUE(pool->Stats().ok());
      for (const WorkerInfo& worker : WorkersOf(pool.get())) {
        if (worker.pid != 0) (void)pool->WorkerSentinel(worker.pid);
      }
      EXPECT_TRUE(pool->GetSlots().ok());
      EXPECT_TRUE(pool->Maintain().ok());
      PoolEvent events[16];
      EXPECT_TRUE(pool->ReadEvents(events, 16).ok());
      std::this_thread::yield();
    }
  });
  std::vector<std::thread> submitters;
  for (int t = 0; t < 3; ++t) {
    submitters.emplace_back([&, t] {
      for (int i = 0; i < 150; ++i) {
        JobOptions job;
        job.wait_for_slot = i % 2;
        job.notify = i % 3 == 0;
        const auto result = Submit(pool.get(), "echo", std::to_string(i), job);
        if (i % 10 == t) {
          EXPECT_TRUE(result->Terminate(0).ok());
          (void)OutcomeOf(result.get());
        } else {
          EXPECT_EQ(ValueOf(result.get()), std::to_string(i));
        }
      }
    });
  }
  for (std::thread& thread : submitters) thread.join();
  stop = true;
  for (std::thread& thread : lookers) thread.join();
  EXPECT_TRUE(pool->Terminate().ok());
  EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
}

// What this process does at every signal.
std::vector<std::string> SignalTable() {
  std::vector<std::string> table;
  for (int number = 1; number <= SIGRTMAX; ++number) {
    struct sigaction action = {};
    if (sigaction(number, nullptr, &action) != 0) continue;
    table.push_back(std::to_string(number) + " " +
                    std::to_string(reinterpret_cast<uintptr_t>(action.sa_handler)) + " " +
                    std::to_string(action.sa_flags));
  }
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (sigismember(&blocked, number) == 1) table.push_back("blocked " + std::to_string(number));
  }
  return table;
}

TEST_P(ThreadsTest, TheHostsSignalsAreAsTheyWere) {
  const std::vector<std::string> before = SignalTable();
  {
    PoolOptions options = OptionsFor(GetParam(), 2);
    options.time_limit_ns = 60 * kNanosPerSecond;
    const auto pool = MakePool(std::move(options));
    EXPECT_EQ(SignalTable(), before);
    JobOptions limited;
    limited.soft_time_limit_ns = 10 * kNanosPerMilli;
    limited.time_limit_ns = 30 * kNanosPerMilli;
    EXPECT_EQ(OutcomeOf(Submit(pool.get(), "loop", "", limited).get()).code, Code::kTimeLimit);
    EXPECT_EQ(OutcomeOf(Submit(pool.get(), "signal", "11").get()).code, Code::kWorkerLost);
    EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
    EXPECT_EQ(SignalTable(), before);
  }
  EXPECT_EQ(SignalTable(), before);
}

// USR-18
TEST_P(ThreadsTest, ALongJobHoldsUpNobody) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  std::vector<std::unique_ptr<Result>> others;
  for (int i = 0; i < 200; ++i) others.push_back(Submit(pool.get(), "echo", std::to_string(i)));
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(ValueOf(others[static_cast<size_t>(i)].get()), std::to_string(i));
  }
  EXPECT_FALSE(held->Ready());
  gate.Open();
  EXPECT_EQ(ValueOf(held.get()), "held");
}

}  // namespace
}  // namespace billiard::pool
