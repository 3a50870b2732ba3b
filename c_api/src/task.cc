#include "billiard/task.h"

#include <dlfcn.h>

#include <string>

#include "billiard_core/pool/task_registry.h"
#include "c_api/src/error_object.h"
#include "c_api/src/guard.h"
#include "c_api/src/worker_object.h"

using billiard::Code;
using billiard::MakeStatus;
using billiard::c_api::Guard;
using billiard::c_api::Handle;
using billiard::c_api::NotNull;
using billiard::pool::Job;
using billiard::pool::TaskRegistry;

bp_status bp_task_register(const char* name, bp_task_fn function, void* context, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(name, "name"));
    BP_RETURN_IF_ERROR(NotNull(reinterpret_cast<const void*>(function), "function"));
    return TaskRegistry::OfProcess().Register(
        name, [=](Job& job) { return function(Handle(&job), context); },
        {reinterpret_cast<const void*>(function), context});
  });
}

namespace {

absl::Status InitModule(void* module, const char* path) {
  const auto init = reinterpret_cast<bp_module_init_fn>(dlsym(module, "bp_module_init"));
  if (init == nullptr) {
    return MakeStatus(Code::kNotFound, std::string("path: ") + path + " has no bp_module_init");
  }
  bp_error* detail = nullptr;
  const bp_status status = init(&detail);
  if (status >= 0) return absl::OkStatus();
  const std::string message = detail == nullptr ? bp_status_text(status) : detail->message;
  bp_error_release(detail);
  return MakeStatus(static_cast<Code>(status), message);
}

}  // namespace

bp_status bp_task_load_module(const char* path, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(path, "path"));
    if (*path == '\0') return MakeStatus(Code::kInvalid, "path: is empty");
    void* module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) return MakeStatus(Code::kNotFound, std::string("path: ") + dlerror());
    const absl::Status status = InitModule(module, path);
    if (!status.ok()) dlclose(module);
    return status;
  });
}
