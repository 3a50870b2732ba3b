// Shims of context.h.
#include "billiard/context.h"

#include <string>
#include <utility>
#include <vector>

#include "billiard_core/process/child/entries.h"
#include "billiard_core/process/child/executable.h"
#include "billiard_core/process/child/fork_function.h"
#include "billiard_core/process/child/freeze_support.h"
#include "c_api/src/context_object.h"
#include "c_api/src/guard.h"

using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

namespace process = billiard::process;
using billiard::Code;
using billiard::MakeStatus;
using process::StartMethod;

namespace {

const bp_context kContexts[] = {{StartMethod::kDefault},
                                {StartMethod::kFork},
                                {StartMethod::kSpawn},
                                {StartMethod::kForkServer}};

}  // namespace

bp_status bp_context_get(const char* method, const bp_context** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    StartMethod wanted = StartMethod::kDefault;
    if (method != nullptr) {
      const absl::StatusOr<StartMethod> named = process::MethodNamed(method);
      if (!named.ok()) return named.status();
      wanted = *named;
    }
    *out = &kContexts[static_cast<int>(wanted)];
    return absl::OkStatus();
  });
}

const char* bp_context_start_method(const bp_context* context, int allow_unset) {
  const StartMethod own = MethodOf(context);
  if (own != StartMethod::kDefault) return process::NameOf(own).data();
  if (allow_unset == 0) return process::NameOf(process::CurrentStartMethod()).data();
  const std::optional<StartMethod> fixed = process::FixedStartMethod();
  return fixed.has_value() ? process::NameOf(*fixed).data() : nullptr;
}

bp_status bp_context_set_start_method(const bp_context* context, const char* method, int force,
                                      bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (MethodOf(context) != StartMethod::kDefault) {
      return MakeStatus(Code::kInvalid, "cannot set start method of concrete context");
    }
    if (method == nullptr) return process::SetStartMethod(StartMethod::kDefault, force != 0);
    const absl::StatusOr<StartMethod> named = process::MethodNamed(method);
    if (!named.ok()) return named.status();
    return process::SetStartMethod(*named, force != 0);
  });
}

int bp_forking_is_enabled(void) {
  return process::CurrentStartMethod() == StartMethod::kFork ? 1 : 0;
}

bp_status bp_forking_enable(int enable, bp_error** error) {
  return Guard(error, [&] {
    return process::SetStartMethod(enable != 0 ? StartMethod::kFork : StartMethod::kSpawn, true);
  });
}

size_t bp_start_methods(const char** names, size_t capacity) {
  const std::vector<StartMethod> methods = process::AllStartMethods();
  for (size_t i = 0; i < methods.size() && i < capacity; ++i) {
    names[i] = process::NameOf(methods[i]).data();
  }
  return methods.size();
}

void bp_declare_fork_unsafe(void) { process::DeclareForkUnsafe(); }

bp_status bp_entry_register(const char* name, bp_process_fn function, void* context,
                            bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(name, "name"));
    return process::RegisterEntry(name, {function, context});
  });
}

void bp_freeze_support(int argc, char** argv) { process::FreezeSupport(argc, argv); }

bp_status bp_set_executable(const char* path, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (path != nullptr && *path == '\0') return MakeStatus(Code::kInvalid, "path: is empty");
    std::vector<std::string> command;
    if (path != nullptr) command.emplace_back(path);
    process::SetExecutable(std::move(command));
    return absl::OkStatus();
  });
}

bp_status bp_set_executable_command(const char* const* command, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    std::vector<std::string> words;
    for (; command != nullptr && *command != nullptr; ++command) words.emplace_back(*command);
    if (!words.empty() && words[0].empty()) {
      return MakeStatus(Code::kInvalid, "command: names no program");
    }
    process::SetExecutable(std::move(words));
    return absl::OkStatus();
  });
}

void bp_set_fork_process(bp_fork_fn fork_process, void* context) {
  process::SetForkFunction({fork_process, context});
}

bp_status bp_set_forkserver_preload(const char* const* paths, size_t count, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (count > 0) BP_RETURN_IF_ERROR(NotNull(paths, "paths"));
    std::vector<std::string> modules;
    for (size_t i = 0; i < count; ++i) {
      if (paths[i] == nullptr || *paths[i] == '\0') {
        return MakeStatus(Code::kInvalid, "paths: module_names must be a list of strings");
      }
      modules.emplace_back(paths[i]);
    }
    process::SetPreload(std::move(modules));
    return absl::OkStatus();
  });
}
