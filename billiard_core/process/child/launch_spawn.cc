// The child executes a program: this one, which finds the entry by its name, or any command.
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/exit_text.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/pidfd.h"
#include "billiard_core/os/poll.h"
#include "billiard_core/os/reap.h"
#include "billiard_core/process/child/executable.h"
#include "billiard_core/process/child/execute.h"
#include "billiard_core/process/child/freeze_support.h"
#include "billiard_core/process/child/handshake.h"
#include "billiard_core/process/child/launch.h"
#include "billiard_core/process/child/prepare.h"
#include "billiard_core/process/child/server_connection.h"
#include "billiard_core/process/child/spawn_program.h"
#include "billiard_core/shared_memory/arena.h"

namespace billiard::process {
namespace {

// Kills what is left of a child that could not be started, and returns how it ended.
int32_t EndAndReap(const Launched& launched) {
  os::PidfdSendSignal(launched.pidfd.get(), SIGKILL).IgnoreError();
  (void)os::PollOne(launched.pidfd.get(), POLLIN, Deadline::Forever());
  return os::ReapByPidfd(launched.pidfd.get());
}

absl::Status Unready(const News& news, const Launched& launched, const std::string& program) {
  if (news.kind == NewsKind::kFailed) {
    EndAndReap(launched);
    return FailureOf(news);
  }
  if (news.kind == NewsKind::kNone) {
    EndAndReap(launched);
    return MakeStatus(Code::kTimeout, absl::StrCat("'", program,
                                                   "' was not ready in time: does its main call "
                                                   "bp_freeze_support first?"));
  }
  const int32_t status = EndAndReap(launched);
  return MakeStatus(
      Code::kStartFailed,
      absl::StrCat("'", program, "' ended before it was ready: ", ExitStatusText(status)));
}

absl::StatusOr<LibraryFd> OwnPidfd() {
  return LibraryFd::Make([] { return os::PidfdOpen(getpid()); });
}

}  // namespace

absl::StatusOr<Prepared> Prepare(Preparation preparation, int server_connection,
                                 const std::vector<int>& caller_fds) {
  absl::StatusOr<std::shared_ptr<shared_memory::Arena>> arena = shared_memory::Arena::Default();
  if (!arena.ok()) return arena.status();
  preparation.caller_fds = static_cast<uint32_t>(caller_fds.size());
  absl::StatusOr<LibraryFd> file = WriteToFile(preparation);
  if (!file.ok()) return file.status();
  absl::StatusOr<LibraryFd> starter = OwnPidfd();
  if (!starter.ok()) return starter.status();
  Prepared prepared;
  prepared.fds = {file->get(), starter->get(), (*arena)->segment()->fd(), server_connection};
  prepared.fds.insert(prepared.fds.end(), caller_fds.begin(), caller_fds.end());
  prepared.file = *std::move(file);
  prepared.starter = *std::move(starter);
  return prepared;
}

absl::StatusOr<Launched> SpawnPrepared(Preparation preparation, int server_connection,
                                       const std::vector<int>& caller_fds, Deadline deadline) {
  absl::StatusOr<Prepared> prepared =
      Prepare(std::move(preparation), server_connection, caller_fds);
  if (!prepared.ok()) return prepared.status();
  absl::StatusOr<std::pair<LibraryFd, LibraryFd>> channel = LibraryFd::MakeSocketPair();
  if (!channel.ok()) return channel.status();
  Execution execution;
  execution.path = ProgramToExecute();
  execution.argv = CommandToExecute();
  const std::string program = execution.argv[0];
  for (std::string& word : MarkerOfChild(kFirstPassedFd, kFirstPassedFd + 1)) {
    execution.argv.push_back(std::move(word));
  }
  execution.environment = EnvironmentWith({});
  execution.fds = {channel->second.get()};
  execution.fds.insert(execution.fds.end(), prepared->fds.begin(), prepared->fds.end());
  absl::StatusOr<Launched> launched = Execute(execution);
  if (!launched.ok()) return launched.status();
  channel->second.Reset();
  const News news = NextNews(channel->first.get(), deadline, nullptr);
  if (news.kind == NewsKind::kReady) return launched;
  return Unready(news, *launched, program);
}

Preparation PreparationOf(const LaunchPlan& plan) {
  Preparation preparation;
  preparation.facts = plan.facts;
  preparation.method = plan.method;
  std::error_code error;
  preparation.folder = std::filesystem::current_path(error).string();
  preparation.executable = ChosenExecutable();
  preparation.preload = Preload();
  preparation.entry = plan.options->entry;
  preparation.data = plan.options->data;
  preparation.logging = logging::InheritanceForChild();
  return preparation;
}

absl::StatusOr<Launched> LaunchSpawn(const LaunchPlan& plan) {
  absl::StatusOr<LibraryFd> server = CopyOfServerConnection();
  if (!server.ok()) return server.status();
  return SpawnPrepared(PreparationOf(plan), server->get(), plan.options->fds, plan.deadline);
}

absl::StatusOr<Launched> LaunchCommand(const LaunchPlan& plan) {
  const ProcessOptions& options = *plan.options;
  absl::StatusOr<std::pair<LibraryFd, LibraryFd>> channel = LibraryFd::MakeSocketPair();
  if (!channel.ok()) return channel.status();
  Execution execution;
  execution.path = options.command[0];
  execution.argv = options.command;
  execution.environment = EnvironmentWith(options.environment);
  execution.fds = options.fds;
  execution.channel = execution.fds.size();
  execution.fds.push_back(channel->second.get());
  execution.channel_ends_with_execution = true;
  execution.dies_with_thread = plan.facts.daemon && syscall(SYS_gettid) == getpid();
  absl::StatusOr<Launched> launched = Execute(execution);
  if (!launched.ok()) return launched.status();
  channel->second.Reset();
  const News news = NextNews(channel->first.get(), plan.deadline, nullptr);
  if (news.kind == NewsKind::kEnd) return launched;
  return Unready(news, *launched, options.command[0]);
}

}  // namespace billiard::process
