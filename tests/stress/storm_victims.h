// Whom a kill storm hits: random processes among a pool's workers, from the moment of their fork on, and
// the pool's template. Each is held by its pidfd while it is hit, so that no other process ever is.
#ifndef BILLIARD_TESTS_STRESS_STORM_VICTIMS_H_
#define BILLIARD_TESTS_STRESS_STORM_VICTIMS_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "billiard_core/os/fd.h"
#include "billiard_core/pool/pool_segment.h"
#include "tests/stress/storm_book.h"

namespace billiard::stress {

// What a worker was doing when it was killed. Of those that were looked at: only a process that stands still
// can be, so half of the victims are stopped, looked at and killed, and the others killed at once.
enum class Doing {
  kBooting,
  kIdle,
  kClaiming,
  kRunning,     // the task
  kPublishing,  // the answer, until all who wait for it are told
  kLeaving,
};
inline constexpr int kDoings = 6;

struct Strikes {
  uint64_t kills = 0;      // of workers
  uint64_t stops = 0;      // of workers, which are continued, killed, or left to a limit
  uint64_t templates = 0;  // killed
  uint64_t looked_at = 0;  // workers among the kills
  uint64_t by_doing[kDoings] = {};

  // How many begun jobs may be lost, at most. A stop counts: the supervisor may kill a worker that stands
  // still in the moment in which it goes on. A template takes its workers along.
  uint64_t MayLose(uint64_t workers) const { return kills + stops + templates * workers; }
};

class StormVictims {
 public:
  StormVictims(pool::PoolSegment* segment, const Book* book, unsigned seed)
      : segment_(segment), book_(book), random_(seed) {}
  ~StormVictims() { Release(); }

  // A worker gets SIGKILL, or in one of ten cases SIGSTOP. With `leave_to_limits` a stopped one is continued
  // if its job's limit does not end it before, else continued or killed. False: there was nobody to hit.
  bool StrikeWorker(bool leave_to_limits);
  bool StrikeTemplate();
  // Time passes for those that are stopped.
  void Pass(uint64_t moments);
  // All that are stopped go on.
  void Release();

  const Strikes& strikes() const { return strikes_; }

 private:
  struct Stopped {
    os::Fd pidfd;
    int64_t moments;  // until it goes on
    bool dies;
  };

  uint32_t Below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
  pid_t Template() const { return segment_->header()->template_pid.load(); }
  void Stop(os::Fd pidfd, bool dies);
  void Look(pid_t pid, const os::Fd& pidfd);
  Doing DoingOf(pid_t pid) const;
  Doing DoingWithJob(pool::WorkerId worker, pool::JobRef job) const;

  pool::PoolSegment* const segment_;
  const Book* const book_;
  std::mt19937 random_;
  std::vector<Stopped> stopped_;
  Strikes strikes_;
};

}  // namespace billiard::stress

#endif  // BILLIARD_TESTS_STRESS_STORM_VICTIMS_H_
