#include "billiard_core/logging/line_format.h"

#include <time.h>

#include <cstdio>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "billiard_core/logging/json_text.h"
#include "billiard_core/logging/level.h"

namespace billiard::logging {
namespace {

// UTC, to the millisecond, as in "2026-01-31 12:00:00,123".
std::string TimeNow(const char* until_seconds, char point) {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts = {};
  gmtime_r(&now.tv_sec, &parts);
  char text[40];
  const size_t length = strftime(text, sizeof text, until_seconds, &parts);
  snprintf(text + length, sizeof text - length, "%c%03d", point,
           static_cast<int>(now.tv_nsec / 1'000'000));
  return text;
}

void AppendJson(const Line& line, std::string* text) {
  absl::StrAppend(text, "{\"time\":\"", TimeNow("%Y-%m-%dT%H:%M:%S", '.'), "Z\",\"level\":");
  AppendJsonText(LevelName(line.level), text);
  absl::StrAppend(text, ",\"levelno\":", line.level, ",\"name\":");
  AppendJsonText(line.logger_name, text);
  text->append(",\"processName\":");
  AppendJsonText(line.process_name, text);
  absl::StrAppend(text, ",\"process\":", line.pid, ",\"message\":");
  AppendJsonText(line.message, text);
  text->push_back('}');
}

// Appends what the field at the beginning of `rest` stands for; returns its length, 0 when it is none.
size_t AppendField(absl::string_view rest, const Line& line, std::string* text) {
  const auto is = [rest](absl::string_view field) { return absl::StartsWith(rest, field); };
  if (is("%%")) return text->push_back('%'), 2;
  if (is("%(levelname)s")) return text->append(LevelName(line.level)), 13;
  if (is("%(processName)s")) return absl::StrAppend(text, line.process_name), 15;
  if (is("%(process)d")) return absl::StrAppend(text, line.pid), 11;
  if (is("%(name)s")) return absl::StrAppend(text, line.logger_name), 8;
  if (is("%(asctime)s")) return text->append(TimeNow("%Y-%m-%d %H:%M:%S", ',')), 11;
  if (is("%(json)s")) return AppendJson(line, text), 8;
  if (is("%(message)s")) return absl::StrAppend(text, line.message), 11;
  return 0;
}

}  // namespace

std::string FormatLine(absl::string_view format, const Line& line) {
  std::string text;
  while (!format.empty()) {
    size_t used = format[0] == '%' ? AppendField(format, line, &text) : 0;
    if (used == 0) {
      text.push_back(format[0]);
      used = 1;
    }
    format.remove_prefix(used);
  }
  text.push_back('\n');
  return text;
}

}  // namespace billiard::logging
