// The part of the supervisor that looks after the workers and their template.

#include <signal.h>
#include <sys/epoll.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/exit_text.h"
#include "billiard_core/logging/logger.h"
#include "billiard_core/os/eventfd.h"
#include "billiard_core/os/fork_gate.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/os/pidfd.h"
#include "billiard_core/pool/lookout.h"
#include "billiard_core/pool/recovery.h"
#include "billiard_core/pool/supervisor.h"
#include "billiard_core/pool/worker_name.h"

namespace billiard::pool {

void Supervisor::StartPlace(Place* place) {
  ++place->id.incarnation;
  if (place->replaces) {
    segment_->header()->restarts[static_cast<size_t>(place->reason)].fetch_add(1);
  }
  place->replaces = false;
  {
    MutexLock lock(&host_->mutex);
    place->group = host_->places.GroupAt(place->id.place);
    host_->places.Occupy(place->id.place);
    host_->PublishPlaces();
  }
  WorkerEntry* entry = segment_->worker(place->id.place);
  entry->intent.store(0, std::memory_order_relaxed);
  entry->owner.store(0, std::memory_order_relaxed);
  entry->jobs_done.store(0, std::memory_order_relaxed);
  entry->succeeded_after.store(entry->succeeded.load(std::memory_order_relaxed));
  entry->failed_after.store(entry->failed.load(std::memory_order_relaxed));
  entry->pid.store(0, std::memory_order_relaxed);
  entry->group.store(place->group, std::memory_order_relaxed);
  entry->leave.store(0, std::memory_order_relaxed);
  entry->soft_job.store(0, std::memory_order_relaxed);
  entry->soft_signal.store(0, std::memory_order_relaxed);
  entry->memory_kib.store(-1, std::memory_order_relaxed);
  entry->recycle.store(0, std::memory_order_relaxed);
  entry->doomed.store(0, std::memory_order_relaxed);
  entry->reason[0] = '\0';
  entry->word.store(PhaseWord(place->id.incarnation, WorkerPhase::kStarting),
                    std::memory_order_release);
  place->life = Place::Life::kAsked;
  place->ready = false;
  place->leaving = false;
  place->start_at_ns = 0;
  place->boot_timed_out = false;
  place->on_purpose = false;
  place->leaving_since_ns = 0;
  place->soft_told = 0;
  place->memory_look_ns = 0;
  place->pid = 0;
  place->held = 0;
  place->asked_ns = MonotonicNow();
  // A failure here means that the template has gone, which its pidfd tells.
  place->home = CurrentHome()->number;
  (void)CurrentHome()->process->RequestStart(static_cast<int>(place->id.place),
                                             place->id.incarnation, static_cast<int>(place->group));
}

void Supervisor::OnStarted(Place* place, process::Template::Event event) {
  place->life = Place::Life::kAlive;
  place->pid = event.pid;
  place->pidfd = std::move(event.pidfd);
  // Without pidfd or watch the template's word still tells of its end.
  if (place->pidfd.valid()) Watch(place->pidfd.get(), EPOLLIN | EPOLLONESHOT, place->id.place);
  {
    MutexLock lock(&host_->mutex);
    if (!place->leaving) host_->places.MarkStarted(place->id.place);
  }
  AnnounceWorker(EventKind::kWorkerUp, *place, kExitUnknown);
  if (logging::Enabled(logging::kInfo)) {
    logging::Log(logging::kInfo, absl::StrCat("supervisor: worker ", NameOf(*place),
                                              " pid:", place->pid, " started"));
  }
  host_->Bump(&host_->news);
  // It may have begun a job before this word of its start came.
  look_at_limits_ = true;
  EndWorkersAsAsked();
}

void Supervisor::AnnounceWorker(EventKind kind, const Place& place, int32_t exit_status) {
  PoolEvent event;
  event.kind = kind;
  event.pid = place.pid;
  event.index = static_cast<int32_t>(place.id.place);
  event.group = static_cast<int32_t>(place.group);
  event.exit_status = exit_status;
  MutexLock lock(&host_->mutex);
  host_->Announce(event);
}

// This process had no descriptor free when the template sent the worker's pidfd.
void Supervisor::FindPidfd(Place* place) {
  absl::StatusOr<os::Fd> pidfd = os::PidfdOpen(place->pid);
  const uint64_t word = segment_->children()[place->id.place].word.load(std::memory_order_acquire);
  // It names the worker if that still runs (I2 of child_entry.h).
  if (!pidfd.ok() ||
      word != process::ChildWord(place->id.incarnation, process::ChildState::kRunning)) {
    return;
  }
  place->pidfd = *std::move(pidfd);
  Watch(place->pidfd.get(), EPOLLIN | EPOLLONESHOT, place->id.place);
}

// The exit status comes from the template a moment later.
void Supervisor::OnPidfd(Place* place) {
  // The event may be of the process before: it was replaced while events of one look were handled.
  if (place->life != Place::Life::kAlive || !os::PidfdHasEnded(place->pidfd.get())) return;
  place->life = Place::Life::kSeenDead;
  place->dead_ns = MonotonicNow();
  Home* home = FindHome(place->home);
  if (!home->gone) {
    ReadTemplateEvents(home);
  } else {
    OnGone(place, -SIGKILL, "");  // by its parent-death signal
  }
}

std::string Supervisor::NameOf(const Place& place) const {
  return WorkerName(host_->options.groups[place.group].forks(), place.id.place);
}

// POOL-109: an end that somebody wanted is no error.
void Supervisor::LogExit(const Place& place, int32_t exit_status) const {
  const bool in_order = exit_status == kExitNormal || exit_status == kExitRecycled;
  if (in_order || place.leaving || place.on_purpose || leave_asked_) return;
  if (!logging::Enabled(logging::kError)) return;
  logging::Log(logging::kError, absl::StrCat("Process '", NameOf(place), "' pid:", place.pid,
                                             " exited with '", ExitStatusText(exit_status), "'"));
}

void Supervisor::LogError(absl::string_view what, absl::string_view text) {
  if (!logging::Enabled(logging::kError)) return;
  logging::Log(logging::kError, absl::StrCat("supervisor: ", what, text));
}

RestartReason Supervisor::ReasonOf(const Place& place, int32_t exit_status) {
  if (place.leaving || place.on_purpose) return RestartReason::kAsked;
  if (!place.ready) return RestartReason::kBoot;
  return exit_status == kExitRecycled ? RestartReason::kRecycled : RestartReason::kLost;
}

void Supervisor::OnGone(Place* place, int32_t exit_status, const std::string& start_error) {
  if (place->life == Place::Life::kEmpty) return;
  if (place->pidfd.valid()) Unwatch(place->pidfd.get());
  place->pidfd.Reset();
  const bool was_alive = place->life != Place::Life::kAsked;
  place->life = Place::Life::kEmpty;
  DeadWorker dead;
  dead.id = place->id;
  dead.pid = place->pid;
  dead.exit_status = exit_status;
  const bool asked = place->leaving || place->on_purpose || leave_asked_;
  if (FindHome(place->home)->gone) {
    dead.why = "The pool's template process died.";
  } else if (exit_status == -SIGKILL && !asked && oom_.Claim()) {
    dead.out_of_memory = true;
    dead.why = "The kernel had run out of memory and killed a process of this control group.";
  }
  SettleJob(host_.get(), dead);
  TakeBackBlocks(host_.get());
  if (was_alive) AnnounceWorker(EventKind::kWorkerDown, *place, exit_status);
  if (was_alive) LogExit(*place, exit_status);
  if (dead.out_of_memory) LogError("worker lost: ", dead.why);
  LeaveLookout(segment_->group(place->group), place->id.place);
  // Its wake-up may have died with it, and so may its poke of the eventfd that it had disarmed.
  host_->WakeWorkers(place->group);
  {
    MutexLock lock(&host_->mutex);
    if (host_->HasEvents()) os::PokeEventfd(host_->finished.get());
    host_->jobs.ReclaimPinned();
  }
  segment_->TellSubmitters();
  LookIfReady(place);  // it may have been, for a short while
  const std::string boot_failure =
      place->ready ? "" : BootFailureText(*place, exit_status, start_error);
  segment_->worker(place->id.place)
      ->word.store(PhaseWord(place->id.incarnation, WorkerPhase::kEmpty),
                   std::memory_order_release);
  place->reason = ReasonOf(*place, exit_status);
  place->replaces = true;
  place->ready = false;
  place->pid = 0;
  if (!leave_asked_) host_->exits.fetch_add(1);
  place->kill_at_ns = 0;
  if (CurrentHome()->gone) return;  // AfterTemplateGone goes on when all are gone
  if (leave_asked_) return;
  if (!boot_failure.empty() && !place->leaving &&
      !CountBootFailure(place, !start_error.empty(), boot_failure)) {
    return;
  }
  Replace(place, exit_status);
}

std::string Supervisor::BootFailureText(const Place& place, int32_t exit_status,
                                        const std::string& start_error) const {
  const std::string who = absl::StrCat("group '", host_->options.groups[place.group].name, "': ");
  if (!start_error.empty()) return absl::StrCat(who, start_error);
  const WorkerEntry* entry = segment_->worker(place.id.place);
  const WorkerPhase phase = PhaseOf(entry->word.load(std::memory_order_acquire));
  if (phase == WorkerPhase::kFailed) {
    return absl::StrCat(who, std::string(entry->reason, strnlen(entry->reason, kReasonBytes)));
  }
  if (phase == WorkerPhase::kRejected) {
    return absl::StrCat(who, "a worker announced other task names than its group has");
  }
  if (place.boot_timed_out) {
    return absl::StrCat(
        who, "worker was not ready within boot_timeout_ns = ", host_->options.boot_timeout_ns);
  }
  return absl::StrCat(who, "worker ended before it was ready: ", ExitStatusText(exit_status));
}

void Supervisor::LookForReadyWorkers() {
  for (Place& place : places_) {
    if (place.ready || place.life == Place::Life::kEmpty) continue;
    WorkerEntry* entry = segment_->worker(place.id.place);
    const uint64_t word = entry->word.load(std::memory_order_acquire);
    if (word == PhaseWord(place.id.incarnation, WorkerPhase::kAnnounced)) {
      Judge(&place, entry);  // pairs with [ANNOUNCE]
    } else {
      LookIfReady(&place);
    }
  }
}

void Supervisor::LookIfReady(Place* place) {
  const uint64_t word = segment_->worker(place->id.place)->word.load(std::memory_order_acquire);
  const bool ready = word == PhaseWord(place->id.incarnation, WorkerPhase::kReady) ||
                     word == PhaseWord(place->id.incarnation, WorkerPhase::kLeaving);
  if (ready && !place->ready) OnReady(place);
}

// A worker has said its names: the first of its group sets them, the others must say the same.
void Supervisor::Judge(Place* place, WorkerEntry* entry) {
  GroupEntry* group = segment_->group(place->group);
  const uint64_t block = entry->announcement.exchange(shared_memory::kNoBlock);
  const absl::StatusOr<std::string> packed =
      segment_->LoadNames(block, entry->announcement_bytes.load());
  segment_->FreeNames(block, entry->owner.load());
  bool accepted = false;
  if (packed.ok() && group->names_known.load() == 0) {
    MutexLock lock(&host_->mutex);
    accepted = host_->LearnNames(place->group, *packed).ok();
  } else if (packed.ok()) {
    const absl::StatusOr<std::string> known =
        segment_->LoadNames(group->names.load(), group->names_bytes.load());
    accepted = known.ok() && *known == *packed;
  }
  const WorkerPhase verdict = accepted ? WorkerPhase::kReady : WorkerPhase::kRejected;
  entry->word.store(PhaseWord(place->id.incarnation, verdict), std::memory_order_release);
  os::FutexWake(reinterpret_cast<const std::atomic<uint32_t>*>(&entry->word), os::kWakeAll);
  if (accepted) OnReady(place);
}

void Supervisor::OnReady(Place* place) {
  place->ready = true;
  place->boot_failures = 0;
  boot_failures_ = 0;
  if (!place->leaving) {
    MutexLock lock(&host_->mutex);
    host_->places.MarkReady(place->id.place);
  }
  host_->Bump(&host_->news);
}

void Supervisor::SignalAll(int signal_number) {
  for (Place& place : places_) {
    if (place.life == Place::Life::kAlive && place.pidfd.valid()) {
      (void)os::PidfdSendSignal(place.pidfd.get(), signal_number);
    }
  }
}

bool Supervisor::AnyProcess() const {
  for (const Place& place : places_) {
    if (place.life != Place::Life::kEmpty) return true;
  }
  return false;
}

}  // namespace billiard::pool
