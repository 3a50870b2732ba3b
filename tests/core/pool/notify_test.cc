// The ends of jobs as events: each job once, and a descriptor that is readable while there is one.
#include <poll.h>
#include <signal.h>

#include <set>
#include <string>

#include "tests/core/pool/fixture.h"

namespace billiard::pool {
namespace {

class NotifyTest : public BothStarts {};
BILLIARD_BOTH_STARTS(NotifyTest);

JobOptions Notify() {
  JobOptions options;
  options.notify = true;
  return options;
}

bool Readable(Pool* pool, int millis) {
  pollfd entry = {pool->events_fd(), POLLIN, 0};
  return poll(&entry, 1, millis) == 1;
}

// Reads as an event loop would, until `count` ids have come.
std::multiset<uint64_t> AwaitEnded(Pool* pool, size_t count, size_t capacity) {
  std::multiset<uint64_t> all;
  while (all.size() < count) {
    EXPECT_TRUE(Readable(pool, -1));
    for (const uint64_t id : ReadEnded(pool, capacity)) all.insert(id);
  }
  return all;
}

TEST_P(NotifyTest, TheDescriptorIsReadableOnlyWhileAJobHasEnded) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  EXPECT_FALSE(Readable(pool.get(), 0));
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate, Notify());
  EXPECT_FALSE(Readable(pool.get(), 0));
  gate.Open();
  EXPECT_TRUE(Readable(pool.get(), -1));
  EXPECT_EQ(ReadEnded(pool.get(), 8), std::vector<uint64_t>{held->id()});
  EXPECT_TRUE(ReadEnded(pool.get(), 8).empty());
  EXPECT_FALSE(Readable(pool.get(), 0));
}

TEST_P(NotifyTest, EveryJobIsListedOnceInEveryBatchSize) {
  const auto pool = MakePool(GetParam(), 3);
  for (const size_t capacity : {1, 2, 1000}) {
    std::multiset<uint64_t> ids;
    std::vector<std::unique_ptr<Result>> results;
    for (int i = 0; i < 1000; ++i) {
      results.push_back(Submit(pool.get(), "echo", "x", Notify()));
      ids.insert(results.back()->id());
    }
    EXPECT_EQ(AwaitEnded(pool.get(), 1000, capacity), ids);
    EXPECT_TRUE(ReadEnded(pool.get(), 8).empty());
  }
}

TEST_P(NotifyTest, AJobWhoseResultWasReleasedIsListedAllTheSame) {
  const auto pool = MakePool(GetParam(), 2);
  std::multiset<uint64_t> ids;
  for (int i = 0; i < 200; ++i) ids.insert(Submit(pool.get(), "bytes", "500", Notify())->id());
  EXPECT_EQ(AwaitEnded(pool.get(), 200, 7), ids);
}

TEST_P(NotifyTest, JobsWithoutNotifyAreNotListed) {
  const auto pool = MakePool(GetParam(), 1);
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
  const auto result = Submit(pool.get(), "echo", "x", Notify());
  EXPECT_EQ(AwaitEnded(pool.get(), 1, 8), std::multiset<uint64_t>{result->id()});
}

TEST_P(NotifyTest, LostAndTerminatedJobsAreListedToo) {
  const auto pool = MakePool(GetParam(), 1);
  const auto lost = Submit(pool.get(), "exit", "3", Notify());
  EXPECT_EQ(AwaitEnded(pool.get(), 1, 8), std::multiset<uint64_t>{lost->id()});
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate, Notify());
  const auto queued = Submit(pool.get(), "echo", "", Notify());
  ASSERT_TRUE(pool->Terminate().ok());
  EXPECT_EQ(AwaitEnded(pool.get(), 2, 8), (std::multiset<uint64_t>{held->id(), queued->id()}));
}

TEST_P(NotifyTest, NothingIsListedTwiceWhileWorkersAreKilled) {
  const auto pool = MakePool(GetParam(), 4);
  std::multiset<uint64_t> ids;
  std::multiset<uint64_t> ended;
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 20; ++i) ids.insert(Submit(pool.get(), "bytes", "300", Notify())->id());
    const pid_t victim = PidsOf(pool.get())[static_cast<size_t>(round % 4)];
    if (victim > 0) kill(victim, SIGKILL);
    for (const uint64_t id : ReadEnded(pool.get(), 1)) ended.insert(id);
  }
  ended.merge(AwaitEnded(pool.get(), ids.size() - ended.size(), 3));
  EXPECT_EQ(ended, ids);
  EXPECT_TRUE(ReadEnded(pool.get(), 8).empty());
}

}  // namespace
}  // namespace billiard::pool
