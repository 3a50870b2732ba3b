#include "billiard_core/logging/environment.h"

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "billiard_core/logging/logger.h"

namespace billiard::logging {
namespace {

constexpr char kLevel[] = "_MP_FORK_LOGLEVEL_";
constexpr char kFile[] = "_MP_FORK_LOGFILE_";
constexpr char kFormat[] = "_MP_FORK_LOGFORMAT_";

}  // namespace

std::vector<std::string> EnvironmentForChildren() {
  const Sink sink = GetSink();
  if (sink != Sink::kStderr && sink != Sink::kFile) return {};
  std::vector<std::string> variables = {absl::StrCat(kLevel, "=", GetLevel()),
                                        absl::StrCat(kFile, "=", FilePath())};
  variables.push_back(absl::StrCat(kFormat, "=", Format()));
  return variables;
}

void ConfigureFromEnvironment() {
  const char* level_text = getenv(kLevel);
  int level = kNotSet;
  if (GetSink() != Sink::kNone || level_text == nullptr) return;
  if (!absl::SimpleAtoi(level_text, &level)) return;
  const char* format = getenv(kFormat);
  if (format != nullptr) SetFormat(format);
  const char* path = getenv(kFile);
  const bool to_file = path != nullptr && path[0] != '\0' && LogToFile(path, level).ok();
  if (!to_file) LogToStderr(level);
}

}  // namespace billiard::logging
