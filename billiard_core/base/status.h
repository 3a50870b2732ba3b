// Errors inside the core are absl::Status values that also carry one of our codes, and errno where a
// system call failed (design D9). The numbers are those of the C ABI's bp_status; a test in
// tests/c_api proves that the two lists agree.
#ifndef BILLIARD_CORE_BASE_STATUS_H_
#define BILLIARD_CORE_BASE_STATUS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace billiard {

enum class Code : int32_t {
  kOk = 0,
  kOwnerDied = 1,
  kPending = 2,
  kTimeout = -1,
  kInvalid = -2,
  kClosed = -3,
  kState = -4,
  kForked = -5,
  kInterrupted = -6,
  kNoMem = -7,
  kOs = -8,
  kEmpty = -9,
  kFull = -10,
  kTooLarge = -11,
  kUnknownTask = -12,
  kTaskFailed = -13,
  kWorkerLost = -14,
  kTerminated = -15,
  kPoolFailed = -16,
  kForkUnsafe = -17,
  kNotFound = -18,
  kExists = -19,
  kCorrupt = -20,
  kStartFailed = -21,
  kInternal = -22,
  kBroken = -23,
  kTimeLimit = -24,
  kMemoryLimit = -25,
  kExpired = -26,
  kRestartLimit = -27,
  kRejected = -28,
  kAuthentication = -29,
  kTooShort = -30,
  kEndOfStream = -31,
  kAgain = -32,
};

// A failure with one of our codes; `code` must be negative.
absl::Status MakeStatus(Code code, absl::string_view message);

// A failed system call: "<what>: <text of errno>". ENOMEM and ENOSPC give kNoMem, all else kOs.
absl::Status OsStatus(int error_number, absl::string_view what);
absl::Status OsStatus(Code code, int error_number, absl::string_view what);

// kOk for an OK status, kInternal for one that was not made here.
Code CodeOf(const absl::Status& status);

// errno of the failed system call, or 0.
int ErrnoOf(const absl::Status& status);

}  // namespace billiard

#endif  // BILLIARD_CORE_BASE_STATUS_H_
