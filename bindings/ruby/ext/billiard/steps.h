// Waits of several steps that must come to their end whatever is thrown at the thread: a condition's
// lock is taken again, a barrier's place is given up. The waiting itself is done by the caller's
// block, since only Ruby knows whether a thread or a fiber waits.
#ifndef BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_STEPS_H_
#define BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_STEPS_H_

#include <ruby.h>

#include "billiard/bp.h"

namespace billiard_ruby {

// Enrols the caller and gives the lock back; yields the waiter; then takes the lock again, as often
// as it was held, and only then lets an exception go on. While another has the lock, calls
// `wait_for_lock` with the waiter; what that raises is kept until the lock is held. A notification that
// came to a waiter which leaves by an exception goes to the next one.
// Returns [notified, BP_OK or BP_OWNER_DIED].
VALUE ConditionWait(VALUE condition, uint64_t owner_token, VALUE wait_for_lock);

// Arrives and yields the arrival, whose end is the block's: who then has not seen the barrier open
// gives up its place. Returns what the block returned in an Array of one; nil when the action of the
// cycle before still runs.
VALUE WithArrival(VALUE barrier);

}  // namespace billiard_ruby

#endif  // BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_STEPS_H_
