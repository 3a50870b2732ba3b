// How often the kernel's out-of-memory killer has struck.
#ifndef BILLIARD_CORE_OS_OOM_KILLS_H_
#define BILLIARD_CORE_OS_OOM_KILLS_H_

#include <cstdint>
#include <string>

namespace billiard::os {

class OomKills {
 public:
  // Looks for the counter of this process's control group, of version 2 or 1; without one, for that of the
  // whole system. `root` stands before /proc and /sys: for tests.
  explicit OomKills(const std::string& root = "");

  // Processes killed so far, among those that the counter is about; 0 when there is no counter.
  int64_t Count() const;

 private:
  std::string path_;  // of a file with a line "oom_kill <number>"; may be empty
};

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_OOM_KILLS_H_
