// From bp_process_options to the core's.
#ifndef BILLIARD_C_API_PROCESS_OPTIONS_H_
#define BILLIARD_C_API_PROCESS_OPTIONS_H_

#include "absl/status/status.h"
#include "billiard/process.h"
#include "billiard_core/process/child/process.h"

namespace billiard::c_api {

absl::Status ReadProcessOptions(const bp_process_options* options, process::ProcessOptions* read);

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_PROCESS_OPTIONS_H_
