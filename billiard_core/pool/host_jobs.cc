#include "billiard_core/pool/host_jobs.h"

#include <utility>

#include "billiard_core/base/deadline.h"
#include "billiard_core/os/futex.h"

namespace billiard::pool {

absl::StatusOr<JobRef> HostJobs::Acquire(const JobUse& use) {
  ReclaimSome(2);
  if (use.holds_slot && slots_.free() == 0) {
    CollectEnded();
    GiveBackSlotsOfEnded();
    if (slots_.free() == 0) return MakeStatus(Code::kFull, "every slot of the pool is taken");
  }
  if (!use.reserved && !HasRoom(1)) return MakeStatus(Code::kFull, "the pool has max_jobs jobs");
  if (free_.empty()) {
    const absl::Status committed = segment_->CommitSlot(static_cast<uint32_t>(records_.size()));
    if (!committed.ok()) return committed;
    free_.push_back(static_cast<uint32_t>(records_.size()));
    records_.emplace_back();
  }
  if (use.reserved) --reserved_;
  const uint32_t slot = free_.back();
  free_.pop_back();
  Record& record = records_[slot];
  record.in_use = true;
  record.released = false;
  record.told = false;
  record.pinned = false;
  record.handles = 1;
  record.taken = false;
  record.accepted_told = false;
  record.use = use;
  record.has_slot = use.holds_slot && slots_.Take();
  if (record.has_slot) {
    // As many again may have given theirs back.
    if (holders_.size() > 2 * static_cast<size_t>(slots_.bound()) + 16) GiveBackSlotsOfEnded();
    holders_.push_back(JobRef{slot, record.generation});
  }
  return JobRef{slot, record.generation};
}

void HostJobs::GiveBackSlot(Record* record) {
  if (record->has_slot) slots_.GiveBack();
  record->has_slot = false;
}

// A worker says that a job has its outcome a moment before it lists the job as ended: who has seen the
// outcome and wants that job's slot does not wait for the list.
void HostJobs::GiveBackSlotsOfEnded() {
  std::vector<JobRef> holders;
  for (const JobRef job : holders_) {
    Record* record = Find(job);
    if (record == nullptr || !record->has_slot) continue;
    if (WordOf(job).IsOutcome()) {
      GiveBackSlot(record);
    } else {
      holders.push_back(job);
    }
  }
  holders_.swap(holders);
}

bool HostJobs::HasRoom(uint64_t slots) {
  const auto room = [&] {
    return free_.size() + (segment_->slot_count() - records_.size()) >= reserved_ + slots;
  };
  if (room()) return true;
  CollectEnded();
  ReclaimSome(released_.size());
  ReclaimPinned();
  return room();
}

absl::Status HostJobs::Reserve(uint64_t slots) {
  if (!HasRoom(slots)) return MakeStatus(Code::kFull, "the pool has max_jobs jobs");
  reserved_ += slots;
  return absl::OkStatus();
}

absl::StatusOr<JobRef> HostJobs::AcquireParent(bool notify, uint64_t id, uint32_t wake_at,
                                               EndListener* listener) {
  JobUse use;
  use.notify = notify;
  use.reserved = true;
  const absl::StatusOr<JobRef> parent = Acquire(use);
  if (!parent.ok()) return parent;
  records_[parent->slot].taken = true;
  records_[parent->slot].told = true;  // there is nothing to tell before ListParent
  JobSlot* slot = segment_->slot(parent->slot);
  slot->id.store(id, std::memory_order_relaxed);
  slot->wake_at.store(wake_at, std::memory_order_relaxed);
  slot->ended.store(0, std::memory_order_relaxed);
  slot->parent.store(0, std::memory_order_relaxed);
  slot->pid.store(0, std::memory_order_relaxed);
  slot->group.store(0, std::memory_order_relaxed);
  slot->word.store(JobWord::Of(parent->generation, JobState::kDone).bits);
  listeners_[parent->packed()] = listener;
  return parent;
}

void HostJobs::ListParent(JobRef parent) {
  Record* record = Find(parent);
  if (record == nullptr || !record->use.notify) return;
  if (!record->told) return;  // it is listed already
  record->told = false;
  finished_.push_back(parent);
  segment_->PokeFinished();
}

void HostJobs::ReleaseParent(JobRef parent) {
  Record* record = Find(parent);
  if (record == nullptr) return;
  listeners_.erase(parent.packed());
  record->use.notify = false;  // what is listed is not told any more
  Release(parent);
}

void HostJobs::Unacquire(JobRef job) {
  if (Find(job)->use.reserved) ++reserved_;
  GiveBackSlot(Find(job));
  Free(job);
}

void HostJobs::Release(JobRef job) {
  Record* record = Find(job);
  if (record == nullptr || --record->handles != 0) return;
  record->released = true;
  if (!FreeIfEnded(job)) released_.push_back(job);
}

// True when the slot is free, or waits for its worker alone.
bool HostJobs::FreeIfEnded(JobRef job) {
  if (!WordOf(job).IsOutcome()) return false;
  FreeIfUnwanted(job);
  const Record* record = Find(job);
  return record == nullptr || record->waiting;
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
  const JobWord ended =
      expected.IsHeld() ? expected.With(state) : JobWord::Of(job.generation, state);
  uint64_t bits = expected.bits;
  if (!segment_->slot(job.slot)->word.compare_exchange_strong(bits, ended.bits)) return false;
  record->pinned = expected.IsHeld();
  // Who reads it takes the mutex, which we have: nobody can ask before it is there.
  outcomes_[job.packed()] = std::move(outcome);
  segment_->header()->ended_by_host[EndedIndex(state)].fetch_add(1, std::memory_order_relaxed);
  Announce(job);
  return true;
}

void HostJobs::SetRetries(JobRef job, uint32_t retries) {
  if (Record* record = Find(job)) record->retries = retries;
}

bool HostJobs::Retry(JobRef job, JobWord expected) {
  Record* record = Find(job);
  if (record == nullptr || record->retries == 0) return false;
  PrepareRequeue(job);
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
  const uint32_t parent = slot->parent.load(std::memory_order_relaxed);
  os::FutexWake(segment_->FutexOf(slot), os::kWakeAll);
  if (Find(job)->use.asks) {
    asking_.erase(slot->id.load(std::memory_order_relaxed));
    os::FutexWake(&slot->answer, os::kWakeAll);  // its worker may wait for that
  }
  segment_->PokeLoop();
  if (Find(job)->use.OnFinishedStack()) {
    // A worker that died may have pushed the job already: it leaves the stack before the host takes it,
    // so that its link is not used twice.
    CollectEnded();
    Take(job);
    segment_->PokeFinished();
  }
  segment_->TellParent(parent, /*wake=*/true);
  segment_->TellSubmitters();
}

void HostJobs::Take(JobRef job) {
  Record* record = Find(job);
  if (record == nullptr || record->taken) return;
  record->taken = true;
  GiveBackSlot(record);
  if (record->use.limited) {
    CollectAccepted();
    if (LacksAcceptance(job)) TellAcceptance(job);
    if (record->accepted_told) events_->PushLast(EventOf(job, EventKind::kTimeoutCancel));
  }
  if (record->use.tells_parent) {
    const auto listener = listeners_.find(record->use.parent.packed());
    if (listener != listeners_.end()) listener->second->OnEnded(job);
  }
  if (record->use.notify) finished_.push_back(job);
  FreeIfUnwanted(job);
}

void HostJobs::CollectEnded() {
  PoolHeader* header = segment_->header();
  if (header->finished.load(std::memory_order_seq_cst) == 0) return;
  uint32_t top = header->finished.exchange(0, std::memory_order_acq_rel);
  std::vector<JobRef> ended;
  for (uint64_t steps = 0; top != 0 && steps < segment_->slot_count(); ++steps) {
    const uint32_t slot = top - 1;
    if (slot >= records_.size()) break;  // not ours: a damaged link ends the walk
    // A slot is not used anew before its job was taken.
    ended.push_back(JobRef{slot, records_[slot].generation});
    top = segment_->slot(slot)->next_finished.load(std::memory_order_relaxed);
  }
  // The stack has the newest on top.
  for (auto job = ended.rbegin(); job != ended.rend(); ++job) Take(*job);
}

void HostJobs::CollectAccepted() {
  PoolHeader* header = segment_->header();
  if (header->accepted.load(std::memory_order_seq_cst) == 0) return;
  uint32_t top = header->accepted.exchange(0, std::memory_order_acq_rel);
  std::vector<JobRef> begun;
  for (uint64_t steps = 0; top != 0 && steps < segment_->slot_count(); ++steps) {
    const uint32_t slot = top - 1;
    if (slot >= records_.size()) break;  // not ours: a damaged link ends the walk
    // A slot is neither used anew nor queued again before it has left the stack.
    begun.push_back(JobRef{slot, records_[slot].generation});
    top = segment_->slot(slot)->next_accepted.load(std::memory_order_relaxed);
  }
  for (auto job = begun.rbegin(); job != begun.rend(); ++job) {
    Record* record = Find(*job);
    if (record == nullptr || !record->use.OnAcceptedStack() || record->accepted_told) continue;
    TellAcceptance(*job);
    if (record->use.asks) asking_[segment_->slot(job->slot)->id.load()] = *job;
  }
}

void HostJobs::TellAcceptance(JobRef job) {
  Record* record = Find(job);
  record->accepted_told = true;
  if (record->use.accepted) events_->Push(EventOf(job, EventKind::kJobAccepted));
  if (record->use.limited) events_->Push(EventOf(job, EventKind::kTimeoutSet));
}

absl::Status HostJobs::Answer(uint64_t id, bool accept, absl::string_view reason) {
  CollectAccepted();
  const auto found = asking_.find(id);
  if (found == asking_.end() || WordOf(found->second).state() != JobState::kTaken) {
    return MakeStatus(Code::kState, "job: awaits no answer");
  }
  const JobRef job = found->second;
  asking_.erase(found);
  if (!accept) {
    Refuse(job, reason);
    return absl::OkStatus();
  }
  JobSlot* slot = segment_->slot(job.slot);
  slot->answer.store(kAccepted, std::memory_order_seq_cst);
  os::FutexWake(&slot->answer, os::kWakeAll);
  return absl::OkStatus();
}

absl::Status HostJobs::Cancel(JobRef job) {
  const Record* record = Find(job);
  const JobState state = record == nullptr ? JobState::kFree : WordOf(job).state();
  const bool open = state == JobState::kQueued || state == JobState::kTaken;
  JobSlot* slot = segment_->slot(job.slot);
  if (!open || !record->use.asks || slot->answer.load() != kNoAnswer) {
    return MakeStatus(Code::kState, "job: can not be cancelled any more, or never could");
  }
  Refuse(job, "the job was cancelled");
  return absl::OkStatus();
}

void HostJobs::Refuse(JobRef job, absl::string_view reason) {
  HostOutcome outcome;
  outcome.code = Code::kRejected;
  outcome.message = std::string(reason);
  End(job, JobState::kRefused, std::move(outcome));
}

bool HostJobs::AwaitsAnswer(JobRef job) {
  CollectAccepted();
  const auto found = asking_.find(segment_->slot(job.slot)->id.load(std::memory_order_relaxed));
  return found != asking_.end() && found->second == job;
}

bool HostJobs::Requeue(JobRef job, JobWord taken) {
  Record* record = Find(job);
  if (record == nullptr || taken.state() != JobState::kTaken) return false;
  JobSlot* slot = segment_->slot(job.slot);
  const int32_t pid = slot->pid.load(std::memory_order_relaxed);
  const int64_t begun = slot->begun_ns.load(std::memory_order_relaxed);
  const uint32_t answer = slot->answer.load(std::memory_order_relaxed);
  CollectAccepted();
  const bool told = record->accepted_told;
  PrepareRequeue(job);
  uint64_t bits = taken.bits;
  const uint64_t queued = JobWord::Of(job.generation, JobState::kQueued).bits;
  if (slot->word.compare_exchange_strong(bits, queued)) return true;
  // It has been begun in this moment: all is as it was.
  slot->pid.store(pid, std::memory_order_relaxed);
  slot->begun_ns.store(begun, std::memory_order_relaxed);
  slot->answer.store(answer, std::memory_order_relaxed);
  record->accepted_told = told;
  return false;
}

// Before the job's word allows another worker to take it.
void HostJobs::PrepareRequeue(JobRef job) {
  Record* record = Find(job);
  if (record == nullptr) return;
  CollectAccepted();  // its link is used anew
  JobSlot* slot = segment_->slot(job.slot);
  slot->pid.store(0, std::memory_order_relaxed);
  slot->begun_ns.store(0, std::memory_order_relaxed);
  slot->answer.store(kNoAnswer, std::memory_order_relaxed);
  if (record->use.asks) record->accepted_told = false;  // another worker asks
  asking_.erase(slot->id.load(std::memory_order_relaxed));
}

PoolEvent HostJobs::EventOf(JobRef job, EventKind kind) const {
  const JobSlot* slot = segment_->slot(job.slot);
  PoolEvent event;
  event.kind = kind;
  event.job = slot->id.load(std::memory_order_relaxed);
  event.time_ns = kind == EventKind::kJobAccepted ? slot->begun_ns.load(std::memory_order_relaxed)
                                                  : MonotonicNow();
  event.pid = slot->pid.load(std::memory_order_relaxed);
  event.group = static_cast<int32_t>(slot->group.load(std::memory_order_relaxed));
  if (kind == EventKind::kTimeoutSet) {
    event.soft_ns = slot->soft_limit_ns.load(std::memory_order_relaxed);
    event.hard_ns = slot->hard_limit_ns.load(std::memory_order_relaxed);
  }
  return event;
}

// Its worker began it and died before it could say so.
bool HostJobs::LacksAcceptance(JobRef job) const {
  const Record* record = Find(job);
  if (record == nullptr || !record->use.OnAcceptedStack() || record->accepted_told) return false;
  return segment_->slot(job.slot)->pid.load(std::memory_order_relaxed) != 0;
}

size_t HostJobs::TakeEnded(PoolEvent* events, size_t capacity) {
  size_t count = 0;
  while (count < capacity && !finished_.empty()) {
    const JobRef job = finished_.front();
    if (LacksAcceptance(job)) {
      Find(job)->accepted_told = true;
      events[count++] = EventOf(job, EventKind::kJobAccepted);
      continue;
    }
    finished_.pop_front();
    Record* record = Find(job);
    if (record == nullptr || !record->use.notify || record->told) continue;
    record->told = true;
    events[count++] = EventOf(job, EventKind::kJobDone);
    FreeIfUnwanted(job);
  }
  return count;
}

bool HostJobs::HasEnded() {
  CollectEnded();
  return !finished_.empty();
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
  if (released_.empty()) return;
  CollectEnded();
  for (size_t i = 0; i < most && !released_.empty(); ++i) {
    const JobRef job = released_.front();
    released_.pop_front();
    if (Find(job) != nullptr && !FreeIfEnded(job)) released_.push_back(job);
  }
}

void HostJobs::FreeIfUnwanted(JobRef job) {
  Record* record = Find(job);
  if (record == nullptr || !record->released) return;
  if (record->use.OnFinishedStack() && !record->taken) return;
  if (record->use.notify && !record->told) return;
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
  if (record->use.OnAcceptedStack()) CollectAccepted();  // its link is not used any more
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

HostJobs::Record* HostJobs::Find(JobRef job) {
  if (job.slot >= records_.size()) return nullptr;
  Record& record = records_[job.slot];
  return record.in_use && record.generation == job.generation ? &record : nullptr;
}

const HostJobs::Record* HostJobs::Find(JobRef job) const {
  return const_cast<HostJobs*>(this)->Find(job);
}

}  // namespace billiard::pool
