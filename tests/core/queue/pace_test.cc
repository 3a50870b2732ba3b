// How long a waiter pauses, by what came between its waits.
#include "billiard_core/queue/pace.h"

#include <algorithm>

#include "gtest/gtest.h"

namespace billiard::queue {
namespace {

// The pauses of the last of `waits` waits with `messages` between any two.
int AfterWaits(Pace* pace, Position* position, int waits, Position messages) {
  int pauses = 0;
  for (int i = 0; i < waits; ++i) pauses = pace->Begin(*position += messages);
  return pauses;
}

TEST(PaceTest, OneMessageAtATimeIsLookedForSoon) {
  Pace pace;
  Position position = 0;
  EXPECT_EQ(AfterWaits(&pace, &position, 20, 1), 1);
}

TEST(PaceTest, StreamsAreGivenTime) {
  Pace pace;
  Position position = 0;
  EXPECT_GE(AfterWaits(&pace, &position, 20, 10), 100);
}

TEST(PaceTest, AStreamThatEndsIsForgotten) {
  Pace pace;
  Position position = 0;
  AfterWaits(&pace, &position, 20, 10);
  EXPECT_EQ(AfterWaits(&pace, &position, 20, 1), 1);
}

TEST(PaceTest, KnowsAStreamUntilItIsToldOtherwise) {
  Pace pace;
  Position position = 0;
  AfterWaits(&pace, &position, 20, 1);
  EXPECT_FALSE(pace.IsStream());
  AfterWaits(&pace, &position, 20, 10);
  EXPECT_TRUE(pace.IsStream());
  pace.StreamHasEnded();
  EXPECT_FALSE(pace.IsStream());
  EXPECT_LE(pace.Begin(++position), 2);
}

TEST(PaceTest, NowAndThenAStreamIsLookedFor) {
  Pace pace;
  Position position = 0;
  int longest = 0;
  for (int i = 0; i < 1000; ++i) longest = std::max(longest, pace.Begin(++position));
  EXPECT_GE(longest, 100);
}

}  // namespace
}  // namespace billiard::queue
