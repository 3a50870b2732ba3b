// What a pool must not do to its host, whatever happens to the pool: change how the process handles
// signals, or end it (G-POOL-6). Each trouble is had by a host of its own, with default signals, which
// leaves with status 0 if it lives.
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/pidfd.h"
#include "gtest/gtest.h"
#include "tests/core/pool/fixture.h"
#include "tests/core/pool/harness.h"
#include "tests/support/child/child.h"
#include "tests/support/processes.h"

namespace billiard::pool {
namespace {

using testing::Child;

class HostSafetyTest : public BothStarts {
 protected:
  // Runs it in a host of its own, which must reach its end.
  static void ExpectToOutlive(const std::function<bool(Start)>& trouble) {
    Child host([&trouble, start = GetParam()] { return trouble(start) ? 0 : 1; });
    EXPECT_EQ(host.Wait(), 0);
  }
};
BILLIARD_BOTH_STARTS(HostSafetyTest);

// Handlers, their flags and masks, this thread's mask, and what is pending.
std::string SignalHandling() {
  std::string text;
  const auto add = [&text](const sigset_t& set) {
    for (int number = 1; number < NSIG; ++number)
      text += sigismember(&set, number) == 1 ? '1' : '0';
  };
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action = {};
    sigaction(number, nullptr, &action);
    text += std::to_string(reinterpret_cast<uintptr_t>(action.sa_handler)) + "/" +
            std::to_string(action.sa_flags) + "/";
    add(action.sa_mask);
    text += '\n';
  }
  sigset_t set;
  pthread_sigmask(SIG_BLOCK, nullptr, &set);
  add(set);
  sigpending(&set);
  add(set);
  return text;
}

void KillWorkers(Pool* pool) {
  for (const pid_t pid : PidsOf(pool)) {
    const absl::StatusOr<os::Fd> worker = pool->WorkerSentinel(pid);
    if (worker.ok()) (void)os::PidfdSendSignal(worker->get(), SIGKILL);
  }
}

void KillTemplate(Pool* pool) {
  const os::Fd watched = testing::Watch(pool->Stats()->template_pid);
  (void)os::PidfdSendSignal(watched.get(), SIGKILL);
  EXPECT_TRUE(testing::Ends(watched));
}

// Until the pool runs jobs again, after its template was killed.
void Heal(Pool* pool, Start start) {
  if (start == Start::kFork) {
    Await([&] { return !pool->Maintain().ok(); });
    EXPECT_TRUE(pool->Refork().ok());
  }
  while (Apply(pool, "echo", "healed") != "healed") {
  }
}

bool Ends(Pool* pool) {
  return pool->Close().ok() && pool->Join(Deadline::Forever(), nullptr).ok();
}

TEST_P(HostSafetyTest, SignalHandlingStaysAsItWas) {
  const std::string before = SignalHandling();
  for (const bool event_loop : {false, true}) {
    PoolOptions options = OptionsFor(GetParam(), 2);
    options.event_loop = event_loop;
    const std::unique_ptr<Pool> pool = MakePool(std::move(options));
    EXPECT_EQ(SignalHandling(), before) << "made";
    EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
    EXPECT_EQ(SignalHandling(), before) << "worked";
    JobOptions limited;
    limited.soft_time_limit_ns = kNanosPerMilli;
    limited.time_limit_ns = 20 * kNanosPerMilli;
    EXPECT_EQ(OutcomeOf(Submit(pool.get(), "loop", "", limited).get()).code, Code::kTimeLimit);
    EXPECT_EQ(SignalHandling(), before) << "held a job to its limits";
    KillWorkers(pool.get());
    EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
    EXPECT_EQ(SignalHandling(), before) << "replaced its workers";
    KillTemplate(pool.get());
    Heal(pool.get(), GetParam());
    EXPECT_EQ(SignalHandling(), before) << "healed";
    EXPECT_TRUE(Ends(pool.get()));
    EXPECT_EQ(SignalHandling(), before) << "ended";
  }
  EXPECT_EQ(SignalHandling(), before);
}

TEST_P(HostSafetyTest, ADeadTemplateEndsNoHost) {
  ExpectToOutlive([](Start start) {
    const std::unique_ptr<Pool> pool = MakePool(start, 2);
    KillTemplate(pool.get());
    Heal(pool.get(), start);
    KillTemplate(pool.get());
    return pool->Terminate().ok() && pool->Join(Deadline::Forever(), nullptr).ok();
  });
}

TEST_P(HostSafetyTest, WorkersThatAreNeverReadyEndNoHost) {
  ExpectToOutlive([](Start start) {
    PoolOptions options = OptionsFor(start, 2);
    options.max_boot_failures = 5;
    options.groups[0].tasks = {"echo"};
    if (start == Start::kSpawn) {
      options.groups[0] = SpawnGroup("default", 2, {"leave", "3"});
    } else {
      options.groups[0].worker_main = [](Worker&) { return 3; };
    }
    const absl::StatusOr<std::unique_ptr<Pool>> pool = Pool::Create(std::move(options));
    // It failed while it was made, or soon after.
    const absl::Status ready =
        pool.ok() ? (*pool)->WaitReady(Deadline::Forever(), nullptr) : pool.status();
    return CodeOf(ready) == Code::kPoolFailed;
  });
}

TEST_P(HostSafetyTest, TooManyRestartsEndNoHost) {
  ExpectToOutlive([](Start start) {
    PoolOptions options = OptionsFor(start, 2);
    options.max_restarts = 3;
    options.max_boot_failures = -1;  // the workers may be killed before they are ready
    options.restart_window_ns = 3600 * kNanosPerSecond;
    const std::unique_ptr<Pool> pool = MakePool(std::move(options));
    while (pool->Maintain().ok()) KillWorkers(pool.get());
    return CodeOf(pool->Maintain()) == Code::kRestartLimit && pool->Terminate().ok() &&
           pool->Join(Deadline::Forever(), nullptr).ok();
  });
}

TEST_P(HostSafetyTest, AHostWithoutADescriptorLeftGoesOn) {
  ExpectToOutlive([](Start start) {
    const std::unique_ptr<Pool> pool = MakeReadyPool(start, 2);
    rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
    const rlimit none = {0, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &none) != 0) return false;
    for (int i = 0; i < 10; ++i) {
      for (const pid_t pid : PidsOf(pool.get())) {
        if (pid > 0) kill(pid, SIGKILL);
      }
      if (Apply(pool.get(), "echo", "x").empty()) return false;  // a value, or how it was lost
    }
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
    return Apply(pool.get(), "echo", "x") == "x" && Ends(pool.get());
  });
}

}  // namespace
}  // namespace billiard::pool
