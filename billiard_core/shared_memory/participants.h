// Who takes part in a shared object: a table in the segment with one entry per process and handle. What
// a process holds in shared memory carries its Owner (design D3), so that whoever finds it dead knows
// what to take back.
//
// Threads: all functions, any thread. Processes: any that map the segment. Fork: a child is a new
// participant, registered when it first asks for Self(); it may then use what its parent left in
// this object, which is why nothing here is guarded by a lock that a fork could leave taken.
//
// The entry's word is {state 2 | epoch 16 | pid 22 | start time 24}; all bits are exact.
//   FREE(e)           nobody; the last owner here had epoch e
//   LIVE(e,pid,time)  a participant, alive until its process is found to have ended
//   DEAD(e,pid,time)  its process has ended; what it held is being taken back
//
// I1: pid and start time come with the claim, FREE(e) -> LIVE(e + 1) in one CAS; the entry's pid namespace
//     was set before, once for ever. So a participant killed anywhere is known to be dead.
// I2: an Owner (index, e) is alive only while its entry is LIVE(e): any other epoch or state is dead.
// I3: an entry goes DEAD(e) -> FREE(e) only after everything of (index, e) was taken back, and
//     LIVE(e) -> FREE(e) only by a participant that holds nothing. So no owner word with a past
//     epoch is left behind, but in places that ignore it (published queue messages).
// I4: a process in another pid namespace counts as alive.
#ifndef BILLIARD_CORE_SHARED_MEMORY_PARTICIPANTS_H_
#define BILLIARD_CORE_SHARED_MEMORY_PARTICIPANTS_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/shared_memory/segment.h"

namespace billiard::shared_memory {

// Names a participant in other words of the segment: index in the low, epoch in the high 16 bits.
using Owner = uint32_t;
inline constexpr Owner kNobody = 0;  // epochs start at 1, so no participant is ever 0

struct ParticipantEntry {
  std::atomic<uint64_t> word;
  std::atomic<uint64_t> pid_namespace;  // of all who ever use this entry; 0: nobody has
};

class Participants {
 public:
  static constexpr uint32_t kMax = 4096;
  // Places that are left for processes which find the table full, to clear it of the dead.
  static constexpr uint32_t kReserved = 16;
  enum class Places { kOrdinary, kAll };
  static constexpr uint64_t kEntriesOffset = 64;
  // Room that the table needs in the segment, at an offset that is a multiple of 4096.
  static constexpr uint64_t kBytes = 68 * 1024;
  static_assert(kEntriesOffset + kMax * sizeof(ParticipantEntry) <= kBytes);

  // The table at `offset` of a segment; zeroed memory is an empty table. The segment must outlive it.
  static absl::StatusOr<std::unique_ptr<Participants>> Create(Segment* segment, uint64_t offset);
  static absl::StatusOr<std::unique_ptr<Participants>> Open(Segment* segment, uint64_t offset);

  // This process's Owner, registering it on first use and again after a fork: two loads otherwise.
  // kFull: the table is full, perhaps of participants that are dead and not swept; kNoMem.
  absl::StatusOr<Owner> Self(Places places = Places::kOrdinary);

  // This process's Owner if it is registered, else kNobody.
  Owner SelfIfRegistered() const {
    // [SELF] acquire: owner_ was stored before token_.
    const bool registered = token_.load(std::memory_order_acquire) == os::ProcessToken();
    return registered ? owner_.load(std::memory_order_relaxed) : kNobody;
  }

  // Ends this process's participation; it must hold nothing. A later Self() registers anew.
  void Leave();

  // True when the participant has ended or left. Asks the kernel: a few microseconds.
  bool IsDead(Owner owner) const;

  // The same at a fourth of the cost, for those who look often: a process whose number is used again
  // counts as alive.
  bool SeemsDead(Owner owner) const;

  // The process of a participant that has not left, dead or alive; 0: there is no such participant. Of
  // use only to those in the same pid namespace.
  pid_t PidOf(Owner owner) const;

  // Calls take_back(owner) for every participant that has died and frees its entry when that returns
  // true; false keeps it DEAD for a later sweep. take_back must be idempotent: several processes may
  // run it for the same owner at a time, and it runs again when one of them dies in it. Returns the
  // number of owners taken back.
  int Sweep(const std::function<bool(Owner)>& take_back);

  // Participants that are alive, this process among them.
  int CountLiving() const;

 private:
  struct Table;

  Participants(Segment* segment, uint64_t offset);

  absl::StatusOr<Owner> Register(uint64_t token, Places places);
  absl::StatusOr<Owner> Claim(uint32_t places);
  absl::Status Grow(uint32_t index);
  uint32_t Used() const;
  bool EntryHasEnded(uint32_t index, uint64_t word, uint64_t own_namespace) const;

  // Fixed after construction.
  Segment* const segment_;
  const uint64_t offset_;
  Table* const table_;
  ParticipantEntry* const entries_;

  // Of this process; a forked child sees its parent's values until it registers. I5: owner_ belongs to
  // the process with token_; it is valid only where that is this process's token.
  std::atomic<uint64_t> token_{0};
  std::atomic<Owner> owner_{kNobody};
  std::atomic<uint64_t> registering_{0};  // token of the process whose thread is registering
};

}  // namespace billiard::shared_memory

#endif  // BILLIARD_CORE_SHARED_MEMORY_PARTICIPANTS_H_
