// Shims of process.h that concern this process and this system.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "billiard/process.h"
#include "billiard_core/base/cpus.h"
#include "billiard_core/process/child/bootstrap.h"
#include "billiard_core/process/child/parent_death.h"
#include "billiard_core/process/child/self.h"
#include "c_api/src/guard.h"

using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

namespace process = billiard::process;

size_t bp_current_name(char* text, size_t capacity) {
  return WriteText(process::Self().name, text, capacity);
}

bp_status bp_current_set_name(const char* name, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(name, "name"));
    return process::SetOwnName(name);
  });
}

size_t bp_current_identity(uint32_t* numbers, size_t capacity) {
  const std::vector<uint32_t> identity = process::Self().identity;
  std::copy_n(identity.begin(), std::min(identity.size(), capacity), numbers);
  return identity.size();
}

int32_t bp_current_is_daemon(void) { return process::Self().daemon ? 1 : 0; }

size_t bp_current_authkey(void* key, size_t capacity) {
  const std::string own = process::Self().authkey;
  if (key != nullptr) memcpy(key, own.data(), std::min(own.size(), capacity));
  return own.size();
}

bp_status bp_current_set_authkey(const void* key, size_t size, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (size > 0) BP_RETURN_IF_ERROR(NotNull(key, "key"));
    return process::SetAuthkey(Bytes(key, size));
  });
}

int32_t bp_parent_process(char* name, size_t capacity) {
  const process::SelfFacts self = process::Self();
  WriteText(self.parent_name, name, capacity);
  return self.parent_pid;
}

int32_t bp_inherited_fds(int32_t* fds, size_t capacity) {
  const std::optional<std::vector<int>> all = process::InheritedFds();
  if (!all.has_value()) return -1;
  std::copy_n(all->begin(), std::min(all->size(), capacity), fds);
  return static_cast<int32_t>(all->size());
}

void bp_process_exit(int32_t status, const char* text) { process::ExitWith(status, text); }

int32_t bp_cpus_online(void) { return billiard::CpusOnline(); }

bp_status bp_set_pdeathsig(int32_t signal_number, bp_error** error) {
  return Guard(error, [&] { return process::SetParentDeathSignal(signal_number); });
}

int32_t bp_get_pdeathsig(void) { return process::ParentDeathSignal(); }
