#include "billiard_core/pool/restart_limiter.h"

#include "billiard_core/base/deadline.h"
#include "gtest/gtest.h"

namespace billiard::pool {
namespace {

constexpr int64_t kSecond = kNanosPerSecond;

TEST(RestartLimiterTest, AllowsAsManyAsItSaysAndNotOneMore) {
  RestartLimiter limiter(100, kSecond);
  for (int i = 0; i < 99; ++i) ASSERT_TRUE(limiter.Step(5 * kSecond));
  EXPECT_EQ(limiter.counted(), 99);
  EXPECT_TRUE(limiter.Step(5 * kSecond));
  EXPECT_FALSE(limiter.Step(5 * kSecond));
}

TEST(RestartLimiterTest, TimePassedResetsTheCount) {
  RestartLimiter limiter(100, 10 * kSecond);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(limiter.Step(0));
  EXPECT_FALSE(RestartLimiter(limiter).Step(10 * kSecond - 1));
  EXPECT_TRUE(limiter.Step(20 * kSecond));
  EXPECT_EQ(limiter.counted(), 1);
}

TEST(RestartLimiterTest, CountsAnewAfterOneTooMany) {
  RestartLimiter limiter(1, kSecond);
  EXPECT_TRUE(limiter.Step(0));
  EXPECT_FALSE(limiter.Step(0));
  EXPECT_EQ(limiter.counted(), 0);
}

TEST(RestartLimiterTest, TheWindowSlides) {
  RestartLimiter limiter(2, kSecond);
  EXPECT_TRUE(limiter.Step(0));
  EXPECT_TRUE(limiter.Step(kSecond - 1));
  // A window that began at 0 would begin anew here, and let two more through.
  EXPECT_TRUE(limiter.Step(kSecond));
  EXPECT_FALSE(limiter.Step(kSecond));
}

TEST(RestartLimiterTest, ResetForgets) {
  RestartLimiter limiter(1, kSecond);
  EXPECT_TRUE(limiter.Step(0));
  limiter.Reset();
  EXPECT_TRUE(limiter.Step(0));
}

TEST(RestartLimiterTest, ZeroIsNoLimit) {
  RestartLimiter limiter(0, kSecond);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(limiter.Step(0));
}

TEST(RestartLimiterTest, Text) {
  EXPECT_EQ(RestartLimiter(3, kSecond).Text(), "3 in 1s");
  EXPECT_EQ(RestartLimiter(2, kSecond / 2).Text(), "2 in 0.5s");
}

}  // namespace
}  // namespace billiard::pool
