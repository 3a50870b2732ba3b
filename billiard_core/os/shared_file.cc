#include "billiard_core/os/shared_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"

namespace billiard::os {
namespace {

Code CodeOfOpening(int error) {
  switch (error) {
    case ENOENT:
      return Code::kNotFound;
    case ELOOP:   // a symbolic link
    case EINVAL:  // glibc says so of a folder
    case ENXIO:   // a socket
      return Code::kCorrupt;
    default:
      return Code::kOs;
  }
}

}  // namespace

absl::StatusOr<Fd> DuplicateFd(int fd) {
  Fd copy(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) return OsStatus(errno, "dup");
  return copy;
}

absl::Status ResizeFile(int fd, uint64_t bytes) {
  int result;
  do {
    result = ftruncate(fd, static_cast<off_t>(bytes));
  } while (result != 0 && errno == EINTR);
  return result == 0 ? absl::OkStatus() : OsStatus(errno, "ftruncate");
}

absl::StatusOr<size_t> ReadFileAt(int fd, uint64_t offset, void* data, size_t bytes) {
  ssize_t got;
  do {
    got = pread(fd, data, bytes, static_cast<off_t>(offset));
  } while (got < 0 && errno == EINTR);
  if (got < 0) return OsStatus(errno, "pread");
  return static_cast<size_t>(got);
}

absl::Status WriteFileAt(int fd, uint64_t offset, const void* data, size_t bytes) {
  ssize_t written;
  do {
    written = pwrite(fd, data, bytes, static_cast<off_t>(offset));
  } while (written < 0 && errno == EINTR);
  if (written < 0) return OsStatus(errno, "pwrite");
  return static_cast<size_t>(written) == bytes ? absl::OkStatus() : OsStatus(ENOSPC, "pwrite");
}

absl::StatusOr<FileFacts> FactsOf(int fd) {
  struct stat file;
  if (fstat(fd, &file) != 0) return OsStatus(errno, "fstat");
  FileFacts facts;
  facts.device = file.st_dev;
  facts.inode = file.st_ino;
  facts.links = file.st_nlink;
  facts.bytes = static_cast<uint64_t>(file.st_size);
  facts.owner = file.st_uid;
  facts.permissions = file.st_mode & 07777;
  facts.regular = S_ISREG(file.st_mode);
  return facts;
}

uid_t EffectiveUser() { return geteuid(); }

absl::StatusOr<Fd> OpenSharedObject(const char* slash_name, IfMissing if_missing) {
  const int create = if_missing == IfMissing::kCreate ? O_CREAT : 0;
  Fd fd;
  do {
    fd.Reset(shm_open(slash_name, O_RDWR | O_CLOEXEC | create, 0600));  // glibc adds O_NOFOLLOW
  } while (!fd.valid() && errno == EINTR);
  if (fd.valid()) return fd;
  return OsStatus(CodeOfOpening(errno), errno, "shm_open");
}

std::vector<std::string> ListSharedObjects(absl::string_view slash_prefix) {
  std::vector<std::string> names;
  DIR* folder = opendir("/dev/shm");  // where shm_open keeps them
  if (folder == nullptr) return names;
  while (const dirent* entry = readdir(folder)) {
    std::string name = absl::StrCat("/", entry->d_name);
    if (absl::StartsWith(name, slash_prefix)) names.push_back(std::move(name));
  }
  closedir(folder);
  return names;
}

absl::Status UnlinkSharedObject(const char* slash_name) {
  if (shm_unlink(slash_name) == 0 || errno == ENOENT) return absl::OkStatus();
  return OsStatus(errno, "shm_unlink");
}

absl::StatusOr<bool> TryLockFile(int fd) {
  int result;
  do {
    result = flock(fd, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  return OsStatus(errno, "flock");
}

void UnlockFile(int fd) { flock(fd, LOCK_UN); }

}  // namespace billiard::os
