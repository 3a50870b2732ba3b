// A program that starts copies of itself (CTX-40 to CTX-42): the copy is told so by its last arguments, and
// becomes the child instead of running the program anew. Before them stand the words of set_executable, an
// interpreter's options and its script, say.
#ifndef BILLIARD_CORE_PROCESS_CHILD_FREEZE_SUPPORT_H_
#define BILLIARD_CORE_PROCESS_CHILD_FREEZE_SUPPORT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace billiard::process {

// The arguments that tell a program that it is a child, and which descriptors it has.
std::vector<std::string> MarkerOfChild(int channel, int file);

// To be called first in main, after entries were registered, with its arguments or with those that an
// interpreter leaves to a script: does nothing in a program that was started by anybody else, and never
// returns in a child.
void FreezeSupport(int argc, const char* const* argv);

// kState, with an explanation, in a child whose program runs as if it were none.
absl::Status CheckFrozen();

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_FREEZE_SUPPORT_H_
