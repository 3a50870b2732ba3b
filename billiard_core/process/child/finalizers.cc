#include "billiard_core/process/child/finalizers.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "billiard_core/logging/logger.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/os/process_lock.h"

namespace billiard::process {
namespace {

constinit os::ProcessLock list_lock;
using List = std::vector<std::shared_ptr<Finalizer>>;
List* list = nullptr;  // oldest first; never freed, since a child may find it half-changed

constinit os::ProcessLock hooks_lock;
std::vector<AfterForkFunction>* hooks = nullptr;

List& Locked(const os::ProcessLock::Hold& hold) {
  if (list == nullptr || hold.IsNewProcess()) list = new List;
  return *list;
}

// How the function failed; "": it did not.
std::string FailureOf(const std::function<int32_t()>& function) {
  try {
    const int32_t value = function();
    return value == 0 ? "" : absl::StrCat("failed with ", value);
  } catch (const std::exception& error) {
    return absl::StrCat("failed: ", error.what());
  }
}

// UTIL-65
void CallFinalizer(const FinalizerFunction& function) {
  const std::string failure = FailureOf(function);
  if (failure.empty()) return;
  fprintf(stderr, "billiard: a finalizer %s\n", failure.c_str());
  logging::Log(logging::kError, absl::StrCat("a finalizer ", failure));
}

}  // namespace

Finalizer::Finalizer(FinalizerFunction function, std::optional<int32_t> priority)
    : function_(std::move(function)), priority_(priority), owner_(os::ProcessToken()) {}

std::shared_ptr<Finalizer> Finalizer::Register(FinalizerFunction function,
                                               std::optional<int32_t> priority) {
  std::shared_ptr<Finalizer> finalizer(new Finalizer(std::move(function), priority));
  if (!priority.has_value()) return finalizer;
  os::ProcessLock::Hold hold(&list_lock);
  List& finalizers = Locked(hold);
  std::erase_if(finalizers, [](const auto& one) { return !one->IsActive(); });
  finalizers.push_back(finalizer);
  return finalizer;
}

bool Finalizer::IsActive() const { return owner_ == os::ProcessToken() && !done_.load(); }

bool Finalizer::Take() { return owner_ == os::ProcessToken() && !done_.exchange(true); }

std::optional<int32_t> Finalizer::Run() {
  if (!Take()) return std::nullopt;
  return function_();
}

void RunFinalizers(int32_t lowest) {
  List due;
  {
    os::ProcessLock::Hold hold(&list_lock);
    due = Locked(hold);
  }
  std::reverse(due.begin(), due.end());
  std::stable_sort(due.begin(), due.end(),
                   [](const auto& a, const auto& b) { return *a->priority_ > *b->priority_; });
  for (const std::shared_ptr<Finalizer>& finalizer : due) {
    if (*finalizer->priority_ >= lowest && finalizer->Take()) {
      CallFinalizer(finalizer->function_);
    }
  }
}

void RegisterAfterFork(AfterForkFunction function) {
  os::ProcessLock::Hold hold(&hooks_lock);
  if (hooks == nullptr) hooks = new std::vector<AfterForkFunction>;
  hooks->push_back(std::move(function));
}

void RunAfterForkFunctions() {
  std::vector<AfterForkFunction> all;
  {
    os::ProcessLock::Hold hold(&hooks_lock);
    if (hooks != nullptr) all = *hooks;
  }
  for (const AfterForkFunction& function : all) {
    const std::string failure = FailureOf(function);
    if (!failure.empty()) logging::Log(logging::kInfo, absl::StrCat("a hook after fork ", failure));
  }
}

}  // namespace billiard::process
