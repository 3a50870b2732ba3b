// bp_result is the core's Result under another name.
#ifndef BILLIARD_C_API_RESULT_OBJECT_H_
#define BILLIARD_C_API_RESULT_OBJECT_H_

#include "absl/status/status.h"
#include "billiard/result.h"
#include "billiard_core/pool/result.h"

namespace billiard::c_api {

inline pool::Result* Core(bp_result* result) { return reinterpret_cast<pool::Result*>(result); }
inline const pool::Result* Core(const bp_result* result) {
  return reinterpret_cast<const pool::Result*>(result);
}
inline bp_result* Handle(pool::Result* result) { return reinterpret_cast<bp_result*>(result); }

// The value of a job that has an outcome, or its failure as an error.
bp_status TakeValue(const pool::Result& result, bp_view* out, bp_error** error);

// Fills *error (when error is not NULL) from a job that has no value.
bp_status ReportFailure(pool::JobFailure failure, bp_error** error);

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_RESULT_OBJECT_H_
