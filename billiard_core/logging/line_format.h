// What a log line looks like: a text in which %(levelname)s, %(processName)s, %(process)d, %(name)s,
// %(asctime)s and %(message)s stand for what they say, %(json)s for all of them as one JSON object, and %% for
// a percent sign. Anything else stays as it is.
#ifndef BILLIARD_CORE_LOGGING_LINE_FORMAT_H_
#define BILLIARD_CORE_LOGGING_LINE_FORMAT_H_

#include <sys/types.h>

#include <string>

#include "absl/strings/string_view.h"

namespace billiard::logging {

inline constexpr char kDefaultFormat[] = "[%(levelname)s/%(processName)s] %(message)s";  // UTIL-43
// {"time":"2026-01-31T12:00:00.123Z","level":"INFO","levelno":20,"name":"billiard","processName":"Process-1",
// "process":77,"message":"what was said"}
inline constexpr char kJsonFormat[] = "%(json)s";

struct Line {
  int level = 0;
  absl::string_view message;
  absl::string_view logger_name;
  absl::string_view process_name;
  pid_t pid = 0;
};

// With the newline at its end.
std::string FormatLine(absl::string_view format, const Line& line);

}  // namespace billiard::logging

#endif  // BILLIARD_CORE_LOGGING_LINE_FORMAT_H_
