// How a pool tells a command that it is a worker: an environment variable and three descriptors.
//
//   BILLIARD_WORKER=1:<segment fd>:<control fd>:<finished fd>:<place>:<incarnation>
//
// The template writes the variable (process::TemplateCommand::worker_prefix); 1 is the version of this
// agreement.
#ifndef BILLIARD_CORE_POOL_WORKER_START_H_
#define BILLIARD_CORE_POOL_WORKER_START_H_

#include <string>

#include "absl/types/optional.h"
#include "billiard_core/pool/job_word.h"

namespace billiard::pool {

inline constexpr char kWorkerVariable[] = "BILLIARD_WORKER";

struct WorkerStart {
  int segment_fd = -1;
  int control_fd = -1;
  int finished_fd = -1;
  WorkerId id;
};

// The variable's value but for place and incarnation, for descriptors 3, 4 and 5.
std::string WorkerPrefix();

// What the environment says, if it says something that makes sense.
absl::optional<WorkerStart> WorkerStartFromEnvironment();

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_WORKER_START_H_
