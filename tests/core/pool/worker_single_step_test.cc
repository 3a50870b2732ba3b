// A worker that is killed behind the k-th instruction of claiming, running and answering one job, for one k
// after the other; some are left out, but not in the long version. There is no pool: the test plays the
// host, and a second worker that finishes what the first has left.
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/eventfd.h"
#include "billiard_core/pool/host_pool.h"
#include "billiard_core/pool/recovery.h"
#include "billiard_core/pool/worker.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/single_step/places.h"
#include "tests/support/single_step/single_step.h"

namespace billiard::pool {
namespace {

using testing::Places;
using testing::Shared;

constexpr WorkerId kFirst{0, 1};
constexpr WorkerId kSecond{1, 1};
constexpr char kTask[] = "work";

// A host's half of a pool of two places and one queued job, and what the job's runs have in common.
class Table {
 public:
  explicit Table(size_t bytes) : argument_(bytes, 'a') {
    PoolOptions options;
    options.groups.resize(1);
    options.groups[0].workers = 2;
    options.max_jobs = 4;
    EXPECT_TRUE(CheckOptions(&options).ok());
    host_ = std::make_unique<HostPool>(options, *PoolSegment::Create(options));
    host_->control = *os::CreateEventfd();
    host_->finished = *os::CreateEventfd();
    segment()->SetFinishedFd(host_->finished.get());
    MutexLock lock(&host_->mutex);
    EXPECT_TRUE(host_->LearnNames(0, PackNames({kTask})).ok());
    for (const WorkerId id : {kFirst, kSecond}) {
      segment()->worker(id.place)->word = PhaseWord(id.incarnation, WorkerPhase::kStarting);
    }
    blocks_before_ = segment()->heap()->CountInUse();
    JobUse use;
    use.notify = true;
    job_ = *host_->jobs.Acquire(use);
    JobSlot* slot = segment()->slot(job_.slot);
    slot->id = 7;
    slot->flags = kTellFinished;
    PoolSegment::Store(*segment()->Stage(argument_, 0, job_), &slot->argument,
                       slot->argument_bytes);
    EXPECT_TRUE(host_->Enqueue(job_, TaskAddress{0, 0}, 0));
  }

  // In the child, at full speed.
  bool Join() {
    first_ = MakeWorker(kFirst);
    return first_->Ready({kTask}).ok();
  }

  // In the child, step by step.
  void WorkOnce() { Serve(first_.get()); }

  // In the test, when the first worker is dead.
  void Check(bool done) {
    SettleJob(host_.get(), DeadWorker{kFirst, segment()->worker(0)->pid.load(), -9, ""});
    TakeBackBlocks(host_.get());
    const JobState state = Word().state();
    if (done) {
      EXPECT_EQ(state, JobState::kDone);
    }
    if (state == JobState::kQueued) {
      EXPECT_EQ(*runs_, 0u) << "a job that has run is run again";
      const std::unique_ptr<Worker> second = MakeWorker(kSecond);
      ASSERT_TRUE(second->Ready({kTask}).ok());
      Serve(second.get());
      EXPECT_EQ(*runs_, 1u) << "nobody finds the job";
    }
    CheckOutcome();
    CheckThatItIsToldOnce();
    MutexLock lock(&host_->mutex);
    host_->jobs.Release(job_);
    EXPECT_EQ(Word().state(), JobState::kFree);
    EXPECT_EQ(segment()->heap()->CountInUse(), blocks_before_);
  }

 private:
  PoolSegment* segment() const { return host_->segment.get(); }
  JobWord Word() const { return JobWord{segment()->slot(job_.slot)->word.load()}; }

  std::unique_ptr<Worker> MakeWorker(WorkerId id) const {
    return std::make_unique<Worker>(host_->segment, id, host_->control.get(),
                                    host_->finished.get());
  }

  void Serve(Worker* worker) {
    const absl::StatusOr<Job*> job = worker->Next(Deadline::Now(), nullptr);
    if (!job.ok()) return;
    ++*runs_;
    (void)(*job)->Reply(std::string((*job)->argument().size, 'r'), 0);
  }

  void CheckOutcome() const {
    const JobState state = Word().state();
    if (state == JobState::kLost) {
      EXPECT_LE(*runs_, 1u);
      return;
    }
    ASSERT_EQ(state, JobState::kDone);
    EXPECT_EQ(*runs_, 1u);
    const JobSlot* slot = segment()->slot(job_.slot);
    const PayloadView result = segment()->Load(slot->result, slot->result_bytes);
    EXPECT_EQ(result.bytes(), std::string(argument_.size(), 'r'));
  }

  void CheckThatItIsToldOnce() {
    MutexLock lock(&host_->mutex);
    PoolEvent events[4];
    host_->jobs.CollectEnded();
    ASSERT_EQ(host_->jobs.TakeEnded(events, 4), 1u);
    EXPECT_EQ(events[0].job, 7u);
  }

  const std::string argument_;
  std::unique_ptr<HostPool> host_;
  JobRef job_;
  uint64_t blocks_before_ = 0;
  std::unique_ptr<Worker> first_;
  Shared<std::atomic<uint32_t>> runs_;
};

testing::SteppedOperation<Table> WorkOnAJobOf(size_t bytes) {
  testing::SteppedOperation<Table> work;
  work.make = [bytes] { return std::make_unique<Table>(bytes); };
  work.join = [](Table& table) { return table.Join(); };
  work.act = [](Table& table) { table.WorkOnce(); };
  work.check = [](Table& table, bool done) { table.Check(done); };
  return work;
}

// POOL-130, G-POOL-1, G-POOL-4: whatever instruction was its last, the job has run once at most and has one
// outcome, which is told once; no memory is left over.
TEST(WorkerSingleStepTest, AJobInItsSlotOutlivesItsWorkerAtEveryInstruction) {
  KillAtEveryStep(WorkOnAJobOf(16), Places(60));
}

TEST(WorkerSingleStepTest, AJobInABlockOutlivesItsWorkerAtEveryInstruction) {
  KillAtEveryStep(WorkOnAJobOf(1000), Places(60));
}

}  // namespace
}  // namespace billiard::pool
