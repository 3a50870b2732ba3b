// More and fewer workers, and other ones, while the pool works.
#include <signal.h>

#include <random>
#include <set>
#include <string>

#include "tests/core/pool/fixture.h"
#include "tests/support/processes.h"

namespace billiard::pool {
namespace {

using ::billiard::testing::Ends;
using ::billiard::testing::Watch;

class SizeTest : public BothStarts {};
BILLIARD_BOTH_STARTS(SizeTest);

int Workers(Pool* pool) { return pool->Stats()->workers; }

// As many processes as wanted, and no others.
void AwaitSize(Pool* pool, size_t size) {
  Await([&] {
    size_t alive = 0;
    const std::vector<WorkerInfo> workers = WorkersOf(pool);
    for (const WorkerInfo& worker : workers) {
      alive += worker.activity == WorkerActivity::kIdle || worker.activity == WorkerActivity::kBusy;
    }
    return alive == size && workers.size() == size;
  });
}

std::set<int> Indexes(Pool* pool) {
  std::set<int> indexes;
  for (const WorkerInfo& worker : WorkersOf(pool)) indexes.insert(worker.index);
  return indexes;
}

TEST_P(SizeTest, GrownWorkersTakeJobs) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  ASSERT_TRUE(pool->Grow("", 2).ok());
  EXPECT_EQ(Workers(pool.get()), 3);
  Gate gates[3];
  std::unique_ptr<Result> held[3];
  for (int i = 0; i < 3; ++i) held[i] = HoldWorker(pool.get(), &gates[i]);
  EXPECT_EQ(Indexes(pool.get()), (std::set<int>{0, 1, 2}));
  AwaitReady(pool.get());
}

TEST_P(SizeTest, IdleWorkersLeaveInOrder) {
  PoolOptions options = OptionsFor(GetParam(), 3);
  options.events = kWorkerEvents;
  const auto pool = MakePool(std::move(options));
  AwaitReady(pool.get());
  const std::vector<pid_t> pids = PidsOf(pool.get());
  ASSERT_TRUE(pool->Shrink("", 2, false).ok());
  EXPECT_EQ(Workers(pool.get()), 1);
  AwaitSize(pool.get(), 1);
  EXPECT_EQ(PidsOf(pool.get()), std::vector<pid_t>{pids[0]});
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
  PoolEvent events[64];
  std::multiset<int32_t> left;
  Await([&] {
    const size_t count = *pool->ReadEvents(events, 64);
    for (size_t i = 0; i < count; ++i) {
      if (events[i].kind != EventKind::kWorkerDown) continue;
      EXPECT_EQ(events[i].exit_status, 0);
      left.insert(events[i].pid);
    }
    return left.size() == 2;
  });
  EXPECT_EQ(left, (std::multiset<int32_t>{pids[1], pids[2]}));
  EXPECT_EQ(pool->Stats()->restarts, 0u);
}

TEST_P(SizeTest, ABusyPoolIsNotShrunkAtAll) {
  const auto pool = MakeReadyPool(GetParam(), 3);
  Gate gates[2];
  const auto first = HoldWorker(pool.get(), &gates[0]);
  const auto second = HoldWorker(pool.get(), &gates[1]);
  const absl::Status busy = pool->Shrink("", 2, false);
  EXPECT_EQ(CodeOf(busy), Code::kState);
  EXPECT_EQ(busy.message(), "Can't shrink pool. All processes busy!");
  EXPECT_EQ(Workers(pool.get()), 3);
  EXPECT_TRUE(pool->Shrink("", 1, false).ok());
  AwaitSize(pool.get(), 2);
  EXPECT_EQ(CodeOf(pool->Shrink("", 1, false)), Code::kState);
}

TEST_P(SizeTest, ABusyWorkerLeavesAfterItsJob) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  Gate gates[2];
  const auto first = HoldWorker(pool.get(), &gates[0]);
  const auto second = HoldWorker(pool.get(), &gates[1]);
  ASSERT_TRUE(pool->Shrink("", 1, true).ok());
  gates[0].Open();
  gates[1].Open();
  EXPECT_EQ(ValueOf(first.get()), "held");
  EXPECT_EQ(ValueOf(second.get()), "held");
  AwaitSize(pool.get(), 1);
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
}

TEST_P(SizeTest, WhatCanNotBeIsRefused) {
  PoolOptions options = OptionsFor(GetParam(), 2);
  options.max_workers = 3;
  const auto pool = MakePool(std::move(options));
  EXPECT_EQ(CodeOf(pool->Grow("", -1)), Code::kInvalid);
  EXPECT_EQ(CodeOf(pool->Shrink("", -1, false)), Code::kInvalid);
  EXPECT_EQ(CodeOf(pool->Grow("no such", 1)), Code::kInvalid);
  EXPECT_EQ(CodeOf(pool->Shrink("no such", 1, false)), Code::kInvalid);
  EXPECT_EQ(CodeOf(pool->Grow("", 2)), Code::kFull);
  EXPECT_EQ(CodeOf(pool->Shrink("", 2, true)), Code::kInvalid);
  EXPECT_TRUE(pool->Grow("", 0).ok());
  EXPECT_TRUE(pool->Shrink("", 0, false).ok());
  EXPECT_EQ(Workers(pool.get()), 2);
  ASSERT_TRUE(pool->Close().ok());
  EXPECT_EQ(CodeOf(pool->Grow("", 1)), Code::kState);
  EXPECT_EQ(CodeOf(pool->Shrink("", 1, false)), Code::kState);
  EXPECT_EQ(CodeOf(pool->Restart()), Code::kState);
}

