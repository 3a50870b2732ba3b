#include "billiard_core/process/child/executable.h"

#include <limits.h>
#include <unistd.h>

#include <utility>

#include "billiard_core/os/process_lock.h"

namespace billiard::process {
namespace {

constexpr char kOwnProgram[] = "/proc/self/exe";

struct Choices {
  std::string path;
  std::vector<std::string> preload;
};

constinit os::ProcessLock choices_lock;

Choices& Locked() {
  static auto* const choices = new Choices;
  return *choices;
}

}  // namespace

void SetExecutable(std::string path) {
  os::ProcessLock::Hold hold(&choices_lock);
  Locked().path = std::move(path);
}

std::string ChosenExecutable() {
  os::ProcessLock::Hold hold(&choices_lock);
  return Locked().path;
}

std::string RunningProgram() {
  char path[PATH_MAX];
  const ssize_t size = readlink(kOwnProgram, path, sizeof path);
  return size < 0 ? "" : std::string(path, static_cast<size_t>(size));
}

std::string ProgramToExecute() {
  const std::string chosen = ChosenExecutable();
  return chosen.empty() ? kOwnProgram : chosen;
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
