// What became of the worker process at one place of a pool: one entry per place, in shared memory.
//
// Written by the template process alone; the host and tools read it. Workers do not touch it.
//
// I1: the template writes `pid` and `wait_status` before the `word` that makes them valid
//     (release), so whoever reads the word (acquire) may read both: pid in kRunning and kExited;
//     wait_status in kExited and kStartFailed.
// I2: the word is kRunning only while the pid is this worker's: it leaves kRunning before the
//     template reaps. So a pidfd opened by pid names the worker if the word is still kRunning, with
//     the same incarnation, after the opening.
#ifndef BILLIARD_CORE_PROCESS_CHILD_ENTRY_H_
#define BILLIARD_CORE_PROCESS_CHILD_ENTRY_H_

#include <atomic>
#include <cstdint>

namespace billiard::process {

enum class ChildState : uint8_t {
  kNone = 0,         // never used; what fresh shared memory holds
  kStarting = 1,     // the template has read the request
  kRunning = 2,      // the process exists
  kExited = 3,       // wait_status: exit code >= 0, or minus the number of the signal
  kStartFailed = 4,  // wait_status: errno of the fork, of the preparations or of the exec
};

struct ChildEntry {
  std::atomic<uint64_t> word;  // incarnation in the upper half, ChildState in the lowest 8 bits
  std::atomic<int32_t> pid;
  std::atomic<int32_t> wait_status;
};
static_assert(sizeof(ChildEntry) == 16);
static_assert(std::atomic<uint64_t>::is_always_lock_free);
static_assert(std::atomic<int32_t>::is_always_lock_free);

constexpr uint64_t ChildWord(uint32_t incarnation, ChildState state) {
  return (uint64_t{incarnation} << 32) | static_cast<uint8_t>(state);
}
constexpr uint32_t IncarnationOf(uint64_t word) { return static_cast<uint32_t>(word >> 32); }
constexpr ChildState StateOf(uint64_t word) { return static_cast<ChildState>(word & 0xff); }

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_ENTRY_H_
