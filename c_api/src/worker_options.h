// From the C options of workers to the core's.
#ifndef BILLIARD_C_API_WORKER_OPTIONS_H_
#define BILLIARD_C_API_WORKER_OPTIONS_H_

#include <string>

#include "absl/status/status.h"
#include "billiard/worker.h"
#include "billiard_core/pool/worker.h"

namespace billiard::c_api {

absl::Status ReadReadyOptions(const bp_ready_options* options, pool::ReadyOptions* read);
// `where` names the struct in errors; hooks may be nullptr: none.
absl::Status ReadWorkerHooks(const bp_worker_hooks* hooks, const std::string& where,
                             pool::WorkerHooks* read);

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_WORKER_OPTIONS_H_
