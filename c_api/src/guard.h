// The one way from the core to the C ABI: turns an absl::Status into a bp_status and a bp_error, and lets
// no exception out.
//
//   bp_status bp_pool_close(bp_pool* pool, bp_error** error) {
//     return Guard(error, [&] { return pool->core->Close(); });
//   }
#ifndef BILLIARD_C_API_GUARD_H_
#define BILLIARD_C_API_GUARD_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard/error.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/sync/grant.h"

namespace billiard::c_api {

// Fills *error (when error is not NULL) from a failed status.
bp_status Report(const absl::Status& status, bp_error** error);

// Runs `call`, which returns an absl::Status, and reports what it says.
template <typename Call>
bp_status Guard(bp_error** error, const Call& call) {
  if (error != nullptr) *error = nullptr;
  try {
    const absl::Status status = call();
    return status.ok() ? BP_OK : Report(status, error);
  } catch (const std::bad_alloc&) {
    return Report(MakeStatus(Code::kNoMem, "out of memory"), error);
  } catch (const std::exception& exception) {
    return Report(MakeStatus(Code::kInternal, exception.what()), error);
  }
}

// The same for a call that may succeed with news: it returns an absl::StatusOr<sync::Grant>.
template <typename Call>
bp_status GuardGrant(bp_error** error, const Call& call) {
  bp_status success = BP_OK;
  const bp_status status = Guard(error, [&]() -> absl::Status {
    const absl::StatusOr<sync::Grant> grant = call();
    if (!grant.ok()) return grant.status();
    if (*grant == sync::Grant::kOwnerDied) success = BP_OWNER_DIED;
    return absl::OkStatus();
  });
  return status == BP_OK ? success : status;
}

// Writes a text for a caller's buffer, cut to its capacity; returns the length of the whole text.
size_t WriteText(absl::string_view full, char* text, size_t capacity);

// kInvalid that names the argument when it is NULL.
inline absl::Status NotNull(const void* argument, absl::string_view name) {
  if (argument != nullptr) return absl::OkStatus();
  return MakeStatus(Code::kInvalid, std::string(name) + ": is NULL");
}

// First in every call that gives a handle, a buffer or a view away: it is NULL, or empty, unless the call
// succeeds. kInvalid when there is no place for it.
template <typename T>
absl::Status ClearOut(T* out) {
  if (out == nullptr) return NotNull(out, "out");
  *out = T{};
  return absl::OkStatus();
}

// kInvalid when there are bytes to be read at NULL.
inline absl::Status CheckBytes(const void* data, size_t size) {
  return size == 0 ? absl::OkStatus() : NotNull(data, "data");
}

// kInvalid for a timeout below BP_FOREVER.
inline absl::Status CheckTimeout(int64_t timeout_ns) {
  if (timeout_ns >= BP_FOREVER) return absl::OkStatus();
  return MakeStatus(Code::kInvalid, "timeout_ns: is below -1");
}

// A size that no memory has, such as a caller's -1, is cut to the largest one, which every limit
// refuses: a string_view must not be longer.
inline absl::string_view Bytes(const void* data, size_t size) {
  return absl::string_view(static_cast<const char*>(data), std::min<size_t>(size, PTRDIFF_MAX));
}

// Zeroes the caller's options and notes their size.
template <typename Options>
void InitOptions(Options* options, size_t size) {
  if (options == nullptr || size < sizeof options->size) return;
  memset(static_cast<void*>(options), 0, size);
  options->size = size;
}

// Whether a newer caller left every field that this library does not know at its default.
template <typename Options>
bool UnknownFieldsAreZero(const Options* options) {
  const char* bytes = reinterpret_cast<const char*>(options);
  for (size_t i = sizeof(Options); i < options->size; ++i) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

// The caller's options in today's size: fields that an older caller does not know are zero. kInvalid
// when `size` was never set, or when a newer caller wants something that is not known here.
template <typename Options>
absl::Status ReadOptions(const Options* options, Options* read, absl::string_view name) {
  memset(static_cast<void*>(read), 0, sizeof *read);
  read->size = sizeof *read;
  if (options == nullptr) return absl::OkStatus();
  if (options->size < sizeof options->size || options->size > 64 * 1024) {
    return MakeStatus(Code::kInvalid, std::string(name) + ".size: call the _init function first");
  }
  if (!UnknownFieldsAreZero(options)) {
    return MakeStatus(Code::kInvalid,
                      std::string(name) + ".size: a field is set that this library is too old for");
  }
  memcpy(static_cast<void*>(read), options, std::min(options->size, sizeof *read));
  return absl::OkStatus();
}

}  // namespace billiard::c_api

// Leaves the enclosing function with a status that is not OK.
#define BP_RETURN_IF_ERROR(expression)                                 \
  do {                                                                 \
    const absl::Status bp_status_of_expression = (expression);         \
    if (!bp_status_of_expression.ok()) return bp_status_of_expression; \
  } while (false)

#endif  // BILLIARD_C_API_GUARD_H_
