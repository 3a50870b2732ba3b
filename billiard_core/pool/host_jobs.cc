#include "billiard_core/pool/host_jobs.h"

#include <algorithm>
#include <utility>

#include "billiard_core/base/deadline.h"
#include "billiard_core/os/futex.h"

namespace billiard::pool {

absl::StatusOr<JobRef> HostJobs::Acquire(bool notify) {
  ReclaimSome(2);
  if (free_.empty()) {
    if (records_.size() >= segment_->slot_count()) {
      ReclaimSome(released_unfinished_.size());
      ReclaimPinned();
      if (free_.empty()) return MakeStatus(Code::kFull, "the pool has max_jobs jobs");
    } else {
      const absl::Status committed = segment_->CommitSlot(static_cast<uint32_t>(records_.size()));
      if (!committed.ok()) return committed;
      free_.push_back(static_cast<uint32_t>(records_.size()));
      records_.emplace_back();
    }
  }
  const uint32_t slot = free_.back();
  free_.pop_back();
  Record& record = records_[slot];
  record.in_use = true;
  record.released = false;
  record.notify = notify;
  record.told = false;
  record.pinned = false;
  return JobRef{slot, record.generation};
}

void HostJobs::Unacquire(JobRef job) { Free(job); }

void HostJobs::Release(JobRef job) {
  Record* record = Find(job);
  if (record == nullptr) return;
  record->released = true;
  if (WordOf(job).IsOutcome()) {
    FreeIfUnwanted(job);
  } else {
    released_unfinished_.push_back(job);
  }
}

bool HostJobs::End(JobRef job, JobState state, HostOutcome outcome) {
  while (true) {
    const JobWord word = WordOf(job);
    if (word.generation() != job.generation || word.IsOutcome()) return false;
    if (EndIf(job, word, state, outcome)) return true;
  }
}

bool HostJobs::EndIf(JobRef job, JobWord expected, JobState state, HostOutcome outcome) {
  Record* record = Find(job);
  if (record == nullptr || expected.generation() != job.generation || expected.IsOutcome()) {
    return false;
  }
  const JobWord ended = expected.IsHeld() ? expected.With(state) : JobWord::Of(job.generation, state);
  uint64_t bits = expected.bits;
  if (!segment_->slot(job.slot)->word.compare_exchange_strong(bits, ended.bits)) return false;
  record->pinned = expected.IsHeld();
  // Who reads it takes the mutex, which we have: nobody can ask before it is there.
  outcomes_[job.packed()] = std::move(outcome);
  ++ended_by_host_[static_cast<size_t>(state)];
  Announce(job);
  return true;
}

void HostJobs::SetRetries(JobRef job, uint32_t retries) {
  if (Record* record = Find(job)) record->retries = retries;
}

bool HostJobs::Retry(JobRef job, JobWord expected) {
  Record* record = Find(job);
  if (record == nullptr || record->retries == 0) return false;
  JobSlot* slot = segment_->slot(job.slot);
  const uint8_t attempts = slot->attempts.load(std::memory_order_relaxed);
  if (attempts < UINT8_MAX) slot->attempts.store(attempts + 1, std::memory_order_relaxed);
  slot->expires_ns.store(0, std::memory_order_relaxed);  // it has begun in time
  uint64_t bits = expected.bits;
  const uint64_t queued = JobWord::Of(job.generation, JobState::kQueued).bits;
  if (!slot->word.compare_exchange_strong(bits, queued)) return false;
  --record->retries;
  return true;
}

HostOutcome HostJobs::OutcomeOf(JobRef job) const {
  const auto found = outcomes_.find(job.packed());
  return found == outcomes_.end() ? HostOutcome{} : found->second;
}

void HostJobs::AnnounceForDeadWorker(JobRef job) {
  if (Find(job) != nullptr) Announce(job);
}

void HostJobs::Announce(JobRef job) {
  JobSlot* slot = segment_->slot(job.slot);
  os::FutexWake(segment_->FutexOf(slot), os::kWakeAll);
  const Record* record = Find(job);
  if (!record->notify || record->told) return;
  // A worker that died may have pushed the job already: it leaves the stack before it is listed here,
  // so that its link is not used twice. It may then be listed twice, which TakeEnded notices.
  CollectEnded();
  finished_.push_back(job);
  segment_->PokeFinished();
}

void HostJobs::CollectEnded() {
  uint32_t top = segment_->header()->finished.exchange(0, std::memory_order_acq_rel);
  const size_t oldest = finished_.size();
  for (uint64_t steps = 0; top != 0 && steps < segment_->slot_count(); ++steps) {
    const uint32_t slot = top - 1;
    if (slot >= records_.size()) break;  // not ours: a damaged link ends the walk
    // A slot is not used anew before its job's end was read.
    finished_.push_back(JobRef{slot, records_[slot].generation});
    top = segment_->slot(slot)->next_finished.load(std::memory_order_relaxed);
  }
  // The stack has the newest on top.
  std::reverse(finished_.begin() + static_cast<ptrdiff_t>(oldest), finished_.end());
}

size_t HostJobs::TakeEnded(PoolEvent* events, size_t capacity) {
  const int64_t now = MonotonicNow();
  size_t count = 0;
  while (count < capacity && !finished_.empty()) {
    const JobRef job = finished_.front();
    finished_.pop_front();
    Record* record = Find(job);
    if (record == nullptr || !record->notify || record->told) continue;
    record->told = true;
    const JobSlot* slot = segment_->slot(job.slot);
    PoolEvent event;
    event.kind = EventKind::kJobDone;
    event.job = slot->id.load(std::memory_order_relaxed);
    event.time_ns = now;
    event.pid = slot->pid.load(std::memory_order_relaxed);
    event.group = static_cast<int32_t>(slot->group.load(std::memory_order_relaxed));
    events[count++] = event;
    FreeIfUnwanted(job);
  }
  return count;
}

bool HostJobs::HasEnded() const {
  return !finished_.empty() || segment_->header()->finished.load(std::memory_order_seq_cst) != 0;
}

std::vector<JobRef> HostJobs::Unfinished() const {
  std::vector<JobRef> jobs;
  for (uint32_t slot = 0; slot < records_.size(); ++slot) {
    const JobRef job{slot, records_[slot].generation};
    if (records_[slot].in_use && !WordOf(job).IsOutcome()) jobs.push_back(job);
  }
  return jobs;
}

void HostJobs::ReclaimSome(size_t most) {
  for (size_t i = 0; i < most && !released_unfinished_.empty(); ++i) {
    const JobRef job = released_unfinished_.front();
    released_unfinished_.pop_front();
    if (WordOf(job).IsOutcome()) {
      FreeIfUnwanted(job);
    } else {
      released_unfinished_.push_back(job);
    }
  }
}

void HostJobs::FreeIfUnwanted(JobRef job) {
  Record* record = Find(job);
  if (record == nullptr || !record->released) return;
  if (record->notify && !record->told) return;
  if (!IsPinned(job, record)) return Free(job);
  if (!record->waiting) pinned_.push_back(job);
  record->waiting = true;
}

// The worker names the job as its intent before it takes it, and clears the intent once it does not touch
// the slot any more; for a dead worker SettleJob clears it.
bool HostJobs::IsPinned(JobRef job, Record* record) {
  if (!record->pinned) return false;
  const uint32_t place = WordOf(job).place();
  if (place < segment_->place_count() &&
      segment_->worker(place)->intent.load(std::memory_order_acquire) == job.packed()) {
    return true;
  }
  record->pinned = false;
  return false;
}

void HostJobs::ReclaimPinned() {
  std::vector<JobRef> pinned;
  pinned.swap(pinned_);
  for (const JobRef job : pinned) {
    Record* record = Find(job);
    if (record == nullptr) continue;
    record->waiting = false;
    FreeIfUnwanted(job);
  }
}

void HostJobs::Free(JobRef job) {
  Record* record = Find(job);
  if (record == nullptr) return;
  JobSlot* slot = segment_->slot(job.slot);
  segment_->FreePayload(&slot->argument);
  // A block that was never published is its worker's, also when the slot names it: the worker drops it,
  // or TakeBackBlocks did, and by now it may be somebody else's.
  const JobState state = WordOf(job).state();
  if (state == JobState::kDone || state == JobState::kFailed) segment_->FreePayload(&slot->result);
  outcomes_.erase(job.packed());
  ++record->generation;
  if (record->generation == 0) record->generation = 1;
  record->in_use = false;
  slot->word.store(JobWord::Of(record->generation, JobState::kFree).bits,
                   std::memory_order_release);
  free_.push_back(job.slot);
}

JobWord HostJobs::WordOf(JobRef job) const {
  return JobWord{segment_->slot(job.slot)->word.load(std::memory_order_acquire)};
}

uint64_t HostJobs::terminal_by_host(JobState state) const {
  return ended_by_host_[static_cast<size_t>(state)];
}

HostJobs::Record* HostJobs::Find(JobRef job) {
  if (job.slot >= records_.size()) return nullptr;
  Record& record = records_[job.slot];
  return record.in_use && record.generation == job.generation ? &record : nullptr;
}

const HostJobs::Record* HostJobs::Find(JobRef job) const {
  return const_cast<HostJobs*>(this)->Find(job);
}

}  // namespace billiard::pool
