#include "billiard_core/process/child/exit_steps.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "billiard_core/base/deadline.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/process/child/child_table.h"
#include "billiard_core/process/child/finalizers.h"
#include "billiard_core/process/child/process.h"

namespace billiard::process {
namespace {

constexpr int64_t kDaemonGrace = 5 * kNanosPerSecond;  // G-UTIL-1
constexpr int32_t kLowestPriority = INT32_MIN;

std::atomic<uint64_t> exiting{0};  // os::ProcessToken of the process that is

void EndChildren() {
  const std::vector<std::shared_ptr<Process>> children = ActiveChildren();
  for (const std::shared_ptr<Process>& child : children) {
    if (child->IsDaemon()) child->Terminate().IgnoreError();
  }
  const Deadline grace = Deadline::After(kDaemonGrace);
  for (const std::shared_ptr<Process>& child : children) {
    if (!child->IsDaemon()) child->Join(Deadline::Forever(), nullptr).IgnoreError();
  }
  for (const std::shared_ptr<Process>& child : children) {
    if (!child->IsDaemon() || child->Join(grace, nullptr).ok()) continue;
    child->Kill().IgnoreError();
    child->Join(Deadline::Forever(), nullptr).IgnoreError();
  }
}

}  // namespace

void RunExitSteps() {
  const uint64_t own = os::ProcessToken();
  if (exiting.exchange(own) == own) return;
  RunFinalizers(0);
  EndChildren();
  RunFinalizers(kLowestPriority);
}

void RunExitStepsAtExit() {
  static const int registered = atexit(RunExitSteps);
  (void)registered;
}

bool IsExiting() { return exiting.load() == os::ProcessToken(); }

void Leave(int32_t status) {
  RunExitSteps();
  fflush(nullptr);
  _exit(status & 0xff);
}

}  // namespace billiard::process
