// Limits of jobs and workers, the end of single jobs, and the hooks of workers, through the C interface.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/support/watchdog.h"

namespace billiard {
namespace {

constexpr int64_t kMilli = 1000 * 1000;

std::string Text(const bp_job* job) {
  const bp_view view = bp_job_payload(job);
  return std::string(static_cast<const char*>(view.data), view.size);
}

int Answer(bp_job* job, const std::string& text) {
  return bp_job_reply(job, text.data(), text.size(), BP_FORMAT_RAW, nullptr) == BP_OK ? 0 : 1;
}

int SleepTask(bp_job* job, void*) {
  usleep(static_cast<useconds_t>(1000 * std::stoi(Text(job))));
  return bp_job_soft_limit_reached(job) ? 1 : Answer(job, "slept");
}

int PidTask(bp_job* job, void*) { return Answer(job, std::to_string(getpid())); }

// Runs until its soft limit, and ends well.
int CleanUpTask(bp_job* job, void*) {
  while (bp_job_soft_limit_reached(job) == 0) {
  }
  return Answer(job, "cleaned up");
}

int KillTask(bp_job*, void*) { return kill(getpid(), SIGKILL); }

class LimitsTest : public ::testing::Test {
 protected:
  LimitsTest() {
    bp_pool_options_init(&pool_options_, sizeof pool_options_);
    pool_options_.workers = 1;
    bp_job_options_init(&job_options_, sizeof job_options_);
    EXPECT_EQ(bp_task_register("sleep", SleepTask, nullptr, nullptr), BP_OK);
    EXPECT_EQ(bp_task_register("pid", PidTask, nullptr, nullptr), BP_OK);
    EXPECT_EQ(bp_task_register("clean-up", CleanUpTask, nullptr, nullptr), BP_OK);
    EXPECT_EQ(bp_task_register("kill", KillTask, nullptr, nullptr), BP_OK);
  }
  ~LimitsTest() override {
    bp_pool_release(pool_);
    bp_error_release(error_);
  }

  bp_pool* pool() {
    if (pool_ == nullptr) {
      EXPECT_EQ(bp_pool_create(&pool_options_, &pool_, nullptr), BP_OK);
    }
    return pool_;
  }

  bp_status Apply(const char* task, const std::string& text) {
    bp_error_release(error_);
    bp_buffer value = {};
    const bp_status status = bp_apply(pool(), task, text.data(), text.size(), &job_options_,
                                      BP_FOREVER, nullptr, &value, &error_);
    value_ = std::string(static_cast<const char*>(value.data), value.size);
    bp_buffer_free(&value);
    return status;
  }
  bp_status Sleep(const std::string& millis) { return Apply("sleep", millis); }

  bp_result* Submit(const char* task, const std::string& text) {
    bp_result* result = nullptr;
    EXPECT_EQ(
        bp_apply_async(pool(), task, text.data(), text.size(), &job_options_, &result, nullptr),
        BP_OK);
    return result;
  }

