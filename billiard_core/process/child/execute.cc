#include "billiard_core/process/child/execute.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/child_process.h"
#include "billiard_core/process/child/handshake.h"

namespace billiard::process {
namespace {

constexpr int kCouldNotExecute = 127;

// All that the child needs, allocated before there is one: it shares this process's memory.
struct Prepared {
  const Execution* execution;
  std::vector<char*> argv;
  std::vector<char*> environment;
  pid_t parent_pid;
};

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

void ResetSignals() {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &action, nullptr);  // some refuse
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool DiesWithThread(pid_t parent_pid) {
  return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent_pid;
}

int RunInChild(void* argument) {
  const Prepared& prepared = *static_cast<const Prepared*>(argument);
  const Execution& execution = *prepared.execution;
  if (execution.dies_with_thread && !DiesWithThread(prepared.parent_pid)) return kCouldNotExecute;
  if (os::PlaceDescriptors(execution.fds.data(), static_cast<int>(execution.fds.size()),
                           kFirstPassedFd) != 0) {
    TellFailed(execution.fds[execution.channel], Code::kStartFailed, errno,
               "can not pass descriptors");
    return kCouldNotExecute;
  }
  const int channel = kFirstPassedFd + static_cast<int>(execution.channel);
  if (execution.channel_ends_with_execution) fcntl(channel, F_SETFD, FD_CLOEXEC);
  ResetSignals();
  execvpe(execution.path.c_str(), prepared.argv.data(), prepared.environment.data());
  TellFailed(channel, Code::kStartFailed, errno, execution.path);
  return kCouldNotExecute;
}

absl::string_view NameOfVariable(absl::string_view setting) {
  return setting.substr(0, setting.find('='));
}

}  // namespace

absl::StatusOr<Launched> Execute(const Execution& execution) {
  Prepared prepared = {&execution, Pointers(execution.argv), Pointers(execution.environment),
                       getpid()};
  Launched launched;
  int error = 0;
  absl::StatusOr<LibraryFd> pidfd = LibraryFd::Make([&]() -> absl::StatusOr<os::Fd> {
    int number = -1;
    const os::SignalsBlocked blocked;
    launched.pid = os::CloneSharingMemory(RunInChild, &prepared, SIGCHLD, &number);
    error = errno;
    return os::Fd(launched.pid < 0 ? -1 : number);
  });
  if (!pidfd.ok()) return pidfd.status();
  if (launched.pid < 0 || !pidfd->valid()) {
    return OsStatus(Code::kStartFailed, error, "can not make a process");
  }
  launched.pidfd = *std::move(pidfd);
  return launched;
}

std::vector<std::string> EnvironmentWith(const std::vector<std::string>& added) {
  std::vector<std::string> all = added;
  for (char** setting = environ; setting != nullptr && *setting != nullptr; ++setting) {
    const absl::string_view name = NameOfVariable(*setting);
    bool replaced = false;
    for (const std::string& other : added) replaced |= NameOfVariable(other) == name;
    if (!replaced) all.emplace_back(*setting);
  }
  return all;
}

}  // namespace billiard::process
