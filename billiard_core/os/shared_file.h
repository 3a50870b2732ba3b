// Shared memory as files: sizes, small reads and writes, names in /dev/shm, locks that serialise making
// and removing a name.
#ifndef BILLIARD_CORE_OS_SHARED_FILE_H_
#define BILLIARD_CORE_OS_SHARED_FILE_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/os/fd.h"

namespace billiard::os {

absl::StatusOr<Fd> DuplicateFd(int fd);

absl::Status ResizeFile(int fd, uint64_t bytes);

// Reads up to `bytes` from `offset`; returns how many there were.
absl::StatusOr<size_t> ReadFileAt(int fd, uint64_t offset, void* data, size_t bytes);
absl::Status WriteFileAt(int fd, uint64_t offset, const void* data, size_t bytes);

// What the kernel knows of a file.
struct FileFacts {
  uint64_t device;
  uint64_t inode;
  uint64_t links;  // 0: its name is gone
  uint64_t bytes;
  uid_t owner;
  mode_t permissions;  // the nine bits and set-id bits
  bool regular;
};
absl::StatusOr<FileFacts> FactsOf(int fd);

// The user on whose behalf this process opens files.
uid_t EffectiveUser();

// Opens the POSIX shared-memory object "/name", making an empty one with mode 0600 when asked to and
// there is none. kNotFound; kCorrupt: the name is a symbolic link's, a folder's or a socket's.
enum class IfMissing { kFail, kCreate };
absl::StatusOr<Fd> OpenSharedObject(const char* slash_name, IfMissing if_missing);

// Names ("/name") of the shared-memory objects that begin with `slash_prefix`.
std::vector<std::string> ListSharedObjects(absl::string_view slash_prefix);

// Removes a name; that there is none is no error.
absl::Status UnlinkSharedObject(const char* slash_name);

// Takes the file's exclusive lock without waiting; false: somebody else has it. The lock belongs to the
// open file, which a fork shares: use a descriptor that was opened for nothing else.
absl::StatusOr<bool> TryLockFile(int fd);
void UnlockFile(int fd);

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_SHARED_FILE_H_
