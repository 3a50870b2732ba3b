#include "bindings/interface/pool_builder.h"

#include <deque>
#include <new>
#include <string>
#include <vector>

#include "bindings/interface/text_list.h"

namespace {

struct Group {
  bool named = false;
  std::string name;
  int32_t workers = 0;
  int32_t start_method = BP_START_DEFAULT;
  TextList command;
  TextList environment;
  TextList tasks;
  bp_worker_main_fn worker_main = nullptr;
  void* worker_main_context = nullptr;
};

// Fills the fields that bp_group_options and bp_pool_options have in common.
template <typename Options>
void FillGroupFields(const Group& group, Options* options) {
  options->workers = group.workers;
  options->start_method = group.start_method;
  options->command = group.command.data();
  options->environment = group.environment.data();
  options->worker_main = group.worker_main;
  options->worker_main_context = group.worker_main_context;
  options->tasks = group.tasks.data();
}

bp_group_options GroupOptions(const Group& group) {
  bp_group_options options;
  bp_group_options_init(&options, sizeof options);
  if (group.named) options.name = group.name.c_str();
  FillGroupFields(group, &options);
  return options;
}

}  // namespace

struct bpi_pool_builder {
  bpi_pool_builder() { bp_pool_options_init(&options, sizeof options); }

  Group* At(int32_t group) {
    return group >= 0 && static_cast<size_t>(group) < groups.size() ? &groups[group] : nullptr;
  }

  bp_pool_options options;
  std::string name;
  std::string template_path;
  std::deque<Group> groups;  // a deque: the texts of a group never move
};

bpi_pool_builder* bpi_pool_builder_new(void) { return new (std::nothrow) bpi_pool_builder; }

void bpi_pool_builder_free(bpi_pool_builder* builder) { delete builder; }

void bpi_pool_builder_set_force_fork(bpi_pool_builder* builder, int32_t force_fork) {
  builder->options.force_fork = force_fork;
}

void bpi_pool_builder_set_max_boot_failures(bpi_pool_builder* builder, int32_t failures) {
  builder->options.max_boot_failures = failures;
}

void bpi_pool_builder_set_max_jobs(bpi_pool_builder* builder, uint32_t max_jobs) {
  builder->options.max_jobs = max_jobs;
}

void bpi_pool_builder_set_max_payload(bpi_pool_builder* builder, uint64_t max_payload) {
  builder->options.max_payload = max_payload;
}

void bpi_pool_builder_set_start_timeout(bpi_pool_builder* builder, int64_t start_timeout_ns) {
  builder->options.start_timeout_ns = start_timeout_ns;
}

void bpi_pool_builder_set_boot_timeout(bpi_pool_builder* builder, int64_t boot_timeout_ns) {
  builder->options.boot_timeout_ns = boot_timeout_ns;
}

void bpi_pool_builder_set_events(bpi_pool_builder* builder, uint32_t events) {
  builder->options.events = events;
}

void bpi_pool_builder_set_event_loop(bpi_pool_builder* builder, int32_t event_loop) {
  builder->options.event_loop = event_loop;
}

void bpi_pool_builder_set_max_workers(bpi_pool_builder* builder, int32_t max_workers) {
  builder->options.max_workers = max_workers;
}

void bpi_pool_builder_set_max_restarts(bpi_pool_builder* builder, int32_t max_restarts) {
  builder->options.max_restarts = max_restarts;
}

void bpi_pool_builder_set_restart_window(bpi_pool_builder* builder, int64_t restart_window_ns) {
  builder->options.restart_window_ns = restart_window_ns;
}

void bpi_pool_builder_set_time_limit(bpi_pool_builder* builder, int64_t time_limit_ns) {
  builder->options.time_limit_ns = time_limit_ns;
}

void bpi_pool_builder_set_soft_time_limit(bpi_pool_builder* builder, int64_t soft_time_limit_ns) {
  builder->options.soft_time_limit_ns = soft_time_limit_ns;
}

