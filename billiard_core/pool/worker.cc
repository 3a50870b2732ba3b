#include "billiard_core/pool/worker.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/cpus.h"
#include "billiard_core/base/fault_point.h"
#include "billiard_core/base/status.h"
#include "billiard_core/logging/logger.h"
#include "billiard_core/os/eventfd.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/os/memory_use.h"
#include "billiard_core/pool/job_limits.h"
#include "billiard_core/pool/lookout.h"
#include "billiard_core/pool/worker_name.h"
#include "billiard_core/sync/spin.h"

namespace billiard::pool {
namespace {

using shared_memory::kNoBlock;

}  // namespace

Worker::Worker(std::shared_ptr<PoolSegment> segment, WorkerId id, int control_fd, int finished_fd)
    : segment_(std::move(segment)),
      id_(id),
      process_token_(os::ProcessToken()),
      control_fd_(control_fd),
      finished_fd_(finished_fd),
      entry_(segment_->worker(id.place)) {
  const uint32_t group = std::min(entry_->group.load(), segment_->group_count() - 1);
  group_index_ = group;
  group_ = segment_->group(group);
  returned_ = segment_->returned(group);
  for (uint32_t level = 0; level < kPriorities; ++level) {
    queued_[level] = segment_->queued(group, level);
  }
  group_name_ = std::string(group_->name, strnlen(group_->name, kMaxNameBytes));
  segment_->SetFinishedFd(finished_fd);
  segment_->SetLoopFd(control_fd);
  BP_FAULT_ARM();
}

Worker::~Worker() {
  if (process_token_ != os::ProcessToken()) {
    (void)
        soft_signal_.release();  // the parent's; another thread's handler may stand in it for ever
    return;
  }
  if (!job_.answered_) (void)job_.Fail(job_.WhyUnanswered());
  while (job_.NextItem()) (void)job_.Fail(job_.WhyUnanswered());
}

void Worker::TakeName(bool forked) {
  const PoolHeader* header = segment_->header();
  name_ = WorkerName(forked, id_.place);
  TakeWorkerName(forked, id_.place,
                 absl::string_view(header->name, strnlen(header->name, sizeof header->name)));
}

absl::Status Worker::CheckProcess() const {
  if (process_token_ == os::ProcessToken()) return absl::OkStatus();
  return MakeStatus(Code::kForked, "worker: belongs to the process that attached");
}

absl::Status Worker::Ready(std::vector<std::string> names, const ReadyOptions& options) {
  const absl::Status here = CheckProcess();
  if (!here.ok()) return here;
  if (ready_) return MakeStatus(Code::kState, "worker: is ready already");
  for (const std::string& name : names) {
    if (name.empty() || name.size() > kMaxNameBytes || name.find('\0') != std::string::npos) {
      return MakeStatus(Code::kInvalid, absl::StrCat("names: '", name, "' is not 1 to ",
                                                     kMaxNameBytes, " bytes without NUL"));
    }
  }
  const absl::StatusOr<shared_memory::Owner> self = segment_->participants()->Self();
  if (!self.ok()) return self.status();
  const absl::Status taken = TakeSoftSignal(options);
  if (!taken.ok()) return taken;
  entry_->memory_kib.store(os::AnonymousMemoryKib(0), std::memory_order_relaxed);
  entry_->owner.store(*self, std::memory_order_relaxed);
  entry_->pid.store(getpid(), std::memory_order_relaxed);
  const std::string packed = PackNames(std::move(names));
  if (!KnowsNamesAlready(packed)) {
    const absl::Status announced = Announce(packed);
    if (!announced.ok()) return announced;
  } else {
    entry_->word.store(PhaseWord(id_.incarnation, WorkerPhase::kReady), std::memory_order_release);
    BP_FAULT_POINT("pool.ready");
    TellHost();
  }
  crowded_ = IsCrowded();
  ready_ = LoadNames();
  return ready_ ? absl::OkStatus() : MakeStatus(Code::kCorrupt, "the group's task names");
}

absl::Status Worker::TakeSoftSignal(const ReadyOptions& options) {
  if (options.soft_signal == SoftSignalUse::kHandler) {
    absl::StatusOr<std::unique_ptr<SoftSignal>> handler =
        SoftSignal::Install(entry_, options.soft_interrupt);
    if (!handler.ok()) return handler.status();
    soft_signal_ = *std::move(handler);
  } else if (options.soft_signal == SoftSignalUse::kNone) {
    // Nobody has a use for it, so that it shall not end the process either (POOL-105, POOL-123).
    struct sigaction now = {};
    if (sigaction(SIGUSR1, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) {
      signal(SIGUSR1, SIG_IGN);
    }
  }
  entry_->soft_signal.store(options.soft_signal == SoftSignalUse::kNone ? 0 : 1,
                            std::memory_order_relaxed);
  return absl::OkStatus();
}

bool Worker::KnowsNamesAlready(const std::string& packed) const {
  if (group_->names_known.load(std::memory_order_acquire) == 0) return false;  // [NAMES]
  const absl::StatusOr<std::string> known = segment_->LoadNames(group_->names, group_->names_bytes);
  return known.ok() && *known == packed;
}

// The first worker of a group says its names and waits until the host has made them the group's.
absl::Status Worker::Announce(const std::string& packed) {
  shared_memory::BlockRef block = kNoBlock;
  if (!packed.empty()) {
    const absl::StatusOr<shared_memory::BlockRef> stored = segment_->StoreNames(packed);
    if (!stored.ok()) return stored.status();
    block = *stored;
  }
  entry_->announcement.store(block, std::memory_order_relaxed);
  entry_->announcement_bytes.store(packed.size(), std::memory_order_relaxed);
  entry_->word.store(PhaseWord(id_.incarnation, WorkerPhase::kAnnounced),
                     std::memory_order_release);  // [ANNOUNCE] the names first
  BP_FAULT_POINT("pool.announced");
  TellHost();
  const absl::StatusOr<bool> accepted = AwaitVerdict();  // the host frees the block
  if (!accepted.ok()) return accepted.status();
  if (*accepted) return absl::OkStatus();
  return MakeStatus(Code::kState, absl::StrCat("names: other workers of group '", group_name_,
                                               "' have other tasks; all must have the same"));
}

absl::StatusOr<bool> Worker::AwaitVerdict() {
  const auto* futex = reinterpret_cast<const std::atomic<uint32_t>*>(&entry_->word);
  while (true) {
    const uint64_t word = entry_->word.load(std::memory_order_acquire);
    if (word == PhaseWord(id_.incarnation, WorkerPhase::kReady)) return true;
    if (word != PhaseWord(id_.incarnation, WorkerPhase::kAnnounced)) return false;
    if (Leaving() || AskedToDie()) {
      return MakeStatus(Code::kClosed, "the worker is asked to leave");
    }
    // The slice lets a worker leave whose pool was ended meanwhile.
    os::FutexWait(futex, static_cast<uint32_t>(word), Deadline::After(kNanosPerSecond),
                  DeathToken());
  }
}

bool Worker::LoadNames() {
  const absl::StatusOr<std::string> packed =
      segment_->LoadNames(group_->names, group_->names_bytes);
  if (!packed.ok()) return false;
  names_ = UnpackNames(*packed);
  return true;
}

absl::Status Worker::Failed(absl::string_view reason) {
  const absl::Status here = CheckProcess();
  if (!here.ok()) return here;
  const size_t size = std::min(reason.size(), kReasonBytes - 1);
  memcpy(entry_->reason, reason.data(), size);
  entry_->reason[size] = '\0';
  entry_->word.store(PhaseWord(id_.incarnation, WorkerPhase::kFailed), std::memory_order_release);
  TellHost();
  return absl::OkStatus();
}

void Worker::TellHost() { os::PokeEventfd(control_fd_); }

bool Worker::Leaving() const {
  return condemned_ || segment_->header()->leave.load(std::memory_order_seq_cst) != 0 ||
         entry_->leave.load(std::memory_order_seq_cst) == id_.incarnation;
}

// The host has ended the job that this worker ran, and now ends the worker: to begin another job would be
// that job's end too.
void Worker::LetGoOfEndedJob() {
  BP_FAULT_POINT("pool.refused");
  EndJob();
  condemned_ = true;
  entry_->intent.store(0, std::memory_order_release);  // the slot may be another job's from here on
}

bool Worker::HasWork() const {
  if (!returned_.Empty()) return true;
  const uint32_t used = group_->used_priorities.load(std::memory_order_seq_cst);
  for (uint32_t level = 0; level < kPriorities; ++level) {
    if ((used & 1u << level) != 0 && !queued_[level].Empty()) return true;
  }
  return false;
}

absl::Status Worker::CheckReady() {
  const absl::Status here = CheckProcess();
  if (!here.ok()) return here;
  if (!ready_) return MakeStatus(Code::kState, "worker: has not said that it is ready");
  if (!job_.answered_) {
    (void)job_.Fail(job_.WhyUnanswered());
  }
  return absl::OkStatus();
}

// This worker, the pool's others and its host are more than the CPUs.
bool Worker::IsCrowded() const {
  return segment_->place_count() >= static_cast<uint32_t>(CpusOfAffinity());
}

// True: there is a job, perhaps another worker's by now, or this worker is to leave. False: to sleep is best.
bool Worker::LookForJob(Deadline deadline, os::Interrupt* interrupt) {
  if (!crowded_) return sync::LookForAWhile([this] { return Leaving() || HasWork(); });
  while (true) {
    if (BecomeLookout(group_, id_.place)) {
      const uint64_t before = segment_->Claimed(group_index_);
      if (LookAsLookout()) return true;
      if (segment_->Claimed(group_index_) == before) return false;
    }
    const uint64_t before = segment_->Claimed(group_index_);
    const bool woken = Rest(group_, deadline, interrupt);
    const uint64_t claimed = segment_->Claimed(group_index_) - before;
    if (Leaving() || ((woken || claimed < kShortJobs) && HasWork())) return true;
    if (claimed == 0 || deadline.Expired() || (interrupt != nullptr && interrupt->raised())) {
      return false;
    }
  }
}

bool Worker::LookAsLookout() {
  BP_FAULT_POINT("pool.lookout");
  const bool seen = sync::LookForAWhile([this] { return Leaving() || HasWork(); });
  LeaveLookout(group_, id_.place);
  return seen;
}

absl::Status Worker::Wait(Deadline deadline, os::Interrupt* interrupt) {
  const absl::Status ready = CheckReady();
  if (!ready.ok()) return ready;
  if (job_.chunk_) return absl::OkStatus();
  while (true) {
    // Also after a wake-up: who was woken for a job that another has claimed had better not sleep so deep
    // that the next one wakes it again.
    if (!deadline.Expired() && LookForJob(deadline, interrupt)) return absl::OkStatus();
    sync::UpdateSpinTries();
    crowded_ = IsCrowded();
    const sync::EventCount::Key key = group_->work.Prepare();
    if (Leaving() || HasWork()) {
      group_->work.Cancel(key);
      return absl::OkStatus();
    }
    BP_FAULT_POINT("pool.sleeping");
    const sync::WaitResult waited = group_->work.Wait(key, deadline, interrupt);
    BP_FAULT_POINT("pool.awake");
    switch (waited) {
      case sync::WaitResult::kTimedOut:
        if (Leaving() || HasWork()) return absl::OkStatus();
        return MakeStatus(Code::kTimeout, "no job in time");
      case sync::WaitResult::kInterrupted:
        return MakeStatus(Code::kInterrupted, "the wait for a job was interrupted");
      default:
        break;
    }
  }
}

absl::StatusOr<Job*> Worker::Next(Deadline deadline, os::Interrupt* interrupt) {
  const absl::Status ready = CheckReady();
  if (!ready.ok()) return ready;
  if (job_.NextItem()) return &job_;
  while (true) {
    if (Leaving()) return MakeStatus(Code::kClosed, "the worker is asked to leave");
    const absl::optional<JobRef> claimed = ClaimOne();
    if (claimed) {
      Job* job = Begin(*claimed);
      if (job != nullptr) return job;
      continue;
    }
    const absl::Status waited = Wait(deadline, interrupt);
    if (!waited.ok()) return waited;
  }
}

absl::optional<JobRef> Worker::ClaimOne() {
  const auto try_claim = [this](JobRef job) { return TryClaim(job); };
  absl::optional<JobRef> claimed = returned_.Claim(try_claim);
  const uint32_t used = group_->used_priorities.load(std::memory_order_acquire);
  for (uint32_t level = 0; level < kPriorities && !claimed; ++level) {
    if ((used & 1u << level) != 0) claimed = queued_[level].Claim(try_claim);
  }
  return claimed;
}

bool Worker::TryClaim(JobRef job) {
  JobSlot* slot = segment_->SlotOrNull(job);
  if (slot == nullptr || job.generation == 0) return false;
  uint64_t expected = JobWord::Of(job.generation, JobState::kQueued).bits;
  if (slot->word.load(std::memory_order_relaxed) != expected) return false;
  if (HasExpired(*slot)) return false;  // the host ends it in this moment
  // W1: the intent is there before the claim, so that the host knows what a dead worker held.
  entry_->intent.store(job.packed(), std::memory_order_seq_cst);
  BP_FAULT_POINT("pool.intent");
  const uint64_t taken = JobWord::Of(job.generation, JobState::kTaken, id_).bits;
  if (slot->word.compare_exchange_strong(expected, taken)) {
    BP_FAULT_POINT("pool.taken");
    return true;
  }
  entry_->intent.store(0, std::memory_order_relaxed);
  return false;
}

// nullptr when the host took the job back meanwhile (this process was stopped for long), or its words
// make no sense.
Job* Worker::Begin(JobRef job) {
  BP_FAULT_POINT("pool.claimed");
  JobSlot* slot = segment_->slot(job.slot);
  // Only where nobody has said it: a worker that was stopped here for long may have lost the job to
  // another, which is at it by now.
  const int32_t pid = entry_->pid.load(std::memory_order_relaxed);
  int64_t begun = MonotonicNow();
  int32_t nobody = 0;
  int64_t never = 0;
  slot->pid.compare_exchange_strong(nobody, pid, std::memory_order_relaxed);
  slot->begun_ns.compare_exchange_strong(never, begun, std::memory_order_relaxed);
  const uint16_t flags = slot->flags.load(std::memory_order_relaxed);
  const bool asks = (flags & kAwaitAnswer) != 0;
  if (asks) {
    if (!AwaitAnswer(job)) return nullptr;
    begun = MonotonicNow();  // its limits count from here
    slot->begun_ns.store(begun, std::memory_order_relaxed);
  }
  if (!WaitWhileDoomed()) return nullptr;
  uint64_t taken = JobWord::Of(job.generation, JobState::kTaken, id_).bits;
  const uint64_t running = JobWord::Of(job.generation, JobState::kRunning, id_).bits;
  if (!slot->word.compare_exchange_strong(taken, running)) {
    // Ended before it was begun: nothing else changes. Taken back: the host kills this process for it.
    if (!JobWord{taken}.IsOutcome()) condemned_ = true;
    entry_->intent.store(0,
                         std::memory_order_release);  // the slot may be another job's from here on
    return nullptr;
  }
  // It is ours for sure: over what a late one may have said.
  slot->pid.store(pid, std::memory_order_relaxed);
  slot->begun_ns.store(begun, std::memory_order_relaxed);
  entry_->begun.store(entry_->begun.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  BP_FAULT_POINT("pool.running");
  if ((flags & kTellAccepted) != 0 && !asks) segment_->ListAccepted(job.slot);
  if (soft_signal_ != nullptr) soft_signal_->BeginJob(job);
  AnnounceLimit(*slot);
  job_ = Job();
  job_.worker_ = this;
  job_.ref_ = job;
  job_.slot_ = slot;
  job_.answered_ = false;
  job_.argument_ = segment_->Load(slot->argument, slot->argument_bytes);
  const uint32_t task = slot->task.load(std::memory_order_relaxed);
  static const std::string* const kNoTask = new std::string;
  job_.task_ = task < names_.size() ? &names_[task] : kNoTask;
  if (job_.argument_.data == nullptr || task >= names_.size()) {
    (void)job_.Fail({"Corrupt", "the job's words in shared memory are damaged", ""});
    return nullptr;
  }
  if ((flags & (kChunk | kChunkEach)) != 0 && !job_.BeginChunk((flags & kChunkEach) != 0)) {
    return nullptr;
  }
  return &job_;
}

// [ALARM] The word is RUNNING first, then the alarm is read; the supervisor puts the alarm to its latest,
// then looks at the words, then sets it. So either it sees this job, or this sees an alarm that is later.
void Worker::AnnounceLimit(const JobSlot& slot) {
  const int64_t end = segment_->header()->max_memory_kib.load(std::memory_order_relaxed) == 0
                          ? EarliestLimitEnd(slot)
                          : std::min(EarliestLimitEnd(slot),
                                     slot.begun_ns.load(std::memory_order_relaxed) + kMemoryLook);
  if (end == kNoTime || end >= segment_->header()->alarm_ns.load(std::memory_order_seq_cst)) return;
  BP_FAULT_POINT("pool.limited");
  TellHost();
}

// A job that expired stays queued for the host to end: its clock is the same.
bool Worker::HasExpired(const JobSlot& slot) const {
  const int64_t expires = slot.expires_ns.load(std::memory_order_relaxed);
  return expires != 0 && MonotonicNow() >= expires;
}

// [DOOMED] The host puts the mark, then looks at this worker's job, then kills; here the job is TAKEN,
// then the mark is read. So either the host sees the job, or the job is not begun: it is TAKEN until the
// host has decided, and goes back to the queue when this process dies. False: it is about to.
bool Worker::WaitWhileDoomed() {
  while (entry_->doomed.load(std::memory_order_seq_cst) == id_.incarnation) {
    BP_FAULT_POINT("pool.doomed");
    if (AskedToDie()) return false;
    // The slice lets a worker leave whose host has gone.
    os::FutexWait(&entry_->doomed, id_.incarnation, Deadline::After(kNanosPerSecond), DeathToken());
  }
  return true;
}

// A signal wants to end this process. What it has taken goes back when it is dead.
bool Worker::AskedToDie() {
  if (orderly_exit_ == nullptr || orderly_exit_->signal_number() == 0) return false;
  condemned_ = true;
  return true;
}

os::Interrupt* Worker::DeathToken() const {
  return orderly_exit_ == nullptr ? nullptr : orderly_exit_->token();
}

void Worker::EndJob() {
  if (soft_signal_ != nullptr) soft_signal_->EndJob();
}

bool Worker::UsesTooMuchMemory() const {
  const int64_t limit = segment_->header()->max_memory_kib.load(std::memory_order_relaxed);
  const int64_t at_first = entry_->memory_kib.load(std::memory_order_relaxed);
  if (limit == 0 || at_first < 0) return false;
  const int64_t now = os::AnonymousMemoryKib(0);
  if (now < 0) {
    logging::Log(logging::kError, "worker: the memory that this process uses can not be told");
  }
  const bool seen_over = entry_->recycle.load(std::memory_order_relaxed) == id_.incarnation;
  if (!seen_over && (now < 0 || now - at_first <= limit)) return false;
  if (logging::Enabled(logging::kWarning)) {
    logging::Log(logging::kWarning,
                 absl::StrCat("child process exiting after exceeding memory limit (",
                              now - at_first, "KiB / ", limit, "KiB)"));
  }
  return true;
}

// Between two jobs, with nothing held: the next process at this place does what this one would have done.
void Worker::RecycleIfDue() {
  const uint64_t most = segment_->header()->max_jobs_per_worker.load(std::memory_order_relaxed);
  const bool worn = most != 0 && entry_->jobs_done.load(std::memory_order_relaxed) >= most;
  if (condemned_ || !(worn || UsesTooMuchMemory())) return;
  condemned_ = true;
  exit_status_ = kExitRecycled;
  entry_->word.store(PhaseWord(id_.incarnation, WorkerPhase::kLeaving), std::memory_order_release);
  BP_FAULT_POINT("pool.leaving");
  TellHost();
}

bool Job::SoftLimitReached() const {
  return !answered_ && worker_->entry_->soft_job.load(std::memory_order_seq_cst) == ref_.packed();
}

uint64_t Job::id() const { return slot_->id.load(std::memory_order_relaxed); }

const std::string& Job::task() const { return *task_; }

absl::Status Job::Reply(absl::string_view bytes, uint32_t format) {
  absl::Status status = MayAnswer();
  if (!status.ok()) return status;
  const auto& prepare = worker_->hooks_.prepare_result;
  if (prepare) {
    const std::string refused = prepare(*this, &bytes, &format);
    if (answered_) return MakeStatus(Code::kState, "job: is answered already");
    if (!refused.empty()) {
      status = Fail({"PrepareResult", refused, ""});
      return status.ok() ? MakeStatus(Code::kTaskFailed, refused) : status;
    }
  }
  if (chunk_) {
    status = ReplyItem(bytes, format);
  } else {
    status = worker_->segment_->CheckSize(bytes, "data");
    if (status.ok()) status = Publish(JobState::kDone, bytes, format);
  }
  if (!answered_ && !status.ok()) refusal_ = std::string(status.message());
  return status;
}

absl::Status Job::Fail(const Failure& failure) {
  absl::Status status = MayAnswer();
  if (!status.ok()) return status;
  if (chunk_ && chunk_->each) {
    status = FailItem(failure);
  } else {
    status = Publish(JobState::kFailed, EncodeFailure(failure), 0);
  }
  if (answered_) return status;
  return Publish(JobState::kFailed, EncodeShortFailure(failure, kInlineBytes), 0);
}

absl::Status Job::MayAnswer() const {
  if (answered_) return MakeStatus(Code::kState, "job: is answered already");
  return worker_->CheckProcess();
}

Failure Job::WhyUnanswered() const {
  if (!refusal_.empty()) return {"ReplyRefused", refusal_, ""};
  return {"Unanswered", absl::StrCat("task '", task(), "' gave no answer"), ""};
}

absl::Status Job::Publish(JobState outcome, absl::string_view bytes, uint32_t format) {
  PoolSegment* segment = worker_->segment_.get();
  absl::StatusOr<StagedPayload> staged = segment->Stage(bytes, format, ref_);
  if (!staged.ok()) return staged.status();
  BP_FAULT_POINT("pool.staged");
  PoolSegment::Store(*staged, &slot_->result, slot_->result_bytes);
  BP_FAULT_POINT("pool.stored");
  // Read before the outcome is there: afterwards the slot may be another job's at any moment.
  const bool notify = (slot_->flags.load(std::memory_order_relaxed) & kTellFinished) != 0;
  const uint32_t parent = slot_->parent.load(std::memory_order_relaxed);
  answered_ = true;
  chunk_.reset();
  uint64_t running = JobWord::Of(ref_.generation, JobState::kRunning, worker_->id_).bits;
  const uint64_t done = JobWord::Of(ref_.generation, outcome, worker_->id_).bits;
  WorkerEntry* entry = worker_->entry_;
  std::atomic<uint64_t>& count = outcome == JobState::kDone ? entry->succeeded : entry->failed;
  std::atomic<uint64_t>& after =
      outcome == JobState::kDone ? entry->succeeded_after : entry->failed_after;
  const uint64_t count_after = count.load(std::memory_order_relaxed) + 1;
  after.store(count_after, std::memory_order_relaxed);
  // [OUTCOME] seq_cst: the result first; then either we see the waiter, or it sees the outcome.
  if (!slot_->word.compare_exchange_strong(running, done)) {
    after.store(count_after - 1, std::memory_order_relaxed);
    shared_memory::BlockRef block = staged->block;
    slot_->result.block.compare_exchange_strong(block, kNoBlock);
    segment->DropStaged(*staged);
    worker_->LetGoOfEndedJob();
    return MakeStatus(Code::kTerminated, "job: the host has ended it");
  }
  BP_FAULT_POINT("pool.answered");
  if (slot_->waiters.load(std::memory_order_seq_cst) != 0) {
    os::FutexWake(PoolSegment::FutexOf(slot_), os::kWakeAll);
    segment->PokeLoop();
  }
  PoolHeader* header = segment->header();
  if (notify) {
    uint32_t top = header->finished.load(std::memory_order_relaxed);
    do {
      slot_->next_finished.store(top, std::memory_order_relaxed);
      BP_FAULT_POINT("pool.linked");
    } while (!header->finished.compare_exchange_weak(top, ref_.slot + 1));  // [FINISHED]
    BP_FAULT_POINT("pool.listed");
    segment->PokeFinished();
  }
  segment->TellParent(parent, outcome == JobState::kFailed);
  segment->TellSubmitters();
  BP_FAULT_POINT("pool.told");
  count.store(count_after, std::memory_order_relaxed);
  entry->jobs_done.store(entry->jobs_done.load(std::memory_order_relaxed) + 1,
                         std::memory_order_relaxed);
  BP_FAULT_POINT("pool.counted");
  worker_->EndJob();
  entry->intent.store(0, std::memory_order_release);
  BP_FAULT_POINT("pool.cleared");
  if (header->closing.load(std::memory_order_seq_cst) != 0 &&
      header->close_armed.exchange(0) == 1) {
    worker_->TellHost();
  }
  worker_->RecycleIfDue();
  return absl::OkStatus();
}

}  // namespace billiard::pool
