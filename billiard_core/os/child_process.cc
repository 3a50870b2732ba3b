#include "billiard_core/os/child_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
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

constexpr unsigned kLastDescriptor = ~0U;

// For kernels without close_range (before 5.9).
void CloseOneByOne(unsigned first, unsigned last) {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    const unsigned fd = static_cast<unsigned>(atoi(entry->d_name));
    if (fd >= first && fd <= last && static_cast<int>(fd) != dirfd(folder)) {
      close(static_cast<int>(fd));
    }
  }
  closedir(folder);
}

void CloseRange(unsigned first, unsigned last) {
  if (first > last) return;
  if (syscall(SYS_close_range, first, last, 0) != 0) CloseOneByOne(first, last);
}

// Closes all from `first` on but those of `kept`, which it sorts.
void CloseAllBut(int* kept, int count, int first) {
  std::sort(kept, kept + count);
  unsigned next = static_cast<unsigned>(first);
  for (int i = 0; i < count; ++i) {
    if (kept[i] < first) continue;
    const unsigned fd = static_cast<unsigned>(kept[i]);
    if (fd > next) CloseRange(next, fd - 1);
    next = fd + 1;
  }
  CloseRange(next, kLastDescriptor);
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

bool UnderSanitizer() { return kSanitized; }

pid_t CloneSharingMemory(int (*run)(void*), void* argument, int exit_signal, int* pidfd) {
  if (kSanitized) {
    const pid_t pid = fork();
    if (pid == 0) _exit(run(argument));
    if (pid > 0 && pidfd != nullptr) *pidfd = OpenPidfd(pid);
    return pid;
  }
  void* stack = mmap(nullptr, kCloneStackBytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return -1;
  const int with_pidfd = pidfd == nullptr ? 0 : CLONE_PIDFD;
  const pid_t pid = clone(run, static_cast<char*>(stack) + kCloneStackBytes,
                          CLONE_VM | CLONE_VFORK | with_pidfd | exit_signal, argument, pidfd);
  const int error = errno;
  munmap(stack, kCloneStackBytes);
  errno = error;
  return pid;
}

int OpenPidfd(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

int SignalPidfd(int pidfd, int signal) {
  return static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
}

// In two steps, since a descriptor may have the number that another one is to get. All others are closed
// first: the table of descriptors may be full.
int PlaceDescriptors(const int* from, int count, int first) {
  if (count > kMaxPlacedDescriptors) {
    errno = EMFILE;
    return -1;
  }
  int raised[kMaxPlacedDescriptors];
  std::copy(from, from + count, raised);
  CloseAllBut(raised, count, first);
  for (int i = 0; i < count; ++i) {
    raised[i] = fcntl(from[i], F_DUPFD_CLOEXEC, first + count);
    if (raised[i] < 0) return -1;
  }
  for (int i = 0; i < count; ++i) {
    if (dup2(raised[i], first + i) < 0) return -1;
  }
  CloseRange(static_cast<unsigned>(first + count), kLastDescriptor);
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
