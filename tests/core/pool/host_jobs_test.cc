// The host's job table against workers that this test plays itself, step by step: so that it can stop
// them anywhere.
#include "billiard_core/pool/host_jobs.h"

#include <poll.h>

#include "absl/strings/string_view.h"
#include "billiard_core/os/eventfd.h"
#include "gtest/gtest.h"

namespace billiard::pool {
namespace {

constexpr WorkerId kWorker{0, 1};

JobUse Use(bool notify) {
  JobUse use;
  use.notify = notify;
  return use;
}

class HostJobsTest : public ::testing::Test {
 protected:
  HostJobsTest() {
    PoolOptions options;
    options.groups.resize(1);
    options.groups[0].workers = 1;
    options.max_jobs = 4;
    EXPECT_TRUE(CheckOptions(&options).ok());
    segment_ = *PoolSegment::Create(options);
    event_ = *os::CreateEventfd();
    segment_->SetFinishedFd(event_.get());
    jobs_ = std::make_unique<HostJobs>(segment_.get(), &events_);
  }

  JobRef Queue(bool notify, uint64_t id = 0) {
    const JobRef job = *jobs_->Acquire(Use(notify));
    segment_->slot(job.slot)->id = id;
    SetState(job, JobState::kQueued);
    return job;
  }
  void SetState(JobRef job, JobState state) {
    segment_->slot(job.slot)->word = JobWord::Of(job.generation, state, kWorker).bits;
  }
  // The worker's push of an answered job.
  void List(JobRef job) {
    PoolHeader* header = segment_->header();
    segment_->slot(job.slot)->next_finished = header->finished.load();
    header->finished = job.slot + 1;
  }
  void StageResult(JobRef job, size_t bytes) {
    const StagedPayload staged = *segment_->Stage(std::string(bytes, 'r'), 0, job);
    JobSlot* slot = segment_->slot(job.slot);
    PoolSegment::Store(staged, &slot->result, slot->result_bytes);
  }
  std::vector<uint64_t> TakeEnded(size_t capacity) {
    std::vector<PoolEvent> events(capacity);
    jobs_->CollectEnded();
    events.resize(jobs_->TakeEnded(events.data(), capacity));
    std::vector<uint64_t> ids;
    for (const PoolEvent& event : events) {
      EXPECT_EQ(event.kind, EventKind::kJobDone);
      ids.push_back(event.job);
    }
    return ids;
  }
  uint64_t Blocks() const { return segment_->heap()->CountInUse(); }

