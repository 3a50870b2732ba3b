#include "billiard_core/process/child/start_method.h"

#include <atomic>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"

namespace billiard::process {
namespace {

std::atomic<StartMethod> fixed{StartMethod::kDefault};  // kDefault: not fixed
std::atomic<bool> fork_unsafe{false};

// UTIL-101, read once.
bool ForkingIsDisabled() {
  static const bool disabled = [] {
    const char* value = getenv("MULTIPROCESSING_FORKING_DISABLE");
    return value != nullptr && strcmp(value, "1") == 0;
  }();
  return disabled;
}

StartMethod SystemDefault() {
  return IsForkUnsafe() || ForkingIsDisabled() ? StartMethod::kSpawn : StartMethod::kFork;
}

absl::Status CheckAvailable(StartMethod method) {
  if (method != StartMethod::kFork || !IsForkUnsafe()) return absl::OkStatus();
  return MakeStatus(Code::kInvalid, "start method 'fork' is unavailable: this host can not fork");
}

}  // namespace

absl::string_view NameOf(StartMethod method) {
  switch (method) {
    case StartMethod::kFork:
      return "fork";
    case StartMethod::kSpawn:
      return "spawn";
    case StartMethod::kForkServer:
      return "forkserver";
    case StartMethod::kDefault:
      break;
  }
  return "default";
}

absl::StatusOr<StartMethod> MethodNamed(absl::string_view name) {
  for (const StartMethod method :
       {StartMethod::kFork, StartMethod::kSpawn, StartMethod::kForkServer}) {
    if (NameOf(method) != name) continue;
    const absl::Status status = CheckAvailable(method);
    if (!status.ok()) return status;
    return method;
  }
  return MakeStatus(Code::kInvalid, absl::StrCat("cannot find context for '", name, "'"));
}

std::vector<StartMethod> AllStartMethods() {
  if (IsForkUnsafe()) return {StartMethod::kSpawn, StartMethod::kForkServer};
  if (ForkingIsDisabled()) {
    return {StartMethod::kSpawn, StartMethod::kFork, StartMethod::kForkServer};
  }
  return {StartMethod::kFork, StartMethod::kSpawn, StartMethod::kForkServer};
}

StartMethod CurrentStartMethod() {
  StartMethod method = StartMethod::kDefault;
  const StartMethod wanted = SystemDefault();
  return fixed.compare_exchange_strong(method, wanted) ? wanted : method;
}

std::optional<StartMethod> FixedStartMethod() {
  const StartMethod method = fixed.load();
  if (method == StartMethod::kDefault) return std::nullopt;
  return method;
}

absl::Status SetStartMethod(StartMethod method, bool force) {
  const absl::Status status = CheckAvailable(method);
  if (!status.ok()) return status;
  if (force) {
    fixed.store(method);
    return absl::OkStatus();
  }
  StartMethod unset = StartMethod::kDefault;
  const StartMethod wanted = method == StartMethod::kDefault ? SystemDefault() : method;
  if (fixed.compare_exchange_strong(unset, wanted)) return absl::OkStatus();
  return MakeStatus(Code::kState, "context has already been set");
}

void AdoptStartMethod(StartMethod method) { fixed.store(method); }

void DeclareForkUnsafe() {
  fork_unsafe.store(true);
  StartMethod fork = StartMethod::kFork;
  fixed.compare_exchange_strong(fork, StartMethod::kSpawn);
}

bool IsForkUnsafe() { return fork_unsafe.load(); }

}  // namespace billiard::process
