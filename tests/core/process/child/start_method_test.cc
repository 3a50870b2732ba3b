// Which way is the default, and who may change it. Each case in a process of its own, as it is set for good.
#include "billiard_core/process/child/start_method.h"

#include <cstdlib>

#include "billiard_core/base/status.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"

namespace billiard::process {
namespace {

using testing::Child;

TEST(StartMethodTest, ForkIsFirstAndTheDefault) {
  Child child([] {
    if (AllStartMethods() != std::vector<StartMethod>{StartMethod::kFork, StartMethod::kSpawn,
                                                      StartMethod::kForkServer}) {
      return 4;
    }
    if (FixedStartMethod().has_value()) return 1;
    if (CurrentStartMethod() != StartMethod::kFork) return 2;
    return FixedStartMethod() == StartMethod::kFork ? 0 : 3;
  });
  EXPECT_EQ(child.Wait(), 0);
}

TEST(StartMethodTest, IsSetOnceAndThenByForceAlone) {
  Child child([] {
    if (!SetStartMethod(StartMethod::kSpawn, false).ok()) return 1;
    if (CodeOf(SetStartMethod(StartMethod::kFork, false)) != Code::kState) return 2;
    if (CurrentStartMethod() != StartMethod::kSpawn) return 3;
    if (!SetStartMethod(StartMethod::kForkServer, true).ok()) return 4;
    if (CurrentStartMethod() != StartMethod::kForkServer) return 5;
    if (!SetStartMethod(StartMethod::kDefault, true).ok()) return 6;
    if (FixedStartMethod().has_value()) return 7;
    if (!SetStartMethod(StartMethod::kDefault, false).ok()) return 8;
    return FixedStartMethod() == StartMethod::kFork ? 0 : 9;
  });
  EXPECT_EQ(child.Wait(), 0);
}

TEST(StartMethodTest, NamesThatAreNoneAreRefused) {
  EXPECT_EQ(*MethodNamed("forkserver"), StartMethod::kForkServer);
  const absl::Status status = MethodNamed("thread").status();
  EXPECT_EQ(CodeOf(status), Code::kInvalid);
  EXPECT_EQ(status.message(), "cannot find context for 'thread'");
}

// CTX-14
TEST(StartMethodTest, AHostThatCanNotForkIsOfferedNone) {
  Child child([] {
    if (CurrentStartMethod() != StartMethod::kFork) return 1;
    DeclareForkUnsafe();
    if (AllStartMethods() !=
        std::vector<StartMethod>{StartMethod::kSpawn, StartMethod::kForkServer}) {
      return 2;
    }
    if (CodeOf(MethodNamed("fork").status()) != Code::kInvalid) return 3;
    if (CodeOf(SetStartMethod(StartMethod::kFork, true)) != Code::kInvalid) return 4;
    return CurrentStartMethod() == StartMethod::kSpawn ? 0 : 5;
  });
  EXPECT_EQ(child.Wait(), 0);
}

// UTIL-101
TEST(StartMethodTest, TheEnvironmentMayDisableForking) {
  Child child([] {
    setenv("MULTIPROCESSING_FORKING_DISABLE", "1", 1);
    if (AllStartMethods().front() != StartMethod::kSpawn) return 1;
    return CurrentStartMethod() == StartMethod::kSpawn ? 0 : 2;
  });
  EXPECT_EQ(child.Wait(), 0);
}

}  // namespace
}  // namespace billiard::process
