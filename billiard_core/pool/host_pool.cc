#include "billiard_core/pool/host_pool.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/eventfd.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/pool/job_limits.h"
#include "billiard_core/pool/lookout.h"

namespace billiard::pool {
namespace {

// The bits of PoolOptions::events that ask for a kind.
uint32_t EventClass(EventKind kind) {
  switch (kind) {
    case EventKind::kJobAccepted:
    case EventKind::kJobDone:
      return ~0u;
    case EventKind::kSoftTimeout:
    case EventKind::kTimeout:
    case EventKind::kTimeoutSet:
    case EventKind::kTimeoutCancel:
      return kLimitEvents;
    case EventKind::kWorkerUp:
    case EventKind::kWorkerDown:
    case EventKind::kGrow:
    case EventKind::kShrink:
      return kWorkerEvents;
    case EventKind::kPoolFailed:
      return kWorkerEvents | kLimitEvents;
  }
  return 0;
}

// The limit of a job that has `own`, in a pool that has `pools`; 0 for none.
int64_t Chosen(int64_t own, int64_t pools) { return std::max<int64_t>(0, own == 0 ? pools : own); }

HostOutcome NoMemoryForOrder() {
  HostOutcome outcome;
  outcome.code = Code::kNoMem;
  outcome.message = "no memory for the order of the pool's jobs";
  return outcome;
}

}  // namespace

uint64_t NextJobId() {
  static std::atomic<uint64_t> next{0};
  return next.fetch_add(1);
}

HostPool::HostPool(PoolOptions checked_options, std::shared_ptr<PoolSegment> shared_segment)
    : process_token(os::ProcessToken()),
      options(std::move(checked_options)),
      segment(std::move(shared_segment)),
      jobs(segment.get(), &events),
      places(options.groups, segment->place_count()),
      stalls_(options.groups.size()),
      names_(options.groups.size()),
      known_(options.groups.size(), false) {
  MutexLock lock(&mutex);
  jobs.slots().SetBound(options.slots);
  PublishPlaces();
}

bool HostPool::MadeHere() const { return process_token == os::ProcessToken(); }

absl::Status HostPool::CheckProcess() const {
  if (MadeHere()) return absl::OkStatus();
  return MakeStatus(Code::kForked, "pool: belongs to the process that made it");
}

absl::Status HostPool::MayAccept() const {
  if (!failure.ok()) return WhyFailed();
  if (!accepting) return MakeStatus(Code::kState, "pool: is not running");
  return absl::OkStatus();
}

absl::StatusOr<TaskAddress> HostPool::Resolve(absl::string_view task,
                                              absl::string_view group) const {
  bool group_exists = group.empty();
  for (uint32_t g = 0; g < names_.size(); ++g) {
    if (!group.empty() && options.groups[g].name != group) continue;
    group_exists = true;
    const auto found = names_[g].find(std::string(task));
    if (found != names_[g].end()) return TaskAddress{g, found->second};
  }
  if (!group_exists) {
    return MakeStatus(Code::kInvalid,
                      absl::StrCat("options.group: no group is named '", group, "'"));
  }
  if (!AllNamesKnown(group)) return MakeStatus(Code::kNotFound, "not known yet");
  return MakeStatus(Code::kUnknownTask, absl::StrCat("task: no worker group knows '", task, "'"));
}

bool HostPool::AllNamesKnown(absl::string_view group) const {
  for (uint32_t g = 0; g < known_.size(); ++g) {
    if (!group.empty() && options.groups[g].name != group) continue;
    if (!known_[g]) return false;
  }
  return true;
}

void HostPool::SetLimits(int64_t soft_ns, int64_t hard_ns, JobSlot* slot) const {
  slot->soft_limit_ns.store(Chosen(soft_ns, options.soft_time_limit_ns), std::memory_order_relaxed);
  slot->hard_limit_ns.store(Chosen(hard_ns, options.time_limit_ns), std::memory_order_relaxed);
}

bool HostPool::TellsOfLimits(int64_t soft_ns, int64_t hard_ns) const {
  return (options.events & kLimitEvents) != 0 &&
         (Chosen(soft_ns, options.soft_time_limit_ns) != 0 ||
          Chosen(hard_ns, options.time_limit_ns) != 0);
}

bool HostPool::SetExpiry(int64_t expires_ns, JobRef job) {
  const int64_t at = LimitEnd(MonotonicNow(), expires_ns);
  segment->slot(job.slot)->expires_ns.store(at == kNoTime ? 0 : at, std::memory_order_relaxed);
  if (at == kNoTime) return false;
  expiries.Tidy([this](JobRef old) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const JobWord word = jobs.WordOf(old);
    return word.generation() != old.generation || word.state() == JobState::kRunning ||
           word.IsOutcome();
  });
  return expiries.Add(at, job);
}

bool HostPool::Enqueue(JobRef job, TaskAddress address, int priority) {
  JobSlot* slot = segment->slot(job.slot);
  slot->task.store(address.task, std::memory_order_relaxed);
  slot->group.store(static_cast<uint8_t>(address.group), std::memory_order_relaxed);
  slot->word.store(JobWord::Of(job.generation, JobState::kQueued).bits, std::memory_order_release);
  return segment->PushQueued(address.group, priority, job);
}

void HostPool::Return(JobRef job) {
  const uint32_t group = segment->slot(job.slot)->group.load(std::memory_order_relaxed);
  if (segment->PushReturned(group, job)) {
    WakeWorkers(group);
  } else {
    jobs.End(job, JobState::kRefused, NoMemoryForOrder());
  }
}