TEST_P(SizeTest, ASmallIndexIsUsedAgain) {
  const auto pool = MakeReadyPool(GetParam(), 3);
  Gate gates[3];
  std::unique_ptr<Result> held[3];
  for (int i = 0; i < 3; ++i) held[i] = HoldWorker(pool.get(), &gates[i]);
  int first = -1;  // which job the worker at index 0 has
  for (const WorkerInfo& worker : WorkersOf(pool.get())) {
    for (int i = 0; i < 3; ++i) {
      if (worker.index == 0 && worker.job == held[i]->id()) first = i;
    }
  }
  ASSERT_GE(first, 0);
  gates[first].Open();
  Await([&] { return WorkersOf(pool.get())[0].activity == WorkerActivity::kIdle; });
  ASSERT_TRUE(pool->Shrink("", 1, false).ok());
  AwaitSize(pool.get(), 2);
  EXPECT_EQ(Indexes(pool.get()), (std::set<int>{1, 2}));
  ASSERT_TRUE(pool->Grow("", 1).ok());
  AwaitSize(pool.get(), 3);
  EXPECT_EQ(Indexes(pool.get()), (std::set<int>{0, 1, 2}));
}

TEST_P(SizeTest, RestartReplacesIdleWorkersNowAndBusyOnesAfterTheirJob) {
  PoolOptions options = OptionsFor(GetParam(), 3);
  options.max_restarts = 1;  // they are not counted
  options.restart_window_ns = 1000 * kNanosPerSecond;
  const auto pool = MakePool(std::move(options));
  AwaitReady(pool.get());
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  const pid_t busy = held->pid();
  const std::vector<pid_t> before = PidsOf(pool.get());
  ASSERT_TRUE(pool->Restart().ok());
  Await([&] {
    int others = 0;
    for (const WorkerInfo& worker : WorkersOf(pool.get())) {
      const bool known = std::find(before.begin(), before.end(), worker.pid) != before.end();
      others += worker.activity == WorkerActivity::kIdle && !known;
    }
    return others == 2;
  });
  gate.Open();
  EXPECT_EQ(ValueOf(held.get()), "held");
  Await([&] {
    for (const WorkerInfo& worker : WorkersOf(pool.get())) {
      if (worker.activity != WorkerActivity::kIdle || worker.pid == busy) return false;
    }
    return true;
  });
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
  EXPECT_EQ(pool->Stats()->restarts, 3u);
}

TEST_P(SizeTest, NoJobIsLostWhileThePoolGrowsShrinksAndRestarts) {
  const auto pool = MakePool(GetParam(), 2);
  std::mt19937 random(GetParam() == Start::kFork ? 1 : 2);
  int size = 2;
  std::vector<std::unique_ptr<Result>> results;
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 20; ++i) results.push_back(Submit(pool.get(), "bytes", "300"));
    const int step = 1 + static_cast<int>(random() % 3);
    switch (random() % 3) {
      case 0:
        if (size + step > 8) break;
        ASSERT_TRUE(pool->Grow("", step).ok());
        size += step;
        break;
      case 1:
        if (step >= size) break;
        ASSERT_TRUE(pool->Shrink("", step, true).ok());
        size -= step;
        break;
      default:
        ASSERT_TRUE(pool->Restart().ok());
    }
  }
  for (const auto& result : results) EXPECT_EQ(OutcomeOf(result.get()).code, Code::kOk);
  AwaitSize(pool.get(), static_cast<size_t>(size));
  EXPECT_EQ(pool->Stats()->lost, 0u);
}

TEST_P(SizeTest, KilledWorkersDoNotChangeTheSize) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  ASSERT_TRUE(pool->Grow("", 2).ok());
  AwaitSize(pool.get(), 4);
  for (int round = 0; round < 8; ++round) {
    const std::vector<pid_t> pids = PidsOf(pool.get());
    for (const pid_t pid : pids) {
      if (pid > 0) kill(pid, SIGKILL);
    }
    if (round % 2 == 0) {
      ASSERT_TRUE(pool->Shrink("", 2, true).ok());
    } else {
      ASSERT_TRUE(pool->Grow("", 2).ok());
    }
  }
  AwaitSize(pool.get(), 4);
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
}

TEST_P(SizeTest, APoolThatWasResizedCloses) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  ASSERT_TRUE(pool->Grow("", 3).ok());
  std::vector<std::unique_ptr<Result>> results;
  for (int i = 0; i < 50; ++i) results.push_back(Submit(pool.get(), "echo", "x"));
  ASSERT_TRUE(pool->Shrink("", 4, true).ok());
  ASSERT_TRUE(pool->Close().ok());
  ASSERT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
  for (const auto& result : results) EXPECT_EQ(ValueOf(result.get()), "x");
}

TEST_P(SizeTest, ASentinelTellsOfTheEndOfItsWorker) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  const std::vector<pid_t> pids = PidsOf(pool.get());
  EXPECT_EQ(CodeOf(pool->WorkerSentinel(getpid()).status()), Code::kNotFound);
  EXPECT_EQ(CodeOf(pool->WorkerSentinel(0).status()), Code::kNotFound);
  EXPECT_TRUE(pool->DidStartOk());
  const absl::StatusOr<os::Fd> sentinel = pool->WorkerSentinel(pids[1]);
  ASSERT_TRUE(sentinel.ok()) << sentinel.status();
  kill(pids[1], SIGKILL);
  EXPECT_TRUE(Ends(*sentinel));
  Await([&] { return !pool->DidStartOk(); });
  EXPECT_TRUE(pool->Maintain().ok());
}

}  // namespace
}  // namespace billiard::pool
