// The signal that the kernel sends this process when the thread that started it ends (UTIL-82).
#ifndef BILLIARD_CORE_PROCESS_CHILD_PARENT_DEATH_H_
#define BILLIARD_CORE_PROCESS_CHILD_PARENT_DEATH_H_

#include "absl/status/status.h"

namespace billiard::process {

absl::Status SetParentDeathSignal(
    int signal_number);  // 0: none; kOs with EINVAL for what is no signal
int ParentDeathSignal();

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_PARENT_DEATH_H_
