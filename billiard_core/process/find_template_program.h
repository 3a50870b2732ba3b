// Where the billiard-template program is.
#ifndef BILLIARD_CORE_PROCESS_FIND_TEMPLATE_PROGRAM_H_
#define BILLIARD_CORE_PROCESS_FIND_TEMPLATE_PROGRAM_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace billiard::process {

// `option` when it is not empty, else $BILLIARD_TEMPLATE when that is set, else "billiard-template"
// in the folder of the library (or program) that holds this code, else
// "../libexec/billiard/billiard-template" from there. kNotFound names every place looked at.
absl::StatusOr<std::string> FindTemplateProgram(absl::string_view option);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_FIND_TEMPLATE_PROGRAM_H_
