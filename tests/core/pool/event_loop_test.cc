// Pools without a thread: everything happens in the steps of the host's own loop.
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>

#include <set>
#include <string>
#include <thread>

#include "tests/core/pool/fixture.h"
#include "tests/support/processes.h"

namespace billiard::pool {
namespace {

using ::billiard::testing::Ends;
using ::billiard::testing::OpenDescriptors;
using ::billiard::testing::Watch;

class EventLoopTest : public BothStarts {
 protected:
  std::unique_ptr<Pool> MakeLoopPool(int workers) {
    PoolOptions options = OptionsFor(GetParam(), workers);
    options.event_loop = true;
    return MakePool(std::move(options));
  }
};
BILLIARD_BOTH_STARTS(EventLoopTest);

size_t ThreadsOfThisProcess() {
  DIR* folder = opendir("/proc/self/task");
  size_t threads = 0;
  while (const dirent* entry = readdir(folder)) threads += entry->d_name[0] != '.';
  closedir(folder);
  return threads;
}

// A host's loop, by epoll: steps and reads events until the condition holds.
void RunLoop(Pool* pool, const std::function<bool()>& done,
             const std::function<void(const PoolEvent&)>& on_event = {}) {
  const os::Fd epoll(epoll_create1(EPOLL_CLOEXEC));
  epoll_event interest = {};
  interest.events = EPOLLIN;
  ASSERT_EQ(epoll_ctl(epoll.get(), EPOLL_CTL_ADD, pool->events_fd(), &interest), 0);
  while (!done()) {
    epoll_event ready;
    ASSERT_EQ(epoll_wait(epoll.get(), &ready, 1, -1), 1);
    ASSERT_TRUE(pool->Step().ok());
    PoolEvent events[16];
    const size_t count = *pool->ReadEvents(events, 16);
    for (size_t i = 0; on_event && i < count; ++i) on_event(events[i]);
  }
}

JobOptions Notify() {
  JobOptions options;
  options.notify = true;
  return options;
}

TEST_P(EventLoopTest, ThereIsNoThread) {
  const size_t before = ThreadsOfThisProcess();
  const auto pool = MakeLoopPool(2);
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
  EXPECT_EQ(ThreadsOfThisProcess(), before);
}

TEST_P(EventLoopTest, JobsEndWhileTheLoopRuns) {
  const auto pool = MakeLoopPool(2);
  std::set<uint64_t> waiting;
  std::vector<std::unique_ptr<Result>> results;
  for (int i = 0; i < 200; ++i) {
    results.push_back(Submit(pool.get(), "echo", std::to_string(i), Notify()));
    waiting.insert(results.back()->id());
  }
  RunLoop(
      pool.get(), [&] { return waiting.empty(); },
      [&](const PoolEvent& event) { EXPECT_EQ(waiting.erase(event.job), 1u); });
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(ValueOf(results[static_cast<size_t>(i)].get()), std::to_string(i));
  }
}

TEST_P(EventLoopTest, ADeadWorkerIsReplacedByTheLoop) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.event_loop = true;
  options.events = kWorkerEvents;
  const auto pool = MakePool(std::move(options));
  AwaitReady(pool.get());
  const auto lost = Submit(pool.get(), "exit", "3", Notify());
  const auto next = Submit(pool.get(), "echo", "next", Notify());
  std::multiset<EventKind> told;
  int ended = 0;
  RunLoop(
      pool.get(), [&] { return ended == 2 && told.count(EventKind::kWorkerUp) == 2; },
      [&](const PoolEvent& event) {
        told.insert(event.kind);
        if (event.kind == EventKind::kJobDone) ++ended;
      });
  EXPECT_EQ(told.count(EventKind::kWorkerDown), 1u);
  EXPECT_EQ(OutcomeOf(lost.get()).code, Code::kWorkerLost);
  EXPECT_EQ(ValueOf(next.get()), "next");
}

TEST_P(EventLoopTest, WhatWaitsLetsThePoolWork) {
  const auto pool = MakeLoopPool(2);
  AwaitReady(pool.get());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(OutcomeOf(Submit(pool.get(), "exit", "3").get()).code, Code::kWorkerLost);
    EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
  }
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  EXPECT_EQ(CodeOf(held->Wait(Deadline::Now(), nullptr)), Code::kTimeout);
  EXPECT_EQ(CodeOf(held->Wait(Deadline::After(kNanosPerMilli), nullptr)), Code::kTimeout);
  os::Interrupt interrupt;
  interrupt.Raise();
  EXPECT_EQ(CodeOf(held->Wait(Deadline::Forever(), &interrupt)), Code::kInterrupted);
}

TEST_P(EventLoopTest, AWaitHearsATokenThatIsRaisedLater) {
  const auto pool = MakeLoopPool(1);
  AwaitReady(pool.get());
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  os::Interrupt interrupt;
  std::thread raiser([&] { interrupt.Raise(); });
  EXPECT_EQ(CodeOf(held->Wait(Deadline::Forever(), &interrupt)), Code::kInterrupted);
  raiser.join();
}

