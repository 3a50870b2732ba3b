// Ending single jobs (POOL-74, POOL-150, POOL-151): the outcome is decided here and at once; the worker,
// if there is one, is ended by the supervisor, which has its pidfd.
#ifndef BILLIARD_CORE_POOL_TERMINATE_JOB_H_
#define BILLIARD_CORE_POOL_TERMINATE_JOB_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "billiard_core/pool/host_pool.h"

namespace billiard::pool {

// 0 is process::TermSignal(); kInvalid for what is no signal's number.
absl::StatusOr<int> TerminationSignal(int signal_number);

inline constexpr uint64_t kAnyJob = UINT64_MAX;

// Ends the job, and the worker that runs it. A job that has its outcome keeps it. True when there is
// something left to do for the supervisor, which is then to be poked.
bool TerminateJob(HostPool* host, JobRef job, int signal_number);

// Ends the worker with this pid, and the job that it runs; with a job's id only if it runs that one. A
// pid that is no worker's is nobody. True as above.
bool TerminateJobOf(HostPool* host, pid_t pid, int signal_number, uint64_t job);

// Ends the job that this worker runs, if it runs one; the worker is the caller's to end.
bool EndJobOf(HostPool* host, WorkerId worker, int signal_number);

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_TERMINATE_JOB_H_
