#include "billiard_core/pool/result.h"

#include "absl/strings/str_cat.h"
#include "billiard_core/os/eventfd.h"
#include "billiard_core/pool/terminate_job.h"
#include "billiard_core/sync/spin.h"

namespace billiard::pool {

Result::~Result() {
  if (!host_->MadeHere()) return;
  {
    MutexLock lock(&host_->mutex);
    host_->jobs.Release(job_);
  }
  host_->segment->TellSubmitters();
}

JobWord Result::Word() const {
  return JobWord{host_->segment->slot(job_.slot)->word.load(
      std::memory_order_seq_cst)};  // pairs with [OUTCOME]
}

bool Result::Ready() const { return host_->MadeHere() && Word().IsOutcome(); }

JobState Result::state() const { return host_->MadeHere() ? Word().state() : JobState::kFree; }

int32_t Result::pid() const {
  if (!host_->MadeHere()) return 0;
  const JobState state = Word().state();
  if (state == JobState::kRunning || state == JobState::kDone || state == JobState::kFailed) {
    return host_->segment->slot(job_.slot)->pid.load(std::memory_order_relaxed);
  }
  if (state < JobState::kDone) return 0;
  MutexLock lock(&host_->mutex);
  return host_->jobs.OutcomeOf(job_).pid;
}

absl::Status Result::Cancel() {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  MutexLock lock(&host_->mutex);
  return host_->jobs.Cancel(job_);
}

void Result::DropCallbacks() {
  if (!host_->MadeHere()) return;
  MutexLock lock(&host_->mutex);
  if (host_->pump.Remove(id_)) host_->jobs.Release(job_);  // the pump's handle
}

absl::Status Result::Wait(Deadline deadline, os::Interrupt* interrupt) {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  if (Word().IsOutcome()) return absl::OkStatus();
  // In event-loop mode the waiter has the supervisor's work to do.
  const bool may_look = host_->loop == nullptr && !deadline.Expired();
  if (may_look && sync::LookForAWhile([this] { return Word().IsOutcome(); })) {
    return absl::OkStatus();
  }
  JobSlot* slot = host_->segment->slot(job_.slot);
  slot->waiters.fetch_add(1, std::memory_order_seq_cst);
  absl::Status status;
  while (true) {
    const JobWord word = Word();
    if (word.IsOutcome()) break;
    const os::FutexResult result =
        host_->WaitWhile(PoolSegment::FutexOf(slot), word.low_half(), deadline, interrupt);
    if (Word().IsOutcome()) break;
    if (result == os::FutexResult::kTimedOut) {
      status = MakeStatus(Code::kTimeout, absl::StrCat("job ", id_, " had no outcome in time"));
      break;
    }
    if (result == os::FutexResult::kInterrupted) {
      status = MakeStatus(Code::kInterrupted,
                          absl::StrCat("the wait for job ", id_, " was interrupted"));
      break;
    }
  }
  slot->waiters.fetch_sub(1, std::memory_order_seq_cst);
  return status;
}

absl::Status Result::Terminate(int signal_number) {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  const absl::StatusOr<int> number = TerminationSignal(signal_number);
  if (!number.ok()) return number.status();
  if (TerminateJob(host_.get(), job_, *number)) os::PokeEventfd(host_->control.get());
  return absl::OkStatus();
}

absl::optional<PayloadView> Result::Value(JobFailure* failure) const {
  const JobSlot* slot = host_->segment->slot(job_.slot);
  const JobState state = Word().state();
  const bool by_worker = state == JobState::kDone || state == JobState::kFailed;
  PayloadView view;
  if (by_worker) view = host_->segment->Load(slot->result, slot->result_bytes);
  if (state == JobState::kDone && view.data != nullptr) return view;

  failure->job = id_;
  failure->pid = slot->pid.load(std::memory_order_relaxed);
  if (by_worker && view.data != nullptr) {
    failure->code = Code::kTaskFailed;
    failure->task = DecodeFailure(view.bytes());
    failure->message = failure->task.message;
  } else if (by_worker) {
    failure->code = Code::kCorrupt;
    failure->message = "the result's words in shared memory are damaged";
  } else {
    MutexLock lock(&host_->mutex);
    const HostOutcome outcome = host_->jobs.OutcomeOf(job_);
    failure->code = outcome.code;
    failure->message = outcome.message;
    failure->pid = outcome.pid;
    failure->exit_status = outcome.exit_status;
    failure->out_of_memory = outcome.out_of_memory;
  }
  return absl::nullopt;
}

}  // namespace billiard::pool
