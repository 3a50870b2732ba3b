#include "billiard_core/pool/recovery.h"

#include "absl/strings/str_cat.h"

namespace billiard::pool {
namespace {

HostOutcome LostOutcome(const DeadWorker& worker, uint64_t job_id) {
  HostOutcome outcome;
  outcome.code = Code::kWorkerLost;
  outcome.message = absl::StrCat("Worker exited prematurely: ", ExitStatusText(worker.exit_status),
                                 " Job: ", job_id, ".", worker.why.empty() ? "" : " ", worker.why);
  outcome.pid = worker.pid;
  outcome.exit_status = worker.exit_status;
  outcome.out_of_memory = worker.out_of_memory;
  return outcome;
}

// The worker's last answer may not have been counted. Not to be called for an answer that never came.
void CountForDeadWorker(WorkerEntry* entry) {
  entry->succeeded.store(entry->succeeded_after.load(std::memory_order_relaxed));
  entry->failed.store(entry->failed_after.load(std::memory_order_relaxed));
}

// True when the block is the published result of the job that it was made for.
bool IsPublished(const PoolSegment& segment, shared_memory::BlockRef ref, uint64_t tag) {
  const JobRef job = JobRef::From(tag);
  const JobSlot* slot = segment.SlotOrNull(job);
  if (slot == nullptr || tag == 0) return false;
  const JobWord word{slot->word.load(std::memory_order_acquire)};
  const bool answered = word.state() == JobState::kDone || word.state() == JobState::kFailed;
  return answered && word.generation() == job.generation &&
         slot->result.block.load(std::memory_order_relaxed) == ref;
}

}  // namespace

void SettleJob(HostPool* host, const DeadWorker& worker) {
  PoolSegment* segment = host->segment.get();
  WorkerEntry* entry = segment->worker(worker.id.place);
  const uint64_t intent = entry->intent.exchange(0, std::memory_order_acq_rel);
  if (intent == 0) return;
  const JobRef job = JobRef::From(intent);
  JobSlot* slot = segment->SlotOrNull(job);
  if (slot == nullptr) return;
  MutexLock lock(&host->mutex);
  const JobWord word{slot->word.load(std::memory_order_acquire)};
  if (word.generation() != job.generation || !word.HeldBy(worker.id)) {
    // It died between its intent and its claim, or the job had been taken back from it, or its answer has
    // been read and released already.
    CountForDeadWorker(entry);
  } else if (word.state() == JobState::kTaken) {
    if (host->jobs.Requeue(job, word)) host->Return(job);
  } else if (word.state() == JobState::kRunning && host->jobs.Retry(job, word)) {
    host->Return(job);
  } else if (word.state() == JobState::kRunning) {
    host->jobs.End(job, JobState::kLost,
                   LostOutcome(worker, slot->id.load(std::memory_order_relaxed)));
  } else if (word.state() == JobState::kDone || word.state() == JobState::kFailed) {
    CountForDeadWorker(entry);
    host->jobs.AnnounceForDeadWorker(job);
  }
}

void TakeBackBlocks(HostPool* host) {
  PoolSegment* segment = host->segment.get();
  const absl::StatusOr<shared_memory::Owner> self = segment->participants()->Self();
  if (!self.ok()) return;        // next time
  MutexLock lock(&host->mutex);  // no result is freed meanwhile
  segment->participants()->Sweep([&](shared_memory::Owner dead) {
    segment->heap()->ForEachOwnedBy(
        dead, [&](shared_memory::BlockRef ref, const shared_memory::BlockView& view) {
          if (IsPublished(*segment, ref, view.tag->load(std::memory_order_relaxed))) {
            segment->heap()->Transfer(ref, dead, *self);
          } else {
            segment->heap()->Free(ref);
          }
        });
    return true;
  });
}

}  // namespace billiard::pool
