#include "billiard/error.h"

#include <new>

#include "c_api/src/error_object.h"
#include "c_api/src/guard.h"

namespace billiard::c_api {

bp_status Report(const absl::Status& status, bp_error** error) {
  const auto code = static_cast<bp_status>(CodeOf(status));
  if (error == nullptr) return code;
  bp_error* detail = new (std::nothrow) bp_error;
  if (detail != nullptr) {
    detail->status = code;
    detail->message = std::string(status.message());
    detail->error_number = ErrnoOf(status);
  }
  *error = detail;
  return code;
}

}  // namespace billiard::c_api

bp_status bp_error_status(const bp_error* error) {
  return error == nullptr ? BP_OK : error->status;
}

const char* bp_error_message(const bp_error* error) {
  return error == nullptr ? "" : error->message.c_str();
}

int bp_error_errno(const bp_error* error) { return error == nullptr ? 0 : error->error_number; }

const char* bp_error_class(const bp_error* error) {
  return error == nullptr ? "" : error->class_name.c_str();
}

const char* bp_error_backtrace(const bp_error* error) {
  return error == nullptr ? "" : error->backtrace.c_str();
}

uint64_t bp_error_job(const bp_error* error) { return error == nullptr ? BP_NO_JOB : error->job; }

int32_t bp_error_pid(const bp_error* error) { return error == nullptr ? 0 : error->pid; }

int32_t bp_error_exit_status(const bp_error* error) {
  return error == nullptr ? BP_EXIT_UNKNOWN : error->exit_status;
}

int bp_error_out_of_memory(const bp_error* error) {
  return error != nullptr && error->out_of_memory ? 1 : 0;
}

void bp_error_release(bp_error* error) { delete error; }
