// What a host gives so that its forks can be workers.
#ifndef BILLIARD_CORE_PROCESS_FORK_HOOKS_H_
#define BILLIARD_CORE_PROCESS_FORK_HOOKS_H_

#include <sys/types.h>

#include <cstdint>

namespace billiard::process {

struct ForkHooks {
  // Stands in for fork() where a language's runtime must know of it; called in the host once, in a
  // short-lived child once, and in the template for every worker. nullptr: fork().
  pid_t (*fork_process)(void* context) = nullptr;
  void* fork_context = nullptr;
  // What a forked worker runs, in the worker; it leaves by _exit with the returned status, after
  // flushing stdio.
  int (*child_main)(int place, uint32_t incarnation, int group, void* context) = nullptr;
  void* child_context = nullptr;
};

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_FORK_HOOKS_H_
