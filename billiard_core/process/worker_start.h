// Starting one worker: a fork of the template that becomes the worker. libc only.
#ifndef BILLIARD_CORE_PROCESS_WORKER_START_H_
#define BILLIARD_CORE_PROCESS_WORKER_START_H_

#include <signal.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "billiard_core/process/plan.h"
#include "billiard_core/process/protocol.h"

namespace billiard::process {

// The environment variable by which an executed worker knows who it is.
inline constexpr char kWorkerVariable[] = "BILLIARD_WORKER";
inline constexpr size_t kMaxWorkerPrefix = 1024;

// Where a child that can not become a worker says why; in memory shared with the template, since a
// pipe would make the template wait for the child, which may be stopped.
struct StartFailure {
  std::atomic<int32_t> step;  // a StartStep; kNothing: it became the worker
  std::atomic<int32_t> error_number;
};

// What a new worker takes from its template.
struct StartContext {
  const TemplatePlan* plan;
  pid_t template_pid;
  int signal_fd;
  struct sigaction host_sigchld;  // the host's disposition; the template has its own
  char host_name[16];             // the host's thread name
  StartFailure* failures;         // one per place
};

// fork(), or the host's hook for it.
pid_t ForkByHooks(const ForkHooks& hooks);

// Returns the new process's pid, or -1 with errno; in the new process it does not return.
pid_t StartWorker(const StartContext& context, const StartRequest& request);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_WORKER_START_H_
