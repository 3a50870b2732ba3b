#include "bindings/interface/process_builder.h"

#include <new>
#include <optional>
#include <string>
#include <vector>

#include "bindings/interface/text_list.h"

namespace {

void Set(std::optional<std::string>* kept, const char* text) {
  kept->reset();
  if (text != nullptr) *kept = text;
}

const char* Shown(const std::optional<std::string>& kept) {
  return kept.has_value() ? kept->c_str() : nullptr;
}

}  // namespace

struct bpi_process_builder {
  bpi_process_builder() { bp_process_options_init(&options, sizeof options); }

  bp_process_options options;  // all that is no text or list
  std::optional<std::string> name;
  std::optional<std::string> method;
  std::optional<std::string> entry;
  std::string data;
  TextList command;
  TextList environment;
  std::vector<int32_t> fds;
};

bpi_process_builder* bpi_process_builder_new(void) {
  return new (std::nothrow) bpi_process_builder;
}

void bpi_process_builder_free(bpi_process_builder* builder) { delete builder; }

void bpi_process_builder_set_name(bpi_process_builder* builder, const char* name) {
  Set(&builder->name, name);
}

void bpi_process_builder_set_start_method(bpi_process_builder* builder, const char* method) {
  Set(&builder->method, method);
}

void bpi_process_builder_set_daemon(bpi_process_builder* builder, int32_t daemon) {
  builder->options.daemon = daemon;
}

void bpi_process_builder_set_force_fork(bpi_process_builder* builder, int32_t force_fork) {
  builder->options.force_fork = force_fork;
}

void bpi_process_builder_set_entry(bpi_process_builder* builder, const char* entry) {
  Set(&builder->entry, entry);
}

void bpi_process_builder_set_data(bpi_process_builder* builder, const void* data, size_t size) {
  builder->data = size == 0 ? std::string() : std::string(static_cast<const char*>(data), size);
}

void bpi_process_builder_set_start_timeout(bpi_process_builder* builder, int64_t start_timeout_ns) {
  builder->options.start_timeout_ns = start_timeout_ns;
}

void bpi_process_builder_add_command_word(bpi_process_builder* builder, const char* word) {
  builder->command.Add(word);
}

void bpi_process_builder_add_environment(bpi_process_builder* builder, const char* setting) {
  builder->environment.Add(setting);
}

void bpi_process_builder_add_fd(bpi_process_builder* builder, int32_t fd) {
  builder->fds.push_back(fd);
}

void bpi_process_builder_set_function(bpi_process_builder* builder, bp_process_fn function,
                                      void* context) {
  builder->options.function = function;
  builder->options.function_context = context;
}

void bpi_process_builder_set_fork_process(bpi_process_builder* builder, bp_fork_fn fork_process,
                                          void* context) {
  builder->options.fork_process = fork_process;
  builder->options.fork_context = context;
}

bp_status bpi_process_builder_create(const bpi_process_builder* builder, bp_process** out,
                                     bp_error** error) {
  bp_process_options options = builder->options;
  const bp_status known = bp_context_get(Shown(builder->method), &options.context, error);
  if (known < 0) return known;
  options.name = Shown(builder->name);
  options.entry = Shown(builder->entry);
  options.command = builder->command.data();
  options.environment = builder->environment.data();
  options.data = builder->data.data();
  options.data_size = builder->data.size();
  options.fds = builder->fds.data();
  options.fd_count = builder->fds.size();
  return bp_process_create(&options, out, error);
}
