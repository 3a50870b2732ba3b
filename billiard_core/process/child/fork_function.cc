#include "billiard_core/process/child/fork_function.h"

#include <unistd.h>

#include "billiard_core/os/process_lock.h"

namespace billiard::process {
namespace {

constinit os::ProcessLock chosen_lock;
ForkFunction chosen;

}  // namespace

pid_t ForkFunction::operator()() const { return run == nullptr ? fork() : run(context); }

void SetForkFunction(ForkFunction function) {
  os::ProcessLock::Hold hold(&chosen_lock);
  chosen = function;
}

ForkFunction ChosenForkFunction() {
  os::ProcessLock::Hold hold(&chosen_lock);
  return chosen;
}

}  // namespace billiard::process
