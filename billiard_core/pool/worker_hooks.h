// What the program of a worker wants to be called at.
#ifndef BILLIARD_CORE_POOL_WORKER_HOOKS_H_
#define BILLIARD_CORE_POOL_WORKER_HOOKS_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace billiard::pool {

class Job;

// Called by Worker::Run, in the worker (POOL-2, POOL-18, POOL-97). Any may be empty.
struct WorkerHooks {
  std::function<std::string()> initializer;  // before READY; a text: why the worker can not be
  std::function<void(int32_t pid)> on_loop_start;  // before the first job
  std::function<void(int32_t pid)> on_loop_stop;   // after the last
  // Last of all; -N: it dies of signal N.
  std::function<void(int32_t pid, int32_t status)> on_process_exit;
  // Before each value is answered, by any worker that has it: may put other bytes in its place, which it
  // keeps until it is called again; a text: why the job fails instead (POOL-95).
  std::function<std::string(Job& job, absl::string_view* bytes, uint32_t* format)> prepare_result;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_WORKER_HOOKS_H_
