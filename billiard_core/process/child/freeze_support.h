// A program that starts copies of itself (CTX-40 to CTX-42): the copy is told so by its first argument, and
// becomes the child instead of running the program anew.
#ifndef BILLIARD_CORE_PROCESS_CHILD_FREEZE_SUPPORT_H_
#define BILLIARD_CORE_PROCESS_CHILD_FREEZE_SUPPORT_H_

#include "absl/status/status.h"

namespace billiard::process {

inline constexpr char kChildMarker[] = "--billiard-fork";

// To be called first in main, after entries were registered: does nothing in a program that was started by
// anybody else, and never returns in a child.
void FreezeSupport(int argc, char** argv);

// kState, with an explanation, in a child whose program runs as if it were none.
absl::Status CheckFrozen();

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_FREEZE_SUPPORT_H_
