// The results of one task over many items (POOL-51 ...): the items go to the workers in chunks, each a
// job (chunk.h), and come back in order. Thread-safe. Like a Result it outlives its pool.
//
// M1  It is decided once: done when every chunk is, or failed by the first chunk that somebody sees
//     failed. Nothing that happens to other chunks afterwards changes that (POOL-58, POOL-76).
// M2  The words of the chunks are the truth. The parent's count (JobSlot::ended) only tells when to look.
#ifndef BILLIARD_CORE_POOL_MAP_H_
#define BILLIARD_CORE_POOL_MAP_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/mutex.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/pool/host_pool.h"
#include "billiard_core/pool/result.h"

namespace billiard::pool {

// An item's bytes, the caller's.
struct MapItem {
  absl::string_view bytes;
  uint32_t format = 0;
};

// How many items go into one job when nobody says: four jobs a worker (POOL-54).
uint64_t DefaultChunkSize(uint64_t items, uint64_t workers);

class Map final : private EndListener {
 public:
  ~Map();  // forgets its jobs; their outcomes are dropped
  Map(const Map&) = delete;
  Map& operator=(const Map&) = delete;

  absl::Status CheckProcess() const { return host_->CheckProcess(); }
  uint64_t id() const { return id_; }
  uint64_t count() const { return count_; }  // of items
  bool Ready();

  // OK when it is decided, either way.
  absl::Status Wait(Deadline deadline, os::Interrupt* interrupt);
  // Only after a successful Wait. False: it failed, and *failure has the reason.
  bool Succeeded(JobFailure* failure);
  // The value of one item, in place until this object ends; only when it succeeded, index < count.
  PayloadView Item(uint64_t index) const;

  // Every chunk has been begun by a worker (POOL-70).
  bool Accepted() const;
  // The workers that began chunks, each once, sorted.
  std::vector<int32_t> Pids() const;

 private:
  friend class Pool;

  enum class Verdict { kOpen, kDone, kFailed };

  Map(std::shared_ptr<HostPool> host, uint64_t count, uint64_t chunk_size);

  void OnEnded(JobRef job) override;
  Verdict Look();

  const std::shared_ptr<HostPool> host_;
  const uint64_t id_;
  const uint64_t count_;
  const uint64_t chunk_size_;
  JobRef parent_;                                // generation 0: there are no chunks
  std::vector<std::unique_ptr<Result>> chunks_;  // in order; fixed once the map is handed out
  uint64_t not_ended_ = 0;                       // under the pool's mutex

  Mutex mutex_;
  Verdict verdict_ ABSL_GUARDED_BY(mutex_) = Verdict::kOpen;
  uint64_t failed_chunk_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t done_before_ ABSL_GUARDED_BY(mutex_) = 0;  // chunks [0, this) are known to be done
  bool looked_ ABSL_GUARDED_BY(mutex_) = false;
  uint32_t seen_ended_ ABSL_GUARDED_BY(mutex_) = 0;  // the parent's count at the last look
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_MAP_H_
