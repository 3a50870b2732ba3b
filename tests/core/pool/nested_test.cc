// Pools in workers of pools, three levels deep, and several pools in one process.
#include <signal.h>

#include <string>

#include "billiard_core/os/pidfd.h"
#include "tests/core/pool/fixture.h"
#include "tests/support/processes.h"

namespace billiard::pool {
namespace {

using ::billiard::testing::ChildrenOf;
using ::billiard::testing::Ends;
using ::billiard::testing::Watch;

class NestedTest : public BothStarts {};
BILLIARD_BOTH_STARTS(NestedTest);

// Pidfds of a process's descendants and their number.
std::vector<os::Fd> Descendants(pid_t root) {
  std::vector<os::Fd> all;
  for (const pid_t child : ChildrenOf(root)) {
    absl::StatusOr<os::Fd> pidfd = os::PidfdOpen(child);
    if (!pidfd.ok()) continue;
    all.push_back(*std::move(pidfd));
    for (os::Fd& below : Descendants(child)) all.push_back(std::move(below));
  }
  return all;
}

std::unique_ptr<Result> HoldThreeDeep(Pool* pool, Gate* gate) {
  auto result = Submit(pool, "nest", "2 " + gate->path());
  gate->Meet();
  return result;
}

TEST_P(NestedTest, AValueComesUpFromTheThirdLevel) {
  const auto pool = MakePool(GetParam(), 1);
  Gate gate;
  const auto result = HoldThreeDeep(pool.get(), &gate);
  gate.Open();
  EXPECT_EQ(ValueOf(result.get()), "held");
  EXPECT_EQ(Apply(pool.get(), "nested", "again"), "again");
}

TEST_P(NestedTest, TheEndOfTheOuterPoolEndsAll) {
  auto pool = MakePool(GetParam(), 1);
  Gate gate;
  const auto result = HoldThreeDeep(pool.get(), &gate);
  const std::vector<os::Fd> all = Descendants(pool->Stats()->template_pid);
  // One worker, then twice a template and two workers.
  EXPECT_GE(all.size(), 7u);
  pool.reset();
  for (const os::Fd& process : all) EXPECT_TRUE(Ends(process));
}

TEST_P(NestedTest, AKilledOuterWorkerTakesItsPoolsAlong) {
  const auto pool = MakePool(GetParam(), 1);
  Gate gate;
  const auto result = HoldThreeDeep(pool.get(), &gate);
  const std::vector<os::Fd> all = Descendants(result->pid());
  EXPECT_GE(all.size(), 6u);
  kill(result->pid(), SIGKILL);
  EXPECT_EQ(OutcomeOf(result.get()).code, Code::kWorkerLost);
  for (const os::Fd& process : all) EXPECT_TRUE(Ends(process));
  EXPECT_EQ(Apply(pool.get(), "nested", "next"), "next");
}

TEST_P(NestedTest, AKilledInnerWorkerIsTheInnerPoolsAffair) {
  const auto pool = MakePool(GetParam(), 1);
  Gate gate;
  const auto result = HoldThreeDeep(pool.get(), &gate);
  const pid_t outer = result->pid();
  for (const pid_t inner_template : ChildrenOf(outer)) {
    for (const pid_t inner : ChildrenOf(inner_template)) kill(inner, SIGKILL);
  }
  EXPECT_EQ(OutcomeOf(result.get()).code, Code::kTaskFailed) << "its inner job was lost";
  EXPECT_EQ(Apply(pool.get(), "nested", "next"), "next");
  EXPECT_EQ(PidsOf(pool.get())[0], outer);
}

TEST_P(NestedTest, ManyPoolsLiveSideBySide) {
  std::vector<std::unique_ptr<Pool>> pools;
  for (int i = 0; i < 6; ++i) {
    pools.push_back(MakePool(i % 2 == 0 ? GetParam() : Start::kFork, 1));
  }
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(Apply(pools[static_cast<size_t>(i)].get(), "echo", std::to_string(i)),
              std::to_string(i));
  }
  for (int i : {1, 0, 4}) {
    const os::Fd ended = Watch(pools[static_cast<size_t>(i)]->Stats()->template_pid);
    pools[static_cast<size_t>(i)].reset();
    EXPECT_TRUE(Ends(ended, 0));
  }
  for (int i : {2, 3, 5}) {
    EXPECT_EQ(Apply(pools[static_cast<size_t>(i)].get(), "echo", "x"), "x");
  }
}

}  // namespace
}  // namespace billiard::pool
