#include "billiard_core/pool/pool.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/eventfd.h"
#include "billiard_core/os/fork_gate.h"
#include "billiard_core/os/threads.h"
#include "billiard_core/pool/slot_wait.h"
#include "billiard_core/pool/task_registry.h"
#include "billiard_core/pool/terminate_job.h"
#include "billiard_core/shared_memory/arena.h"

namespace billiard::pool {
absl::Status Pool::CheckFork(const PoolOptions& options) {
  if (!options.AnyGroupForks()) return absl::OkStatus();
  if (options.force_fork || options.fork_process != nullptr) return absl::OkStatus();
  const int threads = os::ForeignThreads();
  if (threads == 0) return absl::OkStatus();
  return MakeStatus(Code::kForkUnsafe,
                    absl::StrCat("options.start_method: this process has ", threads,
                                 " other threads, which a fork does not copy; start the workers by "
                                 "a command, or set force_fork"));
}

absl::StatusOr<std::unique_ptr<Pool>> Pool::Create(PoolOptions options) {
  absl::Status status = CheckOptions(&options);
  if (status.ok()) status = CheckFork(options);
  if (!status.ok()) return status;
  if (options.AnyGroupForks()) {
    // Made before the template is forked, so that workers can attach to what the host shares later.
    status = shared_memory::Arena::Default().status();
    if (!status.ok()) return status;
  }
  absl::StatusOr<std::unique_ptr<PoolSegment>> segment = PoolSegment::Create(options);
  if (!segment.ok()) return segment.status();
  auto host = std::make_shared<HostPool>(std::move(options), *std::move(segment));
  for (os::Fd* fd : {&host->control, &host->finished}) {
    absl::StatusOr<os::Fd> event = os::CreateEventfd();
    if (!event.ok()) return event.status();
    *fd = *std::move(event);
  }
  host->segment->SetFinishedFd(host->finished.get());
  host->segment->SetLoopFd(host->control.get());
  std::unique_ptr<Pool> pool(new Pool(std::move(host)));
  status = pool->LearnKnownTasks();
  if (!status.ok()) return status;
  absl::StatusOr<std::unique_ptr<Supervisor>> supervisor = Supervisor::Start(pool->host_);
  if (!supervisor.ok()) return supervisor.status();
  pool->supervisor_ = *std::move(supervisor);
  status = pool->BeginEvents();
  if (!status.ok()) return status;
  status = pool->WaitStarted();
  if (!status.ok()) return status;  // ~Pool ends what was started
  return pool;
}

absl::Status Pool::LearnKnownTasks() {
  MutexLock lock(&host_->mutex);
  for (uint32_t g = 0; g < host_->options.groups.size(); ++g) {
    const GroupOptions& group = host_->options.groups[g];
    std::vector<std::string> names;
    if (group.tasks) {
      names = *group.tasks;
    } else if (group.forks() && !group.worker_main) {
      names = TaskRegistry::OfProcess().Names();
    } else {
      continue;  // they come with the first READY
    }
    const absl::Status status = host_->LearnNames(g, PackNames(std::move(names)));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Pool::WaitStarted() {
  while (true) {
    const uint32_t seen = host_->news.value();
    {
      MutexLock lock(&host_->mutex);
      if (!host_->failure.ok()) return host_->failure;
      if (host_->places.AllStarted()) return absl::OkStatus();
    }
    host_->WaitWhile(host_->news, seen, Deadline::Forever(), nullptr);
  }
}

Pool::~Pool() {
  if (!host_->MadeHere()) {
    // The parent's supervisor thread does not exist here, so it can not be joined.
    (void)supervisor_.release();
    (void)events_thread_.release();
    return;
  }
  if (supervisor_ == nullptr) return;
  (void)Terminate();
  if (host_->options.event_loop) {
    if (host_->loop != nullptr) {
      (void)Join(Deadline::Forever(), nullptr);
      host_->loop->Detach();
    }
    while (!supervisor_->ended())
      supervisor_->Turn(INT64_MAX);  // without a loop it could not be made
  }
  supervisor_.reset();
  events_thread_.reset();  // tells the rest
}

absl::Status Pool::BeginEvents() {
  if (host_->options.on_event) {
    os::ForkGate::Install();
    events_thread_ = std::make_unique<EventsThread>(host_);
  }
  if (!host_->options.event_loop) return absl::OkStatus();
  absl::StatusOr<std::shared_ptr<EventLoop>> loop =
      EventLoop::Create(supervisor_.get(), host_->finished.get());
  if (loop.ok()) host_->loop = *std::move(loop);
  return loop.status();
}

absl::Status Pool::Step() {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  if (host_->loop == nullptr) {
    return MakeStatus(Code::kState, "pool: is not in event-loop mode");
  }
  host_->loop->Step();
  return absl::OkStatus();
}

absl::Status Pool::WaitReady(Deadline deadline, os::Interrupt* interrupt) {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  while (true) {
    const uint32_t seen = host_->news.value();
    {
      MutexLock lock(&host_->mutex);
      if (!host_->failure.ok()) return host_->WhyFailed();
      if (host_->places.AllReady()) return absl::OkStatus();
      if (!host_->accepting) return MakeStatus(Code::kState, "pool: is not running");
    }
    const os::FutexResult result = host_->WaitWhile(host_->news, seen, deadline, interrupt);
    if (result == os::FutexResult::kTimedOut) {
      return MakeStatus(Code::kTimeout, "the workers were not ready in time");
    }
    if (result == os::FutexResult::kInterrupted) {
      return MakeStatus(Code::kInterrupted, "the wait for the workers was interrupted");
    }
  }
}

absl::Status Pool::CheckTask(absl::string_view task) const {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  if (!task.empty() && task.size() <= kMaxNameBytes) return absl::OkStatus();
  return MakeStatus(Code::kInvalid,
                    absl::StrCat("task: has ", task.size(), " bytes, not 1 to ", kMaxNameBytes));
}

absl::StatusOr<std::unique_ptr<Result>> Pool::Submit(absl::string_view task,
                                                     absl::string_view payload,
                                                     const JobOptions& options) {
  const absl::Status good = CheckTask(task);
  if (!good.ok()) return good;
  const absl::Status fits = host_->segment->CheckSize(payload, "data");
  if (!fits.ok()) return fits;
  const absl::StatusOr<StagedPayload> staged =
      host_->segment->Stage(payload, options.format, JobRef());
  if (!staged.ok()) return staged.status();
  absl::optional<SlotWaiter> waiter;
  while (true) {
    const uint32_t seen = waiter ? waiter->epoch() : 0;
    uint64_t id = 0;
    const absl::StatusOr<JobRef> job = SubmitOnce(task, *staged, options, &id);
    if (job.ok()) {
      return std::make_unique<Result>(host_, *job, id, options.correlation_id);
    }
    absl::Status status = job.status();
    if (CodeOf(status) == Code::kFull && !waiter) {
      waiter.emplace(host_.get());  // and try again: what ended before was told to nobody
      continue;
    }
    if (CodeOf(status) == Code::kFull) {
      status = waiter->Sleep(seen, status, options.submit_deadline, options.interrupt);
    }
    if (!status.ok()) {
      host_->segment->DropStaged(*staged);
      return status;
    }
  }
}

absl::StatusOr<JobRef> Pool::SubmitOnce(absl::string_view task, const StagedPayload& staged,
                                        const JobOptions& options, uint64_t* id) {
  uint32_t group;
  JobRef job;
  bool expires_first = false;
  {
    MutexLock lock(&host_->mutex);
    const absl::Status accepting = host_->MayAccept();
    if (!accepting.ok()) return accepting;
    const absl::StatusOr<TaskAddress> address = host_->Resolve(task, options.group);
    if (!address.ok() && CodeOf(address.status()) != Code::kNotFound) return address.status();
    const bool is_child = options.parent.generation != 0;
    JobUse use;
    use.notify = options.notify;
    use.parent = options.parent;
    use.tells_parent = options.tells_parent;
    use.reserved = is_child;
    use.notify |= options.callbacks != nullptr;
    use.accepted = options.notify_accepted ||
                   (options.callbacks != nullptr && options.callbacks->accepted != nullptr);
    use.limited = host_->TellsOfLimits(options.soft_time_limit_ns, options.time_limit_ns);
    use.asks = use.accepted && host_->options.synack && !is_child;
    const bool pools_default = options.wait_for_slot == 0 && host_->options.wait_for_slot;
    use.holds_slot = (options.wait_for_slot > 0 || pools_default) && !is_child;  // POOL-164
    const absl::StatusOr<JobRef> acquired = host_->jobs.Acquire(use);
    if (!acquired.ok()) return acquired.status();
    job = *acquired;
    JobSlot* slot = host_->segment->slot(job.slot);
    // The jobs of a map or stream have its id: the one that its owner knows.
    *id = is_child ? host_->segment->slot(options.parent.slot)->id.load(std::memory_order_relaxed)
                   : NextJobId();
    slot->id.store(*id, std::memory_order_relaxed);
    const uint16_t tell = use.OnFinishedStack() ? kTellFinished : 0;
    const uint16_t accepted = !use.OnAcceptedStack() ? 0
                              : use.asks             ? kTellAccepted | kAwaitAnswer
                                                     : kTellAccepted;
    slot->flags.store(options.flags | tell | accepted, std::memory_order_relaxed);
    slot->attempts.store(0, std::memory_order_relaxed);
    host_->SetLimits(options.soft_time_limit_ns, options.time_limit_ns, slot);
    host_->jobs.SetRetries(job, options.max_retries);
    expires_first = host_->SetExpiry(options.expires_ns, job);
    slot->parent.store(is_child ? options.parent.slot + 1 : 0, std::memory_order_relaxed);
    slot->answer.store(0, std::memory_order_relaxed);
    slot->pid.store(0, std::memory_order_relaxed);
    slot->begun_ns.store(0, std::memory_order_relaxed);
    PoolSegment::Store(staged, &slot->argument, slot->argument_bytes);
    if (options.callbacks != nullptr) {
      host_->jobs.Share(job);
      host_->pump.Add(*id, {job, options.callbacks});
    }
    host_->segment->header()->submitted.fetch_add(1, std::memory_order_relaxed);
    if (!address.ok()) {
      slot->word.store(JobWord::Of(job.generation, JobState::kQueued).bits);
      host_->Defer({job, std::string(task), options.group, options.priority});
      if (expires_first) supervisor_->Poke();
      return job;
    }
    if (!host_->Enqueue(job, *address, options.priority)) {
      slot->argument.block.store(shared_memory::kNoBlock);  // stays with the caller
      host_->pump.Remove(*id);
      host_->jobs.Unacquire(job);
      return MakeStatus(Code::kNoMem, "no memory for the order of the pool's jobs");
    }
    group = address->group;
  }
  host_->WakeWorkers(group);
  if (expires_first) supervisor_->Poke();
  return job;
}

absl::Status Pool::Close() {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  {
    MutexLock lock(&host_->mutex);
    host_->accepting = false;
    host_->jobs.slots().Clear();
  }
  host_->end_requested = true;
  host_->close_requested = true;
  host_->segment->TellSubmitters();
  host_->Bump(&host_->news);
  supervisor_->Poke();
  return absl::OkStatus();
}

absl::Status Pool::Terminate() {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  {
    MutexLock lock(&host_->mutex);
    host_->accepting = false;
  }
  host_->end_requested = true;
  host_->terminate_requested = true;
  host_->segment->TellSubmitters();
  host_->Bump(&host_->news);
  supervisor_->Poke();
  return absl::OkStatus();
}

absl::Status Pool::Join(Deadline deadline, os::Interrupt* interrupt) {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  if (!host_->end_requested.load()) {
    return MakeStatus(Code::kState, "pool: is neither closed nor terminated");
  }
  while (true) {
    const uint32_t phase = host_->phase.value();
    if (phase == static_cast<uint32_t>(PoolPhase::kEnded)) return absl::OkStatus();
    const os::FutexResult result = host_->WaitWhile(host_->phase, phase, deadline, interrupt);
    if (result == os::FutexResult::kTimedOut) {
      return MakeStatus(Code::kTimeout, "the pool had not ended in time");
    }
    if (result == os::FutexResult::kInterrupted) {
      return MakeStatus(Code::kInterrupted, "the wait for the pool's end was interrupted");
    }
  }
}

absl::StatusOr<Pool::Slots> Pool::GetSlots() {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  MutexLock lock(&host_->mutex);
  host_->jobs.CollectEnded();
  return Slots{host_->jobs.slots().free(), host_->jobs.slots().bound()};
}

int Pool::events_fd() const {
  if (!host_->MadeHere()) return -1;
  return host_->loop == nullptr ? host_->finished.get() : host_->loop->fd();
}

absl::StatusOr<size_t> Pool::ReadEvents(PoolEvent* events, size_t capacity) {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  return host_->ReadEvents(events, capacity);
}

absl::Status Pool::TerminateJob(pid_t pid, int signal_number, uint64_t job) {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  const absl::StatusOr<int> number = TerminationSignal(signal_number);
  if (!number.ok()) return number.status();
  if (TerminateJobOf(host_.get(), pid, *number, job)) supervisor_->Poke();
  return absl::OkStatus();
}

absl::StatusOr<PoolSnapshot> Pool::Look() {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  return TakeSnapshot(host_->segment->tables());
}

absl::StatusOr<std::vector<WorkerInfo>> Pool::Workers() {
  absl::StatusOr<PoolSnapshot> snapshot = Look();
  if (!snapshot.ok()) return snapshot.status();
  return std::move(snapshot->workers);
}

absl::StatusOr<PoolStats> Pool::Stats() {
  const absl::StatusOr<PoolSnapshot> snapshot = Look();
  if (!snapshot.ok()) return snapshot.status();
  return snapshot->stats;
}

}  // namespace billiard::pool
