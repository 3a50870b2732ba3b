// Functions of this program that a process may be started with by name (CTX-36): filled before
// bp_freeze_support, in the starting program and in the started one. Thread-safe; a forked child inherits it.
#ifndef BILLIARD_CORE_PROCESS_CHILD_ENTRIES_H_
#define BILLIARD_CORE_PROCESS_CHILD_ENTRIES_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace billiard::process {

// What a process runs. The value is its exit request; exceptions end it with 1.
struct EntryFunction {
  int32_t (*run)(const void* data, size_t size, void* context) = nullptr;
  void* context = nullptr;
};

inline constexpr size_t kMaxEntryName = 255;

// kInvalid (name, function), kExists (the name has another function).
absl::Status RegisterEntry(absl::string_view name, EntryFunction function);

// kNotFound, with the names that are known.
absl::StatusOr<EntryFunction> FindEntry(absl::string_view name);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_ENTRIES_H_
