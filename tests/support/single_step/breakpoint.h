// A breakpoint in the memory of a traced process that stands still; the program's file and other
// processes keep the instruction that was there.
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
  // Of a process that the breakpoint at `address` has just stopped: makes the instruction that was there
  // the next one. False if something else stopped it.
  static bool StepBack(pid_t pid, uintptr_t address);

  // Set until this object goes; the process may have ended by then.
  Breakpoint(pid_t pid, uintptr_t address);
  ~Breakpoint();
  Breakpoint(const Breakpoint&) = delete;
  Breakpoint& operator=(const Breakpoint&) = delete;
  bool is_set() const { return is_set_; }

 private:
  pid_t pid_;
  uintptr_t address_;
  long replaced_ = 0;  // the word in which the instruction was
  bool is_set_ = false;
};

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_SINGLE_STEP_BREAKPOINT_H_