absl::Status HostPool::LearnNames(uint32_t group, const std::string& packed) {
  GroupEntry* entry = segment->group(group);
  if (!packed.empty()) {
    const absl::StatusOr<shared_memory::BlockRef> block = segment->StoreNames(packed);
    if (!block.ok()) return block.status();
    entry->names.store(*block, std::memory_order_relaxed);
  }
  const std::vector<std::string> names = UnpackNames(packed);
  entry->names_bytes.store(packed.size(), std::memory_order_relaxed);
  entry->names_count.store(static_cast<uint32_t>(names.size()), std::memory_order_relaxed);
  entry->names_known.store(1, std::memory_order_release);  // [NAMES] the names first
  for (uint32_t i = 0; i < names.size(); ++i) names_[group].emplace(names[i], i);
  known_[group] = true;
  SendPending();
  return absl::OkStatus();
}

void HostPool::Defer(PendingJob job) { pending_.push_back(std::move(job)); }

void HostPool::SendPending() {
  std::deque<PendingJob> pending;
  pending.swap(pending_);
  for (PendingJob& waiting : pending) {
    const JobWord word = jobs.WordOf(waiting.job);
    if (word.generation() != waiting.job.generation || word.IsOutcome()) continue;
    const absl::StatusOr<TaskAddress> address = Resolve(waiting.task, waiting.group);
    if (address.ok()) {
      if (Enqueue(waiting.job, *address, waiting.priority)) {
        WakeWorkers(address->group);
      } else {
        jobs.End(waiting.job, JobState::kRefused, NoMemoryForOrder());
      }
    } else if (CodeOf(address.status()) == Code::kNotFound) {
      pending_.push_back(std::move(waiting));
    } else {
      HostOutcome outcome;
      outcome.code = CodeOf(address.status());
      outcome.message = std::string(address.status().message());
      jobs.End(waiting.job, JobState::kRefused, std::move(outcome));
    }
  }
}

os::FutexResult HostPool::WaitWhile(const std::atomic<uint32_t>* word, uint32_t expected,
                                    Deadline deadline, os::Interrupt* interrupt) {
  WakeRestingForWork();
  return loop == nullptr ? os::FutexWait(word, expected, deadline, interrupt)
                         : loop->Wait(word, expected, deadline, interrupt);
}

size_t HostPool::ReadEvents(PoolEvent* out, size_t capacity) {
  MutexLock lock(&mutex);
  const size_t count = pump.TakePassedOn(out, capacity);
  return count + TakeEvents(out + count, capacity - count);
}

absl::Status HostPool::WhyFailed() const {
  const Code code =
      CodeOf(failure) == Code::kRestartLimit ? Code::kRestartLimit : Code::kPoolFailed;
  return MakeStatus(code, failure.message());
}

void HostPool::Announce(PoolEvent event) {
  if ((EventClass(event.kind) & options.events) == 0) return;
  event.time_ns = MonotonicNow();
  if (event.job != UINT64_MAX) jobs.CollectAccepted();  // the job's begin comes first
  events.Push(event);
  segment->PokeFinished();
  segment->TellSubmitters();
}

size_t HostPool::TakeEvents(PoolEvent* taken, size_t capacity) {
  size_t count = 0;
  size_t ended = 0;
  bool more = false;
  do {
    jobs.CollectEnded();
    jobs.CollectAccepted();
    count = events.Take(taken, capacity);
    ended = jobs.TakeEnded(taken + count, capacity - count);  // after all else of the job
    count += ended;
    more = HasEvents();
    // Nothing taken has to mean that the descriptor is armed: who waits for its edge reads until then.
    // So what happened just now, and keeps it from being armed, is taken too.
  } while (count == 0 && capacity != 0 && more && !pump.HasPassedOn());
  if (!more) {
    os::DrainEventfd(finished.get());
    segment->header()->finished_armed.store(1, std::memory_order_seq_cst);
    // What came before the arming did not poke.
    if (HasEvents()) segment->PokeFinished();
  }
  if (ended != 0) segment->TellSubmitters();
  return count;
}

bool HostPool::HasEvents() {
  jobs.CollectEnded();  // which may make events
  jobs.CollectAccepted();
  return !events.Empty() || jobs.HasEnded() || pump.HasPassedOn();
}

void HostPool::EndAll(JobState state, const HostOutcome& outcome) {
  pending_.clear();
  for (const JobRef job : jobs.Unfinished()) jobs.End(job, state, outcome);
}

uint64_t HostPool::WorkerCount() {
  MutexLock lock(&mutex);
  return static_cast<uint64_t>(places.Wanted());
}

void HostPool::PublishPlaces() {
  for (uint32_t p = 0; p < places.count(); ++p) {
    segment->worker(p)->in_use.store(places.IsInUse(p) ? 1 : 0, std::memory_order_relaxed);
  }
  segment->header()->workers_wanted.store(places.Wanted(), std::memory_order_relaxed);
}

void HostPool::WakeWorkers(uint32_t group) {
  GroupEntry* entry = segment->group(group);
  entry->work.NotifyOne();
  if (MayRest(*entry) && stalls_[group].Submitted(segment->Claimed(group))) WakeResting(entry);
}

void HostPool::WakeRestingForWork() {
  for (uint32_t g = 0; g < segment->group_count(); ++g) {
    GroupEntry* entry = segment->group(g);
    if (MayRest(*entry) && segment->HasQueued(g)) WakeResting(entry);
  }
}

void HostPool::WakeAllWorkers(uint32_t group) { segment->group(group)->work.NotifyAll(); }

void HostPool::WakeAllWorkers() {
  for (uint32_t g = 0; g < segment->group_count(); ++g) WakeAllWorkers(g);
}

}  // namespace billiard::pool
