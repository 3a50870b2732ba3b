// A pool that has nothing to do sleeps, and a pool whose workers are busy is given more work without a
// system call: with its own thread and without one, with and without limits.
#include <dirent.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cinttypes>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "billiard_core/base/deadline.h"
#include "gtest/gtest.h"
#include "tests/core/pool/harness.h"
#include "tests/support/child/child.h"
#include "tests/support/sanitizer.h"
#include "tests/support/watchdog.h"

namespace billiard::pool {
namespace {

using testing::Child;
using testing::Shared;

enum class Kind { kPlain, kLimits, kEventLoop };

class QuietTest : public ::testing::TestWithParam<std::tuple<Start, Kind>> {
 protected:
  static PoolOptions Options(int workers) {
    const auto [start, kind] = GetParam();
    PoolOptions options = OptionsFor(start, workers);
    options.event_loop = kind == Kind::kEventLoop;
    if (kind == Kind::kLimits) {
      options.soft_time_limit_ns = 3600 * kNanosPerSecond;
      options.time_limit_ns = 2 * options.soft_time_limit_ns;
      options.max_memory_per_worker_kib = int64_t{1} << 30;
      options.max_jobs_per_worker = 1'000'000;
      options.events = kWorkerEvents | kLimitEvents;
    }
    return options;
  }
  static std::unique_ptr<Pool> MakeReady(int workers) {
    std::unique_ptr<Pool> pool = MakePool(Options(workers));
    AwaitReady(pool.get());
    return pool;
  }

 private:
  testing::Watchdog watchdog_{120};
};

// What an event loop does for so long; returns how often it was woken.
uint64_t RunLoop(Pool* pool, int64_t ns) {
  const int64_t end = MonotonicNow() + ns;
  uint64_t wakes = 0;
  for (int64_t now = MonotonicNow(); now < end; now = MonotonicNow()) {
    pollfd entry = {pool->events_fd(), POLLIN, 0};
    if (poll(&entry, 1, static_cast<int>((end - now) / kNanosPerMilli) + 1) == 0) continue;
    ++wakes;
    EXPECT_TRUE(pool->Step().ok());
  }
  return wakes;
}

// Lets time pass for a pool that has nothing to do.
void LetPass(Pool* pool, Kind kind, int64_t ns) {
  if (kind == Kind::kEventLoop) {
    RunLoop(pool, ns);
  } else {
    usleep(static_cast<useconds_t>(ns / 1000));
  }
}

void ReadAllEvents(Pool* pool) {
  PoolEvent events[64];
  while (*pool->ReadEvents(events, 64) != 0) {
  }
}

// How often the threads of a process have gone to sleep by themselves so far.
uint64_t SleepsOf(pid_t pid) {
  uint64_t sleeps = 0;
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
  DIR* folder = opendir(tasks.c_str());
  if (folder == nullptr) return 0;
  while (const dirent* entry = readdir(folder)) {
    const std::string path = tasks + "/" + entry->d_name + "/status";
    FILE* status = entry->d_name[0] == '.' ? nullptr : fopen(path.c_str(), "r");
    if (status == nullptr) continue;
    char line[256];
    while (fgets(line, sizeof line, status) != nullptr) {
      uint64_t count;
      if (sscanf(line, "voluntary_ctxt_switches: %" SCNu64, &count) == 1) sleeps += count;
    }
    fclose(status);
  }
  closedir(folder);
  return sleeps;
}

// At most one wake-up a second of the host's supervisor, or of its loop, and none of the template and the
// workers.
void ExpectToSleep(Pool* pool, Kind kind) {
  ReadAllEvents(pool);
  std::vector<pid_t> others = PidsOf(pool);
  others.push_back(pool->Stats()->template_pid);
  const auto sleeps_of_others = [&] {
    uint64_t sleeps = 0;
    for (const pid_t pid : others) sleeps += SleepsOf(pid);
    return sleeps;
  };
  // What the job left to do is done when nothing moves for a moment.
  const auto settled = [&] {
    const uint64_t before = SleepsOf(getpid()) + sleeps_of_others();
    LetPass(pool, kind, kNanosPerSecond / 5);
    return SleepsOf(getpid()) + sleeps_of_others() <= before + 2;
  };
  Await(settled);
  const int64_t begin = MonotonicNow();
  const uint64_t host = SleepsOf(getpid());
  const uint64_t rest = sleeps_of_others();
  LetPass(pool, kind, 3 * kNanosPerSecond);
  const uint64_t seconds = static_cast<uint64_t>((MonotonicNow() - begin) / kNanosPerSecond);
  // One of them is this thread's own sleep; in a loop every one is.
  EXPECT_LE(SleepsOf(getpid()) - host, seconds + 2);
  EXPECT_EQ(sleeps_of_others() - rest, 0u);
}

// G-POOL-13
TEST_P(QuietTest, AnIdlePoolSleeps) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer has a thread of its own that wakes ten times a second";
#endif
  const std::unique_ptr<Pool> pool = MakeReady(2);
  EXPECT_EQ(Apply(pool.get(), "echo", "here"), "here");
  ExpectToSleep(pool.get(), std::get<1>(GetParam()));
}

// USR-20: no descriptor of the dead keeps anybody awake.
TEST_P(QuietTest, AnIdlePoolSleepsAlsoAfterManyDeaths) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer has a thread of its own that wakes ten times a second";
#endif
  const std::unique_ptr<Pool> pool = MakeReady(2);
  for (int round = 0; round < 25; ++round) {
    for (const pid_t pid : PidsOf(pool.get())) {
      if (pid > 0) kill(pid, SIGKILL);
    }
    EXPECT_EQ(Apply(pool.get(), "echo", "here"), "here");
  }
  AwaitReady(pool.get());
  ExpectToSleep(pool.get(), std::get<1>(GetParam()));
}

