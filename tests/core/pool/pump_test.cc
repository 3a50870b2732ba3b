// Callbacks that a pump calls, and acceptances that wait for the host's word (POOL-80 ff., POOL-92).
#include "billiard_core/pool/pump.h"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/core/pool/fixture.h"

namespace billiard::pool {
namespace {

class PumpTest : public BothStarts {
 protected:
  // Notes every call as "<what> <job id>".
  JobOptions Noted(bool accept = true) {
    auto callbacks = std::make_shared<JobCallbacks>();
    callbacks->accepted = [this, accept](uint64_t job, int32_t pid, int64_t) {
      EXPECT_NE(pid, 0);
      calls_.push_back("accepted " + std::to_string(job));
      return accept;
    };
    callbacks->done = [this](Result& result) {
      EXPECT_TRUE(result.Ready());
      calls_.push_back("done " + std::to_string(result.id()));
      outcomes_.push_back(OutcomeOf(&result));
    };
    JobOptions options;
    options.callbacks = callbacks;
    return options;
  }
  void PumpUntil(Pool* pool, size_t calls) {
    while (calls_.size() < calls) {
      ASSERT_TRUE(pool->Pump(Deadline::Forever(), nullptr).ok());
    }
  }
  std::unique_ptr<Pool> MakeAskingPool(int64_t timeout_ns = 60 * kNanosPerSecond) {
    PoolOptions options = OptionsFor(GetParam(), 1);
    options.synack = true;
    options.synack_timeout_ns = timeout_ns;
    options.start_timeout_ns = 20 * kNanosPerMilli;  // which an asking worker may well exceed
    std::unique_ptr<Pool> pool = MakePool(std::move(options));
    AwaitReady(pool.get());
    return pool;
  }
  // The job of the next event of this kind, read as an event loop reads.
  uint64_t AwaitEvent(Pool* pool, EventKind kind) {
    while (true) {
      pollfd entry = {pool->events_fd(), POLLIN, 0};
      poll(&entry, 1, -1);
      PoolEvent event;
      if (*pool->ReadEvents(&event, 1) == 1 && event.kind == kind) return event.job;
    }
  }

