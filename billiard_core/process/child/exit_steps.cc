#include "billiard_core/process/child/exit_steps.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/logging/logger.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/process/child/child_table.h"
#include "billiard_core/process/child/finalizers.h"
#include "billiard_core/process/child/process.h"

namespace billiard::process {
namespace {

constexpr int64_t kDaemonGrace = 5 * kNanosPerSecond;  // G-UTIL-1
constexpr int32_t kLowestPriority = INT32_MIN;

std::atomic<uint64_t> exiting{0};  // os::ProcessToken of the process that is

constexpr int32_t kExitCodeBits = 0xff;

// UTIL-47
template <typename... Parts>
void Tell(const Parts&... parts) {
  if (logging::Enabled(logging::kInfo)) logging::Log(logging::kInfo, absl::StrCat(parts...));
}

void EndChildren() {
  const std::vector<std::shared_ptr<Process>> children = ActiveChildren();
  for (const std::shared_ptr<Process>& child : children) {
    if (!child->IsDaemon()) continue;
    Tell("calling terminate() for daemon ", child->Name());
    child->Terminate().IgnoreError();
  }
  const Deadline grace = Deadline::After(kDaemonGrace);
  for (const std::shared_ptr<Process>& child : children) {
    if (child->IsDaemon()) continue;
    Tell("calling join() for process ", child->Name());
    child->Join(Deadline::Forever(), nullptr).IgnoreError();
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
  Tell("process shutting down");
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
  Tell("process ", getpid(), " exiting with exitcode ", status & kExitCodeBits);
  fflush(nullptr);
  _exit(status & kExitCodeBits);
}

}  // namespace billiard::process
