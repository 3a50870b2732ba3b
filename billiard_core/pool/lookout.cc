#include "billiard_core/pool/lookout.h"

#include "billiard_core/base/fault_point.h"
#include "billiard_core/os/futex.h"

namespace billiard::pool {

bool BecomeLookout(GroupEntry* group, uint16_t place) {
  const uint32_t me = place + 1u;
  uint32_t nobody = 0;
  if (group->lookout.compare_exchange_strong(nobody, me, std::memory_order_relaxed)) return true;
  return nobody == me;  // this place's worker before this one died as the lookout
}

void LeaveLookout(GroupEntry* group, uint16_t place) {
  uint32_t me = place + 1u;
  group->lookout.compare_exchange_strong(me, 0, std::memory_order_relaxed);
}

bool Rest(GroupEntry* group, Deadline deadline, os::Interrupt* interrupt) {
  const uint32_t seen = group->rest.load(std::memory_order_relaxed);
  group->resting.store(1, std::memory_order_relaxed);
  BP_FAULT_POINT("pool.resting");
  const Deadline end = Earlier(deadline, Deadline::After(kRestNanos));
  const os::FutexResult result = os::FutexWait(&group->rest, seen, end, interrupt);
  group->resting.store(
      0, std::memory_order_relaxed);  // others may rest still: they wake by themselves
  return result == os::FutexResult::kWoken;
}

void WakeResting(GroupEntry* group) {
  group->resting.store(0, std::memory_order_relaxed);
  group->rest.fetch_add(1, std::memory_order_relaxed);
  os::FutexWake(&group->rest, 1);
}

bool Stall::Submitted(uint64_t claimed) {
  if (claimed_.load(std::memory_order_relaxed) != claimed) {
    claimed_.store(claimed, std::memory_order_relaxed);
    submits_.store(0, std::memory_order_relaxed);
    return false;
  }
  const uint32_t submits = submits_.load(std::memory_order_relaxed) + 1;
  submits_.store(submits < kStalledSubmits ? submits : 0, std::memory_order_relaxed);
  return submits == kStalledSubmits;
}

}  // namespace billiard::pool
