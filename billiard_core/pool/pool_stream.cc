// How a pool opens a stream: the slots of all its jobs are set aside at once, so that putting an item
// never waits, and two streams can not wait for each other's.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/pool/pool.h"

namespace billiard::pool {

absl::StatusOr<std::unique_ptr<Stream>> Pool::OpenStream(absl::string_view task,
                                                         const StreamOptions& options) {
  absl::Status status = CheckTask(task);
  if (!status.ok()) return status;
  const uint64_t most = host_->segment->slot_count() - 1;
  uint64_t look_ahead = options.look_ahead;
  if (look_ahead == 0) {
    look_ahead = std::max<uint64_t>(1, std::min<uint64_t>(most, 4 * host_->WorkerCount()));
  }
  if (look_ahead > most) {
    return MakeStatus(
        Code::kInvalid,
        absl::StrCat("options.look_ahead: ", look_ahead, " jobs do not fit into max_jobs = ",
                     host_->segment->slot_count(), " with one more for their owner"));
  }
  const uint64_t chunk_size = options.chunk_size == 0 ? 1 : options.chunk_size;
  status = ReserveFor(task, look_ahead + 1, options.job);
  if (!status.ok()) return status;
  std::unique_ptr<Stream> stream(
      new Stream(host_, chunk_size, look_ahead, options.ordered, options.job.notify));
  JobOptions job = options.job;
  {
    MutexLock lock(&host_->mutex);
    const absl::StatusOr<JobRef> parent =
        host_->jobs.AcquireParent(options.job.notify, stream->id(), 0, stream.get());
    if (!parent.ok()) {
      host_->jobs.Unreserve(look_ahead + 1);
      return parent.status();
    }
    stream->parent_ = *parent;
  }
  {
    MutexLock lock(&stream->mutex_);
    stream->set_aside_ = look_ahead;
  }
  job.notify = false;
  job.parent = stream->parent_;
  job.tells_parent = !options.ordered || options.job.notify;
  job.flags = chunk_size == 1 ? 0 : kChunkEach;
  // A stream may outlive its pool: a Pool without supervisor only submits, and is refused then.
  const std::shared_ptr<Pool> submitter(new Pool(host_));
  stream->submit_ = [submitter, name = std::string(task), job](const StagedPayload& staged) {
    uint64_t id;
    return submitter->SubmitOnce(name, staged, job, &id);
  };
  return stream;
}

}  // namespace billiard::pool
