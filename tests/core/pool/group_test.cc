// Groups: which tasks they have, when that is known, and that they do not block each other.
#include <string>

#include "tests/core/pool/fixture.h"

namespace billiard::pool {
namespace {

class GroupTest : public ::testing::Test {
 private:
  testing::Watchdog watchdog_{120};
};

PoolOptions TwoGroups() {
  PoolOptions options = OptionsFor(Start::kSpawn, 1);
  options.groups[0].name = "first";
  options.groups.push_back(SpawnGroup("second", 1, {}));
  return options;
}

JobOptions In(const std::string& group) {
  JobOptions options;
  options.group = group;
  return options;
}

TEST_F(GroupTest, AJobWaitsForTheNamesOfAGroupThatIsNotReady) {
  Gate gate;
  PoolOptions options = OptionsFor(Start::kSpawn, 0);
  options.groups = {SpawnGroup("late", 1, {"wait", gate.path()})};
  const auto pool = MakePool(std::move(options));
  const auto known = Submit(pool.get(), "echo", "hello");
  const auto unknown = Submit(pool.get(), "no such task", "");
  EXPECT_FALSE(known->Ready());
  EXPECT_FALSE(unknown->Ready());
  EXPECT_EQ(CodeOf(pool->WaitReady(Deadline::Now(), nullptr)), Code::kTimeout);
  gate.Open();
  EXPECT_EQ(ValueOf(known.get()), "hello");
  EXPECT_EQ(OutcomeOf(unknown.get()).code, Code::kUnknownTask);
}

TEST_F(GroupTest, NamesGivenAsAnOptionAreKnownAtOnce) {
  Gate gate;
  PoolOptions options = OptionsFor(Start::kSpawn, 0);
  options.groups = {SpawnGroup("late", 1, {"wait", gate.path()})};
  options.groups[0].tasks = {"echo"};
  const auto pool = MakePool(std::move(options));
  EXPECT_EQ(CodeOf(pool->Submit("bytes", "1", JobOptions()).status()), Code::kUnknownTask);
}

TEST_F(GroupTest, CloseWaitsForAJobWhoseGroupIsNotReady) {
  Gate gate;
  PoolOptions options = OptionsFor(Start::kSpawn, 0);
  options.groups = {SpawnGroup("late", 1, {"wait", gate.path()})};
  const auto pool = MakePool(std::move(options));
  const auto result = Submit(pool.get(), "echo", "hello");
  ASSERT_TRUE(pool->Close().ok());
  gate.Open();
  EXPECT_EQ(ValueOf(result.get()), "hello");
  EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
}

TEST_F(GroupTest, TerminateEndsAJobWhoseGroupIsNotReady) {
  Gate gate;
  PoolOptions options = OptionsFor(Start::kSpawn, 0);
  options.groups = {SpawnGroup("late", 1, {"wait", gate.path()})};
  const auto pool = MakePool(std::move(options));
  const auto result = Submit(pool.get(), "echo", "hello");
  ASSERT_TRUE(pool->Terminate().ok());
  EXPECT_EQ(OutcomeOf(result.get()).code, Code::kTerminated);
}

TEST_F(GroupTest, ABusyGroupDoesNotBlockTheOther) {
  const auto pool = MakePool(TwoGroups());
  AwaitReady(pool.get());
  Gate gate;
  const auto held = HoldWorker(pool.get(), &gate, In("first"));
  const auto behind = *pool->Submit("echo", "behind", In("first"));
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(ValueOf(Submit(pool.get(), "echo", "free", In("second")).get()), "free");
  }
  EXPECT_FALSE(behind->Ready());
  gate.Open();
  EXPECT_EQ(ValueOf(behind.get()), "behind");
}

TEST_F(GroupTest, AJobWithoutAGroupGoesToTheFirstThatKnowsItsTask) {
  const auto pool = MakePool(TwoGroups());
  AwaitReady(pool.get());
  const auto result = Submit(pool.get(), "echo", "x");
  EXPECT_EQ(ValueOf(result.get()), "x");
  EXPECT_EQ(result->pid(), PidsOf(pool.get())[0]);
}

TEST_F(GroupTest, ForkedAndStartedWorkersSharePool) {
  PoolOptions options = OptionsFor(Start::kFork, 1);
  options.groups[0].name = "forked";
  options.groups.push_back(SpawnGroup("started", 1, {}));
  const auto pool = MakePool(std::move(options));
  AwaitReady(pool.get());
  const auto forked = Submit(pool.get(), "pid", "", In("forked"));
  const auto started = Submit(pool.get(), "pid", "", In("started"));
  EXPECT_EQ(ValueOf(forked.get()), std::to_string(PidsOf(pool.get())[0]));
  EXPECT_EQ(ValueOf(started.get()), std::to_string(PidsOf(pool.get())[1]));
}

TEST_F(GroupTest, AWorkerWithOtherNamesThanItsGroupIsNotReady) {
  PoolOptions options = OptionsFor(Start::kSpawn, 0);
  options.groups = {SpawnGroup("mixed", 2, {"other-names"})};
  options.max_boot_failures = 3;
  const auto pool = MakePool(std::move(options));
  const absl::Status status = pool->WaitReady(Deadline::Forever(), nullptr);
  EXPECT_EQ(CodeOf(status), Code::kPoolFailed);
  EXPECT_NE(status.message().find("other task names"), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace billiard::pool
