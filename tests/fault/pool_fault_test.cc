// Kills and stops one real worker at each named step of its way through a job
// (billiard_core/base/fault_point.h), and checks what must hold wherever that was: every job has exactly
// one outcome, begins at most once, is lost only when it had begun, is listed once, and the pool goes on
// with all its workers, its counts and its memory.
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <tuple>

#include "billiard_core/pool/task_registry.h"
#include "billiard_core/pool/worker.h"
#include "gtest/gtest.h"
#include "tests/core/pool/harness.h"
#include "tests/core/pool/pool_peer.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::pool {
namespace {

constexpr int kJobs = 12;

// Where the worker's step lies.
enum class Where { kIdle, kBeforeBegin, kBegun, kAnswered };

struct Point {
  const char* name;
  Where where;
};

constexpr Point kPoints[] = {
    {"pool.announced", Where::kIdle},      {"pool.ready", Where::kIdle},
    {"pool.sleeping", Where::kIdle},       {"pool.awake", Where::kIdle},
    {"pool.lookout", Where::kIdle},        {"pool.resting", Where::kIdle},
    {"pool.intent", Where::kBeforeBegin},  {"pool.taken", Where::kBeforeBegin},
    {"pool.claimed", Where::kBeforeBegin}, {"pool.running", Where::kBegun},
    {"pool.staged", Where::kBegun},        {"pool.stored", Where::kBegun},
    {"pool.answered", Where::kAnswered},   {"pool.linked", Where::kAnswered},
    {"pool.listed", Where::kAnswered},     {"pool.disarmed", Where::kAnswered},
    {"pool.told", Where::kAnswered},       {"pool.counted", Where::kAnswered},
    {"pool.cleared", Where::kIdle},
};

// How often each job was begun, in memory that the workers share.
struct Begins {
  std::atomic<int> of_job[2 * kJobs];
};
Begins* begins = nullptr;

// Argument "<index> <bytes>": counts the begin and answers with so many bytes.
int CountingTask(Job& job) {
  int index = 0;
  int bytes = 0;
  sscanf(std::string(job.argument().bytes()).c_str(), "%d %d", &index, &bytes);
  begins->of_job[index].fetch_add(1);
  return job.Reply(std::string(static_cast<size_t>(bytes), 'v'), 0).ok() ? 0 : 1;
}

using Parameters = std::tuple<Point, int, int>;  // signal, and the size of the answers

class PoolFaultTest : public ::testing::TestWithParam<Parameters> {
 protected:
  void SetUp() override {
    begins = &*shared_;
    ASSERT_TRUE(TaskRegistry::OfProcess().Register("count", CountingTask, {}).ok());
    const char* folder = getenv("TEST_TMPDIR");
    ticket_ = std::string(folder == nullptr ? "/tmp" : folder) + "/ticket";
  }
  void TearDown() override { unsetenv("BILLIARD_FAULT"); }

  Point point() const { return std::get<0>(GetParam()); }
  int signal_number() const { return std::get<1>(GetParam()); }
  int answer_bytes() const { return std::get<2>(GetParam()); }

  // The worker that reaches the point for the `count`th time.
  void Plant(int count) {
    std::ofstream(ticket_).put('\n');
    const std::string fault = std::string(point().name) + ":" + std::to_string(count) + ":" +
                              std::to_string(signal_number()) + ":" + ticket_;
    setenv("BILLIARD_FAULT", fault.c_str(), 1);
  }
  bool Struck() const { return access(ticket_.c_str(), F_OK) != 0; }

  PoolOptions Options() {
    PoolOptions options = OptionsFor(Start::kFork, 2);
    options.start_timeout_ns = 20 * kNanosPerMilli;
    // With worker_main the names come with the first READY, so that workers announce them.
    options.groups[0].worker_main = [](Worker& worker) { return worker.Run(nullptr).ok() ? 0 : 1; };
    options.boot_timeout_ns = kNanosPerSecond;
    options.max_boot_failures = -1;
    return options;
  }

  std::vector<std::unique_ptr<Result>> SubmitJobs(Pool* pool, int first) {
    JobOptions options;
    options.notify = true;
    std::vector<std::unique_ptr<Result>> results;
    for (int i = first; i < first + kJobs; ++i) {
      const std::string argument = std::to_string(i) + " " + std::to_string(answer_bytes());
      results.push_back(Submit(pool, "count", argument, options));
    }
    return results;
  }

