#include "billiard/status.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "billiard_core/base/exit_text.h"

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
  const std::string full = billiard::ExitStatusText(status);
  if (text != nullptr && capacity > 0) {
    const size_t kept = std::min(full.size(), capacity - 1);
    memcpy(text, full.data(), kept);
    text[kept] = '\0';
  }
  return full.size();
}
