// Shims of finalizer.h.
#include "billiard/finalizer.h"

#include <memory>
#include <optional>

#include "billiard_core/process/child/exit_steps.h"
#include "billiard_core/process/child/finalizers.h"
#include "c_api/src/guard.h"

using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

namespace process = billiard::process;
using billiard::Code;
using billiard::MakeStatus;

struct bp_finalizer {
  std::shared_ptr<process::Finalizer> core;
  bool owned;
};

void bp_finalizer_options_init(bp_finalizer_options* options, size_t size) {
  InitOptions(options, size);
}

bp_status bp_finalizer_create(bp_finalizer_fn function, void* context,
                              const bp_finalizer_options* options, bp_finalizer** out,
                              bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(NotNull(reinterpret_cast<const void*>(function), "function"));
    bp_finalizer_options full;
    BP_RETURN_IF_ERROR(ReadOptions(options, &full, "options"));
    if (full.owned == 0 && full.has_priority == 0) {
      return MakeStatus(Code::kInvalid, "options.priority: is needed without an owner");
    }
    std::optional<int32_t> priority;
    if (full.has_priority != 0) priority = full.priority;
    process::RunExitStepsAtExit();
    *out = new bp_finalizer{
        process::Finalizer::Register([=] { return function(context); }, priority), full.owned != 0};
    return absl::OkStatus();
  });
}

int32_t bp_finalizer_run(bp_finalizer* finalizer, int32_t* value) {
  if (finalizer == nullptr) return 0;
  const std::optional<int32_t> result = finalizer->core->Run();
  if (value != nullptr) *value = result.value_or(0);
  return result.has_value() ? 1 : 0;
}

void bp_finalizer_cancel(bp_finalizer* finalizer) {
  if (finalizer != nullptr) finalizer->core->Cancel();
}

int32_t bp_finalizer_is_active(const bp_finalizer* finalizer) {
  return finalizer != nullptr && finalizer->core->IsActive() ? 1 : 0;
}

void bp_finalizer_release(bp_finalizer* finalizer) {
  if (finalizer == nullptr) return;
  if (finalizer->owned) finalizer->core->Run();
  delete finalizer;
}

bp_status bp_after_fork(bp_finalizer_fn function, void* context, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(reinterpret_cast<const void*>(function), "function"));
    process::RegisterAfterFork([=] { return function(context); });
    return absl::OkStatus();
  });
}
