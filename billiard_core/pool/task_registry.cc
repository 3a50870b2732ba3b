#include "billiard_core/pool/task_registry.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/pool/layout.h"

namespace billiard::pool {

TaskRegistry& TaskRegistry::OfProcess() {
  // Never destroyed: tasks may still run while the process exits.
  static TaskRegistry* const registry = new TaskRegistry;
  return *registry;
}

absl::Status TaskRegistry::Register(absl::string_view name, TaskFunction function,
                                    Identity identity) {
  if (name.empty() || name.size() > kMaxNameBytes) {
    return MakeStatus(Code::kInvalid,
                      absl::StrCat("name: has ", name.size(), " bytes, not 1 to ", kMaxNameBytes));
  }
  MutexLock lock(&mutex_);
  const auto inserted = tasks_.try_emplace(std::string(name), Entry{std::move(function), identity});
  if (!inserted.second && inserted.first->second.identity != identity) {
    return MakeStatus(Code::kExists, absl::StrCat("name: task '", name, "' is registered already"));
  }
  return absl::OkStatus();
}

TaskFunction TaskRegistry::Find(absl::string_view name) const {
  MutexLock lock(&mutex_);
  const auto found = tasks_.find(std::string(name));
  return found == tasks_.end() ? TaskFunction() : found->second.function;
}

std::vector<std::string> TaskRegistry::Names() const {
  MutexLock lock(&mutex_);
  std::vector<std::string> names;
  for (const auto& task : tasks_) names.push_back(task.first);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace billiard::pool
