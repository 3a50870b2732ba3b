// The state word of a job: who holds it and how far it is, in one atomic 64-bit word, so that whoever
// finds a dead worker knows exactly what it held (design D3).
//
//   bits 63..32  generation of the slot, never 0, changes whenever the slot is used anew
//   bits 31..20  place of the worker that holds the job     (meaningful when TAKEN or later)
//   bits 19..8   incarnation of that worker, its low 12 bits
//   bits  7..0   JobState
//
// J1  Every change is one compare-and-swap of the whole word, but for kFree -> kQueued, which only the
//     host does, on a slot that nobody else looks at.
// J2  Only these changes happen:
//       kFree -> kQueued                      host submits
//       kQueued -> kTaken(w)                  worker w claims
//       kTaken(w) -> kRunning(w)              worker w begins; user code runs after this, never before
//       kTaken(w) -> kQueued                  host: w died, or did not begin within start_timeout
//       kRunning(w) -> kDone(w) | kFailed(w)  worker w answers
//       kRunning(w) -> kLost                  host: w died
//       kRunning(w) -> kQueued                host: w died, and the job may be tried again
//       kRunning(w) -> kTimedOut | kOverMemory                   host ends it, then w
//       kQueued -> kExpired                   host: it did not begin in time
//       kQueued | kTaken | kRunning -> kTerminated | kRefused    host ends it
//       any outcome -> kFree, generation + 1  host, when nobody wants the result any more
//     So a job runs at most once, unless it asked for more attempts, and has at most one outcome.
// J3  The low half is a futex: host threads that wait for the outcome sleep on it.
// J4  An outcome that the host gives to a held job keeps its holder, who may still read the argument or
//     write a result: the slot is not used anew before that worker's intent has moved on (HostJobs).
#ifndef BILLIARD_CORE_POOL_JOB_WORD_H_
#define BILLIARD_CORE_POOL_JOB_WORD_H_

#include <cstddef>
#include <cstdint>

namespace billiard::pool {

enum class JobState : uint8_t {
  kFree = 0,
  kQueued = 1,
  kTaken = 2,
  kRunning = 3,
  // Outcomes:
  kDone = 4,         // the worker replied
  kFailed = 5,       // the worker reported a failure
  kLost = 6,         // the worker died while it ran the job
  kTerminated = 7,   // the host ended it
  kRefused = 8,      // it can not run: unknown task, or the pool failed
  kTimedOut = 9,     // it ran past its hard time limit
  kOverMemory = 10,  // its worker grew past twice the memory limit
  kExpired = 11,     // it had not begun when it expired
};

// Outcomes that the host decides, counted from 0.
constexpr size_t EndedIndex(JobState state) {
  return static_cast<size_t>(state) - static_cast<size_t>(JobState::kLost);
}
inline constexpr size_t kHostOutcomes = EndedIndex(JobState::kExpired) + 1;

// Which process at which place of the pool. Incarnations count the processes started at a place.
struct WorkerId {
  uint32_t place = 0;
  uint32_t incarnation = 0;
};

inline constexpr uint32_t kMaxPlaces = 1u << 12;

struct JobWord {
  uint64_t bits = 0;

  static constexpr JobWord Of(uint32_t generation, JobState state, WorkerId worker = {}) {
    return JobWord{static_cast<uint64_t>(generation) << 32 |
                   static_cast<uint64_t>(worker.place & 0xfff) << 20 |
                   static_cast<uint64_t>(worker.incarnation & 0xfff) << 8 |
                   static_cast<uint64_t>(state)};
  }

  constexpr uint32_t generation() const { return static_cast<uint32_t>(bits >> 32); }
  constexpr JobState state() const { return static_cast<JobState>(bits & 0xff); }
  constexpr uint32_t incarnation() const { return static_cast<uint32_t>(bits >> 8) & 0xfff; }
  constexpr uint32_t place() const { return static_cast<uint32_t>(bits >> 20) & 0xfff; }
  constexpr uint32_t low_half() const { return static_cast<uint32_t>(bits); }

  constexpr bool HeldBy(WorkerId worker) const {
    return place() == worker.place &&
           (static_cast<uint32_t>(bits >> 8) & 0xfff) == (worker.incarnation & 0xfff);
  }
  // The same job and holder in another state.
  constexpr JobWord With(JobState state) const {
    return JobWord{(bits & ~uint64_t{0xff}) | static_cast<uint64_t>(state)};
  }
  constexpr bool IsOutcome() const { return state() >= JobState::kDone; }
  // Not claimable any more, not finished yet.
  constexpr bool IsHeld() const {
    return state() == JobState::kTaken || state() == JobState::kRunning;
  }
};

// A job named once and for all: its slot, and the slot's generation. Never 0, since no generation is.
struct JobRef {
  uint32_t slot = 0;
  uint32_t generation = 0;

  static constexpr JobRef From(uint64_t packed) {
    return JobRef{static_cast<uint32_t>(packed), static_cast<uint32_t>(packed >> 32)};
  }
  constexpr uint64_t packed() const { return static_cast<uint64_t>(generation) << 32 | slot; }
  constexpr bool operator==(const JobRef& other) const { return packed() == other.packed(); }
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_JOB_WORD_H_
