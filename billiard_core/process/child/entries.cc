#include "billiard_core/process/child/entries.h"

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/process_lock.h"

namespace billiard::process {
namespace {

// Not the lock of base/mutex.h: a child may be forked while another thread registers.
constinit os::ProcessLock entries_lock;

std::map<std::string, EntryFunction, std::less<>>& Entries() {
  static auto* const entries = new std::map<std::string, EntryFunction, std::less<>>;
  return *entries;
}

std::string KnownNames() {
  std::string names;
  for (const auto& entry : Entries())
    absl::StrAppend(&names, names.empty() ? "" : ", ", entry.first);
  return names.empty() ? "none is registered" : absl::StrCat("registered are: ", names);
}

}  // namespace

absl::Status RegisterEntry(absl::string_view name, EntryFunction function) {
  if (name.empty() || name.size() > kMaxEntryName || name.find('\0') != name.npos) {
    return MakeStatus(Code::kInvalid, "name: must have 1 to 255 bytes and no NUL");
  }
  if (function.run == nullptr) return MakeStatus(Code::kInvalid, "function: is NULL");
  os::ProcessLock::Hold hold(&entries_lock);
  const auto [place, is_new] = Entries().emplace(std::string(name), function);
  if (is_new) return absl::OkStatus();
  if (place->second.run == function.run && place->second.context == function.context) {
    return absl::OkStatus();
  }
  return MakeStatus(Code::kExists, absl::StrCat("name: '", name, "' has another function"));
}

absl::StatusOr<EntryFunction> FindEntry(absl::string_view name) {
  os::ProcessLock::Hold hold(&entries_lock);
  const auto place = Entries().find(name);
  if (place != Entries().end()) return place->second;
  return MakeStatus(Code::kNotFound, absl::StrCat("no entry '", name, "'; ", KnownNames()));
}

}  // namespace billiard::process