// Lets a child run until it makes a system call of this number, and counts the others before.
uint64_t CallsUntil(pid_t pid, uint64_t number) {
  uint64_t calls = 0;
  bool entering = true;
  while (true) {
    if (ptrace(PTRACE_SYSCALL, pid, nullptr, nullptr) != 0) return UINT64_MAX;
    int status = 0;
    if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) return UINT64_MAX;
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
    user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, pid, nullptr, &registers) != 0) return UINT64_MAX;
    if (entering && registers.orig_rax == number) {
      ptrace(PTRACE_SYSCALL, pid, nullptr, nullptr);  // its end
      waitpid(pid, &status, 0);
      return calls;
    }
    if (entering) ++calls;
    entering = !entering;
  }
}

#if defined(__x86_64__)
// What the caller can be traced between: a call that the pool has no use for.
constexpr uint64_t kMark = 110;  // getppid

TEST_P(QuietTest, SubmittingToBusyWorkersMakesNoSystemCall) {
  if (testing::kSanitized) GTEST_SKIP() << "a sanitizer makes calls of its own";
  constexpr int kWarmUp = 200;
  constexpr int kJobs = 100;
  Child host([] {
    const std::unique_ptr<Pool> pool = MakeReady(1);
    Gate gate;
    const std::unique_ptr<Result> held = HoldWorker(pool.get(), &gate);
    std::vector<std::unique_ptr<Result>> results;
    results.reserve(kWarmUp + kJobs);
    for (int i = 0; i < kWarmUp; ++i) results.push_back(Submit(pool.get(), "echo", "here"));
    raise(SIGSTOP);
    getppid();
    for (int i = 0; i < kJobs; ++i) results.push_back(Submit(pool.get(), "echo", "here"));
    getppid();
    gate.Open();
    for (const auto& result : results) {
      if (ValueOf(result.get()) != "here") return 1;
    }
    return 0;
  });
  ASSERT_EQ(host.AwaitStop(), SIGSTOP);
  ASSERT_EQ(ptrace(PTRACE_SEIZE, host.pid(), nullptr, PTRACE_O_TRACESYSGOOD), 0);
  host.Signal(SIGCONT);
  int status = 0;
  ASSERT_EQ(ptrace(PTRACE_INTERRUPT, host.pid(), nullptr, nullptr), 0);
  ASSERT_EQ(waitpid(host.pid(), &status, 0), host.pid());
  ASSERT_NE(CallsUntil(host.pid(), kMark), UINT64_MAX);
  EXPECT_EQ(CallsUntil(host.pid(), kMark), 0u);
  ptrace(PTRACE_DETACH, host.pid(), nullptr, nullptr);
  EXPECT_EQ(host.Wait(), 0);
}
#endif

std::string NameOf(const ::testing::TestParamInfo<std::tuple<Start, Kind>>& info) {
  const auto [start, kind] = info.param;
  const char* kinds[] = {"", "Limits", "EventLoop"};
  return StartName(start) + kinds[static_cast<int>(kind)];
}

INSTANTIATE_TEST_SUITE_P(Pools, QuietTest,
                         ::testing::Combine(::testing::Values(Start::kFork, Start::kSpawn),
                                            ::testing::Values(Kind::kPlain, Kind::kLimits,
                                                              Kind::kEventLoop)),
                         NameOf);

}  // namespace
}  // namespace billiard::pool
