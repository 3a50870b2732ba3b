#include "billiard_core/pool/pump.h"

namespace billiard::pool {

absl::optional<PumpTable::Entry> PumpTable::Find(const PoolEvent& event) const {
  const auto found = entries_.find(event.job);
  if (found == entries_.end()) return absl::nullopt;
  return found->second;
}

size_t PumpTable::TakePassedOn(PoolEvent* events, size_t capacity) {
  size_t count = 0;
  while (count < capacity && !passed_on_.empty()) {
    events[count++] = passed_on_.front();
    passed_on_.pop_front();
  }
  return count;
}

}  // namespace billiard::pool