  std::unique_ptr<PoolSegment> segment_;
  HostEvents events_;
  os::Fd event_;
  std::unique_ptr<HostJobs> jobs_;
};

using Ids = std::vector<uint64_t>;

TEST_F(HostJobsTest, ASlotIsUsedAnewWithAnotherGeneration) {
  const JobRef first = Queue(false);
  SetState(first, JobState::kDone);
  jobs_->Release(first);
  const JobRef second = Queue(false);
  EXPECT_EQ(second.slot, first.slot);
  EXPECT_NE(second.generation, first.generation);
}

TEST_F(HostJobsTest, AFullTableRefusesUntilAJobIsReleasedAndEnded) {
  std::vector<JobRef> all;
  for (int i = 0; i < 4; ++i) all.push_back(Queue(false));
  EXPECT_EQ(CodeOf(jobs_->Acquire(Use(false)).status()), Code::kFull);
  jobs_->Release(all[2]);
  EXPECT_EQ(CodeOf(jobs_->Acquire(Use(false)).status()), Code::kFull);
  SetState(all[2], JobState::kFailed);
  EXPECT_EQ(jobs_->Acquire(Use(false))->slot, all[2].slot);
}

TEST_F(HostJobsTest, AnOutcomeIsDecidedOnce) {
  const JobRef job = Queue(false);
  EXPECT_TRUE(jobs_->End(job, JobState::kLost, {Code::kWorkerLost, "first", 7, -9}));
  EXPECT_FALSE(jobs_->End(job, JobState::kTerminated, {Code::kTerminated, "second", 0, 0}));
  EXPECT_EQ(jobs_->OutcomeOf(job).message, "first");
  EXPECT_EQ(jobs_->WordOf(job).state(), JobState::kLost);
  EXPECT_EQ(segment_->header()->ended_by_host[EndedIndex(JobState::kLost)].load(), 1u);
  EXPECT_EQ(segment_->header()->ended_by_host[EndedIndex(JobState::kTerminated)].load(), 0u);
}

TEST_F(HostJobsTest, AnAnswerThatCameFirstStays) {
  const JobRef job = Queue(false);
  SetState(job, JobState::kDone);
  EXPECT_FALSE(jobs_->End(job, JobState::kTerminated, {}));
  EXPECT_EQ(jobs_->WordOf(job).state(), JobState::kDone);
}

TEST_F(HostJobsTest, AJobThatMovedOnIsNotEnded) {
  const JobRef job = Queue(false);
  const JobWord queued = jobs_->WordOf(job);
  SetState(job, JobState::kRunning);
  EXPECT_FALSE(jobs_->EndIf(job, queued, JobState::kTimedOut, {}));
  EXPECT_TRUE(jobs_->EndIf(job, jobs_->WordOf(job), JobState::kTimedOut, {}));
  EXPECT_TRUE(jobs_->WordOf(job).HeldBy(kWorker));
  EXPECT_FALSE(jobs_->EndIf(job, jobs_->WordOf(job), JobState::kTerminated, {}));
  EXPECT_EQ(jobs_->WordOf(job).state(), JobState::kTimedOut);
}

TEST_F(HostJobsTest, ASlotStaysWithItsWorkerUntilThatHasLetGo) {
  for (const JobState state : {JobState::kTaken, JobState::kRunning}) {
    const JobRef job = Queue(false);
    const StagedPayload argument = *segment_->Stage(std::string(1000, 'a'), 0, JobRef());
    JobSlot* slot = segment_->slot(job.slot);
    PoolSegment::Store(argument, &slot->argument, slot->argument_bytes);
    segment_->worker(kWorker.place)->intent = job.packed();
    SetState(job, state);
    ASSERT_TRUE(jobs_->End(job, JobState::kTimedOut, {}));
    jobs_->Release(job);
    jobs_->ReclaimPinned();
    for (int i = 0; i < 3; ++i) EXPECT_NE(jobs_->Acquire(Use(false))->slot, job.slot);
    EXPECT_EQ(CodeOf(jobs_->Acquire(Use(false)).status()), Code::kFull);
    EXPECT_EQ(Blocks(), 1u) << "the worker reads its argument in place";
    EXPECT_EQ(jobs_->WordOf(job).generation(), job.generation);

    segment_->worker(kWorker.place)->intent = 0;
    EXPECT_EQ(jobs_->Acquire(Use(false))->slot, job.slot);
    EXPECT_EQ(Blocks(), 0u);
    jobs_ = std::make_unique<HostJobs>(segment_.get(), &events_);
  }
}

TEST_F(HostJobsTest, APinnedJobIsDrainedAtOnce) {
  const JobRef job = Queue(true, 5);
  segment_->worker(kWorker.place)->intent = job.packed();
  SetState(job, JobState::kRunning);
  ASSERT_TRUE(jobs_->End(job, JobState::kTimedOut, {}));
  jobs_->Release(job);
  EXPECT_EQ(TakeEnded(8), Ids{5});
  segment_->worker(kWorker.place)->intent = JobRef{3, 7}.packed();  // another job of that worker
  jobs_->ReclaimPinned();
  EXPECT_EQ(Queue(false).slot, job.slot);
}

TEST_F(HostJobsTest, APublishedResultIsFreedWithItsJob) {
  const JobRef job = Queue(false);
  StageResult(job, 1000);
  SetState(job, JobState::kDone);
  EXPECT_EQ(Blocks(), 1u);
  jobs_->Release(job);
  EXPECT_EQ(Blocks(), 0u);
}

TEST_F(HostJobsTest, AResultThatWasNeverPublishedIsNotFreedUnderItsNextOwner) {
  const JobRef job = Queue(false);
  StageResult(job, 1000);
  // The worker dies before its answer: the job is lost, and its block goes to somebody else.
  ASSERT_TRUE(jobs_->End(job, JobState::kLost, {}));
  segment_->heap()->Free(static_cast<uint32_t>(segment_->slot(job.slot)->result.block.load()));
  const StagedPayload other = *segment_->Stage(std::string(1000, 'o'), 0, JobRef());
  ASSERT_EQ(other.block, segment_->slot(job.slot)->result.block.load());
  jobs_->Release(job);
  EXPECT_EQ(Blocks(), 1u);
}

TEST_F(HostJobsTest, JobsAreTakenOldestFirst) {
  for (uint64_t id = 1; id <= 3; ++id) {
    const JobRef job = Queue(true, id);
    SetState(job, JobState::kDone);
    List(job);
  }
  EXPECT_EQ(TakeEnded(2), (Ids{1, 2}));
  EXPECT_TRUE(jobs_->HasEnded());
  EXPECT_EQ(TakeEnded(2), Ids{3});
  EXPECT_FALSE(jobs_->HasEnded());
}

TEST_F(HostJobsTest, AWorkerThatDiedBeforeItsPushHasItsJobListed) {
  const JobRef job = Queue(true, 5);
  SetState(job, JobState::kDone);
  jobs_->AnnounceForDeadWorker(job);
  EXPECT_EQ(TakeEnded(8), Ids{5});
}

TEST_F(HostJobsTest, AWorkerThatDiedAfterItsPushHasItsJobListedOnce) {
  const JobRef job = Queue(true, 5);
  SetState(job, JobState::kDone);
  List(job);
  jobs_->AnnounceForDeadWorker(job);
  EXPECT_EQ(TakeEnded(8), Ids{5});
  jobs_->AnnounceForDeadWorker(job);
  EXPECT_TRUE(TakeEnded(8).empty());
}

TEST_F(HostJobsTest, AJobListedTwiceDoesNotAnnounceTheNextOneOfItsSlot) {
  const JobRef job = Queue(true, 5);
  SetState(job, JobState::kDone);
  List(job);
  jobs_->AnnounceForDeadWorker(job);  // it is on the list twice now
  jobs_->Release(job);
  EXPECT_EQ(TakeEnded(1), Ids{5});
  const JobRef next = Queue(true, 6);
  ASSERT_EQ(next.slot, job.slot);
  EXPECT_TRUE(TakeEnded(8).empty()) << "job 6 has not ended";
}

TEST_F(HostJobsTest, AReleasedJobStaysUntilItsEndIsTaken) {
  const JobRef job = Queue(true, 5);
  SetState(job, JobState::kDone);
  List(job);
  jobs_->Release(job);
  EXPECT_NE(Queue(false).slot, job.slot);
  EXPECT_EQ(TakeEnded(8), Ids{5});
  EXPECT_EQ(Queue(false).slot, job.slot);
}

TEST_F(HostJobsTest, ADamagedLinkEndsTheWalk) {
  const JobRef job = Queue(true, 5);
  SetState(job, JobState::kDone);
  List(job);
  segment_->slot(job.slot)->next_finished = 0xffffffff;
  EXPECT_EQ(TakeEnded(8), Ids{5});
  List(job);
  segment_->slot(job.slot)->next_finished = job.slot + 1;  // a circle
  EXPECT_TRUE(TakeEnded(8).empty());
}

TEST_F(HostJobsTest, EndingAJobPokesTheDescriptorOfThoseWhoWantToKnow) {
  const JobRef silent = Queue(false);
  const JobRef loud = Queue(true);
  pollfd entry = {event_.get(), POLLIN, 0};
  jobs_->End(silent, JobState::kLost, {});
  EXPECT_EQ(poll(&entry, 1, 0), 0);
  jobs_->End(loud, JobState::kLost, {});
  EXPECT_EQ(poll(&entry, 1, 0), 1);
}

TEST_F(HostJobsTest, UnfinishedJobsAreThoseWithoutAnOutcome) {
  const JobRef queued = Queue(false);
  const JobRef running = Queue(false);
  SetState(running, JobState::kRunning);
  SetState(Queue(false), JobState::kDone);
  EXPECT_EQ(jobs_->Unfinished(), (std::vector<JobRef>{queued, running}));
}

}  // namespace
}  // namespace billiard::pool
