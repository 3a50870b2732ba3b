#include "billiard_core/logging/level.h"

#include "absl/strings/str_cat.h"

namespace billiard::logging {

std::string LevelName(int level) {
  switch (level) {
    case kNotSet:
      return "NOTSET";
    case kSubDebug:
      return "SUBDEBUG";
    case kDebug:
      return "DEBUG";
    case kInfo:
      return "INFO";
    case kSubWarning:
      return "SUBWARNING";
    case kWarning:
      return "WARNING";
    case kError:
      return "ERROR";
    default:
      return absl::StrCat("Level ", level);
  }
}

}  // namespace billiard::logging
