// Kernel calls that make, name and end processes. libc only and without allocation: for freshly
// forked children, for children that share their parent's memory, and for programs without Abseil.
// Failures are -1 with errno.
#ifndef BILLIARD_CORE_OS_CHILD_PROCESS_H_
#define BILLIARD_CORE_OS_CHILD_PROCESS_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace billiard::os {

// Threads of this process as the kernel counts them; 0 when /proc can not be read.
int ThreadCount();

// As fork(), but the child's end raises no SIGCHLD and wait(-1) does not see the child: waitpid
// with __WALL does. libc does not know of this fork, so the caller must be the only thread, and the
// child may only fork again or end. Under a sanitizer this is fork().
pid_t ForkUnseen();

// Runs `run(argument)` in a child that shares this process's memory, and returns when that child
// has executed a program or ended; only the calling thread waits. The child has its own descriptors
// and must not return before it is done with the memory. `exit_signal` 0 makes it unseen as above.
// Block all signals first. *pidfd, unless null, gets the child's, close-on-exec. Under a sanitizer the
// memory is a copy, and the call returns at once.
pid_t CloneSharingMemory(int (*run)(void*), void* argument, int exit_signal, int* pidfd = nullptr);

// Whether this code was built with a sanitizer that forks of a threaded process may hang.
bool UnderSanitizer();

// Bytes of stack of such a child.
inline constexpr size_t kCloneStackBytes = 64 * 1024;

int OpenPidfd(pid_t pid);                // close-on-exec
int SignalPidfd(int pidfd, int signal);  // signal 0: only a check

// Gives the descriptors `from[0..count)` the numbers first, first + 1, ... without close-on-exec,
// and closes all others from `first` on, before it needs a free number.
int PlaceDescriptors(const int* from, int count, int first);
inline constexpr int kMaxPlacedDescriptors = 512;

// Blocks every signal of this thread, those that libc keeps for itself included, while it lives.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  uint64_t previous_;
};

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_CHILD_PROCESS_H_
