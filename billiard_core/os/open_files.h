// The open files of another process, as /proc shows them to processes of the same user.
#ifndef BILLIARD_CORE_OS_OPEN_FILES_H_
#define BILLIARD_CORE_OS_OPEN_FILES_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/os/fd.h"

namespace billiard::os {

// Paths that open the memfds named `memfd_name` that the process has open now. kNotFound when there is no
// such process.
absl::StatusOr<std::vector<std::string>> OpenFilesOf(pid_t pid, absl::string_view memfd_name);

absl::StatusOr<Fd> OpenForReading(const std::string& path);

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_OPEN_FILES_H_
