#include "billiard_core/pool/map.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/pool/chunk.h"
#include "billiard_core/pool/parent_wait.h"

namespace billiard::pool {

uint64_t DefaultChunkSize(uint64_t items, uint64_t workers) {
  const uint64_t jobs = 4 * std::max<uint64_t>(workers, 1);
  return std::max<uint64_t>(items / jobs + (items % jobs != 0 ? 1 : 0), 1);
}

Map::Map(std::shared_ptr<HostPool> host, uint64_t count, uint64_t chunk_size)
    : host_(std::move(host)), id_(NextJobId()), count_(count), chunk_size_(chunk_size) {}

Map::~Map() {
  if (!host_->MadeHere()) return;
  chunks_.clear();
  if (parent_.generation == 0) return;
  {
    MutexLock lock(&host_->mutex);
    host_->jobs.ReleaseParent(parent_);
  }
  host_->segment->TellSubmitters();
}

// Told only when the map was submitted with `notify`.
void Map::OnEnded(JobRef job) {
  const bool good = host_->jobs.WordOf(job).state() == JobState::kDone;
  if (not_ended_ == 0) return;  // it is listed already
  not_ended_ = good ? not_ended_ - 1 : 0;
  if (not_ended_ == 0) host_->jobs.ListParent(parent_);
}

Map::Verdict Map::Look() {
  MutexLock lock(&mutex_);
  if (verdict_ != Verdict::kOpen) return verdict_;
  if (chunks_.empty()) return verdict_ = Verdict::kDone;
  const JobSlot* parent = host_->segment->slot(parent_.slot);
  // Before the words: what ends after the look is counted after it, too. Pairs with [CHILDREN].
  const uint32_t ended = parent->ended.load(std::memory_order_seq_cst);
  if (looked_ && ended == seen_ended_) return verdict_;
  looked_ = true;
  seen_ended_ = ended;
  bool all_done = true;
  for (uint64_t i = done_before_; i < chunks_.size(); ++i) {
    const JobState state = chunks_[i]->state();
    if (state == JobState::kDone) {
      if (all_done) done_before_ = i + 1;
    } else if (state >= JobState::kDone) {
      failed_chunk_ = i;
      return verdict_ = Verdict::kFailed;
    } else {
      all_done = false;
    }
  }
  if (all_done) verdict_ = Verdict::kDone;
  return verdict_;
}

bool Map::Ready() { return host_->MadeHere() && Look() != Verdict::kOpen; }

absl::Status Map::Wait(Deadline deadline, os::Interrupt* interrupt) {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  return WaitForParent(
      host_.get(), parent_, [this] { return Look() != Verdict::kOpen; }, deadline, interrupt,
      absl::StrCat("map ", id_));
}

bool Map::Succeeded(JobFailure* failure) {
  uint64_t failed;
  {
    MutexLock lock(&mutex_);
    if (verdict_ == Verdict::kDone) return true;
    failed = failed_chunk_;
  }
  const absl::optional<PayloadView> none = chunks_[failed]->Value(failure);
  return none.has_value();
}

PayloadView Map::Item(uint64_t index) const {
  JobFailure failure;
  ChunkView outcomes;
  const absl::optional<PayloadView> list = chunks_[index / chunk_size_]->Value(&failure);
  // A worker that scribbled over its results is shown as an item without data.
  if (!list || !outcomes.Read(*list) || index % chunk_size_ >= outcomes.count()) return {};
  return outcomes.Item(index % chunk_size_);
}

bool Map::Accepted() const {
  return host_->MadeHere() && std::all_of(chunks_.begin(), chunks_.end(),
                                          [](const auto& chunk) { return chunk->pid() != 0; });
}

std::vector<int32_t> Map::Pids() const {
  std::vector<int32_t> pids;
  for (const auto& chunk : chunks_) {
    if (chunk->pid() != 0) pids.push_back(chunk->pid());
  }
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  return pids;
}

}  // namespace billiard::pool
