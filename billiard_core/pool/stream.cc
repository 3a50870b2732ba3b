#include "billiard_core/pool/stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/pool/parent_wait.h"

namespace billiard::pool {

Stream::Stream(std::shared_ptr<HostPool> host, uint64_t chunk_size, uint64_t look_ahead,
               bool ordered, bool notify)
    : host_(std::move(host)),
      id_(NextJobId()),
      chunk_size_(chunk_size),
      look_ahead_(look_ahead),
      ordered_(ordered),
      notify_(notify) {}

Stream::~Stream() {
  if (!host_->MadeHere()) return;
  MutexLock lock(&mutex_);
  flights_.clear();
  by_job_.clear();
  landed_.reset();
  if (parent_.generation == 0) return;
  {
    MutexLock host_lock(&host_->mutex);
    host_->jobs.Unreserve(set_aside_);
    host_->jobs.ReleaseParent(parent_);
  }
  host_->segment->TellSubmitters();
}

void Stream::OnEnded(JobRef job) {
  if (!ordered_) ended_.push_back(job);
  if (notify_) host_->jobs.ListParent(parent_);
}

uint64_t Stream::JobsOut() const {
  return flights_.size() + by_job_.size() + (landed_.has_value() ? 1 : 0);
}

bool Stream::HasSlot() {
  if (set_aside_ != 0) return true;
  MutexLock lock(&host_->mutex);
  if (!host_->jobs.Reserve(1).ok()) return false;
  set_aside_ = 1;
  return true;
}

uint64_t Stream::RoomLocked() {
  if (input_ended_) return 0;
  const uint64_t out = JobsOut();
  if (out >= look_ahead_ || !HasSlot()) return 0;
  return (look_ahead_ - out) * chunk_size_ - pending_.count();
}

uint64_t Stream::Room() {
  if (!host_->MadeHere()) return 0;
  MutexLock lock(&mutex_);
  return RoomLocked();
}

absl::Status Stream::Put(absl::string_view bytes, uint32_t format) {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  const uint64_t alone = chunk_size_ == 1 ? bytes.size() : ChunkWriter().SizeWith(bytes.size());
  const absl::Status fits = host_->segment->CheckSize(alone, "data");
  if (!fits.ok()) return fits;
  {
    MutexLock host_lock(&host_->mutex);
    const absl::Status accepting = host_->MayAccept();
    if (!accepting.ok()) return accepting;
  }
  MutexLock lock(&mutex_);
  if (input_ended_) return MakeStatus(Code::kState, "iterator: its input has ended");
  if (RoomLocked() == 0) {
    return MakeStatus(Code::kFull, absl::StrCat("look_ahead = ", look_ahead_, " jobs are out"));
  }
  if (chunk_size_ == 1) {
    ++put_;
    SubmitJob(bytes, format, 1);
    return absl::OkStatus();
  }
  if (!host_->segment->CheckSize(pending_.SizeWith(bytes.size()), "data").ok()) {
    SubmitPending();  // it goes into the next job; that may be one more than look_ahead
  }
  pending_.Add(bytes, format);
  ++put_;
  if (pending_.count() >= chunk_size_) SubmitPending();
  return absl::OkStatus();
}

void Stream::SubmitPending() {
  const uint64_t count = pending_.count();
  if (count == 0) return;
  const std::string list = pending_.Finish();
  pending_ = ChunkWriter();
  SubmitJob(list, 0, count);
}

void Stream::SubmitJob(absl::string_view bytes, uint32_t format, uint64_t count) {
  Flight flight;
  flight.first = put_ - count;
  flight.count = count;
  const absl::StatusOr<JobRef> job = Launch(bytes, format);
  if (job.ok()) {
    flight.result = std::make_unique<Result>(host_, *job, id_);
  } else {
    flight.why = job.status();
  }
  if (ordered_ || !job.ok()) {
    flights_.push_back(std::move(flight));
  } else {
    by_job_.emplace(job->packed(), std::move(flight));
  }
  // A taker may be asleep for want of a job that ends; this one never will.
  if (!job.ok()) host_->segment->TellParent(parent_.slot + 1, /*wake=*/true);
}

absl::StatusOr<JobRef> Stream::Launch(absl::string_view bytes, uint32_t format) {
  if (!HasSlot()) return MakeStatus(Code::kFull, "the pool has max_jobs jobs");
  const absl::StatusOr<StagedPayload> staged = host_->segment->Stage(bytes, format, JobRef());
  if (!staged.ok()) return staged.status();
  const absl::StatusOr<JobRef> job = submit_(*staged);
  if (job.ok()) {
    --set_aside_;
  } else {
    host_->segment->DropStaged(*staged);
  }
  return job;
}

absl::Status Stream::End() { return EndInput(absl::nullopt); }

absl::Status Stream::FailInput(const Failure& failure) { return EndInput(failure); }

absl::Status Stream::EndInput(absl::optional<Failure> failure) {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  {
    MutexLock lock(&mutex_);
    if (input_ended_) return absl::OkStatus();
    SubmitPending();
    input_ended_ = true;
    input_failure_ = std::move(failure);
  }
  host_->segment->TellParent(parent_.slot + 1, /*wake=*/true);
  MutexLock host_lock(&host_->mutex);
  host_->jobs.ListParent(parent_);
  return absl::OkStatus();
}

bool Stream::InputHasEnded() {
  MutexLock lock(&mutex_);
  return input_ended_;
}

void Stream::FindLanded() {
  if (landed_) return;
  if (!flights_.empty()) {
    Flight& front = flights_.front();
    if (front.result == nullptr || front.result->state() >= JobState::kDone) {
      landed_ = std::move(front);
      flights_.pop_front();
    }
    if (landed_ || ordered_) return;
  }
  if (ordered_) return;
  MutexLock lock(&host_->mutex);
  host_->jobs.CollectEnded();
  while (!ended_.empty() && !landed_) {
    const auto found = by_job_.find(ended_.front().packed());
    ended_.pop_front();
    if (found == by_job_.end()) continue;
    landed_ = std::move(found->second);
    by_job_.erase(found);
  }
}

bool Stream::AtEnd() { return input_ended_ && pending_.count() == 0 && JobsOut() == 0; }

bool Stream::HasNext() {
  MutexLock lock(&mutex_);
  FindLanded();
  if (landed_ || AtEnd()) return true;
  if (JobsOut() == 0) SubmitPending();  // whoever waits here may be the one who puts
  return false;
}

absl::Status Stream::Wait(Deadline deadline, os::Interrupt* interrupt) {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  return WaitForParent(
      host_.get(), parent_, [this] { return HasNext(); }, deadline, interrupt,
      absl::StrCat("iterator ", id_));
}

absl::Status Stream::Next(Deadline deadline, os::Interrupt* interrupt,
                          const std::function<absl::Status(const PayloadView&)>& take,
                          StreamItem* item, JobFailure* failure) {
  while (true) {
    const absl::Status waited = Wait(deadline, interrupt);
    if (!waited.ok()) return waited;
    MutexLock lock(&mutex_);
    FindLanded();
    if (landed_) return Deliver(take, item, failure);
    if (!AtEnd()) continue;  // another thread was faster
    if (!input_failure_) return MakeStatus(Code::kClosed, "iterator: every item was delivered");
    *item = StreamItem{put_, true};
    failure->code = Code::kTaskFailed;
    failure->message = input_failure_->message;
    failure->job = id_;
    failure->task = *std::move(input_failure_);
    input_failure_.reset();
    return absl::OkStatus();
  }
}

absl::Status Stream::Deliver(const std::function<absl::Status(const PayloadView&)>& take,
                             StreamItem* item, JobFailure* failure) {
  Flight& flight = *landed_;
  item->index = flight.first + flight.taken;
  item->failed = true;
  failure->job = id_;
  absl::optional<PayloadView> value;
  ChunkView outcomes;
  if (flight.result == nullptr) {
    failure->code = CodeOf(flight.why);
    failure->message = std::string(flight.why.message());
  } else {
    value = flight.result->Value(failure);
  }
  if (value && chunk_size_ != 1) {
    const bool readable = outcomes.Read(*value) && flight.taken < outcomes.count();
    value = readable ? outcomes.Item(flight.taken) : PayloadView{};
    if (value->data != nullptr && outcomes.Failed(flight.taken)) {
      failure->code = Code::kTaskFailed;
      failure->task = DecodeFailure(value->bytes());
      failure->message = failure->task.message;
      failure->pid = flight.result->pid();
      value = absl::nullopt;
    }
  }
  if (value && value->data == nullptr) {
    failure->code = Code::kCorrupt;
    failure->message = "the result's words in shared memory are damaged";
  } else if (value) {
    const absl::Status taken = take(*value);
    if (!taken.ok()) return taken;
    item->failed = false;
  }
  if (++flight.taken == flight.count) FinishFlight();
  return absl::OkStatus();
}

// Its slot is set aside for a later job of this stream, as long as nobody else is faster.
void Stream::FinishFlight() {
  {
    MutexLock lock(&host_->mutex);
    host_->jobs.CollectEnded();  // so that the slot is not held by the finished stack
  }
  landed_.reset();
  if (set_aside_ + JobsOut() < look_ahead_) {
    MutexLock lock(&host_->mutex);
    if (host_->jobs.Reserve(1).ok()) ++set_aside_;
  }
}

}  // namespace billiard::pool
