#include "billiard_core/base/deadline.h"

#include "gtest/gtest.h"

namespace billiard {
namespace {

TEST(DeadlineTest, NegativeTimeoutNeverEnds) {
  const Deadline deadline = Deadline::After(-1);
  EXPECT_TRUE(deadline.IsForever());
  EXPECT_FALSE(deadline.Expired());
  EXPECT_EQ(deadline.Remaining(), -1);
}

TEST(DeadlineTest, ZeroTimeoutIsOverAtOnce) {
  const Deadline deadline = Deadline::After(0);
  EXPECT_TRUE(deadline.Expired());
  EXPECT_EQ(deadline.Remaining(), 0);
}

TEST(DeadlineTest, TimeoutBeyondTheClockNeverEnds) {
  EXPECT_TRUE(Deadline::After(INT64_MAX).IsForever());
}

TEST(DeadlineTest, RemainingShrinksTowardsZero) {
  const Deadline deadline = Deadline::After(3600 * kNanosPerSecond);
  EXPECT_FALSE(deadline.Expired());
  EXPECT_LE(deadline.Remaining(), 3600 * kNanosPerSecond);
  EXPECT_GT(deadline.Remaining(), 0);
}

TEST(DeadlineTest, PastPointIsExpired) {
  const Deadline deadline = Deadline::At(MonotonicNow() - 1);
  EXPECT_TRUE(deadline.Expired());
  EXPECT_EQ(deadline.Remaining(), 0);
}

TEST(DeadlineTest, EarlierPrefersTheOneThatEndsFirst) {
  EXPECT_FALSE(Earlier(Deadline::Forever(), Deadline::At(5)).IsForever());
  EXPECT_EQ(Earlier(Deadline::At(7), Deadline::At(5)).at(), 5);
}

TEST(DeadlineTest, TimespecKeepsSecondsAndNanoseconds) {
  const timespec point = Deadline::At(3 * kNanosPerSecond + 42).ToTimespec();
  EXPECT_EQ(point.tv_sec, 3);
  EXPECT_EQ(point.tv_nsec, 42);
}

}  // namespace
}  // namespace billiard
