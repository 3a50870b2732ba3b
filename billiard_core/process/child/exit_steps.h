// How a process of this library ends (UTIL-67, PROC-39).
#ifndef BILLIARD_CORE_PROCESS_CHILD_EXIT_STEPS_H_
#define BILLIARD_CORE_PROCESS_CHILD_EXIT_STEPS_H_

#include <cstdint>

namespace billiard::process {

// Once per process, and harmless if called again: finalizers of priority 0 and more; daemonic children are
// asked to end, and killed after five seconds; all others are waited for; the other finalizers.
void RunExitSteps();

// Has exit() run them. Idempotent.
void RunExitStepsAtExit();

// From the first step on.
bool IsExiting();

// Runs them, flushes stdio and ends this process with the low 8 bits of `status`, without its parent's exit
// handlers.
[[noreturn]] void Leave(int32_t status);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_EXIT_STEPS_H_
