// Who looks for the next job where a group has as many workers as this process may use CPUs, or more: one of
// its idle workers at a time. All of them together would take the CPUs that the host and the workers at work
// need, and sleeping for each job costs more than a short job does.
//
// The others rest: they sleep for kRestNanos, then see how many jobs were claimed meanwhile. None: they go to
// sleep until a job wakes them (GroupEntry::work). So many that each was shorter than a switch of processes:
// they rest again, although jobs may wait, for those are claimed sooner by who is at work. Nobody needs
// to wake those who rest, and so a submitter has no system call to make. Two do so all the same, that a job
// behind a long one does not wait for the end of a rest: who has submitted kStalledSubmits jobs while none
// was claimed, and whoever goes to sleep for results while jobs wait.
//
// What if the holder dies here:
//   the lookout            the host clears it when it settles the death; until then the others rest, see no
//                          job claimed, and sleep as they would without it
//   one who rests          `resting` stays 1: one system call in vain
#ifndef BILLIARD_CORE_POOL_LOOKOUT_H_
#define BILLIARD_CORE_POOL_LOOKOUT_H_

#include <atomic>
#include <cstdint>

#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/pool/layout.h"

namespace billiard::pool {

inline constexpr int64_t kRestNanos = kNanosPerMilli / 10;
inline constexpr uint64_t kShortJobs = 32;  // in the time of a rest
inline constexpr uint32_t kStalledSubmits = 8;

// A worker becomes the lookout of its group. False: another is.
bool BecomeLookout(GroupEntry* group, uint16_t place);
void LeaveLookout(GroupEntry* group, uint16_t place);

// A worker sleeps for kRestNanos, or until the deadline, the token, or WakeResting: true.
bool Rest(GroupEntry* group, Deadline deadline, os::Interrupt* interrupt);

// Somebody may rest: costs a load.
inline bool MayRest(const GroupEntry& group) {
  return group.resting.load(std::memory_order_relaxed) != 0;
}
// Ends the rest of one worker.
void WakeResting(GroupEntry* group);

// The host's view of one group: are its jobs claimed as they are submitted? All of it is hints.
class Stall {
 public:
  // After a submit; `claimed`: PoolSegment::Claimed. True once per kStalledSubmits without a claim.
  bool Submitted(uint64_t claimed);

 private:
  std::atomic<uint64_t> claimed_{0};
  std::atomic<uint32_t> submits_{0};  // since it changed
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_LOOKOUT_H_