  // Checks the outcomes of jobs [first, first + kJobs); returns how many were lost.
  int CheckOutcomes(const std::vector<std::unique_ptr<Result>>& results, int first) {
    int lost = 0;
    for (int i = 0; i < kJobs; ++i) {
      const Outcome outcome = OutcomeOf(results[static_cast<size_t>(i)].get());
      const int begun = begins->of_job[first + i];
      if (outcome.code == Code::kOk) {
        EXPECT_EQ(outcome.value.size(), static_cast<size_t>(answer_bytes()));
        EXPECT_EQ(begun, 1);
      } else {
        EXPECT_EQ(outcome.code, Code::kWorkerLost) << outcome.failure.message;
        EXPECT_LE(begun, 1);
        ++lost;
      }
    }
    return lost;
  }

  testing::Watchdog watchdog_{60};
  testing::Shared<Begins> shared_;
  std::string ticket_;
};

// Takes `count` ids as an event loop would: only when the descriptor is readable.
std::multiset<uint64_t> DrainAll(Pool* pool, size_t count) {
  std::multiset<uint64_t> all;
  while (all.size() < count) {
    pollfd entry = {pool->events_fd(), POLLIN, 0};
    poll(&entry, 1, -1);
    for (const uint64_t id : ReadEnded(pool, 5)) all.insert(id);
  }
  return all;
}

TEST_P(PoolFaultTest, EveryJobHasOneOutcomeAndThePoolGoesOn) {
  for (const int count : {1, 2, 4}) {
    for (auto& begun : begins->of_job) begun = 0;
    Plant(count);
    const auto pool = MakePool(Options());
    auto first = SubmitJobs(pool.get(), 0);
    std::multiset<uint64_t> ids;
    for (const auto& result : first) ids.insert(result->id());
    // The list first: nobody sleeps on a job's word, so that its wake-up is not what saves it.
    EXPECT_EQ(DrainAll(pool.get(), kJobs), ids);
    const int lost = CheckOutcomes(first, 0);
    if (point().where == Where::kBegun) {
      EXPECT_EQ(lost, Struck() ? 1 : 0);
    } else {
      EXPECT_EQ(lost, 0);
    }

    auto second = SubmitJobs(pool.get(), kJobs);
    const int lost_again = CheckOutcomes(second, kJobs);
    EXPECT_LE(lost + lost_again, Struck() ? 1 : 0);
    DrainAll(pool.get(), kJobs);

    first.clear();
    second.clear();
    PoolStats stats;
    Await([&] {
      stats = *pool->Stats();
      return stats.succeeded + stats.lost >= 2 * kJobs;
    });
    EXPECT_EQ(stats.succeeded + stats.lost, 2u * kJobs);
    EXPECT_EQ(stats.queued, 0u);
    // All that is left is the list of the group's task names, and that of a worker that stands still
    // since it announced them.
    const uint64_t left = signal_number() == SIGSTOP ? 2 : 1;
    Await([&] { return PoolPeer::BlocksInUse(*pool) <= left; });
    EXPECT_TRUE(pool->Terminate().ok());
    EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
  }
}

TEST_P(PoolFaultTest, AWaiterOfTheJobItselfIsWoken) {
  Plant(1);
  const auto pool = MakePool(Options());
  const auto result = Submit(pool.get(), "count", "0 " + std::to_string(answer_bytes()));
  const Outcome outcome = OutcomeOf(result.get());
  const bool lost = point().where == Where::kBegun && Struck();
  EXPECT_EQ(outcome.code, lost ? Code::kWorkerLost : Code::kOk) << outcome.failure.message;
}

std::string NameOf(const ::testing::TestParamInfo<Parameters>& info) {
  std::string name = std::get<0>(info.param).name;
  name.erase(0, name.find('.') + 1);
  const std::string signal = std::get<1>(info.param) == SIGKILL ? "Killed" : "Stopped";
  return name + signal + std::to_string(std::get<2>(info.param));
}

INSTANTIATE_TEST_SUITE_P(Killed, PoolFaultTest,
                         ::testing::Combine(::testing::ValuesIn(kPoints),
                                            ::testing::Values(SIGKILL),
                                            ::testing::Values(10, 3000, 70000)),
                         NameOf);

// A worker that is stopped while it runs a job keeps it for as long as it likes: not here.
std::vector<Point> PointsOutsideOfJobs() {
  std::vector<Point> points;
  for (const Point& point : kPoints) {
    if (point.where != Where::kBegun) points.push_back(point);
  }
  return points;
}

INSTANTIATE_TEST_SUITE_P(Stopped, PoolFaultTest,
                         ::testing::Combine(::testing::ValuesIn(PointsOutsideOfJobs()),
                                            ::testing::Values(SIGSTOP),
                                            ::testing::Values(10, 3000)),
                         NameOf);

}  // namespace
}  // namespace billiard::pool
