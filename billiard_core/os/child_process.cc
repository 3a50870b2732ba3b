#include "billiard_core/os/child_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BILLIARD_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BILLIARD_SANITIZED 1
#endif

namespace billiard::os {
namespace {

#ifdef BILLIARD_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// For kernels without close_range (before 5.9).
void CloseOneByOne(int first) {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return;
  while (const dirent* entry = readdir(folder)) {
    const int fd = atoi(entry->d_name);
    if (fd >= first && fd != dirfd(folder)) close(fd);
  }
  closedir(folder);
}

}  // namespace

int ThreadCount() {
  struct stat folder;
  if (stat("/proc/self/task", &folder) != 0) return 0;
  return static_cast<int>(folder.st_nlink) - 2;
}

pid_t ForkUnseen() {
  if (kSanitized) return fork();
  return static_cast<pid_t>(syscall(SYS_clone, 0, nullptr, nullptr, nullptr, nullptr));
}

pid_t CloneSharingMemory(int (*run)(void*), void* argument, int exit_signal) {
  if (kSanitized) {
    const pid_t pid = fork();
    if (pid == 0) _exit(run(argument));
    return pid;
  }
  void* stack = mmap(nullptr, kCloneStackBytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return -1;
  const pid_t pid = clone(run, static_cast<char*>(stack) + kCloneStackBytes,
                          CLONE_VM | CLONE_VFORK | exit_signal, argument);
  const int error = errno;
  munmap(stack, kCloneStackBytes);
  errno = error;
  return pid;
}

int OpenPidfd(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

int SignalPidfd(int pidfd, int signal) {
  return static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
}

// In two steps, since a descriptor may have the number that another one is to get.
int PlaceDescriptors(const int* from, int count, int first) {
  if (count > kMaxPlacedDescriptors) {
    errno = EMFILE;
    return -1;
  }
  int raised[kMaxPlacedDescriptors];
  for (int i = 0; i < count; ++i) {
    raised[i] = fcntl(from[i], F_DUPFD_CLOEXEC, first + count);
    if (raised[i] < 0) return -1;
  }
  for (int i = 0; i < count; ++i) {
    if (dup2(raised[i], first + i) < 0) return -1;
  }
  if (syscall(SYS_close_range, first + count, ~0U, 0) != 0) CloseOneByOne(first + count);
  return 0;
}

// By the system call, as libc's wrapper leaves out its own two signals.
SignalsBlocked::SignalsBlocked() {
  const uint64_t all = ~uint64_t{0};
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &previous_, sizeof all);
}

SignalsBlocked::~SignalsBlocked() {
  const int error = errno;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &previous_, nullptr, sizeof previous_);
  errno = error;
}

}  // namespace billiard::os
