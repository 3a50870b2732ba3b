// A pool with as many jobs as it may have.
#include <string>
#include <thread>

#include "tests/core/pool/fixture.h"

namespace billiard::pool {
namespace {

class FullTest : public BothStarts {
 protected:
  std::unique_ptr<Pool> MakeSmallPool() {
    PoolOptions options = OptionsFor(GetParam(), 1);
    options.max_jobs = 2;
    return MakePool(std::move(options));
  }
};
BILLIARD_BOTH_STARTS(FullTest);

absl::Status TrySubmit(Pool* pool, Deadline deadline, os::Interrupt* interrupt = nullptr) {
  JobOptions options;
  options.submit_deadline = deadline;
  options.interrupt = interrupt;
  return pool->Submit("echo", "x", options).status();
}

TEST_P(FullTest, ASubmitterGivesUpAtItsDeadline) {
  const auto pool = MakeSmallPool();
  const auto first = Submit(pool.get(), "echo", "");
  const auto second = Submit(pool.get(), "echo", "");
  EXPECT_EQ(CodeOf(TrySubmit(pool.get(), Deadline::Now())), Code::kFull);
  EXPECT_EQ(CodeOf(TrySubmit(pool.get(), Deadline::After(kNanosPerMilli))), Code::kFull);
}

TEST_P(FullTest, AFinishedJobCountsUntilItsResultIsReleased) {
  const auto pool = MakeSmallPool();
  const auto first = Submit(pool.get(), "echo", "");
  auto second = Submit(pool.get(), "echo", "");
  EXPECT_EQ(ValueOf(second.get()), "");
  EXPECT_EQ(CodeOf(TrySubmit(pool.get(), Deadline::Now())), Code::kFull);
  second.reset();
  EXPECT_TRUE(TrySubmit(pool.get(), Deadline::Forever()).ok());
}

TEST_P(FullTest, ASubmitterHearsItsToken) {
  const auto pool = MakeSmallPool();
  const auto first = Submit(pool.get(), "echo", "");
  const auto second = Submit(pool.get(), "echo", "");
  os::Interrupt interrupt;
  absl::Status status;
  std::thread submitter([&] { status = TrySubmit(pool.get(), Deadline::Forever(), &interrupt); });
  interrupt.Raise();
  submitter.join();
  EXPECT_EQ(CodeOf(status), Code::kInterrupted);
}

TEST_P(FullTest, ASubmitterGoesOnWhenAPlaceIsFree) {
  const auto pool = MakeSmallPool();
  auto first = Submit(pool.get(), "echo", "");
  const auto second = Submit(pool.get(), "echo", "");
  absl::Status status;
  std::thread submitter([&] { status = TrySubmit(pool.get(), Deadline::Forever()); });
  EXPECT_EQ(ValueOf(first.get()), "");
  first.reset();
  submitter.join();
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(FullTest, ASubmitterIsTurnedAwayByCloseAndTerminate) {
  for (const bool terminate : {false, true}) {
    const auto pool = MakeSmallPool();
    const auto first = Submit(pool.get(), "echo", "");
    const auto second = Submit(pool.get(), "echo", "");
    absl::Status status;
    std::thread submitter([&] { status = TrySubmit(pool.get(), Deadline::Forever()); });
    EXPECT_TRUE((terminate ? pool->Terminate() : pool->Close()).ok());
    submitter.join();
    EXPECT_EQ(CodeOf(status), Code::kState);
  }
}

TEST_P(FullTest, JobsThatNobodyWantsFreeTheirPlaces) {
  const auto pool = MakeSmallPool();
  for (int i = 0; i < 100; ++i) Submit(pool.get(), "echo", std::string(1000, 'x'));
  EXPECT_EQ(Apply(pool.get(), "echo", "last"), "last");
}

TEST_P(FullTest, ManySubmittersShareFewPlaces) {
  const auto pool = MakeSmallPool();
  std::vector<std::thread> submitters;
  for (int t = 0; t < 4; ++t) {
    submitters.emplace_back([&pool, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string text = std::to_string(t * 1000 + i);
        EXPECT_EQ(Apply(pool.get(), "echo", text), text);
      }
    });
  }
  for (std::thread& submitter : submitters) submitter.join();
}

}  // namespace
}  // namespace billiard::pool
