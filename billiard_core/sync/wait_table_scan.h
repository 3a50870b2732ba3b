// The loop over all who wait for something: of wait_table*.cc alone.
#ifndef BILLIARD_CORE_SYNC_WAIT_TABLE_SCAN_H_
#define BILLIARD_CORE_SYNC_WAIT_TABLE_SCAN_H_

#include <bit>
#include <cstdint>

#include "billiard_core/sync/wait_record.h"
#include "billiard_core/sync/wait_table.h"

namespace billiard::sync {

// Calls visit(const Wait&) for every wait for `object`; costs a load for 64 records that are free.
template <typename Visit>
void WaitTable::ForEachWait(uint64_t object, Visit visit) const {
  const uint32_t groups = Groups();
  for (uint32_t group = 0; group < groups; ++group) {
    uint64_t busy = header_->busy[group].load(std::memory_order_acquire);  // [BUSY]
    for (; busy != 0; busy &= busy - 1) {
      const uint32_t index = group * kGroupRecords + static_cast<uint32_t>(std::countr_zero(busy));
      Wait wait;
      if (Read(index, &wait) && wait.object == object) visit(wait);
    }
  }
}

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_WAIT_TABLE_SCAN_H_
