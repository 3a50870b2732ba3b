// From the C options of pools and jobs to the core's.
#ifndef BILLIARD_C_API_POOL_OPTIONS_H_
#define BILLIARD_C_API_POOL_OPTIONS_H_

#include "absl/status/status.h"
#include "billiard/pool.h"
#include "billiard_core/pool/pool.h"

namespace billiard::c_api {

absl::Status ReadPoolOptions(const bp_pool_options* options, pool::PoolOptions* read);
absl::Status ReadJobOptions(const bp_job_options* options, pool::JobOptions* read);

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_POOL_OPTIONS_H_
