// A breakpoint in a traced process that stands still, in a debug register of the CPU: no memory is changed.
#ifndef BILLIARD_TESTS_SUPPORT_SINGLE_STEP_BREAKPOINT_H_
#define BILLIARD_TESTS_SUPPORT_SINGLE_STEP_BREAKPOINT_H_

#include <sys/types.h>

#include <cstdint>

namespace billiard::testing {

class Breakpoint {
 public:
  // Whether this is written for the kind of CPU; nothing else works if not.
  static const bool kAvailable;
  static uintptr_t NextInstruction(pid_t pid);

  // Set until this object goes; the process may have ended by then. Stops the process with SIGTRAP each
  // time when the instruction at `address` is next, and at once if it is next now. One at a time.
  Breakpoint(pid_t pid, uintptr_t address);
  ~Breakpoint();
  Breakpoint(const Breakpoint&) = delete;
  Breakpoint& operator=(const Breakpoint&) = delete;
  // False where there are no debug registers, as in some containers.
  bool is_set() const { return is_set_; }

 private:
  pid_t pid_;
  bool is_set_;
};

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_SINGLE_STEP_BREAKPOINT_H_
