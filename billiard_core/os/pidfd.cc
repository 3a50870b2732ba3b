#include "billiard_core/os/pidfd.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "billiard_core/base/status.h"

namespace billiard::os {

absl::StatusOr<Fd> PidfdOpen(pid_t pid) {
  Fd fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!fd.valid()) return OsStatus(errno, "pidfd_open");
  return fd;
}

namespace {

constexpr unsigned kToProcessGroup = 1u << 2;  // PIDFD_SIGNAL_PROCESS_GROUP, since Linux 6.9

absl::Status Send(int pidfd, int signal_number, unsigned flags) {
  if (syscall(SYS_pidfd_send_signal, pidfd, signal_number, nullptr, flags) == 0) {
    return absl::OkStatus();
  }
  return errno == ESRCH ? absl::OkStatus() : OsStatus(errno, "pidfd_send_signal");
}

}  // namespace

absl::Status PidfdSendSignal(int pidfd, int signal_number) { return Send(pidfd, signal_number, 0); }

absl::Status PidfdSendSignalToGroup(int pidfd, int signal_number) {
  const absl::Status sent = Send(pidfd, signal_number, kToProcessGroup);
  return ErrnoOf(sent) == EINVAL ? PidfdSendSignal(pidfd, signal_number) : sent;
}

bool PidfdHasEnded(int pidfd) {
  pollfd entry = {pidfd, POLLIN, 0};
  int ready;
  do {
    ready = poll(&entry, 1, 0);
  } while (ready < 0 && errno == EINTR);
  return ready > 0 && (entry.revents & POLLIN) != 0;
}

// Reads /proc/<pid>/stat without allocating: it is used in freshly forked children too.
uint64_t ProcessStartTime(pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/stat", static_cast<int>(pid));
  const Fd fd(open(path, O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return 0;
  char text[1024];
  const ssize_t size = read(fd.get(), text, sizeof text - 1);
  if (size <= 0) return 0;
  text[size] = '\0';
  // The command name may hold blanks and brackets: fields are counted from the last ')'.
  const char* field = strrchr(text, ')');
  if (field == nullptr) return 0;
  constexpr int kFieldsAfterName = 20;  // starttime is field 22, the state after ')' is field 3
  for (int i = 0; i < kFieldsAfterName && field != nullptr; ++i) field = strchr(field + 1, ' ');
  return field == nullptr ? 0 : strtoull(field + 1, nullptr, 10);
}

uint64_t PidNamespaceId() {
  struct stat file;
  return stat("/proc/self/ns/pid", &file) == 0 ? static_cast<uint64_t>(file.st_ino) : 0;
}

}  // namespace billiard::os
