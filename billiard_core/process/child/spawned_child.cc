#include "billiard_core/process/child/spawned_child.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "billiard_core/base/status.h"
#include "billiard_core/os/pidfd.h"
#include "billiard_core/process/child/bootstrap.h"
#include "billiard_core/process/child/executable.h"
#include "billiard_core/process/child/finalizers.h"
#include "billiard_core/process/child/fork_server.h"
#include "billiard_core/process/child/handshake.h"
#include "billiard_core/process/child/server_connection.h"
#include "billiard_core/shared_memory/arena.h"

namespace billiard::process {
namespace {

constexpr int kCanNotBegin = 1;  // CTX-34

[[noreturn]] void GiveUp(int channel, const absl::Status& status) {
  const std::string text(status.message());
  TellFailed(channel, CodeOf(status), 0, text);
  fprintf(stderr, "billiard: a child can not begin: %s\n", text.c_str());
  fflush(nullptr);
  _exit(kCanNotBegin);
}

// UTIL-101 to UTIL-103.
void SetVariables() {
  setenv("FORKED_BY_MULTIPROCESSING", "1", 1);
  setenv("MULTIPROCESSING_FORKING_DISABLE", "1", 1);
  setenv("MP_MAIN_FILE", RunningProgram().c_str(), 1);
}

// A daemonic child ends with its starter. The descriptor is of the starter itself, wherever it has its
// threads, and whether or not it is the parent.
void WatchStarter(bool daemon, os::Fd starter) {
  if (!daemon) return;
  if (os::PidfdHasEnded(starter.get())) _exit(kCanNotBegin);
  DieWithProcess(std::move(starter));
}

absl::Status TakeSharedThings(const Preparation& preparation, std::vector<os::Fd>* fds) {
  if (fds->size() != kFirstCallerFd + preparation.caller_fds) {
    return MakeStatus(Code::kCorrupt, "a descriptor of the starter is missing");
  }
  for (os::Fd& fd : *fds) {
    if (fcntl(fd.get(), F_SETFD, FD_CLOEXEC) != 0) {
      return MakeStatus(Code::kCorrupt, "a descriptor of the starter is not open");
    }
  }
  if (!preparation.folder.empty() && chdir(preparation.folder.c_str()) != 0) {
    // As in a shell whose folder was removed: it goes on where it is.
  }
  SetExecutable(preparation.executable);
  SetPreload(preparation.preload);
  if (preparation.is_server) {
    return absl::OkStatus();  // each of its children has a starter of its own, and logs as that one
  }
  logging::Inherit(preparation.logging);
  AdoptServerConnection(std::move((*fds)[kServerConnection]));
  return shared_memory::Arena::AdoptDefault(std::move((*fds)[kDefaultArena]));
}

std::vector<int> CallerFds(std::vector<os::Fd>* fds) {
  std::vector<int> numbers;
  for (size_t i = kFirstCallerFd; i < fds->size(); ++i) numbers.push_back((*fds)[i].Release());
  return numbers;
}

}  // namespace

void RunPrepared(os::Fd channel, Preparation preparation, std::vector<os::Fd> fds) {
  SetBootstrapping(true);
  TakePlace(preparation.facts, preparation.method);
  const absl::Status status = TakeSharedThings(preparation, &fds);
  if (!status.ok()) GiveUp(channel.get(), status);
  WatchStarter(preparation.facts.daemon, std::move(fds[kParentPidfd]));
  SetInheritedFds(CallerFds(&fds));
  if (preparation.is_server && preparation.caller_fds == 1) {
    fds.clear();
    ServeForks(std::move(channel), InheritedFds()->front(), preparation.preload);
  }
  if (preparation.method == StartMethod::kForkServer) RunAfterForkFunctions();
  const absl::StatusOr<EntryFunction> entry = FindEntry(preparation.entry);
  if (!entry.ok()) GiveUp(channel.get(), entry.status());
  TellReady(channel.get());
  channel.Reset();
  SetBootstrapping(false);
  const std::string data = std::move(preparation.data);
  RunTarget(*entry, data);
}

void RunSpawnedChild(int channel, int file) {
  os::Fd own_channel(channel);
  fcntl(channel, F_SETFD, FD_CLOEXEC);
  absl::StatusOr<Preparation> preparation = ReadFromFile(file);
  if (!preparation.ok()) GiveUp(channel, preparation.status());
  std::vector<os::Fd> fds;
  const int count = kFirstCallerFd + static_cast<int>(preparation->caller_fds);
  for (int i = 1; i <= count; ++i) fds.emplace_back(file + i);
  close(file);
  SetVariables();
  RunPrepared(std::move(own_channel), *std::move(preparation), std::move(fds));
}

}  // namespace billiard::process
