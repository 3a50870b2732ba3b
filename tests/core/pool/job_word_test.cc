#include "billiard_core/pool/job_word.h"

#include "gtest/gtest.h"

namespace billiard::pool {
namespace {

TEST(JobWordTest, EveryPartComesBack) {
  const WorkerId worker{kMaxPlaces - 1, 0xabc};
  const JobWord word = JobWord::Of(0xfedcba98, JobState::kRunning, worker);
  EXPECT_EQ(word.generation(), 0xfedcba98u);
  EXPECT_EQ(word.state(), JobState::kRunning);
  EXPECT_EQ(word.place(), kMaxPlaces - 1);
  EXPECT_TRUE(word.HeldBy(worker));
}

TEST(JobWordTest, AnotherPlaceOrIncarnationHoldsNothing) {
  const JobWord word = JobWord::Of(1, JobState::kTaken, {7, 3});
  EXPECT_FALSE(word.HeldBy({8, 3}));
  EXPECT_FALSE(word.HeldBy({7, 4}));
}

TEST(JobWordTest, AnIncarnationBeyondItsBitsIsStillTheHolder) {
  const JobWord word = JobWord::Of(1, JobState::kTaken, {7, 5000});
  EXPECT_TRUE(word.HeldBy({7, 5000}));
  EXPECT_FALSE(word.HeldBy({7, 5001}));
}

TEST(JobWordTest, StatesFromDoneOnAreOutcomes) {
  for (const JobState state :
       {JobState::kFree, JobState::kQueued, JobState::kTaken, JobState::kRunning}) {
    EXPECT_FALSE(JobWord::Of(1, state).IsOutcome());
  }
  for (const JobState state : {JobState::kDone, JobState::kFailed, JobState::kLost,
                               JobState::kTerminated, JobState::kRefused}) {
    EXPECT_TRUE(JobWord::Of(1, state).IsOutcome());
  }
}

TEST(JobWordTest, OnlyAHeldJobIsHeld) {
  EXPECT_TRUE(JobWord::Of(1, JobState::kTaken).IsHeld());
  EXPECT_TRUE(JobWord::Of(1, JobState::kRunning).IsHeld());
  EXPECT_FALSE(JobWord::Of(1, JobState::kQueued).IsHeld());
  EXPECT_FALSE(JobWord::Of(1, JobState::kLost).IsHeld());
}

TEST(JobRefTest, APackedReferenceComesBackAndIsNeverZero) {
  const JobRef job{0, 1};
  EXPECT_NE(job.packed(), 0u);
  EXPECT_TRUE(JobRef::From(JobRef{123, 456}.packed()) == (JobRef{123, 456}));
}

}  // namespace
}  // namespace billiard::pool
