#include "c_api/src/pool_options.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "billiard_core/pool/layout.h"
#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/pool_event_convert.h"
#include "c_api/src/result_object.h"
#include "c_api/src/worker_object.h"
#include "c_api/src/worker_options.h"

void bp_pool_options_init(bp_pool_options* options, size_t size) {
  billiard::c_api::InitOptions(options, size);
}

void bp_group_options_init(bp_group_options* options, size_t size) {
  billiard::c_api::InitOptions(options, size);
}

void bp_job_options_init(bp_job_options* options, size_t size) {
  billiard::c_api::InitOptions(options, size);
}

namespace billiard::c_api {
namespace {

absl::Status CheckLimit(int64_t limit, const std::string& name) {
  if (limit >= -1) return absl::OkStatus();
  return MakeStatus(Code::kInvalid, "options." + name + ": is below -1");
}

std::vector<std::string> ReadList(const char* const* list) {
  std::vector<std::string> read;
  for (; list != nullptr && *list != nullptr; ++list) read.emplace_back(*list);
  return read;
}

absl::Status ReadGroup(const bp_group_options& options, const std::string& where,
                       pool::GroupOptions* read) {
  read->name = options.name == nullptr ? "" : options.name;
  read->workers = options.workers;
  read->command = ReadList(options.command);
  read->environment = ReadList(options.environment);
  if (options.tasks != nullptr) read->tasks = ReadList(options.tasks);
  if (options.worker_main != nullptr) {
    read->worker_main = [function = options.worker_main, context = options.worker_main_context](
                            pool::Worker& worker) { return function(Handle(&worker), context); };
  }
  BP_RETURN_IF_ERROR(ReadWorkerHooks(options.hooks, where + ".hooks", &read->hooks));
  const bool has_command = !read->command.empty();
  if (options.command != nullptr && !has_command) {
    return MakeStatus(Code::kInvalid, where + ".command: names no program");
  }
  switch (options.start_method) {
    case BP_START_DEFAULT:
      return absl::OkStatus();
    case BP_START_FORK:
      if (!has_command) return absl::OkStatus();
      return MakeStatus(Code::kInvalid, where + ".command: start_method fork takes no command");
    case BP_START_SPAWN:
      if (has_command) return absl::OkStatus();
      return MakeStatus(Code::kInvalid, where + ".command: start_method spawn needs a command");
    default:
      return MakeStatus(Code::kInvalid, where + ".start_method: is no start method");
  }
}

// The fields that describe the only group of a pool without a list of groups.
bp_group_options OnlyGroup(const bp_pool_options& options) {
  bp_group_options group;
  bp_group_options_init(&group, sizeof group);
  group.workers = options.workers;
  group.start_method = options.start_method;
  group.command = options.command;
  group.environment = options.environment;
  group.worker_main = options.worker_main;
  group.worker_main_context = options.worker_main_context;
  group.tasks = options.tasks;
  group.hooks = options.hooks;
  return group;
}

absl::Status ReadGroups(const bp_pool_options& options, pool::PoolOptions* read) {
  if (options.groups == nullptr) {
    if (options.group_count != 0) {
      return MakeStatus(Code::kInvalid, "options.groups: is NULL, but group_count is not 0");
    }
    read->groups.emplace_back();
    return ReadGroup(OnlyGroup(options), "options", &read->groups.back());
  }
  if (options.group_count > pool::kMaxGroups) {  // before the first look at what may be no array
    return MakeStatus(Code::kInvalid, "options.group_count: is above 64");
  }
  const char* group = reinterpret_cast<const char*>(options.groups);
  for (size_t i = 0; i < options.group_count; ++i) {
    const std::string where = "options.groups[" + std::to_string(i) + "]";
    const auto* listed = reinterpret_cast<const bp_group_options*>(group);
    bp_group_options full;
    BP_RETURN_IF_ERROR(ReadOptions(listed, &full, where));
    read->groups.emplace_back();
    BP_RETURN_IF_ERROR(ReadGroup(full, where, &read->groups.back()));
    group += listed->size;  // an older caller's array has smaller elements
  }
  return absl::OkStatus();
}

}  // namespace

namespace {

absl::Status ReadCallbacks(const bp_job_callbacks* callbacks,
                           std::shared_ptr<const pool::JobCallbacks>* read) {
  if (callbacks == nullptr) return absl::OkStatus();
  bp_job_callbacks full;
  BP_RETURN_IF_ERROR(ReadOptions(callbacks, &full, "options.callbacks"));
  auto made = std::make_shared<pool::JobCallbacks>();
  void* const context = full.context;
  if (full.accepted != nullptr) {
    made->accepted = [accepted = full.accepted, context](uint64_t job, int32_t pid, int64_t at) {
      return accepted(context, job, pid, at) == 0;
    };
  }
  if (full.timeout != nullptr) {
    made->timeout = [timeout = full.timeout, context](uint64_t job, bool soft, int64_t limit) {
      timeout(context, job, soft ? 1 : 0, limit);
    };
  }
  if (full.done != nullptr) {
    made->done = [done = full.done, context](pool::Result& result) {
      done(context, result.id(), Handle(&result));
    };
  }
  *read = std::move(made);
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadPoolOptions(const bp_pool_options* options, pool::PoolOptions* read) {
  bp_pool_options full;
  BP_RETURN_IF_ERROR(ReadOptions(options, &full, "options"));
  BP_RETURN_IF_ERROR(ReadGroups(full, read));
  read->fork_process = full.fork_process;
  read->fork_context = full.fork_context;
  read->force_fork = full.force_fork != 0;
  if (full.max_boot_failures < -1) {
    return MakeStatus(Code::kInvalid, "options.max_boot_failures: is below -1");
  }
  read->max_boot_failures = full.max_boot_failures;
  if (full.max_jobs != 0) read->max_jobs = full.max_jobs;
  if (full.max_payload != 0) read->max_payload = full.max_payload;
  if (full.start_timeout_ns < 0 || full.boot_timeout_ns < -1) {
    return MakeStatus(Code::kInvalid, full.start_timeout_ns < 0
                                          ? "options.start_timeout_ns: is negative"
                                          : "options.boot_timeout_ns: is below -1");
  }
  if (full.start_timeout_ns != 0) read->start_timeout_ns = full.start_timeout_ns;
  if (full.boot_timeout_ns != 0) read->boot_timeout_ns = full.boot_timeout_ns;
  BP_RETURN_IF_ERROR(CheckLimit(full.time_limit_ns, "time_limit_ns"));
  read->time_limit_ns = std::max<int64_t>(0, full.time_limit_ns);
  BP_RETURN_IF_ERROR(CheckLimit(full.soft_time_limit_ns, "soft_time_limit_ns"));
  read->soft_time_limit_ns = std::max<int64_t>(0, full.soft_time_limit_ns);
  read->max_jobs_per_worker = full.max_jobs_per_worker;
  BP_RETURN_IF_ERROR(CheckLimit(full.max_memory_per_worker_kib, "max_memory_per_worker_kib"));
  read->max_memory_per_worker_kib = std::max<int64_t>(0, full.max_memory_per_worker_kib);
  if (full.terminate_grace_ns < 0) {
    return MakeStatus(Code::kInvalid, "options.terminate_grace_ns: is negative");
  }
  if (full.terminate_grace_ns != 0) read->terminate_grace_ns = full.terminate_grace_ns;
  if (full.name != nullptr) read->name = full.name;
  if (full.lost_worker_timeout_ns < 0) {
    return MakeStatus(Code::kInvalid, "options.lost_worker_timeout_ns: is negative");
  }
  if (full.lost_worker_timeout_ns != 0) {
    read->lost_worker_timeout_ns = full.lost_worker_timeout_ns;
  }
  if (full.template_path != nullptr) read->template_path = full.template_path;
  read->slots = full.slots;
  read->wait_for_slot = full.wait_for_slot != 0;
  read->synack = full.synack != 0;
  if (full.synack_timeout_ns < 0) {
    return MakeStatus(Code::kInvalid, "options.synack_timeout_ns: is negative");
  }
  if (full.synack_timeout_ns != 0) read->synack_timeout_ns = full.synack_timeout_ns;
  if ((full.events & ~(BP_EVENTS_WORKERS | BP_EVENTS_LIMITS)) != 0) {
    return MakeStatus(Code::kInvalid, "options.events: a bit is set that is no BP_EVENTS_...");
  }
  read->events = full.events;
  read->event_loop = full.event_loop != 0;
  if (full.on_event != nullptr) {
    read->on_event = [function = full.on_event,
                      context = full.on_event_context](const pool::PoolEvent& event) {
      const bp_pool_event converted = Convert(event);
      function(&converted, context);
    };
  }
  if (full.max_workers < 0) {
    return MakeStatus(Code::kInvalid, "options.max_workers: is negative");
  }
  read->max_workers = full.max_workers;
  read->max_restarts = full.max_restarts;
  if (full.restart_window_ns < 0) {
    return MakeStatus(Code::kInvalid, "options.restart_window_ns: is negative");
  }
  if (full.restart_window_ns != 0) read->restart_window_ns = full.restart_window_ns;
  return absl::OkStatus();
}

absl::Status ReadJobOptions(const bp_job_options* options, pool::JobOptions* read) {
  bp_job_options full;
  BP_RETURN_IF_ERROR(ReadOptions(options, &full, "options"));
  read->format = full.format;
  if (full.group != nullptr) read->group = full.group;
  if (full.submit_timeout_ns < -1) {
    return MakeStatus(Code::kInvalid, "options.submit_timeout_ns: is below -1");
  }
  if (full.submit_timeout_ns > 0) {
    read->submit_deadline = Deadline::After(full.submit_timeout_ns);
  }
  read->interrupt = Core(full.interrupt);
  read->notify = full.notify != 0;
  BP_RETURN_IF_ERROR(CheckLimit(full.time_limit_ns, "time_limit_ns"));
  read->time_limit_ns = full.time_limit_ns;
  BP_RETURN_IF_ERROR(CheckLimit(full.soft_time_limit_ns, "soft_time_limit_ns"));
  read->soft_time_limit_ns = full.soft_time_limit_ns;
  if (full.expires_ns < 0 || full.max_retries < 0) {
    return MakeStatus(Code::kInvalid, full.expires_ns < 0 ? "options.expires_ns: is negative"
                                                          : "options.max_retries: is negative");
  }
  read->expires_ns = full.expires_ns;
  read->max_retries = static_cast<uint32_t>(full.max_retries);
  if (full.priority < pool::kLastPriority || full.priority > pool::kFirstPriority) {
    return MakeStatus(Code::kInvalid, "options.priority: is not between -3 and 3");
  }
  read->priority = full.priority;
  if (full.wait_for_slot < -1 || full.wait_for_slot > 1) {
    return MakeStatus(Code::kInvalid, "options.wait_for_slot: is none of -1, 0 and 1");
  }
  read->wait_for_slot = full.wait_for_slot;
  read->notify_accepted = full.notify_accepted != 0;
  if (full.correlation_id != nullptr) read->correlation_id = full.correlation_id;
  return ReadCallbacks(full.callbacks, &read->callbacks);
}

}  // namespace billiard::c_api
