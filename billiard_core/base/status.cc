#include "billiard_core/base/status.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace billiard {
namespace {

constexpr char kCodeUrl[] = "billiard/code";
constexpr char kErrnoUrl[] = "billiard/errno";

absl::StatusCode NearestAbslCode(Code code) {
  switch (code) {
    case Code::kTimeout:
    case Code::kTimeLimit:
    case Code::kExpired:
      return absl::StatusCode::kDeadlineExceeded;
    case Code::kInvalid:
    case Code::kTooLarge:
    case Code::kTooShort:
      return absl::StatusCode::kInvalidArgument;
    case Code::kClosed:
    case Code::kState:
    case Code::kForked:
    case Code::kForkUnsafe:
    case Code::kBroken:
      return absl::StatusCode::kFailedPrecondition;
    case Code::kInterrupted:
    case Code::kTerminated:
    case Code::kRejected:
      return absl::StatusCode::kCancelled;
    case Code::kNoMem:
    case Code::kFull:
    case Code::kMemoryLimit:
      return absl::StatusCode::kResourceExhausted;
    case Code::kEmpty:
    case Code::kAgain:
    case Code::kEndOfStream:
      return absl::StatusCode::kUnavailable;
    case Code::kUnknownTask:
    case Code::kNotFound:
      return absl::StatusCode::kNotFound;
    case Code::kExists:
      return absl::StatusCode::kAlreadyExists;
    case Code::kAuthentication:
      return absl::StatusCode::kUnauthenticated;
    case Code::kCorrupt:
      return absl::StatusCode::kDataLoss;
    case Code::kTaskFailed:
    case Code::kWorkerLost:
    case Code::kPoolFailed:
    case Code::kStartFailed:
    case Code::kRestartLimit:
      return absl::StatusCode::kAborted;
    default:
      return absl::StatusCode::kInternal;
  }
}

int Payload(const absl::Status& status, const char* url, int fallback) {
  const absl::optional<absl::Cord> payload = status.GetPayload(url);
  int number;
  if (!payload || !absl::SimpleAtoi(std::string(*payload), &number)) return fallback;
  return number;
}

}  // namespace

absl::Status MakeStatus(Code code, absl::string_view message) {
  absl::Status status(NearestAbslCode(code), message);
  status.SetPayload(kCodeUrl, absl::Cord(absl::StrCat(static_cast<int32_t>(code))));
  return status;
}

absl::Status OsStatus(Code code, int error_number, absl::string_view what) {
  char buffer[128];
  const char* text = strerror_r(error_number, buffer, sizeof buffer);
  absl::Status status = MakeStatus(code, absl::StrCat(what, ": ", text));
  status.SetPayload(kErrnoUrl, absl::Cord(absl::StrCat(error_number)));
  return status;
}

absl::Status OsStatus(int error_number, absl::string_view what) {
  const bool memory = error_number == ENOMEM || error_number == ENOSPC;
  return OsStatus(memory ? Code::kNoMem : Code::kOs, error_number, what);
}

Code CodeOf(const absl::Status& status) {
  if (status.ok()) return Code::kOk;
  return static_cast<Code>(Payload(status, kCodeUrl, static_cast<int>(Code::kInternal)));
}

int ErrnoOf(const absl::Status& status) { return Payload(status, kErrnoUrl, 0); }

}  // namespace billiard
