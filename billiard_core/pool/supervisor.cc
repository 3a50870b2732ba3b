#include "billiard_core/pool/supervisor.h"

#include <signal.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/logging/logger.h"
#include "billiard_core/os/eventfd.h"
#include "billiard_core/os/fork_gate.h"
#include "billiard_core/os/pidfd.h"
#include "billiard_core/os/threads.h"
#include "billiard_core/pool/recovery.h"
#include "billiard_core/process/child/term_signal.h"

namespace billiard::pool {
namespace {

constexpr int64_t kIdleTick = kNanosPerSecond;
constexpr int64_t kLeaveGrace = 5 * kNanosPerSecond;

uint32_t CountWorkers(const PoolOptions& options) {
  int workers = 0;
  for (const GroupOptions& group : options.groups) workers += group.workers;
  return static_cast<uint32_t>(workers);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Supervisor>> Supervisor::Start(std::shared_ptr<HostPool> host) {
  std::unique_ptr<Supervisor> supervisor(new Supervisor(std::move(host)));
  absl::StatusOr<std::unique_ptr<process::Template>> made = MakeTemplate(*supervisor->host_);
  if (!made.ok()) return made.status();
  supervisor->epoll_ = os::Fd(epoll_create1(EPOLL_CLOEXEC));
  if (!supervisor->epoll_.valid()) return OsStatus(errno, "epoll_create1");
  if (!supervisor->Watch(supervisor->host_->control.get(), EPOLLIN, kControlTag)) {
    return OsStatus(errno, "epoll_ctl");
  }
  const absl::Status moved = supervisor->MoveInto(*std::move(made));
  if (!moved.ok()) return moved;
  os::ForkGate::Install();
  if (supervisor->host_->options.event_loop) return supervisor;
  supervisor->thread_ =
      os::StartLibraryThread("billiard-pool", [raw = supervisor.get()] { raw->Loop(); });
  return supervisor;
}

Supervisor::Supervisor(std::shared_ptr<HostPool> host)
    : host_(std::move(host)),
      segment_(host_->segment.get()),
      places_(segment_->place_count()),
      initial_places_(CountWorkers(host_->options)),
      started_ns_(MonotonicNow()),
      oom_(host_->options.system_root),
      burst_(host_->options.max_restarts == 0 ? 0 : 10 * static_cast<int>(initial_places_),
             kNanosPerSecond),
      limiter_(host_->options.max_restarts, host_->options.restart_window_ns) {
  for (uint32_t p = 0; p < places_.size(); ++p) places_[p].id.place = p;
}

Supervisor::~Supervisor() {
  if (thread_.joinable()) thread_.join();
}

void Supervisor::Poke() { os::PokeEventfd(host_->control.get()); }

bool Supervisor::Watch(int fd, uint32_t events, uint64_t tag) {
  epoll_event event = {};
  event.events = events;
  event.data.u64 = tag;
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

// Explicit, since a fork may keep the file open and with it the entry.
void Supervisor::Unwatch(int fd) { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void Supervisor::Loop() {
  while (!ended_) Turn(INT64_MAX);
}

// The first tick is due at once, so the first turn does not wait.
void Supervisor::Turn(int64_t most_ns) {
  const int64_t limit = std::clamp<int64_t>(NextTurn() - MonotonicNow(), 0, most_ns);
  epoll_event events[64];
  const int count = epoll_wait(epoll_.get(), events, 64,
                               static_cast<int>((limit + kNanosPerMilli - 1) / kNanosPerMilli));
  {
    os::ForkGate::Hold hold;
    if (next_tick_ns_ == 0) FollowWishes();
    for (int i = 0; i < count; ++i) Dispatch(events[i].data.u64);
    LookForOverdueExits();
    StartDuePlaces();
    if (MonotonicNow() >= next_tick_ns_) Tick();
    LookAtLimits();
    if (MonotonicNow() >= next_expiry_ns_) EndExpiredJobs();
    KillOverdueWorkers();
  }
  if (CurrentHome()->gone) AfterTemplateGone();
  os::ForkGate::Hold hold;
  LeaveOldHomes();
  ContinueClosing();
  ContinueEnding();
}

void Supervisor::Dispatch(uint64_t tag) {
  if (tag == kControlTag) {
    os::DrainEventfd(host_->control.get());
    LookForReadyWorkers();
    ObeyRequests();
    EndWorkersAsAsked();
    look_at_limits_ = true;
    next_expiry_ns_ = 0;
  } else if (Home* home = FindHome(static_cast<uint32_t>(tag)); (tag & kHomeTags) != 0) {
    // The event may be of a home that was left while events of one look were handled.
    if (home != nullptr && (tag & kHomeTags) == kChannelTag) ReadTemplateEvents(home);
    if (home != nullptr && (tag & kHomeTags) == kTemplateTag) OnTemplateGone(home);
  } else {
    OnPidfd(&places_[tag]);
  }
}

int64_t Supervisor::NextTurn() const {
  int64_t until = std::min({next_tick_ns_, next_limit_ns_, next_expiry_ns_});
  if (kill_at_ns_ != 0) until = std::min(until, kill_at_ns_);
  for (const auto& home : homes_) {
    if (!home->gone && home->kill_at_ns != 0) until = std::min(until, home->kill_at_ns);
  }
  for (const Place& place : places_) {
    if (place.start_at_ns != 0) until = std::min(until, place.start_at_ns);
    if (place.life == Place::Life::kSeenDead) until = std::min(until, StatusDue(place));
    if (place.kill_at_ns != 0) until = std::min(until, place.kill_at_ns);
  }
  return until;
}

void Supervisor::ObeyRequests() {
  if (host_->terminate_requested.load()) {
    HostOutcome outcome;
    outcome.code = Code::kTerminated;
    outcome.message = "the pool was terminated before the job finished";
    BeginTerminating(JobState::kTerminated, outcome);
  } else if (host_->close_requested.load()) {
    BeginClosing();
  }
  MoveIntoAdopted();
  FollowWishes();
}

void Supervisor::BeginClosing() {
  if (host_->phase.value() != static_cast<uint32_t>(PoolPhase::kRunning)) return;
  host_->phase.Set(static_cast<uint32_t>(PoolPhase::kClosing));
  segment_->header()->closing.store(1);
  MutexLock lock(&host_->mutex);
  unfinished_at_close_ = host_->jobs.Unfinished();
}

// The pool is closed and its jobs are finished: the workers may leave.
void Supervisor::ContinueClosing() {
  if (host_->phase.value() != static_cast<uint32_t>(PoolPhase::kClosing) || leave_asked_) return;
  segment_->header()->close_armed.store(1);  // before the look: an answer after it pokes us
  {
    MutexLock lock(&host_->mutex);
    while (!unfinished_at_close_.empty()) {
      const JobRef job = unfinished_at_close_.back();
      const JobWord word = host_->jobs.WordOf(job);
      if (word.generation() == job.generation && !word.IsOutcome()) return;
      unfinished_at_close_.pop_back();
    }
  }
  AskToLeave(kLeaveGrace);
}

void Supervisor::AskToLeave(int64_t grace_ns) {
  leave_asked_ = true;
  segment_->header()->leave.store(1);
  kill_at_ns_ = MonotonicNow() + grace_ns;
  host_->WakeAllWorkers();
  // A template that somebody stopped could not report the end of its workers.
  for (const auto& home : homes_) {
    if (!home->gone) (void)os::PidfdSendSignal(home->process->pidfd(), SIGCONT);
  }
}

void Supervisor::BeginTerminating(JobState state, const HostOutcome& outcome) {
  if (host_->phase.value() >= static_cast<uint32_t>(PoolPhase::kTerminating)) return;
  {
    MutexLock lock(&host_->mutex);
    host_->accepting = false;
    host_->EndAll(state, outcome);
  }
  host_->phase.Set(static_cast<uint32_t>(PoolPhase::kTerminating));
  AskToLeave(host_->options.terminate_grace_ns);
  SignalAll(process::TermSignal());
  segment_->TellSubmitters();
}

void Supervisor::FailPool(absl::Status failure) {
  if (host_->phase.value() >= static_cast<uint32_t>(PoolPhase::kTerminating)) return;
  HostOutcome outcome;
  {
    MutexLock lock(&host_->mutex);
    host_->failure = std::move(failure);
    outcome.code = CodeOf(host_->WhyFailed());
    outcome.message = std::string(host_->failure.message());
    PoolEvent event;
    event.kind = EventKind::kPoolFailed;
    host_->Announce(event);
  }
  LogError("the pool has failed: ", outcome.message);
  BeginTerminating(JobState::kRefused, outcome);
  host_->Bump(&host_->news);
}

// The workers were asked to leave: kill those that do not, then end the template, which takes whatever
// the workers left behind with it.
void Supervisor::ContinueEnding() {
  if (!leave_asked_) return;
  MoveIntoAdopted();  // it comes too late
  const int64_t now = MonotonicNow();
  if (kill_at_ns_ != 0 && now >= kill_at_ns_) {
    SignalAll(SIGKILL);
    kill_at_ns_ = now + kKillAgain;  // again, for a process whose start was under way
    // A stopped template would not tell of its workers' ends.
    for (const auto& home : homes_) {
      if (home->kill_at_ns == 0) home->kill_at_ns = now + kTemplateGrace;
    }
  }
  for (const auto& home : homes_) {
    if (!AnyProcess() || home->kill_at_ns != 0) EndHome(home.get(), now);
  }
  if (!AnyProcess()) kill_at_ns_ = 0;
  if (AnyProcess() || !AllHomesGone()) return;
  ended_ = true;
  TakeBackBlocks(host_.get());
  host_->phase.Set(static_cast<uint32_t>(PoolPhase::kEnded));
  host_->Bump(&host_->news);
  segment_->TellSubmitters();
}

bool Supervisor::Active() const {
  for (const Place& place : places_) {
    if (segment_->worker(place.id.place)->intent.load(std::memory_order_relaxed) != 0) return true;
  }
  for (uint32_t g = 0; g < segment_->group_count(); ++g) {
    if (segment_->HasQueued(g)) return true;
  }
  return false;
}

// When the exit status of a worker that has ended is not awaited any longer: the template is stopped.
int64_t Supervisor::StatusDue(const Place& place) const {
  return LimitEnd(place.dead_ns, host_->options.lost_worker_timeout_ns);
}

// The template did not tell how a worker ended: it is stopped.
void Supervisor::LookForOverdueExits() {
  const int64_t now = MonotonicNow();
  for (Place& place : places_) {
    if (place.life == Place::Life::kSeenDead && now >= StatusDue(place)) {
      OnGone(&place, kExitUnknown, "");
    }
  }
}

// What no event tells: stopped workers, starts that take too long, a wake-up that a stopped worker
// swallowed.
void Supervisor::Tick() {
  const int64_t now = MonotonicNow();
  for (Place& place : places_) TickPlace(&place, now);
  for (uint32_t g = 0; g < segment_->group_count(); ++g) {
    // All: several stopped workers may have swallowed one each.
    if (segment_->HasQueued(g)) host_->WakeAllWorkers(g);
  }
  {
    MutexLock lock(&host_->mutex);
    host_->jobs.ReclaimSome(1024);
    host_->jobs.ReclaimPinned();
  }
  oom_.Look(now);
  look_at_limits_ = true;  // a worker may have been stopped before its poke
  const int64_t busy_tick = std::min(kIdleTick, host_->options.start_timeout_ns / 4);
  next_tick_ns_ = now + (Active() ? std::max(busy_tick, kNanosPerMilli) : kIdleTick);
}

void Supervisor::TickPlace(Place* place, int64_t now) {
  if (place->life != Place::Life::kAlive) return;
  if (!place->pidfd.valid()) FindPidfd(place);
  const uint64_t word_of_worker = segment_->worker(place->id.place)->word.load();
  if (word_of_worker == PhaseWord(place->id.incarnation, WorkerPhase::kLeaving)) {
    if (place->leaving_since_ns == 0) place->leaving_since_ns = now;
    if (now - place->leaving_since_ns >= kLeaveGrace && place->kill_at_ns == 0) {
      EndWorker(place, process::TermSignal());
    }
    return;
  }
  const int64_t boot_limit = host_->options.boot_timeout_ns;
  if (!place->ready && boot_limit > 0 && now - place->asked_ns > boot_limit) {
    place->boot_timed_out = true;
    (void)os::PidfdSendSignal(place->pidfd.get(), SIGKILL);
    return;
  }
  const uint64_t held = segment_->worker(place->id.place)->intent.load(std::memory_order_acquire);
  if (held != place->held) {
    place->held = held;
    place->held_since_ns = now;
    place->asks_since_ns = 0;
    return;
  }
  const JobRef job = JobRef::From(held);
  JobSlot* slot = segment_->SlotOrNull(job);
  if (held == 0 || slot == nullptr) return;
  const JobWord word{slot->word.load(std::memory_order_acquire)};
  if (word.state() == JobState::kRunning && word.HeldBy(place->id)) {
    place->held_since_ns = now;  // at work: what follows is measured from its end on
    return;
  }
  if (word.state() == JobState::kTaken && word.HeldBy(place->id)) {
    MutexLock lock(&host_->mutex);
    if (host_->jobs.AwaitsAnswer(job)) {
      if (host_->HasEvents()) {  // it may have been stopped before it could tell
        segment_->PokeFinished();
        segment_->TellSubmitters();
      }
      place->held_since_ns = now;  // its time to begin the job counts from the answer on
      if (place->asks_since_ns == 0) place->asks_since_ns = now;
      if (now - place->asks_since_ns < host_->options.synack_timeout_ns) return;
      (void)host_->jobs.Cancel(job);
      return;
    }
  }
  if (now - place->held_since_ns < host_->options.start_timeout_ns) return;
  // It stands between two steps that follow each other at once: it is stopped. What it has taken but
  // not begun goes to another worker; it can not begin it any more.
  if (!DoomIdle(place)) return;  // it has gone on in this moment
  if (logging::Enabled(logging::kWarning)) {
    logging::Log(logging::kWarning, absl::StrCat("supervisor: worker ", NameOf(*place), " pid:",
                                                 place->pid, " stands still and is replaced"));
  }
  (void)os::PidfdSendSignal(place->pidfd.get(), SIGKILL);
}

}  // namespace billiard::pool
