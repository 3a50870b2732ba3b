// Words for what went wrong when a template or a worker was to start.
#ifndef BILLIARD_CORE_PROCESS_START_ERROR_H_
#define BILLIARD_CORE_PROCESS_START_ERROR_H_

#include <string>

#include "absl/strings/string_view.h"
#include "billiard_core/process/protocol.h"

namespace billiard::process {

// "can not execute the template program"; the text of errno is added by the caller.
std::string SetupErrorText(StartStep step);

// "can not execute 'foo': No such file or directory". `command` is argv[0], or empty for a fork.
std::string StartErrorText(StartStep step, int error_number, absl::string_view command);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_START_ERROR_H_
