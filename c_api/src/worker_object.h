// bp_worker and bp_job are the core's Worker and Job under another name.
#ifndef BILLIARD_C_API_WORKER_OBJECT_H_
#define BILLIARD_C_API_WORKER_OBJECT_H_

#include "absl/status/status.h"
#include "billiard/worker.h"
#include "billiard_core/pool/failure.h"
#include "billiard_core/pool/worker.h"

namespace billiard::c_api {

inline pool::Worker* Core(bp_worker* worker) { return reinterpret_cast<pool::Worker*>(worker); }
inline const pool::Worker* Core(const bp_worker* worker) {
  return reinterpret_cast<const pool::Worker*>(worker);
}
inline bp_worker* Handle(pool::Worker* worker) { return reinterpret_cast<bp_worker*>(worker); }

inline pool::Job* Core(bp_job* job) { return reinterpret_cast<pool::Job*>(job); }
inline const pool::Job* Core(const bp_job* job) { return reinterpret_cast<const pool::Job*>(job); }
inline bp_job* Handle(pool::Job* job) { return reinterpret_cast<bp_job*>(job); }

// The caller's words about a task that failed.
absl::Status ReadFailure(const bp_failure* failure, pool::Failure* read);

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_WORKER_OBJECT_H_
