// What ps, top and the like show of this process.
//
// Threads: one at a time. Fork: a child begins with its parent's.
#ifndef BILLIARD_CORE_OS_PROCESS_TITLE_H_
#define BILLIARD_CORE_OS_PROCESS_TITLE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace billiard::os {

// The name of the calling thread, of the process when it has one thread: the first 15 bytes.
void SetThreadName(const std::string& name);

// The command line: the title is written over the arguments of this program, as much of it as there is
// room. Whoever kept a pointer into argv sees it change. False where that can not be done.
bool SetProcessTitle(absl::string_view title);

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_PROCESS_TITLE_H_
