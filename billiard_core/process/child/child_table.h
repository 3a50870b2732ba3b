// The children of this process that have not been seen to end (PROC-51). A child starts with an empty table.
#ifndef BILLIARD_CORE_PROCESS_CHILD_CHILD_TABLE_H_
#define BILLIARD_CORE_PROCESS_CHILD_CHILD_TABLE_H_

#include <memory>
#include <vector>

namespace billiard::process {

class Process;

void EnterChild(std::shared_ptr<Process> child);

// Reaps those that have ended, and returns the others.
std::vector<std::shared_ptr<Process>> ActiveChildren();

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_CHILD_TABLE_H_
