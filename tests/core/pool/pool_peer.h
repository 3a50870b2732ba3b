// What tests may see of a pool besides its functions.
#ifndef BILLIARD_TESTS_CORE_POOL_POOL_PEER_H_
#define BILLIARD_TESTS_CORE_POOL_POOL_PEER_H_

#include <cstdint>

#include "billiard_core/pool/pool.h"

namespace billiard::pool {

class PoolPeer {
 public:
  // Blocks of shared memory that hold payloads or lists of names; exact while nothing happens.
  static uint64_t BlocksInUse(const Pool& pool) {
    return pool.host_->segment->heap()->CountInUse();
  }
  static PoolSegment* Segment(const Pool& pool) { return pool.host_->segment.get(); }
};

}  // namespace billiard::pool

#endif  // BILLIARD_TESTS_CORE_POOL_POOL_PEER_H_
