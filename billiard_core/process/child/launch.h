// The ways in which a child comes into being. Each returns when the child runs or has failed, and leaves
// nothing behind when it fails (PROC-21).
#ifndef BILLIARD_CORE_PROCESS_CHILD_LAUNCH_H_
#define BILLIARD_CORE_PROCESS_CHILD_LAUNCH_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/process/child/process.h"
#include "billiard_core/process/child/self.h"
#include "billiard_core/process/child/started_child.h"

namespace billiard::process {

// What every launch has to know.
struct LaunchPlan {
  const ProcessOptions* options = nullptr;
  SelfFacts facts;  // who the child will be
  StartMethod method = StartMethod::kDefault;
  Deadline deadline = Deadline::Forever();
};

// kForkUnsafe where a fork could not work.
absl::Status CheckFork(const ProcessOptions& options);
absl::StatusOr<Launched> LaunchFork(const LaunchPlan& plan);  // the child never returns from it

absl::StatusOr<Launched> LaunchSpawn(const LaunchPlan& plan);
absl::StatusOr<Launched> LaunchCommand(const LaunchPlan& plan);
absl::StatusOr<Launched> LaunchByServer(const LaunchPlan& plan);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_LAUNCH_H_
