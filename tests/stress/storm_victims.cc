#include "tests/stress/storm_victims.h"

#include <sched.h>
#include <signal.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "billiard_core/os/pidfd.h"
#include "tests/support/processes.h"

namespace billiard::stress {
namespace {

using pool::JobRef;
using pool::JobState;
using pool::JobWord;
using pool::WorkerEntry;
using pool::WorkerId;
using pool::WorkerPhase;

// State and parent of a process; 'X' if there is none.
std::pair<char, pid_t> LookAtProcess(pid_t pid) {
  char text[512] = "";
  FILE* file = fopen(("/proc/" + std::to_string(pid) + "/stat").c_str(), "r");
  if (file == nullptr) return {'X', 0};
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  char state = 'X';
  pid_t parent = 0;
  const char* after_name = strrchr(text, ')');
  if (after_name != nullptr) sscanf(after_name + 1, " %c %d", &state, &parent);
  return {state, parent};
}

bool Lives(char state) { return state != 'X' && state != 'Z'; }

}  // namespace

bool StormVictims::StrikeWorker(bool leave_to_limits) {
  const pid_t parent = Template();
  const std::vector<pid_t> workers = testing::ChildrenOf(parent);
  if (parent == 0 || workers.empty()) return false;
  const pid_t pid = workers[Below(static_cast<uint32_t>(workers.size()))];
  absl::StatusOr<os::Fd> pidfd = os::PidfdOpen(pid);
  // Looked at after the opening: it is the template's child, so that worker.
  const auto [state, its_parent] = LookAtProcess(pid);
  if (!pidfd.ok() || !Lives(state) || its_parent != parent) return false;
  if (Below(10) == 0) {
    ++strikes_.stops;
    Stop(*std::move(pidfd), !leave_to_limits && Below(2) == 0);
    return true;
  }
  if (Below(2) == 0) Look(pid, *pidfd);
  if (os::PidfdHasEnded(pidfd->get())) return false;
  ++strikes_.kills;
  return os::PidfdSendSignal(pidfd->get(), SIGKILL).ok();
}

bool StormVictims::StrikeTemplate() {
  const pid_t pid = Template();
  absl::StatusOr<os::Fd> pidfd = os::PidfdOpen(pid);
  // Said to be the template after the opening, so it was not reaped before.
  if (pid == 0 || !pidfd.ok() || Template() != pid || os::PidfdHasEnded(pidfd->get())) {
    return false;
  }
  const bool dies = Below(20) != 0;
  strikes_.templates += dies;
  if (!dies || Below(10) == 0) {
    Stop(*std::move(pidfd), dies);
  } else {
    (void)os::PidfdSendSignal(pidfd->get(), SIGKILL);
  }
  return true;
}

void StormVictims::Stop(os::Fd pidfd, bool dies) {
  (void)os::PidfdSendSignal(pidfd.get(), SIGSTOP);
  stopped_.push_back({std::move(pidfd), 1 + Below(300), dies});
}

void StormVictims::Pass(uint64_t moments) {
  for (size_t i = 0; i < stopped_.size();) {
    Stopped& one = stopped_[i];
    one.moments -= static_cast<int64_t>(moments);
    if (one.moments > 0) {
      ++i;
      continue;
    }
    (void)os::PidfdSendSignal(one.pidfd.get(), one.dies ? SIGKILL : SIGCONT);
    std::swap(one, stopped_.back());
    stopped_.pop_back();
  }
}

void StormVictims::Release() { Pass(INT64_MAX); }

void StormVictims::Look(pid_t pid, const os::Fd& pidfd) {
  (void)os::PidfdSendSignal(pidfd.get(), SIGSTOP);
  char state;
  while (Lives(state = LookAtProcess(pid).first) && state != 'T') sched_yield();
  if (!Lives(state)) return;
  ++strikes_.looked_at;
  ++strikes_.by_doing[static_cast<int>(DoingOf(pid))];
}

Doing StormVictims::DoingOf(pid_t pid) const {
  for (uint32_t place = 0; place < segment_->place_count(); ++place) {
    const WorkerEntry* entry = segment_->worker(place);
    if (entry->pid.load() != pid) continue;
    const uint64_t word = entry->word.load();
    if (pool::PhaseOf(word) == WorkerPhase::kLeaving) return Doing::kLeaving;
    if (pool::PhaseOf(word) != WorkerPhase::kReady) return Doing::kBooting;
    const uint64_t intent = entry->intent.load();
    if (intent == 0) return Doing::kIdle;
    return DoingWithJob(WorkerId{place, pool::IncarnationOf(word)}, JobRef::From(intent));
  }
  return Doing::kBooting;  // it has not said its pid yet
}

Doing StormVictims::DoingWithJob(WorkerId worker, JobRef job) const {
  const pool::JobSlot* slot = segment_->SlotOrNull(job);
  const JobWord word{slot->word.load()};
  const bool same = word.generation() == job.generation;
  if (same && word.state() == JobState::kQueued) return Doing::kClaiming;
  if (same && word.state() == JobState::kTaken) return Doing::kClaiming;
  if (!same || word.state() != JobState::kRunning || !word.HeldBy(worker)) {
    return Doing::kPublishing;  // it has answered, and not let go of the job yet
  }
  JobHead head;
  memcpy(&head, segment_->Load(slot->argument, slot->argument_bytes).data, sizeof head);
  return book_->replying[head.index].load() != 0 ? Doing::kPublishing : Doing::kRunning;
}

}  // namespace billiard::stress
