// How a worker goes through the items of a chunk (chunk.h). The outcomes gather in its own memory, and
// become the job's result with the last of them; a worker that dies before takes them with it.
#include <utility>

#include "billiard_core/base/fault_point.h"
#include "billiard_core/base/status.h"
#include "billiard_core/pool/worker.h"

namespace billiard::pool {

bool Job::BeginChunk(bool each) {
  ChunkRun run;
  run.each = each;
  if (!run.items.Read(argument_) || run.items.count() == 0) {
    (void)Fail({"Corrupt", "the chunk's words in shared memory are damaged", ""});
    return false;
  }
  chunk_ = std::move(run);
  answered_ = true;  // NextItem begins the first
  return NextItem();
}

bool Job::NextItem() {
  while (chunk_) {
    BP_FAULT_POINT("pool.item");
    const JobWord running = JobWord::Of(ref_.generation, JobState::kRunning, worker_->id_);
    if (slot_->word.load(std::memory_order_acquire) != running.bits) {  // the host has ended it
      chunk_.reset();
      worker_->LetGoOfEndedJob();
      return false;
    }
    argument_ = chunk_->items.Item(chunk_->next);
    ++chunk_->next;
    answered_ = false;
    refusal_.clear();
    if (argument_.data != nullptr) return true;
    (void)Fail({"Corrupt", "an item's words in shared memory are damaged", ""});
  }
  return false;
}

absl::Status Job::ReplyItem(absl::string_view bytes, uint32_t format) {
  const absl::Status fits = worker_->segment_->CheckSize(chunk_->outcomes.SizeWith(bytes.size()),
                                                         "data, with the chunk's other results");
  if (!fits.ok()) return fits;
  chunk_->outcomes.Add(bytes, format);
  BP_FAULT_POINT("pool.framed");
  if (!chunk_->AtLast()) {
    answered_ = true;
    return absl::OkStatus();
  }
  const absl::Status published = Publish(JobState::kDone, chunk_->outcomes.Finish(), 0);
  if (!answered_) chunk_->outcomes.RemoveLast();
  return published;
}

absl::Status Job::FailItem(const Failure& failure) {
  chunk_->outcomes.AddFailure(EncodeFailure(failure));
  if (!chunk_->AtLast()) {
    answered_ = true;
    return absl::OkStatus();
  }
  return Publish(JobState::kDone, chunk_->outcomes.Finish(), 0);
}

}  // namespace billiard::pool
