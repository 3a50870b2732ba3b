#include "billiard_core/os/open_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"

namespace billiard::os {

absl::StatusOr<std::vector<std::string>> OpenFilesOf(pid_t pid, absl::string_view memfd_name) {
  const std::string folder = absl::StrCat("/proc/", pid, "/fd");
  const std::string wanted = absl::StrCat("/memfd:", memfd_name, " (deleted)");
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir(folder.c_str()), closedir);
  if (listing == nullptr) {
    return OsStatus(errno == ENOENT ? Code::kNotFound : Code::kOs, errno, folder);
  }
  std::vector<std::string> paths;
  while (const dirent* entry = readdir(listing.get())) {
    const std::string path = absl::StrCat(folder, "/", entry->d_name);
    char target[256];
    const ssize_t length = readlink(path.c_str(), target, sizeof target);
    if (length < 0 || absl::string_view(target, static_cast<size_t>(length)) != wanted) continue;
    paths.push_back(path);
  }
  return paths;
}

absl::StatusOr<Fd> OpenForReading(const std::string& path) {
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return OsStatus(errno, path);
  return fd;
}

}  // namespace billiard::os
