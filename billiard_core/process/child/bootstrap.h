// The first and the last things that a child does (PROC-30 to PROC-45), however it was started.
#ifndef BILLIARD_CORE_PROCESS_CHILD_BOOTSTRAP_H_
#define BILLIARD_CORE_PROCESS_CHILD_BOOTSTRAP_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/process/child/entries.h"
#include "billiard_core/process/child/self.h"
#include "billiard_core/process/child/start_method.h"

namespace billiard::process {

// Makes this process the child: its facts, its start method, no input.
void TakePlace(SelfFacts facts, StartMethod method);

// Has the kernel kill this process when the thread that started it ends (the thread must be its process's
// first). False: the starter is dead already.
bool DieWithParentThread(pid_t parent_pid);
// The same by a thread that watches the starter's pidfd.
void DieWithProcess(os::Fd parent_pidfd);

// Runs the function, and leaves with its exit request; an exception goes to stderr, and gives 1 (PROC-36).
[[noreturn]] void RunTarget(EntryFunction function, const std::string& data);

// What RunTarget's function may call to end at once: `text` goes to stderr, and then the status is 1
// (PROC-34).
[[noreturn]] void ExitWith(int32_t status, const char* text);

// The caller's descriptors in a child that got some (CTX-56); nothing in other processes.
std::optional<std::vector<int>> InheritedFds();
void SetInheritedFds(std::vector<int> fds);

// While a child has not begun to run its function, it can not start processes (CTX-44).
void SetBootstrapping(bool bootstrapping);
bool IsBootstrapping();

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_BOOTSTRAP_H_
