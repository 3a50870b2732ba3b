// One job at a time: values, failures, refusals, sizes.
#include <signal.h>
#include <unistd.h>

#include <set>
#include <string>

#include "tests/core/pool/fixture.h"
#include "tests/core/pool/tasks.h"

namespace billiard::pool {
namespace {

class JobTest : public BothStarts {};
BILLIARD_BOTH_STARTS(JobTest);

TEST_P(JobTest, AJobGivesItsArgumentBack) {
  const auto pool = MakePool(GetParam(), 1);
  EXPECT_EQ(Apply(pool.get(), "echo", "hello"), "hello");
}

TEST_P(JobTest, TheFormatTravelsWithTheBytes) {
  const auto pool = MakePool(GetParam(), 1);
  JobOptions options;
  options.format = 17;
  const auto result = Submit(pool.get(), "echo", "x", options);
  ASSERT_TRUE(result->Wait(Deadline::Forever(), nullptr).ok());
  JobFailure failure;
  EXPECT_EQ(result->Value(&failure)->format, 17u);
}

TEST_P(JobTest, PayloadsOfEverySizeComeBackUnchanged) {
  const auto pool = MakePool(GetParam(), 1);
  for (const size_t size : {0, 1, 79, 80, 81, 255, 256, 257, 1024, 65535, 65536, 65537, 1 << 20}) {
    const std::string bytes = Pattern(size);
    EXPECT_TRUE(Apply(pool.get(), "echo", bytes) == bytes) << size << " bytes";
  }
}

TEST_P(JobTest, SixtyFourMebibytesComeBackUnchanged) {
  const auto pool = MakePool(GetParam(), 1);
  const std::string bytes = Pattern(size_t{64} << 20);
  EXPECT_TRUE(Apply(pool.get(), "echo", bytes) == bytes);
}

TEST_P(JobTest, AnArgumentAtTheLimitIsAcceptedAndOneAboveIsRefused) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.max_payload = 1000;
  const auto pool = MakePool(std::move(options));
  EXPECT_EQ(Apply(pool.get(), "echo", std::string(1000, 'x')).size(), 1000u);
  const auto refused = pool->Submit("echo", std::string(1001, 'x'), JobOptions());
  EXPECT_EQ(CodeOf(refused.status()), Code::kTooLarge);
  EXPECT_NE(refused.status().message().find("1001"), std::string::npos) << refused.status();
  EXPECT_EQ(Apply(pool.get(), "echo", "still there"), "still there");
}

TEST_P(JobTest, AReplyOverTheLimitFailsTheJobAndNotThePool) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.max_payload = 100;
  const auto pool = MakePool(std::move(options));
  const auto result = Submit(pool.get(), "oversize", "100");
  const Outcome outcome = OutcomeOf(result.get());
  EXPECT_EQ(outcome.code, Code::kTaskFailed);
  EXPECT_EQ(outcome.failure.task.class_name, "ReplyRefused");
  EXPECT_NE(outcome.failure.task.message.find("1124"), std::string::npos);
  EXPECT_EQ(Apply(pool.get(), "echo", "ok"), "ok");
}

TEST_P(JobTest, AFailureGetsThroughWhereItsTextsAreLargerThanAnyPayload) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.max_payload = 4;
  const auto pool = MakePool(std::move(options));
  const auto result = Submit(pool.get(), "fail", "");
  EXPECT_EQ(OutcomeOf(result.get()).failure.task.message, "message");
}

TEST_P(JobTest, ATaskFailureCarriesItsTexts) {
  const auto pool = MakePool(GetParam(), 1);
  const auto result = Submit(pool.get(), "fail", "");
  const Outcome outcome = OutcomeOf(result.get());
  EXPECT_EQ(outcome.code, Code::kTaskFailed);
  EXPECT_EQ(outcome.failure.task.class_name, "class");
  EXPECT_EQ(outcome.failure.task.message, "message");
  EXPECT_EQ(outcome.failure.task.backtrace, "backtrace");
  EXPECT_EQ(outcome.failure.job, result->id());
  EXPECT_EQ(outcome.failure.pid, result->pid());
}

TEST_P(JobTest, ATaskThatDoesNotAnswerGivesNothingOrFails) {
  const auto pool = MakePool(GetParam(), 1);
  EXPECT_EQ(Apply(pool.get(), "return", "0"), "");
  const auto result = Submit(pool.get(), "return", "7");
  EXPECT_EQ(OutcomeOf(result.get()).failure.task.message, "task returned 7");
}

