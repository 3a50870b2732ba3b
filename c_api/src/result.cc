#include "billiard/result.h"

#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "c_api/src/error_object.h"
#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/result_object.h"

using billiard::Deadline;
using billiard::c_api::CheckTimeout;
using billiard::c_api::ClearOut;
using billiard::c_api::Core;
using billiard::c_api::Guard;
using billiard::c_api::NotNull;
using billiard::c_api::WriteText;

namespace billiard::c_api {

bp_status TakeValue(const pool::Result& result, bp_view* out, bp_error** error) {
  pool::JobFailure failure;
  const absl::optional<pool::PayloadView> value = result.Value(&failure);
  if (value) {
    *out = bp_view{value->data, value->size, value->format};
    return BP_OK;
  }
  return ReportFailure(std::move(failure), error);
}

bp_status ReportFailure(pool::JobFailure failure, bp_error** error) {
  const auto status = static_cast<bp_status>(failure.code);
  if (error == nullptr) return status;
  *error = new (std::nothrow) bp_error{status,
                                       std::move(failure.message),
                                       0,
                                       std::move(failure.task.class_name),
                                       std::move(failure.task.backtrace),
                                       failure.job,
                                       failure.pid,
                                       failure.exit_status,
                                       failure.out_of_memory};
  return status;
}

}  // namespace billiard::c_api

uint64_t bp_result_job(const bp_result* result) {
  return result == nullptr ? BP_NO_JOB : Core(result)->id();
}

int bp_result_ready(const bp_result* result) {
  return result != nullptr && Core(result)->Ready() ? 1 : 0;
}

int bp_result_accepted(const bp_result* result) {
  return result != nullptr && Core(result)->Accepted() ? 1 : 0;
}

const char* bp_result_correlation_id(const bp_result* result) {
  return result == nullptr ? "" : Core(result)->correlation_id().c_str();
}

size_t bp_result_describe(const bp_result* result, char* text, size_t capacity) {
  if (result == nullptr) return WriteText("", text, capacity);
  const auto word = [](bool is) { return is ? "True" : "False"; };
  return WriteText(
      absl::StrCat("<ApplyResult: ", Core(result)->id(), " ack:", word(Core(result)->Accepted()),
                   " ready:", word(Core(result)->Ready()), ">"),
      text, capacity);
}

int32_t bp_result_pid(const bp_result* result) {
  return result == nullptr ? 0 : Core(result)->pid();
}

bp_status bp_result_wait(bp_result* result, int64_t timeout_ns, bp_interrupt* interrupt,
                         bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(result, "result"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    return Core(result)->Wait(Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_result_get(bp_result* result, int64_t timeout_ns, bp_interrupt* interrupt,
                        bp_view* out, bp_error** error) {
  bp_status outcome = BP_OK;
  const bp_status status = Guard(error, [&] {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(NotNull(result, "result"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    BP_RETURN_IF_ERROR(Core(result)->Wait(Deadline::After(timeout_ns), Core(interrupt)));
    outcome = billiard::c_api::TakeValue(*Core(result), out, error);
    return absl::OkStatus();
  });
  return status == BP_OK ? outcome : status;
}

bp_status bp_result_terminate(bp_result* result, int32_t signal_number, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(result, "result"));
    return Core(result)->Terminate(signal_number);
  });
}

bp_status bp_result_cancel(bp_result* result, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(result, "result"));
    return Core(result)->Cancel();
  });
}

void bp_result_discard(bp_result* result) {
  if (result != nullptr) Core(result)->DropCallbacks();
  bp_result_release(result);
}

void bp_result_release(bp_result* result) { delete Core(result); }
