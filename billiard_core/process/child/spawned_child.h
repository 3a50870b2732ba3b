// What a child does that is not a fork of its starter, until its function runs.
#ifndef BILLIARD_CORE_PROCESS_CHILD_SPAWNED_CHILD_H_
#define BILLIARD_CORE_PROCESS_CHILD_SPAWNED_CHILD_H_

#include <vector>

#include "billiard_core/os/fd.h"
#include "billiard_core/process/child/preparation.h"

namespace billiard::process {

// In a freshly executed program: the preparation is in `file`, and the descriptors come right after it.
[[noreturn]] void RunSpawnedChild(int channel, int file);

// Takes what the starter sent, tells it that the child is ready or why it can not be, and runs the entry.
// `fds` are in the order of PreparedFd.
[[noreturn]] void RunPrepared(os::Fd channel, Preparation preparation, std::vector<os::Fd> fds);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_SPAWNED_CHILD_H_
