#include "billiard_core/process/child/bootstrap.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/logging/logger.h"
#include "billiard_core/os/threads.h"
#include "billiard_core/process/child/exit_steps.h"

namespace billiard::process {
namespace {

std::atomic<bool> is_bootstrapping{false};
std::optional<std::vector<int>>* inherited = nullptr;  // set once, before user code

// A child must not take the input of its starter's terminal. Errors are ignored (PROC-41).
void EmptyStdin() {
  const int fd = open("/dev/null", O_RDONLY);
  if (fd <= 0) return;
  dup2(fd, STDIN_FILENO);
  close(fd);
}

void Complain(const char* what) {
  const std::string name = Self().name;
  fprintf(stderr, "Process %s:\n%s\n", name.c_str(), what);
  logging::Log(logging::kError, absl::StrCat("Process ", name, ": ", what));
}

}  // namespace

void TakePlace(SelfFacts facts, StartMethod method) {
  BecomeChild(std::move(facts));
  AdoptStartMethod(method);
  EmptyStdin();
}

bool DieWithParentThread(pid_t parent_pid) {
  return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent_pid;
}

void DieWithProcess(os::Fd parent_pidfd) {
  auto pidfd = std::make_shared<os::Fd>(std::move(parent_pidfd));
  os::StartLibraryThread("bp-parent", [pidfd] {
    pollfd entry = {pidfd->get(), POLLIN, 0};
    while (poll(&entry, 1, -1) < 0 && errno == EINTR) {
    }
    kill(getpid(), SIGKILL);
  }).detach();
}

void RunTarget(EntryFunction function, const std::string& data) {
  int32_t status = 1;
  logging::Log(logging::kInfo, absl::StrCat("child process ", getpid(), " calling self.run()"));
  try {
    status = function.run(data.data(), data.size(), function.context);
  } catch (const std::exception& error) {
    Complain(error.what());
  } catch (...) {
    Complain("an exception that is no std::exception");
  }
  Leave(status);
}

void ExitWith(int32_t status, const char* text) {
  if (text == nullptr) Leave(status);
  fprintf(stderr, "%s\n", text);
  Leave(1);
}

std::optional<std::vector<int>> InheritedFds() {
  return inherited == nullptr ? std::nullopt : *inherited;
}

void SetInheritedFds(std::vector<int> fds) {
  inherited = new std::optional<std::vector<int>>(std::move(fds));
}

void SetBootstrapping(bool bootstrapping) { is_bootstrapping.store(bootstrapping); }

bool IsBootstrapping() { return is_bootstrapping.load(); }

}  // namespace billiard::process
