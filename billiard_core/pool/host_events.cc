#include "billiard_core/pool/host_events.h"

namespace billiard::pool {

size_t HostEvents::Take(PoolEvent* events, size_t capacity) {
  size_t count = 0;
  for (std::deque<PoolEvent>* queue : {&events_, &last_}) {
    while (count < capacity && !queue->empty()) {
      events[count++] = queue->front();
      queue->pop_front();
    }
  }
  return count;
}

}  // namespace billiard::pool
