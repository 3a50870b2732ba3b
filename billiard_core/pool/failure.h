// A task's failure as data (design D9): what a worker writes as the result of a failed job, and what
// the host reads back. Texts of the task's own language, never objects.
#ifndef BILLIARD_CORE_POOL_FAILURE_H_
#define BILLIARD_CORE_POOL_FAILURE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace billiard::pool {

struct Failure {
  std::string class_name;
  std::string message;
  std::string backtrace;
};

// Texts longer than 64 KiB are cut, with a mark at the cut (UTIL-24).
std::string EncodeFailure(const Failure& failure);
// The first words of it, in at most `limit` bytes; the limit leaves room for the lengths of the texts.
std::string EncodeShortFailure(const Failure& failure, size_t limit);

// Whatever the bytes are, some failure comes out: they come from another process.
Failure DecodeFailure(absl::string_view bytes);

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_FAILURE_H_
