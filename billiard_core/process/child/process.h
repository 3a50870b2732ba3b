// A process of this library: what it is to run, and, once started, the child that runs it. DESIGN.md beside
// this file says what happens when any of those that take part dies.
//
// Threads: any function, any thread (G-PROC-5). Processes: the one that made it; in others kForked, but for
// what says otherwise.
//
// I1: state_ goes kInitial, kStarting, kStarted, and back to kInitial when a start fails.
// I2: a started process is in the table of children until it has been seen to end.
#ifndef BILLIARD_CORE_PROCESS_CHILD_PROCESS_H_
#define BILLIARD_CORE_PROCESS_CHILD_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/os/process_lock.h"
#include "billiard_core/process/child/entries.h"
#include "billiard_core/process/child/fork_function.h"
#include "billiard_core/process/child/start_method.h"
#include "billiard_core/process/child/started_child.h"

namespace billiard::process {

// One of function, entry and command is set.
struct ProcessOptions {
  std::string name;            // empty: by kind and identity (PROC-4)
  std::optional<bool> daemon;  // nothing: as this process is
  StartMethod method = StartMethod::kDefault;
  EntryFunction function;                // fork alone can run it
  std::string entry;                     // name of a registered function
  std::vector<std::string> command;      // argv; started by exec
  std::vector<std::string> environment;  // of a command: "NAME=value" added to this process's
  std::string data;                      // what function or entry gets
  std::vector<int> fds;          // open in the child too; the caller's own until Start returns
  int64_t start_timeout_ns = 0;  // 0: 30 s; -1: for ever
  bool force_fork = false;       // although there are threads that a fork does not copy
  ForkFunction fork_function;    // nothing: ChosenForkFunction()
};

inline constexpr size_t kMaxCallerFds = 251;  // CTX-52

class Process : public std::enable_shared_from_this<Process> {
 public:
  // Nothing runs yet, and nothing of the system is taken. kInvalid names the option.
  static absl::StatusOr<std::shared_ptr<Process>> Create(ProcessOptions options);

  // Returns when the child exists and has found what it is to run. kState, kForked, kForkUnsafe, kNotFound
  // (no such entry), kStartFailed, kTimeout, kNoMem, kOs; after a failure it may be tried again.
  absl::Status Start();

  // OK when the child has ended, by the deadline at the latest; kTimeout, kInterrupted, kState (before
  // start).
  absl::Status Join(Deadline deadline, os::Interrupt* interrupt);
  absl::StatusOr<bool> IsAlive();
  // os::kNotEnded, kExitUnknown, exit code, or minus the signal's number.
  absl::StatusOr<int32_t> ExitStatus();
  absl::Status Terminate();  // TermSignal()
  absl::Status Kill();
  // Gives the sentinel back. kState while the child is alive.
  absl::Status Close();

  // 0 before start; kept after the end, and in other processes.
  pid_t pid() const;
  // Readable when the child has ended, until Close. kState before start and after Close.
  absl::StatusOr<int> Sentinel() const;

  std::string Name() const;  // any process
  absl::Status SetName(std::string name);
  bool IsDaemon() const;
  absl::Status SetDaemon(bool daemon);  // kState after start
  const std::vector<uint32_t>& identity() const { return identity_; }
  StartMethod method() const { return options_.method; }
  // "<Process(Process-1, started daemon)>" (PROC-13); any process.
  std::string Describe();

 private:
  enum class State { kInitial, kStarting, kStarted };

  Process(ProcessOptions options, std::vector<uint32_t> identity, bool daemon);
  absl::Status CheckOwner() const;
  absl::Status CheckStart();
  absl::StatusOr<Launched> Launch();
  absl::StatusOr<std::shared_ptr<StartedChild>> Child() const;
  absl::Status Signal(int signal_number);
  std::string StatusText();

  const uint64_t owner_;  // os::ProcessToken
  const ProcessOptions options_;
  const std::vector<uint32_t> identity_;

  // Guards what follows. A child that was forked while somebody held it can still ask for the name.
  mutable os::ProcessLock lock_;
  std::string name_;
  bool daemon_;
  State state_ = State::kInitial;
  pid_t pid_ = 0;
  std::shared_ptr<StartedChild> child_;  // kStarted and not closed
  std::optional<int32_t> final_status_;  // after Close
};

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_PROCESS_H_