TEST_P(EventLoopTest, CloseAndJoinCompleteTheJobs) {
  const auto pool = MakeLoopPool(2);
  std::vector<std::unique_ptr<Result>> results;
  for (int i = 0; i < 50; ++i) results.push_back(Submit(pool.get(), "echo", "x"));
  ASSERT_TRUE(pool->Close().ok());
  ASSERT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
  for (const auto& result : results) EXPECT_EQ(ValueOf(result.get()), "x");
}

TEST_P(EventLoopTest, TerminateAloneEndsEverything) {
  const auto pool = MakeLoopPool(2);
  AwaitReady(pool.get());
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  const auto queued = Submit(pool.get(), "hold", gate.path());
  std::vector<os::Fd> workers;
  for (const pid_t pid : PidsOf(pool.get())) workers.push_back(Watch(pid));
  ASSERT_TRUE(pool->Terminate().ok());
  RunLoop(pool.get(), [&] { return pool->Join(Deadline::Now(), nullptr).ok(); });
  EXPECT_EQ(OutcomeOf(held.get()).code, Code::kTerminated);
  EXPECT_EQ(OutcomeOf(queued.get()).code, Code::kTerminated);
  for (const os::Fd& worker : workers) EXPECT_TRUE(Ends(worker, 0));
}

TEST_P(EventLoopTest, ReleaseEndsEverything) {
  auto pool = MakeLoopPool(2);
  AwaitReady(pool.get());
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  const os::Fd worker = Watch(held->pid());
  pool.reset();
  EXPECT_TRUE(Ends(worker, 0));
  EXPECT_EQ(OutcomeOf(held.get()).code, Code::kTerminated);
}

TEST_P(EventLoopTest, MapsComeToTheirEndWithAndWithoutALoop) {
  const auto pool = MakeLoopPool(2);
  std::vector<std::string> numbers;
  for (int i = 0; i < 100; ++i) numbers.push_back(std::to_string(i));
  std::vector<MapItem> items;
  for (const std::string& number : numbers) items.push_back(MapItem{number, 0});
  for (const bool by_events : {false, true}) {
    MapOptions options;
    options.chunk_size = 7;
    options.job.notify = by_events;
    absl::StatusOr<std::unique_ptr<Map>> map = pool->MapAsync("echo", items, options);
    ASSERT_TRUE(map.ok()) << map.status();
    bool told = false;
    if (by_events) {
      RunLoop(
          pool.get(), [&] { return told; },
          [&](const PoolEvent& event) { told = event.job == (*map)->id(); });
      EXPECT_TRUE((*map)->Ready());
    }
    ASSERT_TRUE((*map)->Wait(Deadline::Forever(), nullptr).ok());
    for (uint64_t i = 0; i < 100; ++i) EXPECT_EQ((*map)->Item(i).bytes(), numbers[i]);
  }
}

TEST_P(EventLoopTest, IterationsWorkWhileTheirTakerWaits) {
  const auto pool = MakeLoopPool(2);
  for (const bool ordered : {true, false}) {
    StreamOptions options;
    options.ordered = ordered;
    options.chunk_size = 3;
    absl::StatusOr<std::unique_ptr<Stream>> stream = pool->OpenStream("echo", options);
    ASSERT_TRUE(stream.ok()) << stream.status();
    std::set<std::string> values;
    int put = 0;
    while (true) {
      while (put < 100 && (*stream)->Room() > 0) {
        ASSERT_TRUE((*stream)->Put(std::to_string(put++), 0).ok());
      }
      if (put == 100) {
        ASSERT_TRUE((*stream)->End().ok());
      }
      StreamItem item;
      JobFailure failure;
      const absl::Status status = (*stream)->Next(
          Deadline::Forever(), nullptr,
          [&](const PayloadView& value) {
            values.emplace(value.bytes());
            return absl::OkStatus();
          },
          &item, &failure);
      if (CodeOf(status) == Code::kClosed) break;
      ASSERT_TRUE(status.ok()) << status;
      EXPECT_FALSE(item.failed);
    }
    EXPECT_EQ(values.size(), 100u);
  }
}

TEST_P(EventLoopTest, LimitsHoldWhileTheLoopRuns) {
  const auto pool = MakeLoopPool(1);
  AwaitReady(pool.get());
  uint64_t ended = UINT64_MAX;
  const auto await_end_of = [&](const Result& result) {
    RunLoop(
        pool.get(), [&] { return ended == result.id(); },
        [&](const PoolEvent& event) { ended = event.job; });
  };
  JobOptions limited = Notify();
  limited.time_limit_ns = 20 * kNanosPerMilli;
  const auto endless = Submit(pool.get(), "loop", "", limited);
  await_end_of(*endless);
  EXPECT_EQ(OutcomeOf(endless.get()).code, Code::kTimeLimit);

  Gate gate;
  JobOptions notify = Notify();
  const auto held = Submit(pool.get(), "hold", gate.path(), notify);
  while (held->pid() == 0) {
    ASSERT_EQ(CodeOf(held->Wait(Deadline::After(kNanosPerMilli), nullptr)), Code::kTimeout);
  }
  JobOptions expiring = Notify();
  expiring.expires_ns = 20 * kNanosPerMilli;
  const auto late = Submit(pool.get(), "echo", "late", expiring);
  await_end_of(*late);
  EXPECT_EQ(OutcomeOf(late.get()).code, Code::kExpired);

  ASSERT_TRUE(pool->TerminateJob(held->pid(), SIGTERM, held->id()).ok());
  await_end_of(*held);
  EXPECT_EQ(OutcomeOf(held.get()).code, Code::kTerminated);
  EXPECT_EQ(Apply(pool.get(), "echo", "next"), "next");
}