void bpi_pool_builder_set_terminate_grace(bpi_pool_builder* builder, int64_t terminate_grace_ns) {
  builder->options.terminate_grace_ns = terminate_grace_ns;
}

void bpi_pool_builder_set_max_jobs_per_worker(bpi_pool_builder* builder, uint64_t max_jobs) {
  builder->options.max_jobs_per_worker = max_jobs;
}

void bpi_pool_builder_set_max_memory_per_worker(bpi_pool_builder* builder, int64_t max_memory_kib) {
  builder->options.max_memory_per_worker_kib = max_memory_kib;
}

void bpi_pool_builder_set_slots(bpi_pool_builder* builder, int32_t slots) {
  builder->options.slots = slots;
}

void bpi_pool_builder_set_wait_for_slot(bpi_pool_builder* builder, int32_t wait_for_slot) {
  builder->options.wait_for_slot = wait_for_slot;
}

void bpi_pool_builder_set_synack(bpi_pool_builder* builder, int32_t synack) {
  builder->options.synack = synack;
}

void bpi_pool_builder_set_synack_timeout(bpi_pool_builder* builder, int64_t synack_timeout_ns) {
  builder->options.synack_timeout_ns = synack_timeout_ns;
}

void bpi_pool_builder_set_name(bpi_pool_builder* builder, const char* name) {
  builder->name = name;
  builder->options.name = builder->name.c_str();
}

void bpi_pool_builder_set_lost_worker_timeout(bpi_pool_builder* builder,
                                              int64_t lost_worker_timeout_ns) {
  builder->options.lost_worker_timeout_ns = lost_worker_timeout_ns;
}

void bpi_pool_builder_set_template_path(bpi_pool_builder* builder, const char* template_path) {
  builder->template_path = template_path;
  builder->options.template_path = builder->template_path.c_str();
}

void bpi_pool_builder_set_fork_process(bpi_pool_builder* builder, bp_fork_fn fork_process,
                                       void* context) {
  builder->options.fork_process = fork_process;
  builder->options.fork_context = context;
}

int32_t bpi_pool_builder_add_group(bpi_pool_builder* builder, const char* name, int32_t workers,
                                   int32_t start_method) {
  Group& group = builder->groups.emplace_back();
  group.named = name != nullptr;
  if (group.named) group.name = name;
  group.workers = workers;
  group.start_method = start_method;
  return static_cast<int32_t>(builder->groups.size()) - 1;
}

void bpi_pool_builder_add_command_word(bpi_pool_builder* builder, int32_t group, const char* word) {
  if (Group* found = builder->At(group)) found->command.Add(word);
}

void bpi_pool_builder_add_environment(bpi_pool_builder* builder, int32_t group,
                                      const char* setting) {
  if (Group* found = builder->At(group)) found->environment.Add(setting);
}

void bpi_pool_builder_add_task(bpi_pool_builder* builder, int32_t group, const char* task) {
  if (Group* found = builder->At(group)) found->tasks.Add(task);
}

void bpi_pool_builder_set_worker_main(bpi_pool_builder* builder, int32_t group,
                                      bp_worker_main_fn worker_main, void* context) {
  Group* found = builder->At(group);
  if (found == nullptr) return;
  found->worker_main = worker_main;
  found->worker_main_context = context;
}

bp_status bpi_pool_builder_create(const bpi_pool_builder* builder, bp_pool** out,
                                  bp_error** error) {
  bp_pool_options options = builder->options;
  std::vector<bp_group_options> groups;
  if (builder->groups.size() == 1 && !builder->groups[0].named) {
    FillGroupFields(builder->groups[0], &options);
  } else {
    for (const Group& group : builder->groups) groups.push_back(GroupOptions(group));
    options.groups = groups.empty() ? nullptr : groups.data();
    options.group_count = groups.size();
  }
  return bp_pool_create(&options, out, error);
}
