// A pool's statistics, read by another process while the pool's host works, stands still, and has gone.
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/invalid_argument.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard {
namespace {

using testing::AwaitAtLeast;
using testing::Child;
using testing::Shared;
using testing::Watchdog;

struct Releases {
  void operator()(bp_pool_watch* watch) const { bp_pool_watch_release(watch); }
};
using WatchHandle = std::unique_ptr<bp_pool_watch, Releases>;

// How far the host is, and the word that lets its task end.
struct Steps {
  std::atomic<uint32_t> host;
  std::atomic<uint32_t> begun;
  std::atomic<uint32_t> let_go;
};

int DoNothing(bp_job*, void*) { return 0; }

int FailAtOnce(bp_job*, void*) { return 1; }

int WaitForWord(bp_job*, void* context) {
  Steps* steps = static_cast<Steps*>(context);
  ++steps->begun;
  AwaitAtLeast(steps->let_go, 1);
  return 0;
}

bp_pool* CreatePool(int workers) {
  bp_pool_options options;
  bp_pool_options_init(&options, sizeof options);
  options.workers = workers;
  bp_pool* pool = nullptr;
  return bp_pool_create(&options, &pool, nullptr) == BP_OK ? pool : nullptr;
}

bool Run(bp_pool* pool, const char* task, bp_status outcome) {
  bp_buffer buffer = {};
  const bp_status status =
      bp_apply(pool, task, nullptr, 0, nullptr, BP_FOREVER, nullptr, &buffer, nullptr);
  bp_buffer_free(&buffer);
  return status == outcome;
}

// A host with two pools. The first, of 3 workers: 4 jobs done, 1 failed, 1 running, 2 queued behind it in
// a pool whose other workers are kept busy as well.
int Host(Steps* steps) {
  bp_task_register("nothing", DoNothing, nullptr, nullptr);
  bp_task_register("fail", FailAtOnce, nullptr, nullptr);
  bp_task_register("wait", WaitForWord, steps, nullptr);
  bp_pool* first = CreatePool(3);
  bp_pool* second = CreatePool(1);
  if (first == nullptr || second == nullptr) return 1;
  for (int i = 0; i < 4; ++i) {
    if (!Run(first, "nothing", BP_OK)) return 2;
  }
  if (!Run(first, "fail", BP_TASK_FAILED)) return 3;
  for (int i = 0; i < 5; ++i) {
    if (bp_apply_async(first, "wait", nullptr, 0, nullptr, nullptr, nullptr) != BP_OK) return 4;
  }
  AwaitAtLeast(steps->begun, 3);
  ++steps->host;
  AwaitAtLeast(steps->let_go, 1);
  if (bp_pool_close(first, nullptr) != BP_OK) return 5;
  if (bp_pool_join(first, BP_FOREVER, nullptr, nullptr) != BP_OK) return 6;
  bp_pool_release(first);
  ++steps->host;
  while (true) pause();
}

bp_pool_stats StatsOf(bp_pool_watch* watch) {
  bp_pool_stats stats = {};
  stats.size = sizeof stats;
  EXPECT_EQ(bp_pool_watch_get_stats(watch, &stats, nullptr), BP_OK);
  return stats;
}

WatchHandle Open(pid_t pid, int index) {
  bp_pool_watch* watch = nullptr;
  bp_error* error = nullptr;
  EXPECT_EQ(bp_pool_watch_open(pid, index, &watch, &error), BP_OK) << bp_error_message(error);
  bp_error_release(error);
  return WatchHandle(watch);
}

bp_status StatusOfOpening(pid_t pid, int index) {
  bp_pool_watch* watch = nullptr;
  const bp_status status = bp_pool_watch_open(pid, index, &watch, nullptr);
  EXPECT_EQ(watch, nullptr);
  return status;
}

TEST(PoolWatchTest, SeesWhatAStoppedHostAndItsWorkersAreDoing) {
  Watchdog watchdog(60);
  Shared<Steps> steps;
  Child host([&] { return Host(&*steps); });
  AwaitAtLeast(steps->host, 1);
  host.Stop();  // nobody there to answer

  const WatchHandle first = Open(host.pid(), 0);
  const WatchHandle second = Open(host.pid(), 1);
  ASSERT_TRUE(first && second);
  const bp_pool_stats stats = StatsOf(first.get());
  EXPECT_EQ(stats.submitted, 10u);
  EXPECT_EQ(stats.succeeded, 4u);
  EXPECT_EQ(stats.failed, 1u);
  EXPECT_EQ(stats.running, 3u);
  EXPECT_EQ(stats.queued, 2u);
  EXPECT_EQ(stats.workers, 3);
  EXPECT_EQ(stats.ready, 3);
  EXPECT_EQ(stats.restarts, 0u);
  EXPECT_GT(stats.template_pid, 0);
  EXPECT_EQ(StatsOf(second.get()).submitted, 0u);
  EXPECT_EQ(StatsOf(second.get()).workers, 1);

  bp_worker_info workers[8];
  size_t count = 0;
  ASSERT_EQ(bp_pool_watch_get_workers(first.get(), workers, 8, sizeof workers[0], &count, nullptr),
            BP_OK);
  ASSERT_EQ(count, 3u);
  for (size_t i = 0; i < count; ++i) {
    EXPECT_EQ(workers[i].index, static_cast<int32_t>(i));
    EXPECT_EQ(workers[i].state, BP_WORKER_BUSY);
    EXPECT_NE(workers[i].job, BP_NO_JOB);
    EXPECT_GT(workers[i].since_ns, 0);
    EXPECT_GT(workers[i].memory_kib, 0);
    EXPECT_EQ(kill(workers[i].pid, 0), 0) << workers[i].pid;
  }

  char group[256];
  ASSERT_EQ(bp_pool_watch_group_name(first.get(), workers[0].group, group, sizeof group, nullptr),
            BP_OK);
  EXPECT_STREQ(group, "default");
  ASSERT_EQ(bp_pool_watch_group_name(first.get(), 0, group, 4, nullptr), BP_OK);
  EXPECT_STREQ(group, "def");

  host.Signal(SIGCONT);
  steps->let_go = 1;
  AwaitAtLeast(steps->host, 2);
  EXPECT_EQ(StatsOf(first.get()).succeeded, 9u);  // as it was in the end
  EXPECT_EQ(StatsOf(first.get()).running, 0u);
  host.Kill();
  host.AwaitZombie();
  bp_pool_stats none = {};
  none.size = sizeof none;
  EXPECT_EQ(bp_pool_watch_get_stats(second.get(), &none, nullptr), BP_CLOSED);
  EXPECT_EQ(bp_pool_watch_group_name(second.get(), 0, group, sizeof group, nullptr), BP_CLOSED);
}

TEST(PoolWatchTest, TellsWhatIsNotThere) {
  Watchdog watchdog(60);
  EXPECT_EQ(StatusOfOpening(getpid(), 0), BP_NOT_FOUND);
  bp_pool* pool = CreatePool(1);
  ASSERT_NE(pool, nullptr);
  EXPECT_NE(Open(getpid(), 0), nullptr);
  EXPECT_EQ(StatusOfOpening(getpid(), 1), BP_NOT_FOUND);
  // A worker has the same memory open, but it is not the pool's host.
  bp_worker_info worker;
  size_t count = 0;
  ASSERT_EQ(bp_pool_get_workers(pool, &worker, 1, sizeof worker, &count, nullptr), BP_OK);
  EXPECT_EQ(StatusOfOpening(worker.pid, 0), BP_NOT_FOUND);
  bp_pool_release(pool);
  EXPECT_EQ(StatusOfOpening(getpid(), 0), BP_NOT_FOUND);
  Child ended([] { return 0; });
  ended.AwaitZombie();
  EXPECT_EQ(StatusOfOpening(ended.pid(), 0), BP_NOT_FOUND);
}

TEST(PoolWatchTest, RefusesBadArguments) {
  bp_pool_watch* watch = nullptr;
  ExpectInvalid([&](bp_error** e) { return bp_pool_watch_open(0, 0, &watch, e); }, "pid");
  ExpectInvalid([&](bp_error** e) { return bp_pool_watch_open(-1, 0, &watch, e); }, "pid");
  ExpectInvalid([&](bp_error** e) { return bp_pool_watch_open(getpid(), -1, &watch, e); }, "index");
  ExpectInvalid([&](bp_error** e) { return bp_pool_watch_open(getpid(), 0, nullptr, e); }, "out");
  bp_pool_stats stats = {};
  stats.size = sizeof stats;
  ExpectInvalid([&](bp_error** e) { return bp_pool_watch_get_stats(nullptr, &stats, e); }, "watch");
  bp_worker_info worker;
  size_t count;
  ExpectInvalid(
      [&](bp_error** e) {
        return bp_pool_watch_get_workers(nullptr, &worker, 1, sizeof worker, &count, e);
      },
      "watch");
  char text[8];
  ExpectInvalid(
      [&](bp_error** e) { return bp_pool_watch_group_name(nullptr, 0, text, sizeof text, e); },
      "watch");
  bp_pool* pool = CreatePool(1);
  const WatchHandle own = Open(getpid(), 0);
  for (const int group : {-1, 1}) {
    ExpectInvalid(
        [&](bp_error** e) {
          return bp_pool_watch_group_name(own.get(), group, text, sizeof text, e);
        },
        "group");
  }
  ExpectInvalid([&](bp_error** e) { return bp_pool_watch_group_name(own.get(), 0, nullptr, 8, e); },
                "text");
  ExpectInvalid([&](bp_error** e) { return bp_pool_watch_group_name(own.get(), 0, text, 0, e); },
                "text");
  bp_pool_release(pool);
  bp_pool_watch_release(nullptr);
}

}  // namespace
}  // namespace billiard
