// The order of the jobs of one group (layout.h, struct Ring): the host pushes, workers claim.
//
// What if a worker dies in Claim():
//   before the compare-and-swap of the job's word   the job is still queued; the next reader claims it
//   after it, before head is moved                  the word names the worker: the host gives the job
//                                                   back; any reader moves head past the entry
// A worker that sleeps through a whole lap of the ring can claim a later job than the one it read; that
// is a claim like any other, since the word decides, and the stale head compare-and-swap fails.
#ifndef BILLIARD_CORE_POOL_RING_H_
#define BILLIARD_CORE_POOL_RING_H_

#include <atomic>
#include <cstdint>

#include "absl/types/optional.h"
#include "billiard_core/pool/job_word.h"
#include "billiard_core/pool/layout.h"

namespace billiard::pool {

// One process's view of a ring; cells and capacity were checked against the segment.
struct RingView {
  Ring* ring = nullptr;
  std::atomic<uint64_t>* cells = nullptr;
  uint64_t mask = 0;

  // Host, under its submit lock. False when the ring is full.
  bool Push(JobRef job) const {
    const uint64_t tail = ring->tail.load(std::memory_order_relaxed);  // only the host writes it
    if (tail - ring->head.load(std::memory_order_acquire) > mask) return false;
    cells[tail & mask].store(job.packed(), std::memory_order_relaxed);
    ring->tail.store(tail + 1, std::memory_order_release);  // [RING-PUSH] cell and job first
    return true;
  }

  // seq_cst: workers look here between announcing a wait and sleeping (sync/event_count.h).
  bool Empty() const {
    return ring->head.load(std::memory_order_seq_cst) >= ring->tail.load(std::memory_order_seq_cst);
  }

  // Worker: calls try_claim(JobRef) for the entries from head on until one is claimed.
  template <typename TryClaim>
  absl::optional<JobRef> Claim(const TryClaim& try_claim) const {
    uint64_t head = ring->head.load(std::memory_order_acquire);
    while (head < ring->tail.load(std::memory_order_acquire)) {  // pairs with [RING-PUSH]
      const JobRef job = JobRef::From(cells[head & mask].load(std::memory_order_relaxed));
      const bool claimed = try_claim(job);
      // Claimed or not, the entry is spent. Failure means that somebody else moved head already.
      const bool moved = ring->head.compare_exchange_strong(head, head + 1);
      if (claimed) return job;
      if (moved) ++head;
    }
    return absl::nullopt;
  }
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_RING_H_
