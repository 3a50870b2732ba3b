// A pool's workers and events through the C interface: an event loop by epoll, the thread that tells,
// growing, shrinking, restarting, the restart limit.
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/invalid_argument.h"
#include "tests/support/watchdog.h"

namespace billiard {
namespace {

int EchoTask(bp_job* job, void*) {
  const bp_view payload = bp_job_payload(job);
  return bp_job_reply(job, payload.data, payload.size, BP_FORMAT_RAW, nullptr) == BP_OK ? 0 : 1;
}

int ExitTask(bp_job*, void*) { _exit(3); }

class PoolWorkersTest : public ::testing::Test {
 protected:
  PoolWorkersTest() {
    bp_pool_options_init(&options_, sizeof options_);
    options_.workers = 2;
    options_.events = BP_EVENTS_WORKERS;
    EXPECT_EQ(bp_task_register("echo", EchoTask, nullptr, nullptr), BP_OK);
    EXPECT_EQ(bp_task_register("exit", ExitTask, nullptr, nullptr), BP_OK);
  }
  ~PoolWorkersTest() override { bp_pool_release(pool_); }

  void Create() {
    bp_error* error = nullptr;
    ASSERT_EQ(bp_pool_create(&options_, &pool_, &error), BP_OK) << bp_error_message(error);
    ASSERT_EQ(bp_pool_wait_ready(pool_, BP_FOREVER, nullptr, nullptr), BP_OK);
  }

  bp_result* Submit(const char* task, const std::string& bytes) {
    bp_job_options job;
    bp_job_options_init(&job, sizeof job);
    job.notify = 1;
    bp_result* result = nullptr;
    EXPECT_EQ(bp_apply_async(pool_, task, bytes.data(), bytes.size(), &job, &result, nullptr),
              BP_OK);
    return result;
  }

  // Reads what there is, and counts it by kind.
  void ReadEvents() {
    bp_pool_event events[4];
    size_t count = 0;
    do {
      ASSERT_EQ(bp_pool_read_events(pool_, events, 4, sizeof events[0], &count, nullptr), BP_OK);
      for (size_t i = 0; i < count; ++i) {
        ++seen_[events[i].kind];
        last_[events[i].kind] = events[i];
      }
    } while (count == 4);
  }

  std::vector<bp_worker_info> Workers() {
    std::vector<bp_worker_info> workers(128);
    size_t count = 0;
    EXPECT_EQ(bp_pool_get_workers(pool_, workers.data(), workers.size(), sizeof workers[0], &count,
                                  nullptr),
              BP_OK);
    workers.resize(count);
    return workers;
  }
  size_t Idle() {
    size_t idle = 0;
    for (const bp_worker_info& worker : Workers()) idle += worker.state == BP_WORKER_IDLE;
    return idle;
  }

  bp_pool_options options_;
  bp_pool* pool_ = nullptr;
  std::map<int32_t, int> seen_;
  std::map<int32_t, bp_pool_event> last_;

