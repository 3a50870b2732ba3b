// What every primitive needs besides its own state: who takes part in the segment, and where the waiters
// of conditions and barriers enrol. A value type of two pointers; both must outlive the primitives.
#ifndef BILLIARD_CORE_SYNC_CONTEXT_H_
#define BILLIARD_CORE_SYNC_CONTEXT_H_

#include "billiard_core/shared_memory/participants.h"

namespace billiard::sync {

class WaitTable;

struct Context {
  shared_memory::Participants* participants;
  WaitTable* waits = nullptr;  // only conditions and barriers need it
};

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_CONTEXT_H_
