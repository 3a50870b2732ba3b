#include "billiard_core/process/child/executable.h"

#include <limits.h>
#include <unistd.h>

#include <utility>

#include "billiard_core/os/process_lock.h"

namespace billiard::process {
namespace {

constexpr char kOwnProgram[] = "/proc/self/exe";

struct Choices {
  std::vector<std::string> command;
  std::vector<std::string> preload;
};

constinit os::ProcessLock choices_lock;

Choices& Locked() {
  static auto* const choices = new Choices;
  return *choices;
}

}  // namespace

void SetExecutable(std::vector<std::string> command) {
  os::ProcessLock::Hold hold(&choices_lock);
  Locked().command = std::move(command);
}

std::vector<std::string> ChosenExecutable() {
  os::ProcessLock::Hold hold(&choices_lock);
  return Locked().command;
}

std::string RunningProgram() {
  char path[PATH_MAX];
  const ssize_t size = readlink(kOwnProgram, path, sizeof path);
  return size < 0 ? "" : std::string(path, static_cast<size_t>(size));
}

std::string ProgramToExecute() {
  const std::vector<std::string> chosen = ChosenExecutable();
  return chosen.empty() ? kOwnProgram : chosen[0];
}

std::vector<std::string> CommandToExecute() {
  const std::vector<std::string> chosen = ChosenExecutable();
  return chosen.empty() ? std::vector<std::string>{RunningProgram()} : chosen;
}

void SetPreload(std::vector<std::string> modules) {
  os::ProcessLock::Hold hold(&choices_lock);
  Locked().preload = std::move(modules);
}

std::vector<std::string> Preload() {
  os::ProcessLock::Hold hold(&choices_lock);
  return Locked().preload;
}

}  // namespace billiard::process
