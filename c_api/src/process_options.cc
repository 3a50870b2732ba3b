#include "c_api/src/process_options.h"

#include <algorithm>

#include "c_api/src/context_object.h"
#include "c_api/src/guard.h"

namespace billiard::c_api {
namespace {

void ReadTexts(const char* const* texts, std::vector<std::string>* read) {
  for (; texts != nullptr && *texts != nullptr; ++texts) read->emplace_back(*texts);
}

absl::Status CheckFields(const bp_process_options& full) {
  if (full.daemon < -1 || full.daemon > 1) {
    return MakeStatus(Code::kInvalid, "options.daemon: is -1, 0 or 1");
  }
  if (full.name != nullptr && *full.name == '\0') {
    return MakeStatus(Code::kInvalid, "options.name: is empty");
  }
  if (full.entry != nullptr && *full.entry == '\0') {
    return MakeStatus(Code::kInvalid, "options.entry: is empty");
  }
  if (full.data_size > 0) BP_RETURN_IF_ERROR(NotNull(full.data, "options.data"));
  if (full.fd_count > 0) BP_RETURN_IF_ERROR(NotNull(full.fds, "options.fds"));
  if (full.fd_count > process::kMaxCallerFds) {
    return MakeStatus(Code::kInvalid, "options.fds: too many fds");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadProcessOptions(const bp_process_options* options, process::ProcessOptions* read) {
  bp_process_options full;
  BP_RETURN_IF_ERROR(ReadOptions(options, &full, "options"));
  BP_RETURN_IF_ERROR(CheckFields(full));
  if (full.name != nullptr) read->name = full.name;
  if (full.daemon != 0) read->daemon = full.daemon > 0;
  read->method = MethodOf(full.context);
  read->function = {full.function, full.function_context};
  if (full.entry != nullptr) read->entry = full.entry;
  ReadTexts(full.command, &read->command);
  ReadTexts(full.environment, &read->environment);
  read->data = std::string(Bytes(full.data, full.data_size));
  for (size_t i = 0; i < full.fd_count; ++i) {
    if (full.fds[i] < 0) return MakeStatus(Code::kInvalid, "options.fds: is below 0");
    read->fds.push_back(full.fds[i]);
  }
  read->start_timeout_ns = full.start_timeout_ns;
  read->force_fork = full.force_fork != 0;
  read->fork_function = {full.fork_process, full.fork_context};
  return absl::OkStatus();
}

}  // namespace billiard::c_api
