#include "billiard_core/process/find_command.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "billiard_core/base/status.h"

namespace billiard::process {
namespace {

constexpr char kPathPrefix[] = "PATH=";
constexpr char kPathWithoutVariable[] = "/bin:/usr/bin";  // execvp's

// 0, or why the file can not be executed.
int ExecutionError(const std::string& file) {
  struct stat facts;
  if (stat(file.c_str(), &facts) != 0) return errno;
  if (!S_ISREG(facts.st_mode)) return EACCES;
  return access(file.c_str(), X_OK) == 0 ? 0 : errno;
}

std::string PathOf(const TemplateCommand& command) {
  const char* own = getenv("PATH");
  std::string path = own == nullptr ? kPathWithoutVariable : own;
  for (const std::string& entry : command.environment) {
    if (absl::StartsWith(entry, kPathPrefix)) path = entry.substr(sizeof kPathPrefix - 1);
  }
  return path;
}

}  // namespace

absl::Status FindCommand(const TemplateCommand& command) {
  if (command.argv.empty()) return absl::OkStatus();
  const std::string& program = command.argv[0];
  std::vector<std::string> files = {program};
  if (program.find('/') == std::string::npos) {
    files.clear();
    for (const absl::string_view folder : absl::StrSplit(PathOf(command), ':')) {
      files.push_back(folder.empty() ? program : absl::StrCat(folder, "/", program));
    }
  }
  int error = ENOENT;
  for (const std::string& file : files) {
    const int its_error = ExecutionError(file);
    if (its_error == 0) return absl::OkStatus();
    if (its_error == EACCES) error = EACCES;
    if (files.size() == 1) error = its_error;
  }
  return OsStatus(Code::kStartFailed, error, absl::StrCat("can not execute '", program, "'"));
}

}  // namespace billiard::process
