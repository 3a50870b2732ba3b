// How this process forks where an option does not say it. A language's runtime has work of its own to do
// around a fork, and forks itself; the fork server of a program in that language forks in the same way.
// Thread-safe; a child inherits it.
#ifndef BILLIARD_CORE_PROCESS_CHILD_FORK_FUNCTION_H_
#define BILLIARD_CORE_PROCESS_CHILD_FORK_FUNCTION_H_

#include <sys/types.h>

namespace billiard::process {

struct ForkFunction {
  pid_t (*run)(void* context) = nullptr;  // returns as fork() does; nullptr: fork()
  void* context = nullptr;

  pid_t operator()() const;
};

void SetForkFunction(ForkFunction function);
ForkFunction ChosenForkFunction();

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_FORK_FUNCTION_H_
