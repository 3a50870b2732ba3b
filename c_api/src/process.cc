// Shims of process.h.
#include "billiard/process.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "billiard_core/process/child/child_table.h"
#include "billiard_core/process/child/process.h"
#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/process_object.h"
#include "c_api/src/process_options.h"

using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

namespace process = billiard::process;
using billiard::Deadline;

namespace {

// Writes what an optional-like core call gave.
template <typename Value, typename Out>
absl::Status WriteValue(const absl::StatusOr<Value>& value, Out* out) {
  if (!value.ok()) return value.status();
  *out = static_cast<Out>(*value);
  return absl::OkStatus();
}

size_t WriteNumbers(const std::vector<uint32_t>& all, uint32_t* numbers, size_t capacity) {
  std::copy_n(all.begin(), std::min(all.size(), capacity), numbers);
  return all.size();
}

}  // namespace

void bp_process_options_init(bp_process_options* options, size_t size) {
  InitOptions(options, size);
}

bp_status bp_process_create(const bp_process_options* options, bp_process** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    process::ProcessOptions read;
    BP_RETURN_IF_ERROR(ReadProcessOptions(options, &read));
    absl::StatusOr<std::shared_ptr<process::Process>> made =
        process::Process::Create(std::move(read));
    if (!made.ok()) return made.status();
    *out = new bp_process{*std::move(made)};
    return absl::OkStatus();
  });
}

bp_status bp_process_start(bp_process* process, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(process, "process"));
    return process->core->Start();
  });
}

bp_status bp_process_join(bp_process* process, int64_t timeout_ns, bp_interrupt* interrupt,
                          bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(process, "process"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    return process->core->Join(Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_process_is_alive(bp_process* process, int32_t* alive, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(process, "process"));
    BP_RETURN_IF_ERROR(NotNull(alive, "alive"));
    return WriteValue(process->core->IsAlive(), alive);
  });
}

bp_status bp_process_exit_status(bp_process* process, int32_t* status, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(process, "process"));
    BP_RETURN_IF_ERROR(NotNull(status, "status"));
    return WriteValue(process->core->ExitStatus(), status);
  });
}

bp_status bp_process_terminate(bp_process* process, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(process, "process"));
    return process->core->Terminate();
  });
}

bp_status bp_process_kill(bp_process* process, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(process, "process"));
    return process->core->Kill();
  });
}

bp_status bp_process_close(bp_process* process, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(process, "process"));
    return process->core->Close();
  });
}

void bp_process_release(bp_process* process) { delete process; }

int32_t bp_process_pid(const bp_process* process) {
  return process == nullptr ? 0 : process->core->pid();
}

bp_status bp_process_sentinel(const bp_process* process, int32_t* fd, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(process, "process"));
    BP_RETURN_IF_ERROR(NotNull(fd, "fd"));
    return WriteValue(process->core->Sentinel(), fd);
  });
}

size_t bp_process_name(const bp_process* process, char* text, size_t capacity) {
  return WriteText(process == nullptr ? "" : process->core->Name(), text, capacity);
}

bp_status bp_process_set_name(bp_process* process, const char* name, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(process, "process"));
    BP_RETURN_IF_ERROR(NotNull(name, "name"));
    return process->core->SetName(name);
  });
}

int32_t bp_process_is_daemon(const bp_process* process) {
  return process != nullptr && process->core->IsDaemon() ? 1 : 0;
}

bp_status bp_process_set_daemon(bp_process* process, int32_t daemon, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(process, "process"));
    return process->core->SetDaemon(daemon != 0);
  });
}

size_t bp_process_identity(const bp_process* process, uint32_t* numbers, size_t capacity) {
  return process == nullptr ? 0 : WriteNumbers(process->core->identity(), numbers, capacity);
}

size_t bp_process_describe(bp_process* process, char* text, size_t capacity) {
  return WriteText(process == nullptr ? "" : process->core->Describe(), text, capacity);
}

bp_status bp_active_children(bp_process** children, size_t capacity, size_t* count,
                             bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(count, "count"));
    if (capacity > 0) BP_RETURN_IF_ERROR(NotNull(children, "children"));
    const std::vector<std::shared_ptr<process::Process>> all = process::ActiveChildren();
    for (size_t i = 0; i < all.size() && i < capacity; ++i) children[i] = new bp_process{all[i]};
    *count = all.size();
    return absl::OkStatus();
  });
}
