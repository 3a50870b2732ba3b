// Workers that end again and again: when they are replaced, and when the pool gives up.
#include <signal.h>

#include <string>

#include "tests/core/pool/fixture.h"

namespace billiard::pool {
namespace {

class RestartTest : public BothStarts {};
BILLIARD_BOTH_STARTS(RestartTest);

// Reads events until one of this kind has come.
PoolEvent AwaitEvent(Pool* pool, EventKind kind) {
  PoolEvent event;
  Await([&] { return *pool->ReadEvents(&event, 1) == 1 && event.kind == kind; });
  return event;
}

// Kills workers that have begun no job since, one after the other, until the pool fails.
int KillUntilFailed(Pool* pool) {
  int kills = 0;
  pid_t last = 0;
  while (pool->Maintain().ok()) {
    const std::vector<pid_t> pids = PidsOf(pool);
    if (pids.empty() || pids[0] <= 0 || pids[0] == last) continue;
    if (WorkersOf(pool)[0].activity != WorkerActivity::kIdle) continue;
    last = pids[0];
    ++kills;
    kill(last, SIGKILL);
  }
  return kills;
}

TEST_P(RestartTest, TooManyRestartsFailThePoolAndNotItsHost) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.max_restarts = 3;
  options.restart_window_ns = 1000 * kNanosPerSecond;
  options.max_boot_failures = -1;
  options.events = kWorkerEvents;
  const auto pool = MakePool(std::move(options));
  AwaitReady(pool.get());
  // While the pool is young it may start ten times as many workers as it has.
  const int kills = KillUntilFailed(pool.get());
  EXPECT_GE(kills, 4);
  EXPECT_LE(kills, 3 + 10 + 1);
  AwaitEvent(pool.get(), EventKind::kPoolFailed);
  for (const absl::Status& status :
       {pool->Maintain(), pool->WaitReady(Deadline::Forever(), nullptr),
        pool->Submit("echo", "", JobOptions()).status(), pool->Grow("", 1)}) {
    EXPECT_EQ(CodeOf(status), Code::kRestartLimit) << status;
  }
  const std::string text(pool->Maintain().message());
  EXPECT_TRUE(text.rfind("3 in 1000s", 0) == 0 || text.rfind("10 in 1s", 0) == 0) << text;
  ASSERT_TRUE(pool->Close().ok());
  EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
}

TEST_P(RestartTest, PendingJobsOfAPoolThatGaveUpSayWhy) {
  PoolOptions options = OptionsFor(Start::kSpawn, 0);
  options.groups = {SpawnGroup("good", 1, {}), SpawnGroup("bad", 1, {"leave", "5"})};
  options.groups[1].tasks = {"never"};
  options.max_restarts = 2;
  options.max_boot_failures = -1;
  options.restart_window_ns = 5 * kNanosPerSecond;
  const auto pool = MakePool(std::move(options));
  const auto pending = pool->Submit("never", "", JobOptions());
  if (!pending.ok()) {
    EXPECT_EQ(CodeOf(pending.status()), Code::kRestartLimit);
    return;
  }
  const Outcome outcome = OutcomeOf(pending->get());
  EXPECT_EQ(outcome.code, Code::kRestartLimit);
  EXPECT_NE(outcome.failure.message.find("exitcode 5"), std::string::npos)
      << outcome.failure.message;
}

TEST_P(RestartTest, AJobThatBeginsSetsTheCountBack) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.max_restarts = 1;
  options.restart_window_ns = 1000 * kNanosPerSecond;
  const auto pool = MakePool(std::move(options));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(OutcomeOf(Submit(pool.get(), "exit", "3").get()).code, Code::kWorkerLost);
  }
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
  EXPECT_TRUE(pool->Maintain().ok());
}

