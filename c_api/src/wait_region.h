// Where the waiters of an arena's conditions and barriers enrol.
#ifndef BILLIARD_C_API_WAIT_REGION_H_
#define BILLIARD_C_API_WAIT_REGION_H_

#include <memory>

#include "absl/status/statusor.h"
#include "billiard_core/shared_memory/arena.h"
#include "billiard_core/sync/wait_table.h"

namespace billiard::c_api {

// A view of it; the arena must outlive it.
inline absl::StatusOr<std::unique_ptr<sync::WaitTable>> OpenWaitRegion(
    shared_memory::Arena* arena) {
  static_assert(sync::WaitTable::kBytes <= shared_memory::Arena::kWaitTableBytes);
  return sync::WaitTable::Open(arena->segment(), shared_memory::Arena::kWaitTableOffset,
                               arena->participants());
}

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_WAIT_REGION_H_
