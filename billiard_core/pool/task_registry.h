// Tasks of this process, by name: C and C++ functions (design D7). One registry per process, filled by
// the program and by the modules it loads; a forked worker inherits it. Thread-safe.
#ifndef BILLIARD_CORE_POOL_TASK_REGISTRY_H_
#define BILLIARD_CORE_POOL_TASK_REGISTRY_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "billiard_core/base/mutex.h"

namespace billiard::pool {

class Job;

// Runs one job; its value is that of bp_task_fn.
using TaskFunction = std::function<int(Job&)>;

class TaskRegistry {
 public:
  // What tells two registrations of a name apart: the function's address and its context.
  using Identity = std::pair<const void*, const void*>;

  static TaskRegistry& OfProcess();

  absl::Status Register(absl::string_view name, TaskFunction function, Identity identity);

  // The function, or an empty one.
  TaskFunction Find(absl::string_view name) const;

  std::vector<std::string> Names() const;  // sorted

 private:
  struct Entry {
    TaskFunction function;
    Identity identity;
  };

  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, Entry> tasks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_TASK_REGISTRY_H_
