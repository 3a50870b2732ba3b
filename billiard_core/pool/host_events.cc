#include "billiard_core/pool/host_events.h"

namespace billiard::pool {

size_t HostEvents::Take(PoolEvent* events, size_t capacity) {
  size_t count = 0;
  while (count < capacity && !events_.empty()) {
    events[count++] = events_.front();
    events_.pop_front();
  }
  return count;
}

}  // namespace billiard::pool
