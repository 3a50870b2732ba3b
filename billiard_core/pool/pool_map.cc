// How a pool submits a map: all slots at once, so that two maps can not wait for each other's, then
// chunk by chunk.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/pool/chunk.h"
#include "billiard_core/pool/pool.h"
#include "billiard_core/pool/slot_wait.h"

namespace billiard::pool {

absl::Status Pool::ReserveFor(absl::string_view task, uint64_t slots, const JobOptions& options) {
  if (slots > host_->segment->slot_count()) {
    return MakeStatus(Code::kInvalid,
                      absl::StrCat("options.chunk_size: gives ", slots - 1,
                                   " jobs, which do not fit into max_jobs = ",
                                   host_->segment->slot_count(), " with one more for their owner"));
  }
  absl::optional<SlotWaiter> waiter;
  while (true) {
    const uint32_t seen = waiter ? waiter->epoch() : 0;
    absl::Status status;
    {
      MutexLock lock(&host_->mutex);
      status = host_->MayAccept();
      if (!status.ok()) return status;
      const absl::StatusOr<TaskAddress> address = host_->Resolve(task, options.group);
      if (!address.ok() && CodeOf(address.status()) != Code::kNotFound) return address.status();
      status = host_->jobs.Reserve(slots);
    }
    if (CodeOf(status) != Code::kFull) return status;
    if (!waiter) {
      waiter.emplace(host_.get());  // and try again: what ended before was told to nobody
      continue;
    }
    status = waiter->Sleep(seen, status, options.submit_deadline, options.interrupt);
    if (!status.ok()) return status;
  }
}

absl::StatusOr<std::unique_ptr<Map>> Pool::MapAsync(absl::string_view task,
                                                    const std::vector<MapItem>& items,
                                                    const MapOptions& options) {
  absl::Status status = CheckTask(task);
  if (!status.ok()) return status;
  const uint64_t chunk_size = options.chunk_size != 0
                                  ? std::min<uint64_t>(options.chunk_size, items.size() + 1)
                                  : DefaultChunkSize(items.size(), host_->WorkerCount());
  std::unique_ptr<Map> map(new Map(host_, items.size(), chunk_size));
  const uint64_t chunks = (items.size() + chunk_size - 1) / chunk_size;
  // The map's own slot is wanted for its end to be listed, also when there is nothing to do.
  const uint64_t slots = chunks + (chunks != 0 || options.job.notify ? 1 : 0);
  status = ReserveFor(task, slots, options.job);
  if (!status.ok()) return status;
  if (slots == 0) return map;
  JobOptions job = options.job;
  job.notify = false;
  job.flags = kChunk;
  job.tells_parent = options.job.notify;
  {
    MutexLock lock(&host_->mutex);
    map->not_ended_ = chunks;
    const absl::StatusOr<JobRef> parent = host_->jobs.AcquireParent(
        options.job.notify, map->id(), static_cast<uint32_t>(chunks), map.get());
    if (!parent.ok()) {
      host_->jobs.Unreserve(slots);
      return parent.status();
    }
    map->parent_ = *parent;
    if (chunks == 0) host_->jobs.ListParent(*parent);
  }
  job.parent = map->parent_;
  status = SubmitChunks(task, items, job, map.get());
  if (!status.ok()) {
    MutexLock lock(&host_->mutex);
    host_->jobs.Unreserve(chunks - map->chunks_.size());
    return status;  // the chunks that are under way go on, for nobody
  }
  return map;
}

absl::Status Pool::SubmitChunks(absl::string_view task, const std::vector<MapItem>& items,
                                const JobOptions& options, Map* map) {
  for (uint64_t first = 0; first < items.size(); first += map->chunk_size_) {
    ChunkWriter writer;
    const uint64_t end = std::min<uint64_t>(items.size(), first + map->chunk_size_);
    for (uint64_t i = first; i < end; ++i) writer.Add(items[i].bytes, items[i].format);
    const std::string list = writer.Finish();
    absl::Status status = host_->segment->CheckSize(list, "data of a chunk");
    if (!status.ok()) return status;
    const absl::StatusOr<StagedPayload> staged = host_->segment->Stage(list, 0, JobRef());
    if (!staged.ok()) return staged.status();
    uint64_t id = 0;
    const absl::StatusOr<JobRef> job = SubmitOnce(task, *staged, options, &id);
    if (!job.ok()) {
      host_->segment->DropStaged(*staged);
      return job.status();
    }
    map->chunks_.push_back(std::make_unique<Result>(host_, *job, id));
  }
  return absl::OkStatus();
}

}  // namespace billiard::pool
