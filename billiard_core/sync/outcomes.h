// The failures that waits and misuse of the primitives end in. Made once, so that a failing try allocates
// nothing. Safe to use from any thread; in forked children too.
#ifndef BILLIARD_CORE_SYNC_OUTCOMES_H_
#define BILLIARD_CORE_SYNC_OUTCOMES_H_

#include "absl/status/status.h"

namespace billiard::sync {

absl::Status TimedOut();          // kTimeout
absl::Status Interrupted();       // kInterrupted
absl::Status ReleasedTooOften();  // kState, of locks that are free and semaphores at their bound
absl::Status NotTheOwner();       // kState, of recursive locks

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_OUTCOMES_H_
