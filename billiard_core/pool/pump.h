// Callbacks of jobs (POOL-80 ff.): called in the thread that runs the pump, one at a time, in the order of
// the pool's events. A host that has callbacks lets one thread, or its event loop, run the pump.
//
// P1  Of each job: accepted at most once, then timeout any number of times, then done exactly once, when
//     the outcome can be had. No call after that, and none for a job that was discarded.
// P2  Events that belong to no callback stay for Pool::ReadEvents, in their order.
// P3  No lock is held while a callback runs, so that it may call any function of the pool.
// P4  A callback that throws spoils nothing: it is logged, and the next ones are called.
#ifndef BILLIARD_CORE_POOL_PUMP_H_
#define BILLIARD_CORE_POOL_PUMP_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/types/optional.h"
#include "billiard_core/pool/job_word.h"
#include "billiard_core/pool/pool_event.h"

namespace billiard::pool {

class Result;

// Any of them may be empty.
struct JobCallbacks {
  // A worker has begun the job, or asks whether it may (synack). True: go on. False: without synack the
  // job goes on all the same.
  std::function<bool(uint64_t job, int32_t pid, int64_t time_ns)> accepted;
  std::function<void(uint64_t job, bool soft, int64_t limit_ns)> timeout;
  std::function<void(Result& result)> done;
};

// The callbacks that wait for their jobs. Private to the host process; every function must be called with
// the pool's mutex held.
class PumpTable {
 public:
  struct Entry {
    JobRef job;
    std::shared_ptr<const JobCallbacks> callbacks;
  };

  void Add(uint64_t id, Entry entry) { entries_.emplace(id, std::move(entry)); }
  // The entry of the job that the event is of.
  absl::optional<Entry> Find(const PoolEvent& event) const;
  // False when there was none.
  bool Remove(uint64_t id) { return entries_.erase(id) != 0; }

  // Events that the pump took and that are not its own.
  void PassOn(const PoolEvent& event) { passed_on_.push_back(event); }
  bool HasPassedOn() const { return !passed_on_.empty(); }
  size_t TakePassedOn(PoolEvent* events, size_t capacity);

 private:
  absl::flat_hash_map<uint64_t, Entry> entries_;
  std::deque<PoolEvent> passed_on_;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_PUMP_H_
