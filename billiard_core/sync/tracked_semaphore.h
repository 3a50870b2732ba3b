// A semaphore that knows who has its units: those of a process that died go back, and are counted
// (G-SYNC-5). So it is bounded by nature, and only the process that has a unit can release it.
//
// Threads: the units of a process belong to all its threads. Processes: any. Fork: a child has no units.
// Death: a unit belongs to the process or to nobody; waiters give back the units of the dead at most 50 ms
// later, a try that finds nothing and Value() at once. Blocking: Acquire and WaitFree.
//
// A unit is a word: 0 free, owner, or owner | kCounted.
// I1: owner -> owner | kCounted only for a dead owner, by whoever finds the unit noted in `returned`; the
//     count there went up by one in the same CAS that noted it, and only from a word that noted nothing.
// I2: owner | kCounted -> 0 only after the note is gone, and a unit that is counted is not noted again. So
//     each unit of the dead is counted exactly once, whoever dies while counting.
#ifndef BILLIARD_CORE_SYNC_TRACKED_SEMAPHORE_H_
#define BILLIARD_CORE_SYNC_TRACKED_SEMAPHORE_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/sync/context.h"
#include "billiard_core/sync/event_count.h"

namespace billiard::sync {

class TrackedSemaphore {
 public:
  static constexpr uint32_t kMaxUnits = 65'536;

  // In shared memory, followed by the units' words; zeroed, it has no units.
  struct State {
    std::atomic<uint64_t> returned;  // {count 32 | 0, or noted unit + 1: 32}
    EventCount released;
    std::atomic<uint32_t> units;  // never changes after Init
  };
  static constexpr uint64_t BytesFor(uint32_t units) {
    return sizeof(State) + units * sizeof(std::atomic<uint32_t>);
  }

  // Before anybody else sees the state: zeroed memory of BytesFor(units). kInvalid: units is negative or
  // above kMaxUnits.
  static absl::Status Init(State* state, int64_t units);

  // A view of the state in `bytes` bytes, which must outlive it; it never looks beyond them.
  TrackedSemaphore(const Context& context, State* state, uint64_t bytes);

  // Takes a unit for this process. kTimeout, kInterrupted; kFull, kNoMem: it could not be registered.
  absl::Status Acquire(Deadline deadline, os::Interrupt* interrupt = nullptr);

  // Releases `count` units of this process. kInvalid: count is 0; kState: it has fewer, and none was
  // released, unless other threads of the process release at the same time.
  absl::Status Release(uint32_t count = 1);

  // Waits until there is a free unit; takes nothing.
  absl::Status WaitFree(Deadline deadline, os::Interrupt* interrupt = nullptr);

  // Units that are free, those of the dead included: they are given back first.
  uint32_t Value();
  uint32_t Bound() const { return unit_count_; }
  // Units that this process has.
  uint32_t Held() const;
  // Units that came back from the dead so far.
  uint64_t Returned() const;

  // Gives back the units of all dead processes. Every wait does so by itself.
  void Recover();

 private:
  static constexpr uint32_t kCounted = 1u << 12;  // an owner's bits 12 to 15 are 0

  bool TryTake(shared_memory::Owner me);
  bool TryRelease(shared_memory::Owner me);
  uint32_t Count(uint32_t word) const;
  void Return(uint32_t unit, uint32_t seen);
  void Free(uint32_t unit, uint32_t counted);
  void FinishNoted(uint64_t returned);
  template <typename Try>
  absl::Status Until(Deadline deadline, os::Interrupt* interrupt, Try try_once);

  // Fixed after construction.
  shared_memory::Participants* participants_;
  State* state_;
  std::atomic<uint32_t>* units_;
  uint32_t unit_count_;

  // Of this process: about where its latest unit is. A hint.
  std::atomic<uint32_t> latest_{0};
};

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_TRACKED_SEMAPHORE_H_