 private:
  testing::Watchdog watchdog_{120};
};

// All that an event loop does, with one descriptor.
TEST_F(PoolWorkersTest, AnEventLoopDrivesThePool) {
  options_.event_loop = 1;
  Create();
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event interest = {};
  interest.events = EPOLLIN;
  ASSERT_EQ(epoll_ctl(epoll, EPOLL_CTL_ADD, bp_pool_fd(pool_), &interest), 0);
  std::vector<bp_result*> results;
  for (int i = 0; i < 50; ++i) results.push_back(Submit(i % 10 == 0 ? "exit" : "echo", "x"));
  while (seen_[BP_EVENT_JOB_DONE] < 50) {
    epoll_event ready;
    ASSERT_EQ(epoll_wait(epoll, &ready, 1, -1), 1);
    ASSERT_EQ(bp_pool_step(pool_, nullptr), BP_OK);
    ReadEvents();
  }
  close(epoll);
  EXPECT_EQ(seen_[BP_EVENT_WORKER_DOWN], 5);
  EXPECT_EQ(last_[BP_EVENT_WORKER_DOWN].exit_status, 3);
  for (size_t i = 0; i < results.size(); ++i) {
    bp_view view;
    EXPECT_EQ(bp_result_get(results[i], 0, nullptr, &view, nullptr),
              i % 10 == 0 ? BP_WORKER_LOST : BP_OK);
    bp_result_release(results[i]);
  }
  ASSERT_EQ(bp_pool_close(pool_, nullptr), BP_OK);
  ASSERT_EQ(bp_pool_join(pool_, BP_FOREVER, nullptr, nullptr), BP_OK);
}

struct Counts {
  std::atomic<int> done{0};
  std::atomic<int> up{0};
};

void Count(const bp_pool_event* event, void* context) {
  auto* counts = static_cast<Counts*>(context);
  if (event->kind == BP_EVENT_JOB_DONE) ++counts->done;
  if (event->kind == BP_EVENT_WORKER_UP) ++counts->up;
}

TEST_F(PoolWorkersTest, AThreadOfTheLibraryTells) {
  Counts counts;
  options_.on_event = Count;
  options_.on_event_context = &counts;
  Create();
  for (int i = 0; i < 20; ++i) bp_result_release(Submit("echo", "x"));
  bp_pool_release(pool_);
  pool_ = nullptr;
  EXPECT_EQ(counts.done, 20);
  EXPECT_EQ(counts.up, 2);
}

TEST_F(PoolWorkersTest, GrowingShrinkingAndRestarting) {
  Create();
  EXPECT_EQ(bp_pool_did_start_ok(pool_), 1);
  ASSERT_EQ(bp_pool_grow(pool_, nullptr, 2, nullptr), BP_OK);
  while (Idle() != 4) sched_yield();
  ASSERT_EQ(bp_pool_shrink(pool_, "default", 3, 0, nullptr), BP_OK);
  while (Workers().size() != 1) sched_yield();
  EXPECT_EQ(bp_pool_did_start_ok(pool_), 0);
  const int32_t pid = Workers()[0].pid;
  ASSERT_EQ(bp_pool_restart(pool_, nullptr), BP_OK);
  while (Idle() != 1 || Workers()[0].pid == pid) sched_yield();
  while (seen_[BP_EVENT_WORKER_UP] < 5) {  // told a moment after a worker is seen idle
    ReadEvents();
    sched_yield();
  }
  EXPECT_EQ(last_[BP_EVENT_GROW].count, 2);
  EXPECT_EQ(last_[BP_EVENT_SHRINK].count, 3);
  EXPECT_EQ(seen_[BP_EVENT_WORKER_UP], 5);
  EXPECT_EQ(bp_pool_maintain(pool_, nullptr), BP_OK);
}

TEST_F(PoolWorkersTest, ReforkedWorkersKnowWhatTheHostKnows) {
  static int known = 1;
  ASSERT_EQ(
      bp_task_register(
          "known",
          [](bp_job* job, void*) {
            return bp_job_reply(job, &known, sizeof known, BP_FORMAT_RAW, nullptr) == BP_OK ? 0 : 1;
          },
          nullptr, nullptr),
      BP_OK);
  Create();
  known = 2;
  ASSERT_EQ(bp_pool_refork(pool_, nullptr), BP_OK);
  int told = 1;
  while (told == 1) {
    bp_buffer value;
    ASSERT_EQ(bp_apply(pool_, "known", nullptr, 0, nullptr, BP_FOREVER, nullptr, &value, nullptr),
              BP_OK);
    std::memcpy(&told, value.data, sizeof told);
    bp_buffer_free(&value);
  }
  EXPECT_EQ(told, 2);
}

TEST_F(PoolWorkersTest, ASentinelIsTheCallersOwn) {
  Create();
  const int32_t pid = Workers()[1].pid;
  int fd = -1;
  ASSERT_EQ(bp_pool_worker_sentinel(pool_, pid, &fd, nullptr), BP_OK);
  kill(pid, SIGKILL);
  pollfd entry = {fd, POLLIN, 0};
  EXPECT_EQ(poll(&entry, 1, -1), 1);
  close(fd);
  EXPECT_EQ(bp_pool_worker_sentinel(pool_, getpid(), &fd, nullptr), BP_NOT_FOUND);
  EXPECT_EQ(fd, -1);
}

TEST_F(PoolWorkersTest, TooManyRestartsFailThePool) {
  options_.workers = 1;
  options_.max_restarts = 1;
  options_.restart_window_ns = INT64_C(1000000000000);
  Create();
  int32_t last = 0;
  while (bp_pool_maintain(pool_, nullptr) == BP_OK) {
    const std::vector<bp_worker_info> workers = Workers();
    if (workers.empty() || workers[0].pid == last || workers[0].state != BP_WORKER_IDLE) continue;
    last = workers[0].pid;
    kill(last, SIGKILL);
  }
  bp_error* error = nullptr;
  EXPECT_EQ(bp_apply_async(pool_, "echo", "", 0, nullptr, nullptr, &error), BP_RESTART_LIMIT);
  EXPECT_NE(std::string(bp_error_message(error)).find("s: workers had to be replaced too often"),
            std::string::npos)
      << bp_error_message(error);
  bp_error_release(error);
  ReadEvents();
  EXPECT_EQ(seen_[BP_EVENT_POOL_FAILED], 1);
}

TEST_F(PoolWorkersTest, BadArgumentsAreNamed) {
  Create();
  int fd = -1;
  const auto refuses = [&](const std::function<bp_status(bp_error**)>& call, const char* what) {
    ExpectInvalid(call, what);
  };
  refuses([&](bp_error** e) { return bp_pool_grow(nullptr, nullptr, 1, e); }, "pool");
  refuses([&](bp_error** e) { return bp_pool_grow(pool_, "no such", 1, e); }, "group");
  refuses([&](bp_error** e) { return bp_pool_grow(pool_, nullptr, -1, e); }, "count");
  refuses([&](bp_error** e) { return bp_pool_shrink(nullptr, nullptr, 1, 0, e); }, "pool");
  refuses([&](bp_error** e) { return bp_pool_shrink(pool_, "no such", 1, 0, e); }, "group");
  refuses([&](bp_error** e) { return bp_pool_shrink(pool_, nullptr, -1, 0, e); }, "count");
  refuses([&](bp_error** e) { return bp_pool_shrink(pool_, nullptr, 2, 0, e); }, "count");
  refuses([&](bp_error** e) { return bp_pool_restart(nullptr, e); }, "pool");
  refuses([&](bp_error** e) { return bp_pool_refork(nullptr, e); }, "pool");
  refuses([&](bp_error** e) { return bp_pool_maintain(nullptr, e); }, "pool");
  refuses([&](bp_error** e) { return bp_pool_step(nullptr, e); }, "pool");
  refuses([&](bp_error** e) { return bp_pool_worker_sentinel(nullptr, 1, &fd, e); }, "pool");
  refuses([&](bp_error** e) { return bp_pool_worker_sentinel(pool_, 1, nullptr, e); }, "fd");
  EXPECT_EQ(bp_pool_grow(pool_, nullptr, 4000, nullptr), BP_FULL);
  EXPECT_EQ(bp_pool_step(pool_, nullptr), BP_STATE);
  EXPECT_EQ(bp_pool_did_start_ok(nullptr), 0);
  EXPECT_EQ(Idle(), 2u);
}

TEST_F(PoolWorkersTest, BadOptionsAreNamed) {
  const bp_pool_options good = options_;
  const auto refuses = [&](const char* what) {
    bp_pool* pool = nullptr;
    ExpectInvalid([&](bp_error** e) { return bp_pool_create(&options_, &pool, e); }, what);
    options_ = good;
  };
  options_.events = 4;
  refuses("events");
  options_.max_workers = 1;
  refuses("max_workers");
  options_.max_workers = -1;
  refuses("max_workers");
  options_.max_workers = 5000;
  refuses("max_workers");
  options_.max_restarts = -1;
  refuses("max_restarts");
  options_.restart_window_ns = -1;
  refuses("restart_window_ns");
  options_.event_loop = 1;
  options_.on_event = Count;
  refuses("on_event");
}

}  // namespace
}  // namespace billiard
