#include "billiard_core/process/start_error.h"

#include <cstring>

#include "absl/strings/str_cat.h"

namespace billiard::process {
namespace {

std::string What(StartStep step, absl::string_view subject) {
  switch (step) {
    case StartStep::kFork:
      return absl::StrCat("can not fork ", subject);
    case StartStep::kExecute:
      return absl::StrCat("can not execute ", subject);
    case StartStep::kOccupied:
      return absl::StrCat("can not start ", subject, ": its place has a process");
    default:
      return absl::StrCat("can not prepare ", subject);
  }
}

}  // namespace

std::string SetupErrorText(StartStep step) { return What(step, "the template"); }

std::string StartErrorText(StartStep step, int error_number, absl::string_view command) {
  const std::string subject = command.empty() ? "a worker" : absl::StrCat("'", command, "'");
  return absl::StrCat(What(step, subject), ": ", strerror(error_number));
}

}  // namespace billiard::process
