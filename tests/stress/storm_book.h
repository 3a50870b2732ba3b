// What the jobs of a kill storm do, and the memory in which they write it down: counters that the test and
// its workers share, whether these are forks or commands (then: this test program once more).
#ifndef BILLIARD_TESTS_STRESS_STORM_BOOK_H_
#define BILLIARD_TESTS_STRESS_STORM_BOOK_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "billiard_core/os/fd.h"

namespace billiard::stress {

inline constexpr uint32_t kMaxStormJobs = 100'000;
inline constexpr char kStormTask[] = "storm";
// The environment variable that makes this program a worker: where the book lies.
inline constexpr char kBookVariable[] = "BILLIARD_STORM_BOOK";

struct Book {
  std::atomic<uint8_t> begun[kMaxStormJobs];     // how often the task was entered
  std::atomic<uint8_t> replying[kMaxStormJobs];  // 1: the task's own work is done
};

// What a job does before it answers with its argument.
enum class Work : uint8_t { kShort, kUntilSoftLimit, kUntilHardLimit };

// The argument of a job: these, and as many bytes more as the storm wants.
struct JobHead {
  uint32_t index;
  uint32_t spins;
  Work work;
};

// An own book, which lives as long as this object and the tasks of forked workers.
class StormBook {
 public:
  StormBook();
  ~StormBook();
  StormBook(const StormBook&) = delete;
  StormBook& operator=(const StormBook&) = delete;

  Book* operator->() const { return book_; }
  // NAME=value for a worker that is a command.
  std::string Variable() const;

 private:
  os::Fd memory_;
  Book* book_;
};

// A worker that is a command: its exit status.
int ServeStorm(const char* where);

}  // namespace billiard::stress

#endif  // BILLIARD_TESTS_STRESS_STORM_BOOK_H_
