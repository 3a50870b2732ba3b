// The outcome of one job (POOL-70 ...). Thread-safe. It keeps what it needs of its pool alive, but not
// the pool's processes.
#ifndef BILLIARD_CORE_POOL_RESULT_H_
#define BILLIARD_CORE_POOL_RESULT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/pool/failure.h"
#include "billiard_core/pool/host_pool.h"

namespace billiard::pool {

// Why a job has no value.
struct JobFailure {
  Code code = Code::kInternal;
  std::string message;
  uint64_t job = 0;
  int32_t pid = 0;
  int32_t exit_status = kExitUnknown;
  bool out_of_memory = false;  // perhaps what ended the worker
  Failure task;                // kTaskFailed
};

class Result {
 public:
  Result(std::shared_ptr<HostPool> host, JobRef job, uint64_t id, std::string correlation_id = "")
      : host_(std::move(host)), job_(job), id_(id), correlation_id_(std::move(correlation_id)) {}
  ~Result();  // forgets the job; its outcome is dropped
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;

  uint64_t id() const { return id_; }
  const std::string& correlation_id() const { return correlation_id_; }
  bool Ready() const;
  // A worker has begun the job (POOL-70).
  bool Accepted() const { return pid() != 0; }
  // What the job's word says now; kFree in a forked child.
  JobState state() const;
  // The worker that began the job, or 0.
  int32_t pid() const;

  // Has the job ended as kRejected if it waits to be let begin, or will: bp_result_cancel.
  absl::Status Cancel();
  // No callback of the job is called any more.
  void DropCallbacks();

  // OK when there is an outcome, of any kind.
  absl::Status Wait(Deadline deadline, os::Interrupt* interrupt);
  // Ends the job, if it has no outcome, with kTerminated: a queued one is removed, the worker that runs it
  // gets the signal (and SIGKILL after the pool's grace time). kInvalid: no signal's number.
  absl::Status Terminate(int signal_number);

  // The value, in place until this object ends; only after a successful Wait. A job without a value
  // gives nothing, and *failure.
  absl::optional<PayloadView> Value(JobFailure* failure) const;

 private:
  JobWord Word() const;

  const std::shared_ptr<HostPool> host_;
  const JobRef job_;
  const uint64_t id_;
  const std::string correlation_id_;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_RESULT_H_
