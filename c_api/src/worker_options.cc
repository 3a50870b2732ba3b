#include "c_api/src/worker_options.h"

#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/worker_object.h"

void bp_ready_options_init(bp_ready_options* options, size_t size) {
  billiard::c_api::InitOptions(options, size);
}

void bp_worker_hooks_init(bp_worker_hooks* hooks, size_t size) {
  billiard::c_api::InitOptions(hooks, size);
}

namespace billiard::c_api {
namespace {

constexpr size_t kTextBytes = 384;

}  // namespace

absl::Status ReadReadyOptions(const bp_ready_options* options, pool::ReadyOptions* read) {
  bp_ready_options full;
  BP_RETURN_IF_ERROR(ReadOptions(options, &full, "options"));
  if (full.soft_signal < BP_SOFT_SIGNAL_NONE || full.soft_signal > BP_SOFT_SIGNAL_HANDLER) {
    return MakeStatus(Code::kInvalid, "options.soft_signal: is no bp_soft_signal");
  }
  read->soft_signal = static_cast<pool::SoftSignalUse>(full.soft_signal);
  read->soft_interrupt = Core(full.interrupt);
  return absl::OkStatus();
}

absl::Status ReadWorkerHooks(const bp_worker_hooks* hooks, const std::string& where,
                             pool::WorkerHooks* read) {
  bp_worker_hooks full;
  BP_RETURN_IF_ERROR(ReadOptions(hooks, &full, where));
  void* context = full.context;
  if (full.initializer != nullptr) {
    read->initializer = [context, call = full.initializer]() -> std::string {
      char text[kTextBytes] = "";
      if (call(context, text, sizeof text) == 0) return "";
      text[sizeof text - 1] = '\0';
      return text[0] == '\0' ? "the initializer gave no reason" : text;
    };
  }
  if (full.on_loop_start != nullptr) {
    read->on_loop_start = [context, call = full.on_loop_start](int32_t pid) { call(context, pid); };
  }
  if (full.on_loop_stop != nullptr) {
    read->on_loop_stop = [context, call = full.on_loop_stop](int32_t pid) { call(context, pid); };
  }
  if (full.on_process_exit != nullptr) {
    read->on_process_exit = [context, call = full.on_process_exit](int32_t pid, int32_t status) {
      call(context, pid, status);
    };
  }
  if (full.prepare_result != nullptr) {
    read->prepare_result = [context, call = full.prepare_result](pool::Job& job,
                                                                 absl::string_view* bytes,
                                                                 uint32_t* format) -> std::string {
      char text[kTextBytes] = "";
      bp_view value = {bytes->data() == nullptr ? "" : bytes->data(), bytes->size(), *format};
      if (call(context, Handle(&job), &value, text, sizeof text) == 0) {
        *bytes = Bytes(value.data, value.size);
        *format = value.format;
        return "";
      }
      text[sizeof text - 1] = '\0';
      return text[0] == '\0' ? "prepare_result gave no reason" : text;
    };
  }
  return absl::OkStatus();
}

}  // namespace billiard::c_api
