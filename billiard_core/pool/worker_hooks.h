// What the program of a worker wants to be called at.
#ifndef BILLIARD_CORE_POOL_WORKER_HOOKS_H_
#define BILLIARD_CORE_POOL_WORKER_HOOKS_H_

#include <cstdint>
#include <functional>
#include <string>

namespace billiard::pool {

// Called by Worker::Run, in the worker (POOL-2, POOL-18, POOL-97). Any may be empty.
struct WorkerHooks {
  std::function<std::string()> initializer;  // before READY; a text: why the worker can not be
  std::function<void(int32_t pid)> on_loop_start;                    // before the first job
  std::function<void(int32_t pid)> on_loop_stop;                     // after the last
  std::function<void(int32_t pid, int32_t status)> on_process_exit;  // last of all
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_WORKER_HOOKS_H_
