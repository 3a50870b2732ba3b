// A host that carries an Abseil of its own, linked statically and exported to every library that it
// loads (-rdynamic). It dlopens libbilliard, which needs the system's shared Abseil, and uses both:
// neither may disturb the other.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "billiard/bp.h"

namespace {

void Expect(bool fine, const std::string& what) {
  if (fine) return;
  std::fprintf(stderr, "own_abseil_host: %s\n", what.c_str());
  std::exit(EXIT_FAILURE);
}

template <typename Function>
Function* Find(void* library, const char* name) {
  auto* function = reinterpret_cast<Function*>(dlsym(library, name));
  Expect(function != nullptr, name);
  return function;
}

void* library = nullptr;

#define BP(name) Find<decltype(bp_##name)>(library, "bp_" #name)

// Does the host's own Abseil work, with statuses that carry a payload, hashing and locks?
void UseOwnAbseil() {
  absl::Mutex mutex;
  absl::flat_hash_map<std::string, int> map;
  {
    absl::MutexLock lock(&mutex);
    for (int i = 0; i < 1000; ++i) map[absl::StrCat("key ", i)] = i;
  }
  Expect(map["key 999"] == 999, "the host's own hash map is broken");
  absl::Status status = absl::NotFoundError("text");
  Expect(status.ToString() == "NOT_FOUND: text", "the host's own status is broken");
}

int Echo(bp_job* job, void*) {
  const bp_view payload = BP(job_payload)(job);
  const bp_status status = BP(job_reply)(job, payload.data, payload.size, BP_FORMAT_RAW, nullptr);
  return status == BP_OK ? 0 : 1;
}

// Errors are made by Abseil's statuses inside the library: they must cross its border whole.
void UseErrors(bp_pool* pool) {
  bp_error* error = nullptr;
  bp_result* result = nullptr;
  const bp_status status =
      BP(apply_async)(pool, "no_such_task", nullptr, 0, nullptr, &result, &error);
  Expect(status == BP_UNKNOWN_TASK, "the status of an unknown task");
  const std::string message = BP(error_message)(error);
  Expect(message.find("no_such_task") != std::string::npos, "the message: " + message);
  BP(error_release)(error);
}

void UsePool() {
  bp_error* error = nullptr;
  bp_pool* pool = nullptr;
  bp_pool_options options;
  Expect(BP(task_register)("echo", Echo, nullptr, nullptr) == BP_OK, "task_register");
  BP(pool_options_init)(&options, sizeof options);
  options.workers = 2;
  Expect(BP(pool_create)(&options, &pool, &error) == BP_OK, "pool_create");
  for (int i = 0; i < 100; ++i) {
    const std::string text = absl::StrCat("text ", i);
    bp_buffer value = {};
    const bp_status status = BP(apply)(pool, "echo", text.data(), text.size(), nullptr, BP_FOREVER,
                                       nullptr, &value, &error);
    Expect(status == BP_OK, "apply");
    Expect(std::string(static_cast<char*>(value.data), value.size) == text, "the value");
    BP(buffer_free)(&value);
    UseOwnAbseil();
  }
  UseErrors(pool);
  BP(pool_release)(pool);
}

}  // namespace

int main(int argc, char** argv) {
  Expect(argc == 2, "usage: own_abseil_host LIBRARY");
  UseOwnAbseil();
  library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  Expect(library != nullptr, library == nullptr ? dlerror() : "");
  UsePool();
  UseOwnAbseil();
  std::puts("own_abseil_host: fine");
  return EXIT_SUCCESS;
}
