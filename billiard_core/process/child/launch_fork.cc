// The child is a fork of this process.
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/child_process.h"
#include "billiard_core/os/fork_gate.h"
#include "billiard_core/os/pidfd.h"
#include "billiard_core/os/poll.h"
#include "billiard_core/os/reap.h"
#include "billiard_core/os/threads.h"
#include "billiard_core/process/child/bootstrap.h"
#include "billiard_core/process/child/finalizers.h"
#include "billiard_core/process/child/handshake.h"
#include "billiard_core/process/child/launch.h"
#include "billiard_core/process/child/server_connection.h"

namespace billiard::process {
namespace {

constexpr int kLostStarter = 1;

ForkFunction ForkFunctionOf(const ProcessOptions& options) {
  return options.fork_function.run == nullptr ? ChosenForkFunction() : options.fork_function;
}

// The kernel's death signal is tied to the starting thread, so it will do for the first thread alone.
void DieWithStarter(pid_t parent_pid, bool by_first_thread) {
  if (by_first_thread) {
    if (!DieWithParentThread(parent_pid)) _exit(kLostStarter);
    return;
  }
  os::Fd parent(os::OpenPidfd(parent_pid));
  // While it is still the parent, the pid was its own when the descriptor was opened.
  if (!parent.valid() || getppid() != parent_pid) _exit(kLostStarter);
  DieWithProcess(std::move(parent));
}

// The child up to its function; all signals are blocked.
void BecomeForked(const LaunchPlan& plan, bool by_first_thread, int server_connection) {
  SetBootstrapping(true);
  const pid_t parent_pid = plan.facts.parent_pid;
  const bool daemon = plan.facts.daemon;
  TakePlace(plan.facts, StartMethod::kFork);
  AdoptServerConnection(os::Fd(server_connection));
  SetInheritedFds(plan.options->fds);
  if (daemon) DieWithStarter(parent_pid, by_first_thread);
  RunAfterForkFunctions();
  SetBootstrapping(false);
}

absl::StatusOr<Launched> AwaitBirth(const LibraryFd& channel, pid_t pid, Deadline deadline) {
  Launched launched;
  launched.pid = pid;
  const News news = NextNews(channel.get(), deadline, &launched.pidfd);
  if (news.kind == NewsKind::kBorn && launched.pidfd.valid()) return launched;
  // Not reaped yet, unless SIGCHLD is ignored; then it has reaped itself.
  const os::Fd child(os::OpenPidfd(pid));
  if (child.valid()) {
    os::PidfdSendSignal(child.get(), SIGKILL).IgnoreError();
    (void)os::PollOne(child.get(), POLLIN, Deadline::Forever());
    os::ReapByPidfd(child.get());
  }
  if (news.kind == NewsKind::kFailed) return FailureOf(news);
  if (news.kind == NewsKind::kBorn)
    return OsStatus(Code::kStartFailed, EMFILE, "no free descriptor");
  if (news.kind == NewsKind::kNone)
    return MakeStatus(Code::kTimeout, "the child was not born in time");
  return MakeStatus(Code::kStartFailed, "the child ended before it began");
}

}  // namespace

absl::Status CheckFork(const ProcessOptions& options) {
  if (IsForkUnsafe()) {
    return MakeStatus(Code::kForkUnsafe, "options.context: this host can not fork");
  }
  if (options.force_fork || ForkFunctionOf(options).run != nullptr) return absl::OkStatus();
  if (os::UnderSanitizer()) {
    return MakeStatus(Code::kForkUnsafe,
                      "options.context: built with a sanitizer; spawn, or set force_fork");
  }
  const int threads = os::ForeignThreads();
  if (threads == 0) return absl::OkStatus();
  return MakeStatus(
      Code::kForkUnsafe,
      absl::StrCat("options.context: this process has ", threads,
                   " other threads, which a fork does not copy; spawn, or set force_fork"));
}

absl::StatusOr<Launched> LaunchFork(const LaunchPlan& plan) {
  const ProcessOptions& options = *plan.options;
  EntryFunction function = options.function;
  if (function.run == nullptr) {
    absl::StatusOr<EntryFunction> entry = FindEntry(options.entry);
    if (!entry.ok()) return entry.status();
    function = *entry;
  }
  absl::StatusOr<std::pair<LibraryFd, LibraryFd>> channel = LibraryFd::MakeSocketPair();
  if (!channel.ok()) return channel.status();
  const bool by_first_thread = syscall(SYS_gettid) == getpid();
  const int childs_end = channel->second.get();
  const int server_connection = ServerConnectionNumber();
  os::ForkGate::Install();
  fflush(nullptr);
  pid_t pid;
  int error = 0;
  {
    const os::SignalsBlocked blocked;
    pid = ForkWithoutLibraryFds(ForkFunctionOf(options), {childs_end, server_connection});
    error = errno;
    if (pid == 0) {
      TellBorn(childs_end);
      close(childs_end);
      BecomeForked(plan, by_first_thread, server_connection);
    }
  }
  if (pid == 0) RunTarget(function, options.data);
  if (pid < 0) return OsStatus(Code::kStartFailed, error, "can not fork");
  channel->second.Reset();
  return AwaitBirth(channel->first, pid, plan.deadline);
}

}  // namespace billiard::process
