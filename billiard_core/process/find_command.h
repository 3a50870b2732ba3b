// Whether a command can be found, asked before any process is started for it: so that a misspelt
// command is an error of the call that named it.
#ifndef BILLIARD_CORE_PROCESS_FIND_COMMAND_H_
#define BILLIARD_CORE_PROCESS_FIND_COMMAND_H_

#include "absl/status/status.h"
#include "billiard_core/process/template.h"

namespace billiard::process {

// kStartFailed, with errno and the words of a failed start, when argv[0] names no program that this
// process may execute: as a path, or in the PATH that the command will have. A forked group is
// always found.
absl::Status FindCommand(const TemplateCommand& command);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_FIND_COMMAND_H_