TEST_P(RestartTest, AWorkerThatEndsInOrderIsNotCounted) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.max_restarts = 1;
  options.restart_window_ns = 1000 * kNanosPerSecond;
  const auto pool = MakePool(std::move(options));
  // Each begins a job, so only the exit status of those without a job tells: they are asked to leave.
  for (int i = 0; i < 15; ++i) {
    AwaitReady(pool.get());
    const pid_t before = PidsOf(pool.get())[0];
    ASSERT_TRUE(pool->Restart().ok());
    Await([&] {
      const std::vector<WorkerInfo> workers = WorkersOf(pool.get());
      return workers[0].pid != before && workers[0].activity == WorkerActivity::kIdle;
    });
  }
  EXPECT_TRUE(pool->Maintain().ok());
}

TEST_P(RestartTest, WorkersThatCanNotBeReadyAreStartedAgainAfterPauses) {
  PoolOptions options = OptionsFor(Start::kSpawn, 0);
  options.groups = {SpawnGroup("bad", 1, {"leave", "5"})};
  options.max_boot_failures = 5;
  options.events = kWorkerEvents;
  const auto pool = MakePool(std::move(options));
  EXPECT_EQ(CodeOf(pool->WaitReady(Deadline::Forever(), nullptr)), Code::kPoolFailed);
  std::vector<int64_t> up, down;
  PoolEvent event;
  while (*pool->ReadEvents(&event, 1) == 1) {
    if (event.kind == EventKind::kWorkerUp) up.push_back(event.time_ns);
    if (event.kind == EventKind::kWorkerDown) down.push_back(event.time_ns);
  }
  ASSERT_EQ(up.size(), 5u);
  ASSERT_EQ(down.size(), 5u);
  // At once, then 10, 20 and 40 ms after the end of the one before.
  for (int i = 2; i < 5; ++i) {
    EXPECT_GE(up[static_cast<size_t>(i)] - down[static_cast<size_t>(i - 1)],
              (10 << (i - 2)) * kNanosPerMilli);
  }
}

TEST_P(RestartTest, ComingAndGoingIsToldInOrder) {
  PoolOptions options = OptionsFor(GetParam(), 2);
  options.events = kWorkerEvents;
  const auto pool = MakePool(std::move(options));
  for (int i = 0; i < 2; ++i) {
    const PoolEvent up = AwaitEvent(pool.get(), EventKind::kWorkerUp);
    EXPECT_EQ(up.index, i);
    EXPECT_EQ(up.pid, PidsOf(pool.get())[static_cast<size_t>(i)]);
    EXPECT_EQ(up.group, 0);
  }
  AwaitReady(pool.get());
  JobOptions notify;
  notify.notify = true;
  const auto lost = Submit(pool.get(), "exit", "7", notify);
  int down_index = -1;
  bool replaced = false, told = false;
  PoolEvent event;
  Await([&] {
    if (*pool->ReadEvents(&event, 1) == 0) return false;
    switch (event.kind) {
      case EventKind::kWorkerDown:
        EXPECT_TRUE(lost->Ready()) << "its job has been decided";
        EXPECT_EQ(event.exit_status, 7);
        EXPECT_EQ(event.pid, OutcomeOf(lost.get()).failure.pid);
        down_index = event.index;
        break;
      case EventKind::kWorkerUp:
        EXPECT_EQ(event.index, down_index) << "after the end of the one before";
        replaced = true;
        break;
      default:
        EXPECT_EQ(event.kind, EventKind::kJobDone);
        EXPECT_EQ(event.job, lost->id());
        told = true;
    }
    return replaced && told;
  });
  ASSERT_TRUE(pool->Grow("", 1).ok());
  const PoolEvent grown = AwaitEvent(pool.get(), EventKind::kGrow);
  EXPECT_EQ(grown.count, 1);
}

TEST_P(RestartTest, NobodyIsToldWhoDidNotAsk) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  EXPECT_EQ(OutcomeOf(Submit(pool.get(), "exit", "7").get()).code, Code::kWorkerLost);
  ASSERT_TRUE(pool->Grow("", 1).ok());
  AwaitReady(pool.get());
  PoolEvent event;
  EXPECT_EQ(*pool->ReadEvents(&event, 1), 0u);
}

}  // namespace
}  // namespace billiard::pool
