// The one logger of a process (UTIL-41): silent until it is given a place to write to, and costing one
// load of a word as long as nothing is to be written.
//
// L1  No lock for those who log: settings are replaced as a whole by one compare-and-swap, and those of before stay for
//     whoever still reads them. So any thread may log at any time, also in a child that was forked while
//     another thread was logging (UTIL-46), and a process that is killed in here holds up nobody.
// L2  A line is one write(2) (UTIL-48).
// L3  Nothing in here ends the process: a broken pipe, a full disk or a wrong format lose lines.
//
//   if (logging::Enabled(logging::kError)) logging::Log(logging::kError, absl::StrCat(...));
#ifndef BILLIARD_CORE_LOGGING_LOGGER_H_
#define BILLIARD_CORE_LOGGING_LOGGER_H_

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "billiard_core/logging/level.h"

namespace billiard::logging {

namespace internal {
// The least level that is written: above all levels while there is no sink.
extern std::atomic<int> threshold;
}  // namespace internal

// Whether a line of this level would be written.
inline bool Enabled(int level) {
  return level >= internal::threshold.load(std::memory_order_relaxed);
}

// Writes the line if its level is enabled.
void Log(int level, absl::string_view message);

// What is written; kNotSet, as at first, stands for kWarning.
void SetLevel(int level);
int GetLevel();

// Where lines go.
enum class Sink { kNone, kStderr, kFile, kDescriptor };
Sink GetSink();

// Each replaces the sink, and sets the level unless that is kNotSet (UTIL-43).
void LogToStderr(int level);
// Appends to the file, which is made if need be. kOs when it can not be opened.
absl::Status LogToFile(const std::string& path, int level);
// A copy of the descriptor is written to, so that the caller may close it.
absl::Status LogToDescriptor(int fd, int level);
// Closes what LogToFile or LogToDescriptor has opened.
void StopLogging();

// line_format.h; empty: the default.
void SetFormat(absl::string_view format);
// %(name)s in it; "billiard" at first.
void SetLoggerName(absl::string_view name);

// What children need to know.
std::string FilePath();
std::string Format();
std::string LoggerName();

}  // namespace billiard::logging

#endif  // BILLIARD_CORE_LOGGING_LOGGER_H_
