// What a launch hands to a child that is not its fork: the file of the preparation, and the descriptors.
#ifndef BILLIARD_CORE_PROCESS_CHILD_PREPARE_H_
#define BILLIARD_CORE_PROCESS_CHILD_PREPARE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "billiard_core/process/child/launch.h"
#include "billiard_core/process/child/library_fd.h"
#include "billiard_core/process/child/preparation.h"

namespace billiard::process {

struct Prepared {
  std::vector<int> fds;  // the file first, then in the order of PreparedFd; valid as long as this
  LibraryFd file;
  LibraryFd starter;
};

absl::StatusOr<Prepared> Prepare(Preparation preparation, int server_connection,
                                 const std::vector<int>& caller_fds);

Preparation PreparationOf(const LaunchPlan& plan);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_PREPARE_H_
