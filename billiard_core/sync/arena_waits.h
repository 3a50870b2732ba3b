// The wait table of an arena: one view per Arena, for all its conditions and barriers.
#ifndef BILLIARD_CORE_SYNC_ARENA_WAITS_H_
#define BILLIARD_CORE_SYNC_ARENA_WAITS_H_

#include "absl/status/statusor.h"
#include "billiard_core/shared_memory/arena.h"
#include "billiard_core/sync/wait_table.h"

namespace billiard::sync {

// It lives as long as the arena, whose recovery from then on frees what the dead left in it. Any thread;
// works in forked children. kNoMem, kCorrupt.
absl::StatusOr<WaitTable*> WaitsOf(shared_memory::Arena* arena);

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_ARENA_WAITS_H_
