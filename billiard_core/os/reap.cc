#include "billiard_core/os/reap.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <cerrno>

#include "billiard_core/base/exit_text.h"
#include "billiard_core/os/pidfd.h"

namespace billiard::os {
namespace {

// As in <linux/pidfd.h> of kernels that have it.
struct PidfdInfo {
  uint64_t mask;
  uint64_t cgroup;
  uint32_t pid, thread_group, parent;
  uint32_t ids[8];
  int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64);
constexpr unsigned long kGetInfo = _IOWR(0xFF, 11, PidfdInfo);
constexpr uint64_t kExitInfo = 1 << 3;

// An end is seen a moment before its record is there; that is announced by POLLHUP.
constexpr int kRecordMillis = 1000;

int32_t ExitStatusOf(int wait_status) {
  return WIFSIGNALED(wait_status) ? -WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

bool ReadRecord(int pidfd, PidfdInfo* info) {
  *info = {};
  info->mask = kExitInfo;
  return ioctl(pidfd, kGetInfo, info) == 0 && (info->mask & kExitInfo) != 0;
}

bool KernelKeepsRecords(int pidfd) {
  PidfdInfo info = {};
  info.mask = kExitInfo;
  return ioctl(pidfd, kGetInfo, &info) == 0 || errno == ESRCH;
}

}  // namespace

int32_t KernelsExitStatus(int pidfd) {
  PidfdInfo info;
  if (ReadRecord(pidfd, &info)) return ExitStatusOf(info.exit_code);
  if (!KernelKeepsRecords(pidfd)) return kExitUnknown;
  pollfd reaped = {pidfd, 0, 0};
  while (poll(&reaped, 1, kRecordMillis) < 0 && errno == EINTR) {
  }
  return ReadRecord(pidfd, &info) ? ExitStatusOf(info.exit_code) : kExitUnknown;
}

int32_t ReapByPidfd(int pidfd) {
  siginfo_t info = {};
  int result;
  do {
    result = waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG | __WALL);
  } while (result < 0 && errno == EINTR);
  if (result == 0) {
    if (info.si_pid == 0) return kNotEnded;
    return info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
  }
  return PidfdHasEnded(pidfd) ? KernelsExitStatus(pidfd) : kNotEnded;
}

}  // namespace billiard::os
