// What a worker is called: in log lines, in lists of processes, and to itself (POOL-25).
#ifndef BILLIARD_CORE_POOL_WORKER_NAME_H_
#define BILLIARD_CORE_POOL_WORKER_NAME_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace billiard::pool {

// "ForkPoolWorker-3" or "SpawnPoolWorker-3" at place 2. A process that replaces another has its name, so
// that files of logs can be named by it.
std::string WorkerName(bool forked, uint32_t place);

// Takes that name for this process: for log lines, and the short "billiard-w3" for lists of processes. In
// a pool that has a name, a forked worker's command line is "billiard: worker 3 of NAME" besides.
void TakeWorkerName(bool forked, uint32_t place, absl::string_view pool_name);

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_WORKER_NAME_H_