TEST_P(JobTest, JobIdsIncreaseOverAllPools) {
  const auto first = MakePool(GetParam(), 1);
  const uint64_t before = Submit(first.get(), "echo", "")->id();
  const auto second = MakePool(GetParam(), 1);
  EXPECT_GT(Submit(second.get(), "echo", "")->id(), before);
}

TEST_P(JobTest, AResultNamesTheWorkerThatBeganIt) {
  const auto pool = MakePool(GetParam(), 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  const auto waiting = Submit(pool.get(), "pid", "");
  EXPECT_EQ(held->pid(), PidsOf(pool.get())[0]);
  EXPECT_EQ(waiting->pid(), 0);
  EXPECT_FALSE(held->Ready());
  gate.Open();
  const std::string pid = ValueOf(waiting.get());
  EXPECT_EQ(pid, std::to_string(waiting->pid()));
}

TEST_P(JobTest, AWaitEndsAtItsDeadlineOrByItsTokenAndTakesNothing) {
  const auto pool = MakePool(GetParam(), 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  EXPECT_EQ(CodeOf(held->Wait(Deadline::Now(), nullptr)), Code::kTimeout);
  EXPECT_EQ(CodeOf(held->Wait(Deadline::After(kNanosPerMilli), nullptr)), Code::kTimeout);
  os::Interrupt interrupt;
  interrupt.Raise();
  EXPECT_EQ(CodeOf(held->Wait(Deadline::Forever(), &interrupt)), Code::kInterrupted);
  gate.Open();
  EXPECT_EQ(ValueOf(held.get()), "held");
  EXPECT_EQ(ValueOf(held.get()), "held");
}

TEST_P(JobTest, AnUnknownTaskAndAnUnknownGroupAreRefused) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  EXPECT_EQ(CodeOf(pool->Submit("no such task", "", JobOptions()).status()), Code::kUnknownTask);
  JobOptions options;
  options.group = "no such group";
  EXPECT_EQ(CodeOf(pool->Submit("echo", "", options).status()), Code::kInvalid);
  EXPECT_EQ(CodeOf(pool->Submit("", "", JobOptions()).status()), Code::kInvalid);
  EXPECT_EQ(CodeOf(pool->Submit(std::string(256, 'x'), "", JobOptions()).status()), Code::kInvalid);
}

TEST_P(JobTest, ThousandsOfJobsGoThroughAFewWorkers) {
  const auto pool = MakePool(GetParam(), 3);
  std::vector<std::unique_ptr<Result>> results;
  for (int i = 0; i < 5000; ++i) {
    results.push_back(Submit(pool.get(), "echo", std::to_string(i)));
  }
  for (int i = 0; i < 5000; ++i) EXPECT_EQ(ValueOf(results[i].get()), std::to_string(i));
  const PoolStats stats = *pool->Stats();
  EXPECT_EQ(stats.submitted, 5000u);
  EXPECT_EQ(stats.restarts, 0u);
}

TEST_P(JobTest, AJobThatNobodyWantsRunsAllTheSame) {
  const auto pool = MakePool(GetParam(), 1);
  for (int i = 0; i < 100; ++i) Submit(pool.get(), "echo", Pattern(1000));
  EXPECT_EQ(Apply(pool.get(), "echo", "last"), "last");
  Await([&] { return pool->Stats()->succeeded == 101; });
  EXPECT_EQ(pool->Stats()->queued, 0u);
}

TEST_P(JobTest, StatisticsAndWorkersTellWhatIsGoingOn) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  EXPECT_EQ(Apply(pool.get(), "return", "3").substr(0, 4), "-13:");
  PoolStats stats;
  // A worker counts right after its answer.
  Await([&] { return (stats = *pool->Stats()).failed == 1; });
  EXPECT_EQ(stats.submitted, 2u);
  EXPECT_EQ(stats.running, 1u);
  EXPECT_EQ(stats.workers, 2);
  EXPECT_EQ(stats.ready, 2);
  int busy = 0;
  for (const WorkerInfo& worker : WorkersOf(pool.get())) {
    if (worker.activity != WorkerActivity::kBusy) continue;
    ++busy;
    EXPECT_EQ(worker.job, held->id());
    EXPECT_GT(worker.since_ns, 0);
    EXPECT_EQ(worker.starts, 1u);
  }
  EXPECT_EQ(busy, 1);
}

}  // namespace
}  // namespace billiard::pool
