// Ending one job: the queued, the running and the finished one; and never another.
#include "billiard_core/pool/terminate_job.h"

#include <signal.h>
#include <unistd.h>

#include <random>
#include <string>

#include "tests/core/pool/fixture.h"
#include "tests/support/processes.h"

namespace billiard::pool {
namespace {

using ::billiard::testing::Ends;
using ::billiard::testing::Watch;

class TerminateJobTest : public BothStarts {};
BILLIARD_BOTH_STARTS(TerminateJobTest);

TEST_P(TerminateJobTest, ARunningOneEndsWithItsWorkerAlone) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  Gate first_gate, second_gate;
  const auto first = HoldWorker(pool.get(), &first_gate);
  const auto second = HoldWorker(pool.get(), &second_gate);
  const os::Fd worker = Watch(first->pid());
  EXPECT_TRUE(first->Terminate(0).ok());
  EXPECT_TRUE(first->Ready()) << "the outcome is there at once";
  const Outcome outcome = OutcomeOf(first.get());
  EXPECT_EQ(outcome.code, Code::kTerminated);
  EXPECT_EQ(outcome.failure.exit_status, -SIGTERM);
  EXPECT_EQ(outcome.failure.message, "Terminated(15)");
  EXPECT_EQ(outcome.failure.pid, first->pid());
  EXPECT_TRUE(Ends(worker));
  second_gate.Open();
  EXPECT_EQ(ValueOf(second.get()), "held");
  EXPECT_EQ(pool->Stats()->terminated, 1u);
  EXPECT_EQ(pool->Stats()->lost, 0u);
}

TEST_P(TerminateJobTest, AWorkerThatBlocksTheSignalIsKilled) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  const auto result = Submit(pool.get(), "stubborn", "");
  Await([&] { return result->pid() != 0; });
  const os::Fd worker = Watch(result->pid());
  EXPECT_TRUE(result->Terminate(SIGUSR2).ok());
  EXPECT_EQ(OutcomeOf(result.get()).failure.exit_status, -SIGUSR2);
  EXPECT_TRUE(Ends(worker));
  EXPECT_EQ(Apply(pool.get(), "echo", "next"), "next");
}

TEST_P(TerminateJobTest, AQueuedOneIsNeverBegun) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  const auto queued = Submit(pool.get(), "exit", "3");
  EXPECT_TRUE(queued->Terminate(SIGKILL).ok());
  EXPECT_EQ(OutcomeOf(queued.get()).code, Code::kTerminated);
  EXPECT_EQ(queued->pid(), 0);
  gate.Open();
  EXPECT_EQ(ValueOf(held.get()), "held");
  EXPECT_EQ(Apply(pool.get(), "echo", "next"), "next");
  EXPECT_EQ(pool->Stats()->restarts, 0u);
}

TEST_P(TerminateJobTest, AFinishedOneKeepsItsValue) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  const auto result = Submit(pool.get(), "echo", "x");
  EXPECT_EQ(ValueOf(result.get()), "x");
  EXPECT_TRUE(result->Terminate(0).ok());
  EXPECT_EQ(ValueOf(result.get()), "x");
  EXPECT_EQ(Apply(pool.get(), "pid"), std::to_string(result->pid()));
}

TEST_P(TerminateJobTest, ByPidAndOnlyThatJob) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  const pid_t pid = held->pid();
  EXPECT_TRUE(pool->TerminateJob(pid, 0, held->id() + 1).ok());
  EXPECT_TRUE(pool->TerminateJob(getpid(), 0, kAnyJob).ok());  // no worker's
  EXPECT_FALSE(held->Ready());
  EXPECT_TRUE(pool->TerminateJob(pid, SIGINT, held->id()).ok());
  EXPECT_EQ(OutcomeOf(held.get()).failure.exit_status, -SIGINT);
  EXPECT_EQ(Apply(pool.get(), "echo", "next"), "next");
}

TEST_P(TerminateJobTest, AnIdleWorkerIsReplacedAndNothingIsLost) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  for (int i = 0; i < 10; ++i) {
    const pid_t pid = std::stoi(Apply(pool.get(), "pid"));
    const os::Fd worker = Watch(pid);
    EXPECT_TRUE(pool->TerminateJob(pid, 0, kAnyJob).ok());
    EXPECT_TRUE(Ends(worker));
  }
  EXPECT_EQ(pool->Stats()->lost, 0u);
}

TEST_P(TerminateJobTest, WhatIsNoSignalIsRefused) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  const auto result = Submit(pool.get(), "echo", "x");
  for (const int number : {-1, 65, 1000}) {
    EXPECT_EQ(CodeOf(result->Terminate(number)), Code::kInvalid);
    EXPECT_EQ(CodeOf(pool->TerminateJob(1, number, kAnyJob)), Code::kInvalid);
  }
  EXPECT_EQ(ValueOf(result.get()), "x");
}

// Jobs that are ended about when they end: no neighbour is ever hit.
TEST_P(TerminateJobTest, AtItsVeryEndNobodyElseIsHit) {
  for (const unsigned seed : {7u, 8u, 9u}) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto pool = MakeReadyPool(GetParam(), 2);
    std::vector<std::unique_ptr<Result>> neighbours;
    uint64_t ended = 0;
    for (int i = 0; i < 60; ++i) {
      const auto result = Submit(pool.get(), "spin", "500");
      neighbours.push_back(Submit(pool.get(), "echo", std::to_string(i)));
      neighbours.push_back(Submit(pool.get(), "echo", std::to_string(i)));
      const int64_t end = MonotonicNow() + 400'000 + static_cast<int64_t>(random() % 300'000);
      while (MonotonicNow() < end) {
      }
      const pid_t pid = result->pid();
      if (i % 2 == 0 && pid != 0) {
        EXPECT_TRUE(pool->TerminateJob(pid, 0, result->id()).ok());
      } else {
        EXPECT_TRUE(result->Terminate(0).ok());
      }
      const Outcome outcome = OutcomeOf(result.get());
      if (outcome.code == Code::kTerminated) {
        ++ended;
      } else {
        EXPECT_EQ(outcome.value, "500") << outcome.failure.message;
      }
    }
    for (size_t i = 0; i < neighbours.size(); ++i) {
      EXPECT_EQ(ValueOf(neighbours[i].get()), std::to_string(i / 2));
    }
    EXPECT_EQ(pool->Stats()->terminated, ended);
    EXPECT_EQ(pool->Stats()->lost, 0u);
  }
}

}  // namespace
}  // namespace billiard::pool
