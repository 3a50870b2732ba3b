// How important a log line is (UTIL-40). The numbers are those of the reference, so that settings can be
// carried over; any number between them is a level too.
#ifndef BILLIARD_CORE_LOGGING_LEVEL_H_
#define BILLIARD_CORE_LOGGING_LEVEL_H_

#include <string>

#include "absl/strings/string_view.h"

namespace billiard::logging {

inline constexpr int kNotSet = 0;  // of a logger: as kWarning
inline constexpr int kSubDebug = 5;
inline constexpr int kDebug = 10;
inline constexpr int kInfo = 20;
inline constexpr int kSubWarning = 25;
inline constexpr int kWarning = 30;
inline constexpr int kError = 40;

// "WARNING"; "Level 7" for a number without a name.
std::string LevelName(int level);

}  // namespace billiard::logging

#endif  // BILLIARD_CORE_LOGGING_LEVEL_H_
