#include "billiard/status.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "billiard_core/base/exit_text.h"
#include "c_api/src/guard.h"

namespace billiard::c_api {

size_t WriteText(absl::string_view full, char* text, size_t capacity) {
  if (text != nullptr && capacity > 0) {
    const size_t kept = std::min(full.size(), capacity - 1);
    memcpy(text, full.data(), kept);
    text[kept] = '\0';
  }
  return full.size();
}

}  // namespace billiard::c_api

const char* bp_status_name(bp_status status) {
  switch (static_cast<int>(status)) {
#define BP_NAME_CASE(name, number, text) \
  case number:                           \
    return #name;
    BP_STATUS_LIST(BP_NAME_CASE)
#undef BP_NAME_CASE
    default:
      return "BP_UNKNOWN_STATUS";
  }
}

const char* bp_status_text(bp_status status) {
  switch (static_cast<int>(status)) {
#define BP_TEXT_CASE(name, number, text) \
  case number:                           \
    return text;
    BP_STATUS_LIST(BP_TEXT_CASE)
#undef BP_TEXT_CASE
    default:
      return "unknown status";
  }
}

size_t bp_exit_status_text(int32_t status, char* text, size_t capacity) {
  return billiard::c_api::WriteText(billiard::ExitStatusText(status), text, capacity);
}
