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

#include "absl/strings/str_cat.h"
#include "billiard_core/os/pidfd.h"
#include "billiard_core/pool/job_limits.h"
#include "billiard_core/pool/supervisor.h"

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
  const JobWord word{slot->word.load(std::memory_order_seq_cst)};
  if (word.state() != JobState::kRunning || word.generation() != job.generation ||
      !word.HeldBy(place->id)) {
    return kNoTime;
  }
  const int64_t limit = slot->hard_limit_ns.load(std::memory_order_relaxed);
  const int64_t end = HardLimitEnd(*slot);
  // What was read is this job's if it still runs: EndIf asks for the same word.
  if (now < end) return slot->word.load(std::memory_order_acquire) == word.bits ? end : kNoTime;
  bool ended;
  {
    MutexLock lock(&host_->mutex);
    ended = host_->jobs.EndIf(job, word, JobState::kTimedOut, TimeLimitOutcome(limit, place->pid));
  }
  if (ended) EndWorker(place, SIGTERM);
  return kNoTime;
}

// The signal now, and SIGKILL after the grace time to a process that lives on: it may block or handle the
// signal, or be stopped.
void Supervisor::EndWorker(Place* place, int signal_number) {
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