  testing::Watchdog watchdog_{60};
  bp_pool_options pool_options_;
  bp_job_options job_options_;
  bp_pool* pool_ = nullptr;
  bp_error* error_ = nullptr;
  std::string value_;
};

TEST_F(LimitsTest, HardOfOneJobInAPoolWithoutLimits) {
  job_options_.time_limit_ns = 30 * kMilli;
  EXPECT_EQ(Sleep("20000"), BP_TIME_LIMIT);
  EXPECT_STREQ(bp_error_message(error_), "TimeLimitExceeded(0.03,)");
  EXPECT_GT(bp_error_pid(error_), 0);
  EXPECT_NE(bp_error_job(error_), BP_NO_JOB);
  job_options_.time_limit_ns = 0;
  EXPECT_EQ(Sleep("60"), BP_OK);
}

TEST_F(LimitsTest, HardOfAPoolAndAJobThatIsFreeOfIt) {
  pool_options_.time_limit_ns = 30 * kMilli;
  pool_options_.terminate_grace_ns = kMilli;
  EXPECT_EQ(Sleep("20000"), BP_TIME_LIMIT);
  job_options_.time_limit_ns = -1;
  EXPECT_EQ(Sleep("60"), BP_OK);
}

TEST_F(LimitsTest, NoneMayBeSaidExplicitly) {
  pool_options_.time_limit_ns = -1;
  pool_options_.soft_time_limit_ns = -1;
  pool_options_.max_memory_per_worker_kib = -1;
  EXPECT_EQ(Sleep("60"), BP_OK);
}

TEST_F(LimitsTest, SoftThatATaskHeeds) {
  pool_options_.soft_time_limit_ns = 20 * kMilli;
  EXPECT_EQ(Apply("clean-up", ""), BP_OK);
  EXPECT_EQ(value_, "cleaned up");
}

TEST_F(LimitsTest, SoftThatATaskDoesNotCatch) {
  job_options_.soft_time_limit_ns = 20 * kMilli;
  EXPECT_EQ(Sleep("900000"), BP_TASK_FAILED);
  EXPECT_STREQ(bp_error_class(error_), "SoftTimeLimitExceeded");
}

TEST_F(LimitsTest, AWorkerLeavesAfterSoManyJobs) {
  pool_options_.max_jobs_per_worker = 2;
  std::string pids[4];
  for (std::string& pid : pids) {
    EXPECT_EQ(Apply("pid", ""), BP_OK);
    pid = value_;
  }
  EXPECT_EQ(pids[0], pids[1]);
  EXPECT_NE(pids[1], pids[2]);
  EXPECT_EQ(pids[2], pids[3]);
}

TEST_F(LimitsTest, AQueuedJobExpires) {
  bp_result* first = Submit("sleep", "400");
  job_options_.expires_ns = 20 * kMilli;
  EXPECT_EQ(Sleep("1"), BP_EXPIRED);
  bp_view view;
  EXPECT_EQ(bp_result_get(first, BP_FOREVER, nullptr, &view, nullptr), BP_OK);
  bp_result_release(first);
}

TEST_F(LimitsTest, RetriesEndInALoss) {
  job_options_.max_retries = 2;
  EXPECT_EQ(Apply("kill", ""), BP_WORKER_LOST);
  bp_pool_stats stats = {};
  stats.size = sizeof stats;
  while (bp_pool_get_stats(pool(), &stats, nullptr) == BP_OK && stats.restarts < 3) {
  }
  EXPECT_EQ(stats.restarts, 3u);
  EXPECT_EQ(stats.lost, 1u);
}

TEST_F(LimitsTest, OneJobIsEnded) {
  bp_result* running = Submit("sleep", "900000");
  bp_result* queued = Submit("sleep", "1");
  while (bp_result_pid(running) == 0) {
  }
  EXPECT_EQ(bp_result_terminate(queued, 0, nullptr), BP_OK);
  const int32_t pid = bp_result_pid(running);
  EXPECT_EQ(bp_pool_terminate_job(pool(), pid, SIGINT, bp_result_job(queued), nullptr), BP_OK);
  EXPECT_EQ(bp_result_ready(running), 0) << "it is another job";
  EXPECT_EQ(bp_pool_terminate_job(pool(), pid, SIGINT, BP_NO_JOB, nullptr), BP_OK);
  bp_view view;
  EXPECT_EQ(bp_result_get(running, BP_FOREVER, nullptr, &view, &error_), BP_TERMINATED);
  EXPECT_EQ(bp_error_exit_status(error_), -SIGINT);
  EXPECT_EQ(bp_result_get(queued, BP_FOREVER, nullptr, &view, nullptr), BP_TERMINATED);
  EXPECT_EQ(bp_result_terminate(running, -1, nullptr), BP_INVALID);
  EXPECT_EQ(bp_result_terminate(nullptr, 0, nullptr), BP_INVALID);
  EXPECT_EQ(bp_pool_terminate_job(pool(), pid, -1, BP_NO_JOB, nullptr), BP_INVALID);
  EXPECT_EQ(bp_pool_terminate_job(nullptr, pid, 0, BP_NO_JOB, nullptr), BP_INVALID);
  bp_result_release(running);
  bp_result_release(queued);
  EXPECT_EQ(Sleep("1"), BP_OK);
}

// ---- Hooks ----

std::string LogPath() {
  const char* folder = getenv("TEST_TMPDIR");
  return std::string(folder == nullptr ? "/tmp" : folder) + "/hooks-" + std::to_string(getppid());
}

void Log(void* context, const std::string& line) {
  std::ofstream(static_cast<const char*>(context), std::ios::app) << line << '\n';
}

int32_t Initialize(void* context, char*, size_t) {
  Log(context, "initializer");
  return 0;
}
int32_t RefuseToInitialize(void*, char* text, size_t capacity) {
  snprintf(text, capacity, "no database");
  return 1;
}
void LoopStart(void* context, int32_t pid) { Log(context, pid == getpid() ? "start" : "?"); }
void LoopStop(void* context, int32_t pid) { Log(context, pid == getpid() ? "stop" : "?"); }
void ProcessExit(void* context, int32_t pid, int32_t status) {
  Log(context, (pid == getpid() ? "exit " : "? ") + std::to_string(status));
}

TEST_F(LimitsTest, HooksAreCalledInTheirOrder) {
  std::string path = LogPath();
  std::remove(path.c_str());
  bp_worker_hooks hooks;
  bp_worker_hooks_init(&hooks, sizeof hooks);
  hooks.context = path.data();
  hooks.initializer = Initialize;
  hooks.on_loop_start = LoopStart;
  hooks.on_loop_stop = LoopStop;
  hooks.on_process_exit = ProcessExit;
  pool_options_.hooks = &hooks;
  pool_options_.max_jobs_per_worker = 1;
  EXPECT_EQ(Sleep("1"), BP_OK);
  EXPECT_EQ(bp_pool_wait_ready(pool(), BP_FOREVER, nullptr, nullptr), BP_OK);
  EXPECT_EQ(Sleep("1"), BP_OK);  // the first worker has left
  std::ifstream log(path);
  std::string lines[5];
  for (std::string& line : lines) std::getline(log, line);
  EXPECT_EQ(lines[0], "initializer");
  EXPECT_EQ(lines[1], "start");
  EXPECT_EQ(lines[2], "stop");
  EXPECT_EQ(lines[3], "exit 155");
  EXPECT_EQ(lines[4], "initializer");
}

TEST_F(LimitsTest, AnInitializerThatFailsIsTheReasonThatThePoolFails) {
  bp_worker_hooks hooks;
  bp_worker_hooks_init(&hooks, sizeof hooks);
  hooks.initializer = RefuseToInitialize;
  pool_options_.hooks = &hooks;
  pool_options_.max_boot_failures = 1;
  bp_pool* pool = nullptr;
  bp_status status = bp_pool_create(&pool_options_, &pool, &error_);
  if (status == BP_OK) status = bp_pool_wait_ready(pool, BP_FOREVER, nullptr, &error_);
  EXPECT_EQ(status, BP_POOL_FAILED);
  EXPECT_NE(std::string(bp_error_message(error_)).find("no database"), std::string::npos)
      << bp_error_message(error_);
  bp_pool_release(pool);
}

// ---- A worker main of its own ----

bp_interrupt* soft_interrupt = nullptr;

// Waits for the token alone, as a task in a wait of the library would be waiting.
int OwnMain(bp_worker* worker, void*) {
  bp_ready_options options;
  bp_ready_options_init(&options, sizeof options);
  options.soft_signal = BP_SOFT_SIGNAL_HANDLER;
  options.interrupt = soft_interrupt;
  const char* const names[] = {"wait"};
  if (bp_worker_soft_limit_fd(worker) != -1) return 3;
  if (bp_worker_ready_with(worker, names, 1, &options, nullptr) != BP_OK) return 4;
  bp_queue* queue = nullptr;
  if (bp_queue_create(nullptr, &queue, nullptr) != BP_OK) return 5;
  bp_job* job = nullptr;
  while (bp_worker_next(worker, BP_FOREVER, nullptr, &job, nullptr) == BP_OK) {
    const bp_status waited = bp_queue_wait_get(queue, BP_FOREVER, soft_interrupt, nullptr);
    const bool told = waited == BP_INTERRUPTED && bp_job_soft_limit_reached(job) == 1;
    Answer(job, told ? "told" : "not told");
    if (bp_job_soft_limit_reached(job) != 0) return 6;
  }
  return bp_worker_exit_status(worker);
}

TEST_F(LimitsTest, ATokenEndsAWaitInATaskOncePerJob) {
  ASSERT_EQ(bp_interrupt_create(&soft_interrupt, nullptr), BP_OK);
  pool_options_.worker_main = OwnMain;
  pool_options_.soft_time_limit_ns = 10 * kMilli;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Apply("wait", ""), BP_OK) << bp_error_message(error_);
    EXPECT_EQ(value_, "told");
  }
  bp_pool_stats stats = {};
  stats.size = sizeof stats;
  EXPECT_EQ(bp_pool_get_stats(pool(), &stats, nullptr), BP_OK);
  EXPECT_EQ(stats.restarts, 0u);
  bp_interrupt_release(soft_interrupt);
}

TEST(NullWorkerTest, FunctionsOfWorkersStandIt) {
  EXPECT_EQ(bp_worker_ready_with(nullptr, nullptr, 0, nullptr, nullptr), BP_INVALID);
  EXPECT_EQ(bp_worker_set_hooks(nullptr, nullptr, nullptr), BP_INVALID);
  EXPECT_EQ(bp_worker_exit_status(nullptr), 1);
  EXPECT_EQ(bp_worker_soft_limit_fd(nullptr), -1);
  EXPECT_EQ(bp_job_soft_limit_reached(nullptr), 0);
}

}  // namespace
}  // namespace billiard