  std::vector<std::string> calls_;
  std::vector<Outcome> outcomes_;
};
BILLIARD_BOTH_STARTS(PumpTest);

JobOptions Told() {
  JobOptions options;
  options.notify = true;
  options.notify_accepted = true;
  return options;
}

TEST_P(PumpTest, AcceptedThenDoneOnceForEveryJobAlsoWithoutItsResult) {
  const auto pool = MakePool(GetParam(), 2);
  std::vector<uint64_t> ids;
  for (int i = 0; i < 20; ++i) {
    ids.push_back(Submit(pool.get(), i % 4 == 3 ? "fail" : "echo", "x", Noted())->id());
  }
  PumpUntil(pool.get(), 40);
  EXPECT_EQ(calls_.size(), 40u);
  for (const uint64_t id : ids) {
    const auto accepted = std::find(calls_.begin(), calls_.end(), "accepted " + std::to_string(id));
    const auto done = std::find(calls_.begin(), calls_.end(), "done " + std::to_string(id));
    ASSERT_NE(done, calls_.end());
    EXPECT_LT(accepted, done);
  }
  EXPECT_EQ(std::count_if(outcomes_.begin(), outcomes_.end(),
                          [](const Outcome& outcome) { return outcome.code == Code::kTaskFailed; }),
            5);
  EXPECT_EQ(CodeOf(pool->Pump(Deadline::After(0), nullptr).status()), Code::kTimeout);
}

TEST_P(PumpTest, ALostJobIsDoneToo) {
  const auto pool = MakePool(GetParam(), 1);
  const auto result = Submit(pool.get(), "signal", "9", Noted());
  PumpUntil(pool.get(), 2);
  EXPECT_EQ(outcomes_.at(0).code, Code::kWorkerLost);
  EXPECT_EQ(OutcomeOf(result.get()).code, Code::kWorkerLost);
}

TEST_P(PumpTest, EventsOfOthersStayToBeRead) {
  const auto pool = MakePool(GetParam(), 1);
  const auto other = Submit(pool.get(), "echo", "", Told());
  const auto noted = Submit(pool.get(), "echo", "", Noted());
  PumpUntil(pool.get(), 2);
  EXPECT_EQ(AwaitEvent(pool.get(), EventKind::kJobAccepted), other->id());
  EXPECT_EQ(AwaitEvent(pool.get(), EventKind::kJobDone), other->id());
}

TEST_P(PumpTest, ADiscardedJobCallsNothing) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  Gate gate;
  auto discarded = HoldWorker(pool.get(), &gate, Noted());
  discarded->DropCallbacks();
  discarded.reset();
  gate.Open();
  const auto kept = Submit(pool.get(), "echo", "", Noted());
  PumpUntil(pool.get(), 2);
  EXPECT_EQ(calls_, (std::vector<std::string>{"accepted " + std::to_string(kept->id()),
                                              "done " + std::to_string(kept->id())}));
}

TEST_P(PumpTest, ACallbackMaySubmitAndClose) {
  const auto pool = MakePool(GetParam(), 1);
  bool closed = false;
  auto last = std::make_shared<JobCallbacks>();
  last->done = [&](Result&) { closed = pool->Close().ok(); };
  auto first = std::make_shared<JobCallbacks>();
  first->done = [&](Result&) {
    JobOptions options;
    options.callbacks = last;
    (void)Submit(pool.get(), "echo", "", options);
  };
  JobOptions options;
  options.callbacks = first;
  (void)Submit(pool.get(), "echo", "", options);
  while (!closed) ASSERT_TRUE(pool->Pump(Deadline::Forever(), nullptr).ok());
  EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
}

TEST_P(PumpTest, WithoutSynackARefusalChangesNothing) {
  const auto pool = MakePool(GetParam(), 1);
  const auto result = Submit(pool.get(), "echo", "x", Noted(/*accept=*/false));
  EXPECT_EQ(ValueOf(result.get()), "x");
}

TEST_P(PumpTest, WithSynackAJobRunsOnlyWhenItWasAccepted) {
  const auto pool = MakeAskingPool();
  const auto refused = Submit(pool.get(), "exit", "1", Noted(/*accept=*/false));
  const auto accepted = Submit(pool.get(), "echo", "ran", Noted());
  PumpUntil(pool.get(), 4);
  EXPECT_EQ(OutcomeOf(refused.get()).code, Code::kRejected);
  EXPECT_EQ(ValueOf(accepted.get()), "ran");
  EXPECT_EQ(pool->Stats()->restarts, 0u) << "the worker of a refused job goes on";
}

TEST_P(PumpTest, AnAnswerIsGivenOnceAndOnlyToWhoAsks) {
  const auto pool = MakeAskingPool();
  const auto job = Submit(pool.get(), "echo", "x", Told());
  const uint64_t id = AwaitEvent(pool.get(), EventKind::kJobAccepted);
  EXPECT_EQ(id, job->id());
  EXPECT_FALSE(job->Ready());
  EXPECT_TRUE(pool->AnswerJob(id, true, "").ok());
  EXPECT_EQ(CodeOf(pool->AnswerJob(id, true, "")), Code::kState);
  EXPECT_EQ(CodeOf(pool->AnswerJob(12345678, true, "")), Code::kState);
  EXPECT_EQ(ValueOf(job.get()), "x");
  EXPECT_EQ(CodeOf(job->Cancel()), Code::kState);
  // A job that nobody is told of asks nobody.
  EXPECT_EQ(Apply(pool.get(), "echo", "at once"), "at once");
}

TEST_P(PumpTest, ACancelledJobNeverRuns) {
  const auto pool = MakeAskingPool();
  const auto asking = Submit(pool.get(), "echo", "", Told());
  const auto queued = Submit(pool.get(), "echo", "", Told());
  EXPECT_EQ(AwaitEvent(pool.get(), EventKind::kJobAccepted), asking->id());
  EXPECT_TRUE(queued->Cancel().ok());
  EXPECT_TRUE(asking->Cancel().ok());
  EXPECT_EQ(OutcomeOf(asking.get()).code, Code::kRejected);
  EXPECT_EQ(OutcomeOf(queued.get()).code, Code::kRejected);
  EXPECT_EQ(Apply(pool.get(), "echo", "goes on"), "goes on");
}

TEST_P(PumpTest, AnotherWorkerAsksWhenTheAskingOneDies) {
  const auto pool = MakeAskingPool();
  const auto job = Submit(pool.get(), "pid", "", Told());
  EXPECT_EQ(AwaitEvent(pool.get(), EventKind::kJobAccepted), job->id());
  const pid_t asked = PidsOf(pool.get())[0];
  kill(asked, SIGKILL);
  EXPECT_EQ(AwaitEvent(pool.get(), EventKind::kJobAccepted), job->id());
  EXPECT_TRUE(pool->AnswerJob(job->id(), true, "").ok());
  EXPECT_NE(ValueOf(job.get()), std::to_string(asked));
}

TEST_P(PumpTest, NoAnswerInTimeIsARefusal) {
  const auto pool = MakeAskingPool(10 * kNanosPerMilli);
  const auto job = Submit(pool.get(), "echo", "", Told());
  EXPECT_EQ(OutcomeOf(job.get()).code, Code::kRejected);
  EXPECT_EQ(Apply(pool.get(), "echo", "goes on"), "goes on");
}

TEST_P(PumpTest, TerminateEndsAJobThatAsks) {
  const auto pool = MakeAskingPool();
  const auto job = Submit(pool.get(), "echo", "", Told());
  EXPECT_EQ(AwaitEvent(pool.get(), EventKind::kJobAccepted), job->id());
  EXPECT_TRUE(pool->Terminate().ok());
  EXPECT_EQ(OutcomeOf(job.get()).code, Code::kTerminated);
  EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
}

}  // namespace
}  // namespace billiard::pool
