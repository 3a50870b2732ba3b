#include "bindings/interface/processes.h"

#include <cstdlib>
#include <cstring>
#include <vector>

#include "bindings/interface/names.h"

struct bpi_process_list {
  bpi_process_list() = default;
  bpi_process_list(const bpi_process_list&) = delete;
  bpi_process_list& operator=(const bpi_process_list&) = delete;
  ~bpi_process_list() {
    for (bp_process* process : processes) bp_process_release(process);
  }

  std::vector<bp_process*> processes;  // NULL: taken
};

namespace {

// Of numbers that a function writes into an array, one.
template <typename Number, typename Write>
int64_t Part(size_t index, const Write& write) {
  std::vector<Number> numbers(index + 1);
  const int64_t count = write(numbers.data(), numbers.size());
  return static_cast<int64_t>(index) < count ? static_cast<int64_t>(numbers[index]) : -1;
}

}  // namespace

bp_status bpi_active_children(bpi_process_list** out, bp_error** error) {
  *out = nullptr;
  auto* list = new bpi_process_list;
  // More may have come since they were counted.
  for (size_t count = 16; list->processes.size() < count;) {
    for (bp_process* process : list->processes) bp_process_release(process);
    list->processes.assign(count, nullptr);
    const bp_status status = bp_active_children(list->processes.data(), count, &count, error);
    if (status < 0) {
      delete list;
      return status;
    }
    if (list->processes.size() >= count) {
      list->processes.resize(count);
      break;
    }
  }
  *out = list;
  return BP_OK;
}

size_t bpi_process_list_count(const bpi_process_list* list) { return list->processes.size(); }

bp_process* bpi_process_list_take(bpi_process_list* list, size_t index) {
  if (index >= list->processes.size()) return nullptr;
  bp_process* process = list->processes[index];
  list->processes[index] = nullptr;
  return process;
}

void bpi_process_list_free(bpi_process_list* list) { delete list; }

int64_t bpi_process_identity_part(const bp_process* process, size_t index) {
  return Part<uint32_t>(index, [&](uint32_t* numbers, size_t capacity) {
    return static_cast<int64_t>(bp_process_identity(process, numbers, capacity));
  });
}

int64_t bpi_current_identity_part(size_t index) {
  return Part<uint32_t>(index, [](uint32_t* numbers, size_t capacity) {
    return static_cast<int64_t>(bp_current_identity(numbers, capacity));
  });
}

int32_t bpi_inherited_fd_count(void) { return bp_inherited_fds(nullptr, 0); }

int32_t bpi_inherited_fd(size_t index) {
  return static_cast<int32_t>(Part<int32_t>(index, [](int32_t* fds, size_t capacity) {
    return static_cast<int64_t>(bp_inherited_fds(fds, capacity));
  }));
}

int32_t bpi_parent_pid(void) { return bp_parent_process(nullptr, 0); }

size_t bpi_parent_name(char* text, size_t capacity) {
  char name[256] = "";  // as long as a name may be
  bp_parent_process(name, sizeof name);
  const size_t length = strlen(name);
  if (capacity > 0) {
    const size_t shown = length < capacity ? length : capacity - 1;
    memcpy(text, name, shown);
    text[shown] = '\0';
  }
  return length;
}

bp_status bpi_current_authkey(bp_buffer* out, bp_error** error) {
  if (error != nullptr) *error = nullptr;
  *out = {};
  std::vector<char> key(bp_current_authkey(nullptr, 0));
  key.resize(bp_current_authkey(key.data(), key.size()));
  out->data = malloc(key.size());
  if (out->data == nullptr) return BP_NOMEM;
  memcpy(out->data, key.data(), key.size());
  out->size = key.size();
  return BP_OK;
}

bp_status bpi_current_set_authkey(const void* data, size_t size, bp_error** error) {
  return bp_current_set_authkey(data, size, error);
}

const char* bpi_start_method(size_t index) {
  std::vector<const char*> names(index + 1);
  return index < bp_start_methods(names.data(), names.size()) ? names[index] : nullptr;
}

const char* bpi_current_start_method(int32_t allow_unset) {
  return bp_context_start_method(nullptr, allow_unset);
}

bp_status bpi_check_start_method(const char* method, bp_error** error) {
  const bp_context* context = nullptr;
  return bp_context_get(method, &context, error);
}

bp_status bpi_set_start_method(const char* method, int32_t force, bp_error** error) {
  return bp_context_set_start_method(nullptr, method, force, error);
}

void bpi_freeze_support(const bpi_names* words) {
  std::vector<char*> argv;
  for (const char* word : Pointers(words)) argv.push_back(const_cast<char*>(word));
  bp_freeze_support(static_cast<int>(argv.size()), argv.data());
}

bp_status bpi_set_executable_command(const bpi_names* words, bp_error** error) {
  std::vector<const char*> command = Pointers(words);
  command.push_back(nullptr);
  return bp_set_executable_command(command.data(), error);
}

bp_status bpi_set_forkserver_preload(const bpi_names* paths, bp_error** error) {
  const std::vector<const char*> pointers = Pointers(paths);
  return bp_set_forkserver_preload(pointers.data(), pointers.size(), error);
}
