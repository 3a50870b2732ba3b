#include "billiard_core/process/find_template_program.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "billiard_core/base/status.h"

namespace billiard::process {
namespace {

constexpr char kProgram[] = "billiard-template";

bool IsProgram(const std::string& path) {
  struct stat file;
  return stat(path.c_str(), &file) == 0 && S_ISREG(file.st_mode) && access(path.c_str(), X_OK) == 0;
}

// The folder of the file that holds this code, without symbolic links; empty when it is not known.
std::string OwnFolder() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&FindTemplateProgram), &info) == 0) return "";
  char path[PATH_MAX];
  if (realpath(info.dli_fname, path) == nullptr) return "";
  const std::string file = path;
  return file.substr(0, file.rfind('/'));
}

std::vector<std::string> PlacesToLook(absl::string_view option) {
  if (!option.empty()) return {std::string(option)};
  const char* variable = secure_getenv("BILLIARD_TEMPLATE");
  if (variable != nullptr && *variable != '\0') return {variable};
  const std::string folder = OwnFolder();
  if (folder.empty()) return {};
  return {absl::StrCat(folder, "/", kProgram),
          absl::StrCat(folder, "/../libexec/billiard/", kProgram)};
}

}  // namespace

absl::StatusOr<std::string> FindTemplateProgram(absl::string_view option) {
  const std::vector<std::string> places = PlacesToLook(option);
  for (const std::string& place : places) {
    if (IsProgram(place)) return place;
  }
  return MakeStatus(Code::kNotFound,
                    absl::StrCat("no program ", kProgram, " at ", absl::StrJoin(places, ", ")));
}

}  // namespace billiard::process
