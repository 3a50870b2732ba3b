// Tests that hold for both start methods.
#ifndef BILLIARD_TESTS_CORE_POOL_FIXTURE_H_
#define BILLIARD_TESTS_CORE_POOL_FIXTURE_H_

#include "gtest/gtest.h"
#include "tests/core/pool/harness.h"
#include "tests/support/watchdog.h"

namespace billiard::pool {

class BothStarts : public ::testing::TestWithParam<Start> {
 private:
  testing::Watchdog watchdog_{120};
};

#define BILLIARD_BOTH_STARTS(suite)                                                       \
  INSTANTIATE_TEST_SUITE_P(Starts, suite, ::testing::Values(Start::kFork, Start::kSpawn), \
                           [](const auto& start) { return StartName(start.param); })

}  // namespace billiard::pool

#endif  // BILLIARD_TESTS_CORE_POOL_FIXTURE_H_
