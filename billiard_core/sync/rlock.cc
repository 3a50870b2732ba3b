#include "billiard_core/sync/rlock.h"

#include <algorithm>
#include <limits>

#include "billiard_core/base/fault_point.h"
#include "billiard_core/base/status.h"
#include "billiard_core/sync/outcomes.h"

namespace billiard::sync {

using shared_memory::kNobody;
using shared_memory::Owner;

uint32_t RLock::Depth(uint64_t token) const {
  if (token == 0 || !Owns(participants_->SelfIfRegistered(), token)) return 0;
  return state_->depth.load(std::memory_order_relaxed);
}

// By the owner, or by nobody.
absl::StatusOr<Grant> RLock::TakeAgain(uint64_t token) {
  if (token == 0) return MakeStatus(Code::kInvalid, "token: 0 is nobody's");
  // Ours alone (I1).
  const uint32_t depth = state_->depth.load(std::memory_order_relaxed);
  if (depth == std::numeric_limits<uint32_t>::max()) {
    return MakeStatus(Code::kState, "the recursive lock was taken too often");
  }
  state_->depth.store(depth + 1, std::memory_order_relaxed);
  return Grant::kClean;
}

absl::StatusOr<Grant> RLock::TakeSlowly(uint64_t token, uint32_t depth, Deadline deadline,
                                        os::Interrupt* interrupt) {
  const absl::StatusOr<Owner> me = participants_->Self();
  if (!me.ok()) return me.status();
  const absl::StatusOr<Grant> grant =
      state_->word.Take(*participants_, *me, OwnerWord::kUnsettled, deadline, interrupt);
  if (!grant.ok()) return grant;
  BP_FAULT_POINT("rlock_taken");
  SetOwner(token, depth);
  if (*grant == Grant::kOwnerDied) {
    BP_FAULT_POINT("rlock_named");
    state_->word.Settle();  // [SETTLED] release
  }
  return grant;
}

absl::Status RLock::ReleaseByOther() { return NotTheOwner(); }

absl::StatusOr<uint32_t> RLock::ReleaseAll(uint64_t token) {
  const Owner me = participants_->SelfIfRegistered();
  if (token == 0 || !Owns(me, token)) return NotTheOwner();
  const uint32_t depth = std::max(1u, state_->depth.load(std::memory_order_relaxed));
  GiveUp(me);
  return depth;
}

absl::StatusOr<Grant> RLock::Restore(uint64_t token, uint32_t depth, Deadline deadline,
                                     os::Interrupt* interrupt) {
  if (token == 0) return MakeStatus(Code::kInvalid, "token: 0 is nobody's");
  const Owner me = participants_->SelfIfRegistered();
  if (depth == 0 || Owns(me, token)) {
    return MakeStatus(Code::kState, "the recursive lock was not given up by this owner");
  }
  return Take(me, token, depth, deadline, interrupt);
}

absl::Status RLock::WaitFree(uint64_t token, Deadline deadline, os::Interrupt* interrupt) {
  const Owner me = participants_->SelfIfRegistered();
  if (token != 0 && Owns(me, token)) return absl::OkStatus();
  return state_->word.WaitFree(*participants_, me, deadline, interrupt);
}

}  // namespace billiard::sync
