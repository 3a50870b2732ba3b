// How a worker lets a soft time limit interrupt what it does: a handler of SIGUSR1 that makes a
// descriptor readable and raises a token, for the very job whose limit has passed and for no other
// (G-POOL-5). The host names that job in the worker's entry before it sends the signal.
//
// One object at a time in a process; it belongs to the worker's thread. The handler may run in any thread.
#ifndef BILLIARD_CORE_POOL_SOFT_SIGNAL_H_
#define BILLIARD_CORE_POOL_SOFT_SIGNAL_H_

#include <signal.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/pool/job_word.h"
#include "billiard_core/pool/layout.h"

namespace billiard::pool {

class SoftSignal {
 public:
  // Takes SIGUSR1 over. Blocking system calls of a task end with EINTR. `interrupt` may be nullptr.
  static absl::StatusOr<std::unique_ptr<SoftSignal>> Install(const WorkerEntry* entry,
                                                             os::Interrupt* interrupt);
  // Gives SIGUSR1 back.
  ~SoftSignal();
  SoftSignal(const SoftSignal&) = delete;
  SoftSignal& operator=(const SoftSignal&) = delete;

  // Readable from the moment at which the limit of the job at work passes, until that job's answer.
  int fd() const { return event_.get(); }

  void BeginJob(JobRef job) { job_.store(job.packed(), std::memory_order_seq_cst); }
  // No handler touches the descriptor or the token any more when it returns; both are as before the job.
  void EndJob();

 private:
  SoftSignal(const WorkerEntry* entry, os::Interrupt* interrupt)
      : entry_(entry), interrupt_(interrupt) {}
  static void Handle(int signal_number);
  void OnSignal();
  void AwaitSignal() const;

  const WorkerEntry* const entry_;
  os::Interrupt* const interrupt_;
  os::Fd event_;
  std::atomic<uint64_t> job_{0};  // packed JobRef at work; 0: none
  std::atomic<bool> told_{false};
  struct sigaction before_ = {};
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_SOFT_SIGNAL_H_
