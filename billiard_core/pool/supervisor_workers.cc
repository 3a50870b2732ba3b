// The part of the supervisor that looks after the workers and their template.

#include <signal.h>
#include <sys/epoll.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/os/pidfd.h"
#include "billiard_core/pool/recovery.h"
#include "billiard_core/pool/supervisor.h"

namespace billiard::pool {
void Supervisor::StartPlace(Place* place) {
  ++place->id.incarnation;
  if (place->id.incarnation > 1) host_->restarts.fetch_add(1);
  WorkerEntry* entry = segment_->worker(place->id.place);
  entry->intent.store(0, std::memory_order_relaxed);
  entry->owner.store(0, std::memory_order_relaxed);
  entry->jobs_done.store(0, std::memory_order_relaxed);
  entry->pid.store(0, std::memory_order_relaxed);
  entry->reason[0] = '\0';
  entry->word.store(PhaseWord(place->id.incarnation, WorkerPhase::kStarting),
                    std::memory_order_release);
  place->life = Place::Life::kAsked;
  place->ready = false;
  place->pid = 0;
  place->held = 0;
  place->asked_ns = MonotonicNow();
  // A failure here means that the template has gone, which its pidfd tells.
  (void)template_->RequestStart(static_cast<int>(place->id.place), place->id.incarnation,
                                static_cast<int>(place->group));
}

void Supervisor::ReadTemplateEvents() {
  while (true) {
    absl::StatusOr<std::optional<process::Template::Event>> read = template_->ReadEvent();
    if (!read.ok()) {  // it has ended: its pidfd says when it is gone
      Unwatch(template_->channel_fd());
      return;
    }
    if (!read->has_value()) return;
    process::Template::Event& event = **read;
    if (event.place < 0 || static_cast<size_t>(event.place) >= places_.size()) continue;
    Place* place = &places_[static_cast<size_t>(event.place)];
    if (event.incarnation != place->id.incarnation || place->life == Place::Life::kEmpty) continue;
    switch (event.kind) {
      case process::Template::Event::Kind::kStarted:
        OnStarted(place, std::move(event));
        break;
      case process::Template::Event::Kind::kStartFailed:
        OnGone(place, kExitUnknown, event.text);
        break;
      case process::Template::Event::Kind::kExited:
        OnGone(place, event.wait_status, "");
        break;
    }
  }
}

void Supervisor::OnStarted(Place* place, process::Template::Event event) {
  place->life = Place::Life::kAlive;
  place->pid = event.pid;
  place->pidfd = std::move(event.pidfd);
  if (place->pidfd.valid()) Watch(place->pidfd.get(), EPOLLIN | EPOLLONESHOT, place->id.place);
  if (place->id.incarnation == 1) {
    absl::MutexLock lock(&host_->mutex);
    ++host_->started_places;
  }
  host_->news.Bump();
}

// The exit status comes from the template a moment later.
void Supervisor::OnPidfd(Place* place) {
  if (place->life != Place::Life::kAlive) return;
  place->life = Place::Life::kSeenDead;
  place->dead_ns = MonotonicNow();
  if (!template_gone_) {
    ReadTemplateEvents();
  } else {
    OnGone(place, -SIGKILL, "");  // by its parent-death signal
  }
}

void Supervisor::OnGone(Place* place, int32_t exit_status, const std::string& start_error) {
  if (place->life == Place::Life::kEmpty) return;
  if (place->pidfd.valid()) Unwatch(place->pidfd.get());
  place->pidfd.Reset();
  place->life = Place::Life::kEmpty;
  DeadWorker dead;
  dead.id = place->id;
  dead.pid = place->pid;
  dead.exit_status = exit_status;
  if (template_gone_) dead.why = "The pool's template process died.";
  SettleJob(host_.get(), dead);
  TakeBackBlocks(host_.get());
  // Its wake-up may have died with it.
  host_->WakeWorkers(place->group);
  segment_->PokeFinished();
  const std::string boot_failure =
      place->ready ? "" : BootFailureText(*place, exit_status, start_error);
  segment_->worker(place->id.place)
      ->word.store(PhaseWord(place->id.incarnation, WorkerPhase::kEmpty),
                   std::memory_order_release);
  place->ready = false;
  place->pid = 0;
  if (template_gone_) return;  // AfterTemplateGone goes on when all are gone
  if (!boot_failure.empty() && !leave_asked_) {
    ++boot_failures_;
    const int limit = host_->options.max_boot_failures;
    const bool never_started = place->id.incarnation == 1 && !start_error.empty();
    if (never_started || (limit > 0 && boot_failures_ >= limit)) {
      FailPool(MakeStatus(never_started ? Code::kStartFailed : Code::kPoolFailed, boot_failure));
      return;
    }
  }
  if (ShouldReplace()) StartPlace(place);
}

std::string Supervisor::BootFailureText(const Place& place, int32_t exit_status,
                                        const std::string& start_error) const {
  const std::string who = absl::StrCat("group '", host_->options.groups[place.group].name, "': ");
  if (!start_error.empty()) return absl::StrCat(who, start_error);
  const WorkerEntry* entry = segment_->worker(place.id.place);
  if (PhaseOf(entry->word.load(std::memory_order_acquire)) == WorkerPhase::kFailed) {
    return absl::StrCat(who, std::string(entry->reason, strnlen(entry->reason, kReasonBytes)));
  }
  return absl::StrCat(who, "worker ended before it was ready: ", ExitStatusText(exit_status));
}

void Supervisor::OnTemplateGone() {
  if (template_gone_) return;
  ReadTemplateEvents();  // what it said before it died
  template_gone_ = true;
  Unwatch(template_->pidfd());
  Unwatch(template_->channel_fd());
  for (Place& place : places_) {
    if (place.life == Place::Life::kAsked) place.life = Place::Life::kEmpty;
    if (place.life == Place::Life::kSeenDead) OnGone(&place, kExitUnknown, "");
    // A worker whose pidfd we could not get died with the template.
    if (place.life == Place::Life::kAlive && !place.pidfd.valid()) OnGone(&place, -SIGKILL, "");
  }
}

// Once the workers have followed their template: a new one, where the host need not fork for it.
void Supervisor::AfterTemplateGone() {
  if (AnyProcess() || leave_asked_) return;
  for (const GroupOptions& group : host_->options.groups) {
    if (!group.forks()) continue;
    FailPool(MakeStatus(Code::kPoolFailed,
                        "the pool's template process died, and a fork of this program can not be "
                        "made anew while it runs"));
    return;
  }
  absl::Status started = StartTemplate();
  if (started.ok()) started = WatchTemplate();
  if (!started.ok()) {
    FailPool(MakeStatus(Code::kPoolFailed, absl::StrCat("the pool's template process died: ",
                                                        started.message())));
    return;
  }
  for (Place& place : places_) StartPlace(&place);
}

void Supervisor::LookForReadyWorkers() {
  for (Place& place : places_) {
    if (place.ready || place.life == Place::Life::kEmpty) continue;
    WorkerEntry* entry = segment_->worker(place.id.place);
    const uint64_t word = entry->word.load(std::memory_order_acquire);
    if (word >> 8 != place.id.incarnation) continue;
    if (PhaseOf(word) == WorkerPhase::kAnnounced) Judge(&place, entry);  // pairs with [ANNOUNCE]
    if (PhaseOf(word) == WorkerPhase::kReady) OnReady(&place);
  }
}

// A worker has said its names: the first of its group sets them, the others must say the same.
void Supervisor::Judge(Place* place, WorkerEntry* entry) {
  GroupEntry* group = segment_->group(place->group);
  const absl::StatusOr<std::string> packed =
      segment_->LoadNames(entry->announcement.load(), entry->announcement_bytes.load());
  bool accepted = false;
  if (packed.ok() && group->names_known.load() == 0) {
    absl::MutexLock lock(&host_->mutex);
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
  boot_failures_ = 0;
  if (!place->ever_ready) {
    place->ever_ready = true;
    absl::MutexLock lock(&host_->mutex);
    ++host_->ready_places;
  }
  host_->news.Bump();
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

bool Supervisor::ShouldReplace() const {
  return !leave_asked_ &&
         host_->phase.value() < static_cast<uint32_t>(PoolPhase::kTerminating);
}

}  // namespace billiard::pool
