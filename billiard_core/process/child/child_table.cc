#include "billiard_core/process/child/child_table.h"

#include <algorithm>
#include <utility>

#include "billiard_core/os/process_lock.h"
#include "billiard_core/process/child/process.h"

namespace billiard::process {
namespace {

using Children = std::vector<std::shared_ptr<Process>>;

constinit os::ProcessLock table_lock;
Children* table = nullptr;  // never freed: a child may find it half-changed

Children& Locked(const os::ProcessLock::Hold& hold) {
  if (table == nullptr || hold.IsNewProcess()) table = new Children;
  return *table;
}

}  // namespace

void EnterChild(std::shared_ptr<Process> child) {
  os::ProcessLock::Hold hold(&table_lock);
  Locked(hold).push_back(std::move(child));
}

std::vector<std::shared_ptr<Process>> ActiveChildren() {
  Children all;
  {
    os::ProcessLock::Hold hold(&table_lock);
    all = Locked(hold);
  }
  Children ended;
  for (const std::shared_ptr<Process>& child : all) {
    if (!child->IsAlive().value_or(false)) ended.push_back(child);
  }
  if (ended.empty()) return all;
  const auto has_ended = [&](const std::shared_ptr<Process>& child) {
    return std::find(ended.begin(), ended.end(), child) != ended.end();
  };
  std::erase_if(all, has_ended);
  os::ProcessLock::Hold hold(&table_lock);
  std::erase_if(Locked(hold), has_ended);
  return all;
}

}  // namespace billiard::process
