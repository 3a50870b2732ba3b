// Kills and stops one real worker at the steps of an acceptance, with and without an answer to wait for
// (POOL-80, POOL-92): every job is accepted before it ends, the host is asked again when the worker that
// asked is gone, and nothing is lost that had not begun.
#include <poll.h>
#include <signal.h>

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "tests/core/pool/harness.h"
#include "tests/support/fault/planted_fault.h"
#include "tests/support/watchdog.h"

namespace billiard::pool {
namespace {

constexpr int kJobs = 12;

using Parameters = std::tuple<const char*, int, bool>;  // point, signal, synack

class AcceptFaultTest : public ::testing::TestWithParam<Parameters> {
 protected:
  std::string point() const { return std::get<0>(GetParam()); }
  int signal_number() const { return std::get<1>(GetParam()); }
  bool synack() const { return std::get<2>(GetParam()); }

 private:
  testing::Watchdog watchdog_{60};
};

// What was told of a job.
struct Told {
  int accepted = 0;
  int done = 0;
};

TEST_P(AcceptFaultTest, EveryJobIsAcceptedBeforeItsOneEnd) {
  const bool stops = signal_number() == SIGSTOP;
  for (const int count : {1, 3}) {
    const testing::PlantedFault fault(point(), count, signal_number());
    PoolOptions options = OptionsFor(Start::kFork, 2);
    // Only a stopped worker shall be taken for one, as slow as this machine may be.
    options.start_timeout_ns = (stops ? 20 : 3'600'000) * kNanosPerMilli;
    options.synack = synack();
    const auto pool = MakePool(std::move(options));
    JobOptions told;
    told.notify = true;
    told.notify_accepted = true;
    std::vector<std::unique_ptr<Result>> results;
    for (int i = 0; i < kJobs; ++i) results.push_back(Submit(pool.get(), "echo", "x", told));
    std::map<uint64_t, Told> jobs;
    for (int done = 0; done < kJobs;) {
      pollfd entry = {pool->events_fd(), POLLIN, 0};
      poll(&entry, 1, -1);
      PoolEvent event;
      while (*pool->ReadEvents(&event, 1) == 1) {
        Told* job = &jobs[event.job];
        EXPECT_EQ(job->done, 0);
        if (event.kind == EventKind::kJobAccepted) {
          ++job->accepted;
          // The worker that asked may be gone already.
          if (synack()) (void)pool->AnswerJob(event.job, true, "");
        } else {
          EXPECT_EQ(event.kind, EventKind::kJobDone);
          EXPECT_GE(job->accepted, 1);
          ++job->done;
          ++done;
        }
      }
    }
    int lost = 0;
    int asked_again = 0;
    for (const auto& result : results) {
      const Outcome outcome = OutcomeOf(result.get());
      if (outcome.code != Code::kOk) {
        EXPECT_EQ(outcome.code, Code::kWorkerLost) << outcome.failure.message;
        ++lost;
      }
      asked_again += jobs[result->id()].accepted - 1;
    }
    EXPECT_TRUE(fault.Struck());
    EXPECT_EQ(lost, synack() ? 0 : 1) << "with synack the job had not begun";
    if (!synack()) {
      EXPECT_EQ(asked_again, 0);
    }
    if (!stops) {
      EXPECT_LE(asked_again, 1);
    }
    if (point() == "pool.asking") {
      EXPECT_GE(asked_again, 1);
    }
    for (int i = 0; i < kJobs; ++i) EXPECT_EQ(Apply(pool.get(), "echo", "next"), "next");
  }
}

std::string NameOf(const ::testing::TestParamInfo<Parameters>& info) {
  const std::string name = std::get<0>(info.param);
  return name.substr(name.find('.') + 1) +
         (std::get<1>(info.param) == SIGKILL ? "Killed" : "Stopped") +
         (std::get<2>(info.param) ? "Synack" : "");
}

INSTANTIATE_TEST_SUITE_P(
    Synack, AcceptFaultTest,
    ::testing::Combine(::testing::Values("pool.accepting", "pool.accepted", "pool.asking"),
                       ::testing::Values(SIGKILL, SIGSTOP), ::testing::Values(true)),
    NameOf);

// A worker that is stopped once it has begun a job keeps it for as long as it likes: not here.
INSTANTIATE_TEST_SUITE_P(Plain, AcceptFaultTest,
                         ::testing::Combine(::testing::Values("pool.accepting", "pool.accepted"),
                                            ::testing::Values(SIGKILL), ::testing::Values(false)),
                         NameOf);

}  // namespace
}  // namespace billiard::pool