// POOL-128: whoever waits for the pool's end holds its jobs to their limits meanwhile.
TEST_P(EventLoopTest, LimitsHoldWhileTheClosedPoolIsJoined) {
  const auto pool = MakeLoopPool(1);
  AwaitReady(pool.get());
  JobOptions limited;
  limited.time_limit_ns = 20 * kNanosPerMilli;
  const auto endless = Submit(pool.get(), "loop", "", limited);
  ASSERT_TRUE(pool->Close().ok());
  EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
  EXPECT_EQ(OutcomeOf(endless.get()).code, Code::kTimeLimit);
}

TEST_P(EventLoopTest, WhoWaitsForASlotLetsThePoolWork) {
  PoolOptions options = OptionsFor(GetParam(), 2);
  options.event_loop = true;
  options.slots = 1;
  options.wait_for_slot = true;
  const auto pool = MakePool(std::move(options));
  std::vector<std::unique_ptr<Result>> results;
  for (int i = 0; i < 50; ++i) {
    results.push_back(Submit(pool.get(), i % 10 == 5 ? "exit" : "echo", "3"));
  }
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(OutcomeOf(results[static_cast<size_t>(i)].get()).code,
              i % 10 == 5 ? Code::kWorkerLost : Code::kOk);
  }
}

TEST_P(EventLoopTest, ThePumpLetsThePoolWork) {
  const auto pool = MakeLoopPool(2);
  int done = 0;
  auto callbacks = std::make_shared<JobCallbacks>();
  callbacks->done = [&](Result& result) {
    EXPECT_TRUE(result.Ready());
    ++done;
  };
  JobOptions options;
  options.callbacks = callbacks;
  for (int i = 0; i < 50; ++i) (void)Submit(pool.get(), i == 20 ? "exit" : "echo", "3", options);
  while (done < 50) ASSERT_TRUE(pool->Pump(Deadline::Forever(), nullptr).ok());
}

TEST_P(EventLoopTest, ManyThreadsMayWaitAtOnce) {
  const auto pool = MakeLoopPool(3);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&pool, t] {
      for (int i = 0; i < 60; ++i) {
        const std::string text = std::to_string(t * 1000 + i);
        EXPECT_EQ(Apply(pool.get(), "echo", text), text);
        if (i % 20 == t) {
          EXPECT_EQ(OutcomeOf(Submit(pool.get(), "exit", "3").get()).code, Code::kWorkerLost);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_P(EventLoopTest, GrowingAndRestartingHappenInTheLoop) {
  const auto pool = MakeLoopPool(1);
  AwaitReady(pool.get());
  const pid_t first = PidsOf(pool.get())[0];
  ASSERT_TRUE(pool->Grow("", 2).ok());
  ASSERT_TRUE(pool->Restart().ok());
  RunLoop(pool.get(), [&] {
    int idle = 0;
    for (const WorkerInfo& worker : WorkersOf(pool.get())) {
      idle += worker.activity == WorkerActivity::kIdle && worker.pid != first;
    }
    return idle == 3;
  });
}

TEST_P(EventLoopTest, AnIdleLoopIsWokenAboutOnceASecond) {
  const auto pool = MakeLoopPool(1);
  AwaitReady(pool.get());
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
  const int64_t since = MonotonicNow();
  int wakes = 0;
  RunLoop(pool.get(), [&] { return ++wakes > 8; });
  // A few belong to what happened before; a loop that spins has all of them at once.
  EXPECT_GE(MonotonicNow() - since, 2 * kNanosPerSecond);
}

TEST_P(EventLoopTest, AStepNeedsALoop) {
  const auto pool = MakePool(GetParam(), 1);
  EXPECT_EQ(CodeOf(pool->Step()), Code::kState);
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.event_loop = true;
  options.on_event = [](const PoolEvent&) {};
  EXPECT_EQ(CodeOf(Pool::Create(std::move(options)).status()), Code::kInvalid);
}

TEST_P(EventLoopTest, LoopsThatEndedLeaveNothingBehind) {
  Apply(MakeLoopPool(1).get(), "echo", "x");
  const std::set<int> descriptors = OpenDescriptors("self");
  for (int cycle = 0; cycle < 20; ++cycle) {
    const auto pool = MakeLoopPool(1);
    if (cycle % 2 == 0) {
      EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
    }
  }
  EXPECT_EQ(OpenDescriptors("self"), descriptors);
}

}  // namespace
}  // namespace billiard::pool
