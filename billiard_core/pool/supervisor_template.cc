// The part of the supervisor that has to do with templates. The workers of a pool are children of one
// template, its home; after Refork() the old workers have the old one until they have left.

#include <signal.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/logging/environment.h"
#include "billiard_core/os/fork_gate.h"
#include "billiard_core/os/pidfd.h"
#include "billiard_core/pool/supervisor.h"
#include "billiard_core/pool/worker.h"
#include "billiard_core/pool/worker_start.h"
#include "billiard_core/process/find_command.h"
#include "billiard_core/process/find_template_program.h"

namespace billiard::pool {
std::vector<process::TemplateCommand> Supervisor::Commands(const HostPool& host) {
  std::vector<process::TemplateCommand> commands;
  for (const GroupOptions& group : host.options.groups) {
    process::TemplateCommand command;
    command.argv = group.command;
    command.environment = logging::EnvironmentForChildren();
    command.environment.insert(command.environment.end(), group.environment.begin(),
                               group.environment.end());
    command.fds = {host.segment->fd(), host.control.get(), host.finished.get()};
    command.worker_prefix = WorkerPrefix();
    commands.push_back(std::move(command));
  }
  return commands;
}

absl::StatusOr<std::unique_ptr<process::Template>> Supervisor::MakeTemplate(const HostPool& host) {
  const PoolSegment& segment = *host.segment;
  const std::vector<process::TemplateCommand> commands = Commands(host);
  for (const process::TemplateCommand& command : commands) {
    const absl::Status found = process::FindCommand(command);
    if (!found.ok()) return found;
  }
  const int count = static_cast<int>(segment.place_count());
  if (host.options.AnyGroupForks()) {
    process::ForkHooks hooks;
    hooks.fork_process = host.options.fork_process;
    hooks.fork_context = host.options.fork_context;
    hooks.child_main = &Supervisor::ChildMain;
    hooks.child_context = const_cast<HostPool*>(&host);
    return process::Template::StartForked(segment.children(), count, hooks, commands);
  }
  const absl::StatusOr<std::string> program =
      process::FindTemplateProgram(host.options.template_path);
  if (!program.ok()) return program.status();
  return process::Template::StartSpawned(*program, segment.fd(), segment.children_offset(), count,
                                         commands);
}

// Runs in a forked worker.
int Supervisor::ChildMain(int place, uint32_t incarnation, int group, void* context) {
  HostPool* host = static_cast<HostPool*>(context);
  Worker worker(host->segment, WorkerId{static_cast<uint32_t>(place), incarnation},
                host->control.get(), host->finished.get());
  worker.TakeName(/*forked=*/true);
  const GroupOptions& options = host->options.groups[static_cast<size_t>(group)];
  worker.SetHooks(options.hooks);
  if (options.worker_main) return options.worker_main(worker);
  return worker.Run(nullptr).ok() ? worker.exit_status() : kExitFailed;
}

absl::Status Supervisor::MoveInto(std::unique_ptr<process::Template> made) {
  auto home = std::make_unique<Home>();
  home->number = homes_.empty() ? 1 : homes_.back()->number + 1;
  home->process = std::move(made);
  const bool watched = Watch(home->process->channel_fd(), EPOLLIN, kChannelTag | home->number) &&
                       Watch(home->process->pidfd(), EPOLLIN, kTemplateTag | home->number);
  if (!watched) return OsStatus(errno, "epoll_ctl");
  segment_->header()->template_pid = home->process->pid();
  homes_.push_back(std::move(home));
  return absl::OkStatus();
}

Supervisor::Home* Supervisor::FindHome(uint32_t number) {
  for (const auto& home : homes_) {
    if (home->number == number) return home.get();
  }
  return nullptr;
}

bool Supervisor::HomeOf(const Place& place, const Home& home) const {
  return place.life != Place::Life::kEmpty && place.home == home.number;
}

void Supervisor::ReadTemplateEvents(Home* home) {
  while (true) {
    absl::StatusOr<std::optional<process::Template::Event>> read = home->process->ReadEvent();
    if (!read.ok()) {  // it has ended: its pidfd says when it is gone
      Unwatch(home->process->channel_fd());
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

void Supervisor::OnTemplateGone(Home* home) {
  if (home->gone) return;
  ReadTemplateEvents(home);  // what it said before it died
  home->gone = true;
  if (home == CurrentHome()) segment_->header()->template_pid = 0;
  if (!home->shutdown_sent) LogError("the template process has died", "");
  Unwatch(home->process->pidfd());
  Unwatch(home->process->channel_fd());
  for (Place& place : places_) {
    if (!HomeOf(place, *home)) continue;
    // It may have lost its parent-death signal (it executed a set-id program).
    if (place.pidfd.valid()) (void)os::PidfdSendSignal(place.pidfd.get(), SIGKILL);
    if (place.life == Place::Life::kAsked) OnAskedInVain(&place);
    if (place.life == Place::Life::kSeenDead) OnGone(&place, kExitUnknown, "");
    // A worker whose pidfd we could not get died with the template.
    if (place.life == Place::Life::kAlive && !place.pidfd.valid()) OnGone(&place, -SIGKILL, "");
  }
}

// The template may have died between its fork and its word about it. A worker of that fork may have come
// as far as holding a job; before that it holds nothing, and dies with the template.
void Supervisor::OnAskedInVain(Place* place) {
  const WorkerEntry* entry = segment_->worker(place->id.place);
  const shared_memory::Owner owner = entry->owner.load();
  place->pid = entry->pid.load();
  absl::StatusOr<os::Fd> pidfd = MakeStatus(Code::kNotFound, "");
  if (place->pid != 0) pidfd = os::PidfdOpen(place->pid);
  // Looked at after the opening, so that the pid is still that worker's.
  if (!pidfd.ok() || segment_->participants()->IsDead(owner)) {
    OnGone(place, -SIGKILL, "");
    return;
  }
  place->life = Place::Life::kAlive;
  place->pidfd = *std::move(pidfd);
  AnnounceWorker(EventKind::kWorkerUp, *place, kExitUnknown);
  (void)os::PidfdSendSignal(place->pidfd.get(), SIGKILL);
  Watch(place->pidfd.get(), EPOLLIN | EPOLLONESHOT, place->id.place);
}

// Once the workers have followed their template: a new one, where the host need not fork for it. Not
// under the fork gate, since starting a process may be a fork and takes a while; no lock is held here.
void Supervisor::AfterTemplateGone() {
  if (AnyProcess() || leave_asked_ || suspended_) return;
  if (host_->options.AnyGroupForks()) {
    os::ForkGate::Hold hold;
    Suspend(
        "the pool's template process died: a fork of this program can not be made anew while it "
        "runs, but by bp_pool_refork");
    return;
  }
  absl::StatusOr<std::unique_ptr<process::Template>> made = MakeTemplate(*host_);
  os::ForkGate::Hold hold;
  const absl::Status moved = made.ok() ? MoveInto(*std::move(made)) : made.status();
  if (!moved.ok()) {
    FailPool(MakeStatus(Code::kPoolFailed,
                        absl::StrCat("the pool's template process died: ", moved.message())));
    return;
  }
  FollowWishes();
}

// No worker can be started until the host has forked a new template: everything fails until then.
void Supervisor::Suspend(const std::string& why) {
  suspended_ = true;
  LogError("the pool is suspended: ", why);
  HostOutcome outcome;
  outcome.code = Code::kPoolFailed;
  outcome.message = why;
  {
    MutexLock lock(&host_->mutex);
    host_->failure = MakeStatus(Code::kPoolFailed, why);
    host_->can_refork = true;
    host_->EndAll(JobState::kRefused, outcome);
    PoolEvent event;
    event.kind = EventKind::kPoolFailed;
    host_->Announce(event);
  }
  host_->Bump(&host_->news);
  segment_->TellSubmitters();
}

void Supervisor::Adopt(std::unique_ptr<process::Template> made) {
  {
    MutexLock lock(&adopted_mutex_);
    adopted_.push_back(std::move(made));
  }
  Poke();
}

// The host has forked a new template: it starts all workers from now on, and those of the old one leave
// after their jobs.
void Supervisor::MoveIntoAdopted() {
  std::vector<std::unique_ptr<process::Template>> adopted;
  {
    MutexLock lock(&adopted_mutex_);
    adopted.swap(adopted_);
  }
  for (std::unique_ptr<process::Template>& made : adopted) {
    const bool possible =
        !leave_asked_ && host_->phase.value() < static_cast<uint32_t>(PoolPhase::kTerminating);
    if (possible && MoveInto(std::move(made)).ok()) {
      host_->restart_requested = true;
      suspended_ = false;
      MutexLock lock(&host_->mutex);
      if (host_->can_refork) host_->failure = absl::OkStatus();
      host_->can_refork = false;
    }
    host_->adopted.fetch_add(1);
    host_->Bump(&host_->news);
  }
}

// A template that no worker has any more is ended.
void Supervisor::LeaveOldHomes() {
  const int64_t now = MonotonicNow();
  for (size_t i = 0; i + 1 < homes_.size();) {
    Home* home = homes_[i].get();
    const bool needed = std::any_of(places_.begin(), places_.end(),
                                    [&](const Place& place) { return HomeOf(place, *home); });
    if (!needed) EndHome(home, now);
    if (home->gone && !needed) {
      homes_.erase(homes_.begin() + static_cast<ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
}

void Supervisor::EndHome(Home* home, int64_t now) {
  if (home->gone) return;
  if (!home->shutdown_sent) {
    home->process->Shutdown();
    home->shutdown_sent = true;
    home->kill_at_ns = now + kTemplateGrace;
  } else if (home->kill_at_ns != 0 && now >= home->kill_at_ns) {
    home->process->Kill();  // it is stopped or stuck; its workers die with it
    home->kill_at_ns = now + kTemplateGrace;
  }
}

bool Supervisor::AllHomesGone() const {
  return std::all_of(homes_.begin(), homes_.end(), [](const auto& home) { return home->gone; });
}

}  // namespace billiard::pool
