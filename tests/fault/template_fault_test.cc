// Kills a pool's template at each step of starting a worker and of noting a worker's end, and a worker
// between its fork and its first instruction as a worker: jobs have typed outcomes, only begun ones are
// lost, a pool of commands heals itself and a pool of forks by Refork, and no process is left behind.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "tests/core/pool/harness.h"
#include "tests/core/pool/pool_peer.h"
#include "tests/support/fault/planted_fault.h"
#include "tests/support/watchdog.h"

namespace billiard::pool {
namespace {

constexpr int kWorkers = 2;
constexpr int kJobs = 20;

struct Point {
  const char* name;
  int count;         // 1 and 2: while the pool is made, for steps of a start
  bool of_template;  // else the new worker dies, which is no loss at all
};

constexpr Point kPoints[] = {
    {"template.set_up", 1, true},  {"template.asked", 1, true},   {"template.asked", 3, true},
    {"template.forked", 1, true},  {"template.forked", 3, true},  {"template.entered", 2, true},
    {"template.entered", 3, true}, {"template.started", 2, true}, {"template.started", 3, true},
    {"template.seen", 1, true},    {"template.noted", 1, true},   {"template.reaped", 1, true},
    {"template.told", 4, true},    {"start.forked", 1, false},    {"start.placed", 1, false},
};

using Parameters = std::tuple<Point, Start>;

class TemplateFaultTest : public ::testing::TestWithParam<Parameters> {
 protected:
  // Whatever loses its parent becomes this process's child, so that none can be left unnoticed.
  void SetUp() override { ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); }
  // A process that does not end ends in the watchdog.
  void TearDown() override {
    while (waitpid(-1, nullptr, 0) > 0) {
    }
    EXPECT_EQ(errno, ECHILD);
  }

  const Point& point() const { return std::get<0>(GetParam()); }
  Start start() const { return std::get<1>(GetParam()); }
  PoolOptions Options() const {
    PoolOptions options = OptionsFor(start(), kWorkers);
    options.max_boot_failures = -1;
    return options;
  }

  // nullptr, and the reason is a typed one: the template died while the pool was made.
  std::unique_ptr<Pool> MakeIfPossible() const {
    absl::StatusOr<std::unique_ptr<Pool>> pool = Pool::Create(Options());
    if (pool.ok()) return *std::move(pool);
    const Code code = CodeOf(pool.status());
    EXPECT_TRUE(code == Code::kStartFailed || code == Code::kPoolFailed) << pool.status();
    return nullptr;
  }

  // Jobs that succeed, but for one in the middle that kills its worker; until the fault has struck. Some
  // may be refused: a pool of forks can not go on by itself.
  void RunJobs(Pool* pool) {
    std::vector<std::unique_ptr<Result>> results;
    for (int i = 0; i < kJobs; ++i) {
      const bool kills = i == kJobs / 2;
      absl::StatusOr<std::unique_ptr<Result>> job =
          pool->Submit(kills ? "signal" : "echo", kills ? "9" : "x", JobOptions());
      if (!job.ok()) {
        EXPECT_EQ(CodeOf(job.status()), Code::kPoolFailed) << job.status();
        return;
      }
      results.push_back(*std::move(job));
    }
    for (const auto& result : results) {
      const Outcome outcome = OutcomeOf(result.get());
      if (outcome.code == Code::kOk || outcome.code == Code::kWorkerLost) continue;
      EXPECT_EQ(outcome.code, Code::kPoolFailed) << outcome.failure.message;
      EXPECT_EQ(start(), Start::kFork);
    }
  }

  void Heal(Pool* pool) {
    if (start() == Start::kFork && point().of_template) {
      Await([&] { return !pool->Maintain().ok(); });
      ASSERT_TRUE(pool->Refork().ok());
    }
    // The struck process may take a moment to be gone, and then takes the job of this moment along.
    int failures = 0;
    for (int in_a_row = 0; in_a_row < kJobs; ++in_a_row) {
      if (Apply(pool, "echo", "healed") == "healed") continue;
      ++failures;
      in_a_row = 0;
    }
    EXPECT_LE(failures, 1);
    Await([&] { return pool->Stats()->ready == kWorkers; });
    Await([&] { return PoolPeer::BlocksInUse(*pool) <= 1; });
  }

 private:
  testing::Watchdog watchdog_{60};
};

TEST_P(TemplateFaultTest, NothingIsLostButWhatHadBegunAndNobodyIsLeft) {
  const testing::PlantedFault fault(point().name, point().count, SIGKILL);
  const std::unique_ptr<Pool> pool = MakeIfPossible();
  if (pool == nullptr) {
    EXPECT_TRUE(fault.Struck());
    const std::unique_ptr<Pool> next = MakeIfPossible();  // the fault has struck its one time
    ASSERT_NE(next, nullptr);
    EXPECT_EQ(Apply(next.get(), "echo", "here"), "here");
    return;
  }
  RunJobs(pool.get());
  Await([&] { return fault.Struck(); });
  Heal(pool.get());
}

std::string NameOf(const ::testing::TestParamInfo<Parameters>& info) {
  const Point& point = std::get<0>(info.param);
  std::string name = point.name;
  name[name.find('.')] = '_';
  return name + std::to_string(point.count) + StartName(std::get<1>(info.param));
}

INSTANTIATE_TEST_SUITE_P(Points, TemplateFaultTest,
                         ::testing::Combine(::testing::ValuesIn(kPoints),
                                            ::testing::Values(Start::kFork, Start::kSpawn)),
                         NameOf);

}  // namespace
}  // namespace billiard::pool
