#include "billiard_core/sync/outcomes.h"

#include "billiard_core/base/status.h"

namespace billiard::sync {

// Never destroyed: threads may still wait while the program ends.

absl::Status TimedOut() {
  static const auto* const status = new absl::Status(MakeStatus(Code::kTimeout, "timed out"));
  return *status;
}

absl::Status Interrupted() {
  static const auto* const status =
      new absl::Status(MakeStatus(Code::kInterrupted, "interrupted by its token"));
  return *status;
}

absl::Status ReleasedTooOften() {
  static const auto* const status =
      new absl::Status(MakeStatus(Code::kState, "semaphore or lock released too many times"));
  return *status;
}

absl::Status NotTheOwner() {
  static const auto* const status = new absl::Status(
      MakeStatus(Code::kState, "attempt to release recursive lock not owned by thread"));
  return *status;
}

}  // namespace billiard::sync
