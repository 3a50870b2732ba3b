// How a worker waits for the host's word on a job that it has taken (synack, POOL-92). The job is TAKEN
// meanwhile: when the worker dies it goes back to the queue, and asks again from its next worker.
#include "billiard_core/base/fault_point.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/pool/worker.h"

namespace billiard::pool {

bool Worker::AwaitAnswer(JobRef job) {
  JobSlot* slot = segment_->slot(job.slot);
  segment_->ListAccepted(job.slot);
  BP_FAULT_POINT("pool.asking");
  const uint64_t taken = JobWord::Of(job.generation, JobState::kTaken, id_).bits;
  while (true) {
    const uint32_t answer = slot->answer.load(std::memory_order_seq_cst);
    if (slot->word.load(std::memory_order_seq_cst) != taken) {  // refused, or ended otherwise
      entry_->intent.store(0, std::memory_order_release);
      return false;
    }
    if (answer == kAccepted) return true;
    if (AskedToDie()) return false;
    // The host wakes us after either; the slice lets a worker leave whose host has gone.
    os::FutexWait(&slot->answer, answer, Deadline::After(kNanosPerSecond), DeathToken());
  }
}

}  // namespace billiard::pool
