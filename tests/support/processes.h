// Looking at processes from tests, through /proc and pidfds; nothing here sleeps.
#ifndef BILLIARD_TESTS_SUPPORT_PROCESSES_H_
#define BILLIARD_TESTS_SUPPORT_PROCESSES_H_

#include <sys/types.h>

#include <set>
#include <string>
#include <vector>

#include "billiard_core/os/fd.h"

namespace billiard::testing {

// A pidfd of a living process; ends the test program when there is none.
os::Fd Watch(pid_t pid);

// True when the process has ended, or does so within `seconds`.
bool Ends(const os::Fd& pidfd, int seconds = 5);

bool HasEnded(const os::Fd& pidfd);

// Descriptors that a process has open ("self" works too).
std::set<int> OpenDescriptors(const std::string& pid);

// The pids of a process's children.
std::vector<pid_t> ChildrenOf(pid_t pid);

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_PROCESSES_H_
