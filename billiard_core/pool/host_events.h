// The events of a pool that its host has not read yet, in the order in which they are to be read. Ends
// of jobs are not here: they stay in the job table until they are read, and with them their slots, so
// that a host which does not read is held up by max_jobs and not by its memory.
//
// Private to the host process; every function must be called with the pool's mutex held.
#ifndef BILLIARD_CORE_POOL_HOST_EVENTS_H_
#define BILLIARD_CORE_POOL_HOST_EVENTS_H_

#include <cstddef>
#include <deque>

#include "billiard_core/pool/pool_event.h"

namespace billiard::pool {

class HostEvents {
 public:
  void Push(const PoolEvent& event) { events_.push_back(event); }
  // An event of a job that has ended: behind all others, of which some are pushed when the job is known
  // to have ended already.
  void PushLast(const PoolEvent& event) { last_.push_back(event); }
  bool Empty() const { return events_.empty() && last_.empty(); }

  // Takes up to `capacity` events, oldest first; returns how many.
  size_t Take(PoolEvent* events, size_t capacity);

 private:
  std::deque<PoolEvent> events_;
  std::deque<PoolEvent> last_;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_HOST_EVENTS_H_
