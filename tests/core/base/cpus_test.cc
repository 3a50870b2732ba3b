#include "billiard_core/base/cpus.h"

#include <sched.h>

#include "gtest/gtest.h"

namespace billiard {
namespace {

TEST(CpusTest, AtLeastOne) { EXPECT_GE(CpusAvailable(), 1); }

TEST(CpusTest, AffinityReducesThem) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  int first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(CpusAvailable(), 1);
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

}  // namespace
}  // namespace billiard
