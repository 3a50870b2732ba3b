// Starting a program: a child that is prepared to run an entry, or any command.
#ifndef BILLIARD_CORE_PROCESS_CHILD_SPAWN_PROGRAM_H_
#define BILLIARD_CORE_PROCESS_CHILD_SPAWN_PROGRAM_H_

#include <vector>

#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/process/child/preparation.h"
#include "billiard_core/process/child/started_child.h"

namespace billiard::process {

// Executes ProgramToExecute() and returns when it has said that it is ready.
absl::StatusOr<Launched> SpawnPrepared(Preparation preparation, int server_connection,
                                       const std::vector<int>& caller_fds, Deadline deadline);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_SPAWN_PROGRAM_H_
