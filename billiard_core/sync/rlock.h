// A lock that its owner may take again: it is free after as many releases. The owner is a token within a
// process (a thread's id, or a value that a lock handle of a language carries); another process never
// owns it by using the same token, nor does a forked child (SYNC-20, SYNC-7).
//
// Threads, processes, fork, death, blocking: as Lock. After Grant::kOwnerDied the depth is 1, whatever
// the dead owner's was.
//
// I1: `token` and `depth` belong to the process in `word` alone; token is 0 unless the lock is held. Only
//     the thread that has the token, or that made the word its process's, writes them.
// I2: a lock taken from a dead holder, whose token may still be there, is marked kUnsettled in the word
//     until the new token is written; so no thread takes a dead holder's token for its own.
#ifndef BILLIARD_CORE_SYNC_RLOCK_H_
#define BILLIARD_CORE_SYNC_RLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/fault_point.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/sync/context.h"
#include "billiard_core/sync/grant.h"
#include "billiard_core/sync/owner_word.h"

namespace billiard::sync {

class RLock {
 public:
  // In shared memory; zeroed, it is a free lock.
  struct State {
    OwnerWord word;
    std::atomic<uint32_t> depth;
    std::atomic<uint64_t> token;
  };
  static_assert(sizeof(State) <= 64);

  // A view of the state, which must outlive it.
  RLock(const Context& context, State* state)
      : participants_(context.participants), state_(state) {}

  // The owner takes it once more without waiting. kTimeout; kInterrupted; kInvalid: the token is 0;
  // kState: taken 2^32 - 1 times; kFull, kNoMem: this process could not be registered.
  absl::StatusOr<Grant> Acquire(uint64_t token, Deadline deadline,
                                os::Interrupt* interrupt = nullptr) {
    const shared_memory::Owner me = participants_->SelfIfRegistered();
    if (token == 0 || Owns(me, token)) return TakeAgain(token);
    return Take(me, token, 1, deadline, interrupt);
  }

  // kState: this token of this process does not own it (SYNC-21).
  absl::Status Release(uint64_t token) {
    const shared_memory::Owner me = participants_->SelfIfRegistered();
    if (token == 0 || !Owns(me, token)) return ReleaseByOther();
    const uint32_t depth = state_->depth.load(std::memory_order_relaxed);
    if (depth > 1) {
      state_->depth.store(depth - 1, std::memory_order_relaxed);
    } else {
      GiveUp(me);
    }
    return absl::OkStatus();
  }

  // Releases it as often as it was taken, and tells how often that was. kState as above.
  absl::StatusOr<uint32_t> ReleaseAll(uint64_t token);

  // Acquires it for an owner who gave it up with ReleaseAll, at that depth. Fails like Acquire; kState:
  // the token owns it already, or the depth is 0.
  absl::StatusOr<Grant> Restore(uint64_t token, uint32_t depth, Deadline deadline,
                                os::Interrupt* interrupt = nullptr);

  // Waits until an Acquire with this token might succeed; takes nothing.
  absl::Status WaitFree(uint64_t token, Deadline deadline, os::Interrupt* interrupt = nullptr);

  // How often this token of this process has taken it; 0: not the owner.
  uint32_t Depth(uint64_t token) const;
  bool HeldBy(uint64_t token) const { return Depth(token) != 0; }

  // Whoever holds it, perhaps a dead process: a moment's truth, each for itself. Token and depth are 0
  // while it is free.
  shared_memory::Owner Holder() const { return state_->word.holder(); }
  EventCount* released() { return &state_->word.event(); }  // as Lock::released()
  uint64_t Token() const { return state_->token.load(std::memory_order_relaxed); }
  uint32_t Depth() const { return state_->depth.load(std::memory_order_relaxed); }

 private:
  bool Owns(shared_memory::Owner me, uint64_t token) const {
    // [SETTLED] IsHeldBy acquires: the token is not that of a dead holder any more.
    return me != shared_memory::kNobody && state_->word.IsHeldBy(me) &&
           state_->token.load(std::memory_order_relaxed) == token;
  }
  // `me` may be kNobody: not registered yet.
  absl::StatusOr<Grant> Take(shared_memory::Owner me, uint64_t token, uint32_t depth,
                             Deadline deadline, os::Interrupt* interrupt) {
    if (me == shared_memory::kNobody || !state_->word.TryTake(me)) {
      return TakeSlowly(token, depth, deadline, interrupt);
    }
    BP_FAULT_POINT("rlock_taken");
    SetOwner(token, depth);
    return Grant::kClean;
  }
  absl::StatusOr<Grant> TakeAgain(uint64_t token);
  absl::StatusOr<Grant> TakeSlowly(uint64_t token, uint32_t depth, Deadline deadline,
                                   os::Interrupt* interrupt);
  absl::Status ReleaseByOther();
  // No other thread takes itself for the owner before it sees its own token here, which none does.
  void SetOwner(uint64_t token, uint32_t depth) {
    state_->token.store(token, std::memory_order_relaxed);
    state_->depth.store(depth, std::memory_order_relaxed);
  }
  void GiveUp(shared_memory::Owner me) {
    SetOwner(0, 0);
    BP_FAULT_POINT("rlock_cleared");
    state_->word.TryReleaseOwn(me);  // [LOCK] releases these stores too
  }

  // Fixed after construction.
  shared_memory::Participants* participants_;
  State* state_;
};

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_RLOCK_H_
