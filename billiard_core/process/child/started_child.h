// A child that exists, or existed: whom to signal, and how it ended. It is named by its pidfd alone, so
// nothing here can meet another process that got its pid (G-PROC-3).
//
// Threads: any. Processes: the one that started it.
// I1: status_ changes once, from kNotEnded. Who changes it has reaped the child, or knows who did.
#ifndef BILLIARD_CORE_PROCESS_CHILD_STARTED_CHILD_H_
#define BILLIARD_CORE_PROCESS_CHILD_STARTED_CHILD_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/mutex.h"
#include "billiard_core/os/poll.h"
#include "billiard_core/process/child/library_fd.h"

namespace billiard::process {

// What a launch gives.
struct Launched {
  pid_t pid = 0;
  LibraryFd pidfd;
  LibraryFd channel;  // the fork server's: it is the parent, and tells how the child ended
};

class StartedChild {
 public:
  explicit StartedChild(Launched launched);

  pid_t pid() const { return pid_; }
  // Readable when the process has ended; valid as long as this object.
  int pidfd() const { return pidfd_.get(); }

  // Exit code, minus the signal's number, kExitUnknown, or os::kNotEnded. Reaps; never waits.
  int32_t Poll();
  // kReady when Poll has a status. A failed wait is kOs.
  absl::StatusOr<os::PollResult> Await(Deadline deadline, os::Interrupt* interrupt);
  // A process that has ended is no error.
  absl::Status Signal(int signal_number);

 private:
  int32_t Look() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int WhatToAwait();

  const pid_t pid_;
  const LibraryFd pidfd_;
  Mutex mutex_;
  LibraryFd channel_ ABSL_GUARDED_BY(mutex_);
  bool has_server_ ABSL_GUARDED_BY(mutex_);  // that still can tell
  int32_t status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_STARTED_CHILD_H_
