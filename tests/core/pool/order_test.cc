// In which order queued jobs begin (POOL-49 and priorities), and how their host learns of it (POOL-82).
#include <poll.h>
#include <signal.h>

#include <string>
#include <vector>

#include "tests/core/pool/fixture.h"

namespace billiard::pool {
namespace {

class OrderTest : public BothStarts {};
BILLIARD_BOTH_STARTS(OrderTest);

JobOptions Priority(int priority) {
  JobOptions options;
  options.priority = priority;
  options.notify = true;
  options.notify_accepted = true;
  return options;
}

// Events of these kinds, as an event loop reads them, until `count` have come.
std::vector<PoolEvent> ReadEvents(Pool* pool, size_t count, size_t capacity = 64) {
  std::vector<PoolEvent> all;
  while (all.size() < count) {
    pollfd entry = {pool->events_fd(), POLLIN, 0};
    poll(&entry, 1, -1);
    std::vector<PoolEvent> some(capacity);
    some.resize(*pool->ReadEvents(some.data(), capacity));
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::vector<uint64_t> JobsOf(const std::vector<PoolEvent>& events, EventKind kind) {
  std::vector<uint64_t> jobs;
  for (const PoolEvent& event : events) {
    if (event.kind == kind) jobs.push_back(event.job);
  }
  return jobs;
}

TEST_P(OrderTest, HigherPrioritiesBeginFirstAndEachInItsOrder) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  std::vector<std::unique_ptr<Result>> results;
  std::vector<uint64_t> expected[7];
  for (int round = 0; round < 3; ++round) {
    for (const int priority : {0, -3, 3, 1, -1, 2, -2}) {
      results.push_back(Submit(pool.get(), "echo", "", Priority(priority)));
      expected[LevelOf(priority)].push_back(results.back()->id());
    }
  }
  gate.Open();
  std::vector<uint64_t> order;
  for (const auto& level : expected) order.insert(order.end(), level.begin(), level.end());
  EXPECT_EQ(JobsOf(ReadEvents(pool.get(), 42), EventKind::kJobAccepted), order);
}

TEST_P(OrderTest, APriorityIsKeptByAJobThatWaitsForItsTasksName) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  const auto pool =
      MakePool(std::move(options));  // not ready: a started command's names are not known
  std::vector<std::unique_ptr<Result>> results;
  for (const int priority : {-1, 0, 1}) {
    results.push_back(Submit(pool.get(), "echo", "", Priority(priority)));
  }
  for (const auto& result : results) EXPECT_EQ(OutcomeOf(result.get()).code, Code::kOk);
  EXPECT_EQ(ReadEvents(pool.get(), 6).size(), 6u);
}

TEST_P(OrderTest, AnAcceptanceTellsWhoAndWhenAndComesBeforeTheEnd) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  for (const size_t capacity : {1, 3, 64}) {
    std::vector<std::unique_ptr<Result>> results;
    const int64_t before = MonotonicNow();
    for (int i = 0; i < 50; ++i) results.push_back(Submit(pool.get(), "pid", "", Priority(0)));
    const std::vector<PoolEvent> events = ReadEvents(pool.get(), 100, capacity);
    ASSERT_EQ(events.size(), 100u);
    for (const auto& result : results) {
      std::vector<PoolEvent> of_job;
      for (const PoolEvent& event : events) {
        if (event.job == result->id()) of_job.push_back(event);
      }
      ASSERT_EQ(of_job.size(), 2u);
      EXPECT_EQ(of_job[0].kind, EventKind::kJobAccepted);
      EXPECT_EQ(of_job[1].kind, EventKind::kJobDone);
      EXPECT_EQ(std::to_string(of_job[0].pid), ValueOf(result.get()));
      EXPECT_GE(of_job[0].time_ns, before);
      EXPECT_LE(of_job[0].time_ns, of_job[1].time_ns);
      EXPECT_TRUE(result->Accepted());
    }
  }
}

std::vector<EventKind> KindsOf(const std::vector<PoolEvent>& events, uint64_t job) {
  std::vector<EventKind> kinds;
  for (const PoolEvent& event : events) {
    if (event.job == job) kinds.push_back(event.kind);
  }
  return kinds;
}

TEST_P(OrderTest, LimitsAreToldInTheOrderOfTheJobsLife) {
  PoolOptions pool_options = OptionsFor(GetParam(), 1);
  pool_options.events = kLimitEvents;
  pool_options.time_limit_ns = 60 * kNanosPerSecond;
  const auto pool = MakePool(std::move(pool_options));
  JobOptions options = Priority(0);
  const auto kept = Submit(pool.get(), "echo", "", options);
  options.soft_time_limit_ns = 10 * kNanosPerMilli;
  options.time_limit_ns = 500 * kNanosPerMilli;
  const auto ended = Submit(pool.get(), "loop", "", options);
  options.time_limit_ns = options.soft_time_limit_ns = -1;
  const auto free = Submit(pool.get(), "echo", "", options);
  const std::vector<PoolEvent> events = ReadEvents(pool.get(), 12, 1);
  using Kinds = std::vector<EventKind>;
  EXPECT_EQ(KindsOf(events, kept->id()), (Kinds{EventKind::kJobAccepted, EventKind::kTimeoutSet,
                                                EventKind::kTimeoutCancel, EventKind::kJobDone}));
  EXPECT_EQ(KindsOf(events, ended->id()),
            (Kinds{EventKind::kJobAccepted, EventKind::kTimeoutSet, EventKind::kSoftTimeout,
                   EventKind::kTimeout, EventKind::kTimeoutCancel, EventKind::kJobDone}));
  EXPECT_EQ(KindsOf(events, free->id()), (Kinds{EventKind::kJobAccepted, EventKind::kJobDone}));
  for (const PoolEvent& event : events) {
    if (event.kind != EventKind::kTimeoutSet) continue;
    const bool own = event.job == ended->id();
    EXPECT_EQ(event.hard_ns, own ? 500 * kNanosPerMilli : 60 * kNanosPerSecond);
    EXPECT_EQ(event.soft_ns, own ? 10 * kNanosPerMilli : 0);
  }
}

TEST_P(OrderTest, AnAcceptanceIsToldWhileTheJobRuns) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  Gate gate;
  JobOptions options;
  options.notify_accepted = true;
  const auto held = HoldWorker(pool.get(), &gate, options);
  const auto queued = Submit(pool.get(), "echo", "", options);
  const std::vector<PoolEvent> events = ReadEvents(pool.get(), 1);
  EXPECT_EQ(JobsOf(events, EventKind::kJobAccepted), std::vector<uint64_t>{held->id()});
  EXPECT_FALSE(held->Ready());
  EXPECT_TRUE(held->Accepted());
  EXPECT_FALSE(queued->Accepted());
  gate.Open();
  EXPECT_EQ(ReadEvents(pool.get(), 1)[0].job, queued->id());
  EXPECT_EQ(OutcomeOf(queued.get()).code, Code::kOk);
}

TEST_P(OrderTest, AJobThatKillsItsWorkerWasAccepted) {
  const auto pool = MakePool(GetParam(), 2);
  for (int i = 0; i < 5; ++i) {
    const auto result = Submit(pool.get(), "signal", "9", Priority(0));
    const std::vector<PoolEvent> events = ReadEvents(pool.get(), 2);
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].kind, EventKind::kJobAccepted);
    EXPECT_EQ(events[1].kind, EventKind::kJobDone);
    EXPECT_EQ(OutcomeOf(result.get()).failure.pid, events[0].pid);
  }
}

TEST_P(OrderTest, AJobThatNeverBeganWasNotAccepted) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  const auto queued = Submit(pool.get(), "echo", "", Priority(0));
  EXPECT_TRUE(pool->Terminate().ok());
  const std::vector<PoolEvent> events = ReadEvents(pool.get(), 1);
  EXPECT_EQ(JobsOf(events, EventKind::kJobDone), std::vector<uint64_t>{queued->id()});
  EXPECT_TRUE(JobsOf(events, EventKind::kJobAccepted).empty());
  EXPECT_FALSE(queued->Accepted());
}

}  // namespace
}  // namespace billiard::pool
