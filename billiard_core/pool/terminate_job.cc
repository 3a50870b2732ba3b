#include "billiard_core/pool/terminate_job.h"

#include <signal.h>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "billiard_core/base/status.h"
#include "billiard_core/process/child/term_signal.h"
#include "billiard_core/process/child_entry.h"

namespace billiard::pool {
namespace {

// UTIL-8
HostOutcome TerminatedOutcome(int signal_number, int32_t pid) {
  HostOutcome outcome;
  outcome.code = Code::kTerminated;
  outcome.message = absl::StrCat("Terminated(", signal_number, ")");
  outcome.pid = pid;
  outcome.exit_status = -signal_number;
  return outcome;
}

// The worker itself says its pid, too: the template may have been held up since it made the worker, which
// is at its first job meanwhile.
absl::optional<WorkerId> WorkerWithPid(const PoolSegment& segment, pid_t pid) {
  for (uint32_t p = 0; p < segment.place_count(); ++p) {
    const process::ChildEntry& child = segment.children()[p];
    const uint64_t word = child.word.load(std::memory_order_acquire);
    if (process::StateOf(word) == process::ChildState::kRunning &&
        child.pid.load(std::memory_order_relaxed) == pid) {
      return WorkerId{p, process::IncarnationOf(word)};
    }
    const WorkerEntry* entry = segment.worker(p);
    const uint64_t progress = entry->word.load(std::memory_order_acquire);
    if (PhaseOf(progress) == WorkerPhase::kReady &&
        entry->pid.load(std::memory_order_relaxed) == pid) {
      return WorkerId{p, IncarnationOf(progress)};
    }
  }
  return absl::nullopt;
}

// The job that a worker runs, and its word.
absl::optional<JobRef> RunningJobOf(const PoolSegment& segment, WorkerId worker, JobWord* word) {
  const JobRef job = JobRef::From(segment.worker(worker.place)->intent.load());
  const JobSlot* slot = segment.SlotOrNull(job);
  if (job.generation == 0 || slot == nullptr) return absl::nullopt;
  *word = JobWord{slot->word.load()};
  const bool runs = word->state() == JobState::kRunning && word->generation() == job.generation &&
                    word->HeldBy(worker);
  return runs ? absl::optional<JobRef>(job) : absl::nullopt;
}

}  // namespace

absl::StatusOr<int> TerminationSignal(int signal_number) {
  if (signal_number == 0) return process::TermSignal();
  if (signal_number > 0 && signal_number <= SIGRTMAX) return signal_number;
  return MakeStatus(Code::kInvalid, absl::StrCat("signal: ", signal_number, " is no signal"));
}

bool TerminateJob(HostPool* host, JobRef job, int signal_number) {
  MutexLock lock(&host->mutex);
  while (true) {
    const JobWord word = host->jobs.WordOf(job);
    if (word.generation() != job.generation || word.IsOutcome()) return false;
    const bool running = word.state() == JobState::kRunning;
    const int32_t pid = running ? host->segment->slot(job.slot)->pid.load() : 0;
    if (!host->jobs.EndIf(job, word, JobState::kTerminated,
                          TerminatedOutcome(signal_number, pid))) {
      continue;
    }
    if (!running) return false;  // whoever has taken it finds that it has ended, and goes on
    host->end_requests.push_back({word.place(), word.incarnation(), signal_number, false});
    return true;
  }
}

bool TerminateJobOf(HostPool* host, pid_t pid, int signal_number, uint64_t job_id) {
  const absl::optional<WorkerId> worker = WorkerWithPid(*host->segment, pid);
  if (!worker) return false;
  MutexLock lock(&host->mutex);
  JobWord word;
  const absl::optional<JobRef> job = RunningJobOf(*host->segment, *worker, &word);
  if (job_id != kAnyJob) {
    // The id is that job's if EndIf finds the same word.
    if (!job || host->segment->slot(job->slot)->id.load() != job_id) return false;
    if (!host->jobs.EndIf(*job, word, JobState::kTerminated,
                          TerminatedOutcome(signal_number, pid))) {
      return false;
    }
  }
  const bool ended =
      job_id != kAnyJob || (job && host->jobs.EndIf(*job, word, JobState::kTerminated,
                                                    TerminatedOutcome(signal_number, pid)));
  host->end_requests.push_back({worker->place, worker->incarnation, signal_number, !ended});
  return true;
}

bool EndJobOf(HostPool* host, WorkerId worker, int signal_number) {
  MutexLock lock(&host->mutex);
  JobWord word;
  const absl::optional<JobRef> job = RunningJobOf(*host->segment, worker, &word);
  if (!job) return false;
  const int32_t pid = host->segment->slot(job->slot)->pid.load();
  return host->jobs.EndIf(*job, word, JobState::kTerminated, TerminatedOutcome(signal_number, pid));
}

}  // namespace billiard::pool
