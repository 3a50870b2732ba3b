// The part of the supervisor that holds jobs to their limits, and ends single workers.
//
// [ALARM] header.alarm_ns is when this looks next. A look puts it to kNoTime, then reads every worker's
// job, then sets it to the earliest end that it saw; a worker that begins a job with an earlier end than
// the alarm pokes. So a job that a look missed pokes, and while nothing is due nobody wakes.
//
// A worker is ended for its job only after its job's word went from RUNNING(worker) to an outcome: it can
// not have left that job, and begins no other (Worker::LetGoOfEndedJob). So no neighbour is ever hit.

#include <signal.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/os/memory_use.h"
#include "billiard_core/os/pidfd.h"
#include "billiard_core/pool/job_limits.h"
#include "billiard_core/pool/supervisor.h"
#include "billiard_core/pool/terminate_job.h"
#include "billiard_core/process/child/term_signal.h"

namespace billiard::pool {
namespace {

std::string Seconds(int64_t ns) {
  return absl::StrCat(static_cast<double>(ns) / static_cast<double>(kNanosPerSecond));
}

// UTIL-5
HostOutcome TimeLimitOutcome(int64_t limit_ns, int32_t pid) {
  HostOutcome outcome;
  outcome.code = Code::kTimeLimit;
  outcome.message = absl::StrCat("TimeLimitExceeded(", Seconds(limit_ns), ",)");
  outcome.pid = pid;
  return outcome;
}

}  // namespace

void Supervisor::LookAtLimits() {
  const int64_t now = MonotonicNow();
  if (!look_at_limits_ && now < next_limit_ns_) return;
  look_at_limits_ = false;
  segment_->header()->alarm_ns.store(kNoTime, std::memory_order_seq_cst);  // [ALARM]
  next_limit_ns_ = kNoTime;
  for (Place& place : places_) {
    next_limit_ns_ = std::min(next_limit_ns_, LookAtLimitsOf(&place, now));
  }
  segment_->header()->alarm_ns.store(next_limit_ns_, std::memory_order_seq_cst);
}

// Returns when the next limit of the job passes that the place's worker is at, or kNoTime.
int64_t Supervisor::LookAtLimitsOf(Place* place, int64_t now) {
  if (place->life != Place::Life::kAlive) return kNoTime;
  const JobRef job =
      JobRef::From(segment_->worker(place->id.place)->intent.load(std::memory_order_seq_cst));
  const JobSlot* slot = segment_->SlotOrNull(job);
  if (job.generation == 0 || slot == nullptr) return kNoTime;
  RunningJob running;
  running.job = job;
  running.word = JobWord{slot->word.load(std::memory_order_seq_cst)};
  if (running.word.state() != JobState::kRunning || running.word.generation() != job.generation ||
      !running.word.HeldBy(place->id)) {
    return kNoTime;
  }
  running.id = slot->id.load(std::memory_order_relaxed);
  running.soft_ns = slot->soft_limit_ns.load(std::memory_order_relaxed);
  running.hard_ns = slot->hard_limit_ns.load(std::memory_order_relaxed);
  const int64_t soft_end = SoftLimitEnd(*slot);
  const int64_t hard_end = HardLimitEnd(*slot);
  // What was read is this job's if it runs still.
  if (slot->word.load(std::memory_order_acquire) != running.word.bits) return kNoTime;
  // Both are due: only the hard one acts (POOL-126).
  if (now >= hard_end) {
    EndAtTimeLimit(place, running);
    return kNoTime;
  }
  int64_t next = hard_end;
  if (now < soft_end) {
    next = std::min(next, soft_end);
  } else if (place->soft_told != job.packed()) {
    TellSoftLimit(place, running);
  }
  return std::min(next, LookAtMemory(place, running, now));
}

void Supervisor::EndAtTimeLimit(Place* place, const RunningJob& running) {
  {
    MutexLock lock(&host_->mutex);
    if (!host_->jobs.EndIf(running.job, running.word, JobState::kTimedOut,
                           TimeLimitOutcome(running.hard_ns, place->pid))) {
      return;
    }
    AnnounceLimit(EventKind::kTimeout, *place, running);
  }
  EndWorker(place, process::TermSignal());
}

// [SOFT] The job is named first, then its word is looked at, then the signal goes out; a worker answers
// first, then looks whether its job was named (SoftSignal::EndJob) and if so waits for the signal. So the
// signal reaches that job, or its worker between two jobs, and never the next job (POOL-123).
void Supervisor::TellSoftLimit(Place* place, const RunningJob& running) {
  WorkerEntry* entry = segment_->worker(place->id.place);
  {
    MutexLock lock(&host_->mutex);
    entry->soft_job.store(running.job.packed(), std::memory_order_seq_cst);
    const JobSlot* slot = segment_->slot(running.job.slot);
    if (slot->word.load(std::memory_order_seq_cst) != running.word.bits) {
      entry->soft_job.store(0, std::memory_order_seq_cst);
      return;
    }
    AnnounceLimit(EventKind::kSoftTimeout, *place, running);
  }
  place->soft_told = running.job.packed();
  if (entry->soft_signal.load(std::memory_order_relaxed) == 1) {
    (void)os::PidfdSendSignal(place->pidfd.get(), SIGUSR1);
  }
}

void Supervisor::AnnounceLimit(EventKind kind, const Place& place, const RunningJob& running) {
  PoolEvent event;
  event.kind = kind;
  event.job = running.id;
  event.soft_ns = running.soft_ns;
  event.hard_ns = running.hard_ns;
  event.pid = place.pid;
  event.index = static_cast<int32_t>(place.id.place);
  event.group = static_cast<int32_t>(place.group);
  host_->Announce(event);
}

// Returns when to look again, or kNoTime when memory is not limited (POOL-20).
int64_t Supervisor::LookAtMemory(Place* place, const RunningJob& running, int64_t now) {
  const int64_t limit = host_->options.max_memory_per_worker_kib;
  if (limit == 0) return kNoTime;
  if (now < place->memory_look_ns) return place->memory_look_ns;
  place->memory_look_ns = now + kMemoryLook;
  WorkerEntry* entry = segment_->worker(place->id.place);
  const int64_t at_first = entry->memory_kib.load(std::memory_order_relaxed);
  const int64_t used = os::AnonymousMemoryKib(place->pid);
  if (at_first < 0 || used < 0) return place->memory_look_ns;
  const int64_t growth = used - at_first;
  if (growth > limit) entry->recycle.store(place->id.incarnation, std::memory_order_relaxed);
  if (growth / 2 <= limit) return place->memory_look_ns;
  HostOutcome outcome;
  outcome.code = Code::kMemoryLimit;
  outcome.message = absl::StrCat("the worker has grown by ", growth,
                                 " KiB, more than twice its limit of ", limit, " KiB");
  outcome.pid = place->pid;
  bool ended;
  {
    MutexLock lock(&host_->mutex);
    ended = host_->jobs.EndIf(running.job, running.word, JobState::kOverMemory, std::move(outcome));
  }
  if (ended) EndWorker(place, SIGKILL);  // there may be no memory to be kind with
  return kNoTime;
}

// Makes sure that the worker begins no job from here on, as long as it is not at one. [DOOMED] A job that
// it takes after this look stays TAKEN, and goes back when it dies; one that it has taken before goes back
// here. False: it is at a job, and goes on.
bool Supervisor::DoomIdle(Place* place) {
  WorkerEntry* entry = segment_->worker(place->id.place);
  entry->doomed.store(place->id.incarnation, std::memory_order_seq_cst);
  const JobRef job = JobRef::From(entry->intent.load(std::memory_order_seq_cst));
  JobSlot* slot = segment_->SlotOrNull(job);
  if (job.generation == 0 || slot == nullptr) return true;
  const JobWord word{slot->word.load(std::memory_order_seq_cst)};
  if (word.generation() != job.generation || !word.IsHeld() || !word.HeldBy(place->id)) return true;
  if (word.state() == JobState::kTaken) {
    MutexLock lock(&host_->mutex);
    // It may be about to list the job as accepted, so that nobody else may do so before it is dead. And
    // it begins the job only when it was answered, and then sees the mark first.
    const bool asks = (slot->flags.load(std::memory_order_relaxed) & kAwaitAnswer) != 0;
    if (asks && slot->answer.load(std::memory_order_seq_cst) == kNoAnswer) return true;
    if (host_->jobs.Requeue(job, word)) {
      host_->Return(job);
      return true;
    }
    if (!host_->jobs.WordOf(job).IsHeld()) return true;
  }
  entry->doomed.store(0, std::memory_order_seq_cst);
  os::FutexWake(&entry->doomed, os::kWakeAll);
  return false;
}

// What bp_pool_terminate_job and bp_result_terminate asked for; jobs have their outcomes already. A
// request that comes before the word of its worker's start waits for that.
void Supervisor::EndWorkersAsAsked() {
  std::vector<EndRequest> requests;
  {
    MutexLock lock(&host_->mutex);
    requests.swap(host_->end_requests);
  }
  for (const EndRequest& request : requests) {
    if (request.place >= places_.size()) continue;
    Place* place = &places_[request.place];
    const bool same = (place->id.incarnation & 0xfff) == (request.incarnation & 0xfff);
    if (!same) continue;
    if (place->life == Place::Life::kAsked) {  // it runs, but the template has not told yet
      MutexLock lock(&host_->mutex);
      host_->end_requests.push_back(request);
    }
    if (place->life != Place::Life::kAlive) continue;
    if (request.idle && !DoomIdle(place)) {
      EndJobOf(host_.get(), place->id, request.signal_number);  // begun since it was seen idle
    }
    EndWorker(place, request.signal_number);
  }
}

// Jobs that did not begin in time.
void Supervisor::EndExpiredJobs() {
  const int64_t now = MonotonicNow();
  MutexLock lock(&host_->mutex);
  next_expiry_ns_ = host_->expiries.End(now, [&](JobRef job) {
    const JobWord word = host_->jobs.WordOf(job);
    if (word.generation() != job.generation) return true;
    if (word.state() == JobState::kTaken) return false;  // decided in a moment
    HostOutcome outcome;
    outcome.code = Code::kExpired;
    outcome.message = "the job had not begun when it expired";
    if (word.state() == JobState::kQueued) {
      return host_->jobs.EndIf(job, word, JobState::kExpired, std::move(outcome));
    }
    return true;
  });
}

// The signal now, and SIGKILL after the grace time to a process that lives on: it may block or handle the
// signal, or be stopped.
void Supervisor::EndWorker(Place* place, int signal_number) {
  place->on_purpose = true;
  place->kill_at_ns = LimitEnd(MonotonicNow(), host_->options.terminate_grace_ns);
  if (!place->pidfd.valid()) FindPidfd(place);
  (void)os::PidfdSendSignalToGroup(place->pidfd.get(), signal_number);
}

void Supervisor::KillOverdueWorkers() {
  const int64_t now = MonotonicNow();
  for (Place& place : places_) {
    if (place.kill_at_ns == 0 || now < place.kill_at_ns) continue;
    place.kill_at_ns = now + kKillAgain;
    if (!place.pidfd.valid()) FindPidfd(&place);
    (void)os::PidfdSendSignal(place.pidfd.get(), SIGKILL);
  }
}

}  // namespace billiard::pool
