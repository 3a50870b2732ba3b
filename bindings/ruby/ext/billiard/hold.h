// Something held during a block: a lock of any kind, a unit of a semaphore.
//
// Taking and the beginning of the block are one step for Ruby, and so are the block's end and giving
// back: no Thread#raise, Timeout or signal comes in between and leaves a lock that nobody gives back.
#ifndef BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_HOLD_H_
#define BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_HOLD_H_

#include <ruby.h>

#include "billiard/bp.h"

namespace billiard_ruby {

// Each tries to take, without waiting (but for a lock, whose turn comes only to those who wait in line
// when it is fair: it is waited for without the GVL): nil when it can not be had now. Else yields true, or
// BP_OWNER_DIED, gives back, and returns what the block returned in an Array of one. A block that gave
// back by itself ends in the error of giving back twice, unless it raised. In a child forked
// in the block nothing is given back: the parent holds it.
VALUE HoldLock(VALUE lock, int64_t timeout_ns);
VALUE HoldRLock(VALUE rlock, uint64_t owner_token);
VALUE HoldSemaphore(VALUE semaphore);
VALUE HoldCondition(VALUE condition, uint64_t owner_token);
VALUE HoldValue(VALUE value, uint64_t owner_token);
VALUE HoldArray(VALUE array, uint64_t owner_token);

}  // namespace billiard_ruby

#endif  // BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_HOLD_H_
