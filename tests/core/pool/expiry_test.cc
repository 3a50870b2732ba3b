// Jobs that are of no use when they do not begin in time.
#include <string>

#include "billiard_core/pool/expiries.h"
#include "billiard_core/pool/job_limits.h"
#include "tests/core/pool/fixture.h"

namespace billiard::pool {
namespace {

class ExpiryTest : public BothStarts {
 protected:
  static JobOptions Expiring(int64_t ns) {
    JobOptions options;
    options.expires_ns = ns;
    return options;
  }
};
BILLIARD_BOTH_STARTS(ExpiryTest);

TEST_P(ExpiryTest, AQueuedJobEndsInTimeThoughNoWorkerIsFree) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate);
  const auto late = Submit(pool.get(), "echo", "late", Expiring(60 * kNanosPerSecond));
  const auto soon = Submit(pool.get(), "exit", "3", Expiring(20 * kNanosPerMilli));
  const auto patient = Submit(pool.get(), "echo", "patient");
  const Outcome outcome = OutcomeOf(soon.get());
  EXPECT_EQ(outcome.code, Code::kExpired) << outcome.failure.message;
  EXPECT_EQ(outcome.failure.pid, 0);
  EXPECT_FALSE(late->Ready());
  gate.Open();
  EXPECT_EQ(ValueOf(held.get()), "held");
  EXPECT_EQ(ValueOf(late.get()), "late");
  EXPECT_EQ(ValueOf(patient.get()), "patient");
  EXPECT_EQ(pool->Stats()->restarts, 0u);
}

TEST_P(ExpiryTest, AJobThatHasBegunDoesNotExpire) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate, Expiring(300 * kNanosPerMilli));
  EXPECT_EQ(CodeOf(held->Wait(Deadline::After(400 * kNanosPerMilli), nullptr)), Code::kTimeout);
  gate.Open();
  EXPECT_EQ(ValueOf(held.get()), "held");
}

TEST_P(ExpiryTest, WhatExpiresWhileItIsClaimedHasOneOutcome) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  std::vector<std::unique_ptr<Result>> results;
  for (int i = 0; i < 300; ++i) {
    results.push_back(Submit(pool.get(), "echo", "x", Expiring(1000 * (1 + i % 300))));
  }
  for (const auto& result : results) {
    const Outcome outcome = OutcomeOf(result.get());
    if (outcome.code != Code::kOk) {
      EXPECT_EQ(outcome.code, Code::kExpired);
    }
  }
  EXPECT_EQ(Apply(pool.get(), "echo", "next"), "next");
}

TEST(ExpiriesTest, TheEarliestComeFirstAndThoseBetweenTwoStatesAgain) {
  Expiries expiries;
  EXPECT_TRUE(expiries.Add(300, JobRef{3, 1}));
  EXPECT_TRUE(expiries.Add(100, JobRef{1, 1}));
  EXPECT_FALSE(expiries.Add(200, JobRef{2, 1}));
  std::vector<uint32_t> seen;
  const auto end = [&](JobRef job) {
    seen.push_back(job.slot);
    return job.slot != 2;
  };
  EXPECT_EQ(expiries.End(200, end), 300);
  EXPECT_EQ(seen, (std::vector<uint32_t>{1, 2}));
  seen.clear();
  EXPECT_EQ(expiries.End(300,
                         [&](JobRef job) {
                           seen.push_back(job.slot);
                           return true;
                         }),
            200 + 5 * kNanosPerMilli);
  EXPECT_EQ(seen, std::vector<uint32_t>{3});
  EXPECT_EQ(expiries.End(kNoTime - 1, [](JobRef) { return true; }), kNoTime);
}

TEST(ExpiriesTest, WhatIsDoneIsForgottenWhenThereIsMuchOfIt) {
  Expiries expiries;
  const auto odd_is_done = [](JobRef job) { return job.slot % 2 == 1; };
  for (uint32_t i = 0; i < 1000; ++i) expiries.Add(i, JobRef{i, 1});
  expiries.Tidy(odd_is_done);
  EXPECT_EQ(expiries.size(), 1000u);
  for (uint32_t i = 1000; i < 2000; ++i) expiries.Add(i, JobRef{i, 1});
  expiries.Tidy(odd_is_done);
  EXPECT_EQ(expiries.size(), 1000u);
  EXPECT_EQ(expiries.End(0, [](JobRef) { return true; }), 2);
}

}  // namespace
}  // namespace billiard::pool
