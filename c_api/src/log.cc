#include "billiard/log.h"

#include "billiard_core/logging/logger.h"
#include "billiard_core/logging/process_name.h"
#include "c_api/src/guard.h"

namespace logging = billiard::logging;

using billiard::c_api::Guard;
using billiard::c_api::NotNull;
using billiard::c_api::WriteText;

void bp_log_to_stderr(int32_t level) { logging::LogToStderr(level); }

bp_status bp_log_to_file(const char* path, int32_t level, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(path, "path"));
    return logging::LogToFile(path, level);
  });
}

bp_status bp_log_to_fd(int fd, int32_t level, bp_error** error) {
  return Guard(error, [&] { return logging::LogToDescriptor(fd, level); });
}

void bp_log_stop(void) { logging::StopLogging(); }

void bp_log_set_level(int32_t level) { logging::SetLevel(level); }

int32_t bp_log_get_level(void) { return logging::GetLevel(); }

int bp_log_enabled(int32_t level) { return logging::Enabled(level) ? 1 : 0; }

void bp_log_write(int32_t level, const char* message) {
  if (message != nullptr) logging::Log(level, message);
}

void bp_log_set_format(const char* format) { logging::SetFormat(format == nullptr ? "" : format); }

void bp_log_set_name(const char* name) {
  if (name != nullptr) logging::SetLoggerName(name);
}

size_t bp_log_level_name(int32_t level, char* text, size_t capacity) {
  return WriteText(logging::LevelName(level), text, capacity);
}

size_t bp_log_process_name(char* text, size_t capacity) {
  return WriteText(logging::ProcessName(), text, capacity);
}

void bp_log_set_process_name(const char* name) {
  if (name != nullptr) logging::SetProcessName(name);
}
