#include "billiard_core/process/child/process.h"

#include <unistd.h>

#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/exit_text.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/os/reap.h"
#include "billiard_core/process/child/bootstrap.h"
#include "billiard_core/process/child/child_table.h"
#include "billiard_core/process/child/exit_steps.h"
#include "billiard_core/process/child/freeze_support.h"
#include "billiard_core/process/child/launch.h"
#include "billiard_core/process/child/self.h"
#include "billiard_core/process/child/term_signal.h"

namespace billiard::process {
namespace {

constexpr int64_t kDefaultStartTimeout = 30 * kNanosPerSecond;

absl::string_view KindOf(StartMethod method) {
  switch (method) {
    case StartMethod::kFork:
      return "ForkProcess";
    case StartMethod::kSpawn:
      return "SpawnProcess";
    case StartMethod::kForkServer:
      return "ForkServerProcess";
    case StartMethod::kDefault:
      break;
  }
  return "Process";
}

std::string DefaultName(StartMethod method, const std::vector<uint32_t>& identity) {
  std::string name = absl::StrCat(KindOf(method), "-");
  for (size_t i = 0; i < identity.size(); ++i) {
    absl::StrAppend(&name, i == 0 ? "" : ":", identity[i]);
  }
  return name;
}

absl::Status CheckTarget(const ProcessOptions& options) {
  const int targets =
      (options.function.run != nullptr) + !options.entry.empty() + !options.command.empty();
  if (targets != 1) {
    return MakeStatus(Code::kInvalid, "options: one of function, entry and command is to be set");
  }
  const StartMethod method = options.method;
  if (options.function.run != nullptr && method != StartMethod::kDefault &&
      method != StartMethod::kFork) {
    return MakeStatus(Code::kInvalid,
                      "options.function: only a fork can run it; register it and set entry");
  }
  if (!options.command.empty() && method != StartMethod::kDefault &&
      method != StartMethod::kSpawn) {
    return MakeStatus(Code::kInvalid, "options.command: can only be spawned");
  }
  if (options.command.empty() && !options.environment.empty()) {
    return MakeStatus(Code::kInvalid, "options.environment: is for commands");
  }
  if (!options.command.empty() && options.command[0].empty()) {
    return MakeStatus(Code::kInvalid, "options.command: names no program");
  }
  return absl::OkStatus();
}

absl::Status CheckOptions(const ProcessOptions& options) {
  const absl::Status status = CheckTarget(options);
  if (!status.ok()) return status;
  if (options.start_timeout_ns < -1) {
    return MakeStatus(Code::kInvalid, "options.start_timeout_ns: is below -1");
  }
  if (options.fds.size() > kMaxCallerFds) {
    return MakeStatus(Code::kInvalid, "options.fds: too many fds");
  }
  return options.name.empty() ? absl::OkStatus() : CheckProcessName(options.name);
}

absl::Status NotStarted() { return MakeStatus(Code::kState, "process not started"); }

}  // namespace

Process::Process(ProcessOptions options, std::vector<uint32_t> identity, bool daemon)
    : owner_(os::ProcessToken()),
      options_(std::move(options)),
      identity_(std::move(identity)),
      name_(options_.name.empty() ? DefaultName(options_.method, identity_) : options_.name),
      daemon_(daemon) {}

absl::StatusOr<std::shared_ptr<Process>> Process::Create(ProcessOptions options) {
  const absl::Status status = CheckOptions(options);
  if (!status.ok()) return status;
  SelfFacts self = Self();
  self.identity.push_back(CountChild());
  const bool daemon = options.daemon.value_or(self.daemon);
  return std::shared_ptr<Process>(
      new Process(std::move(options), std::move(self.identity), daemon));
}

absl::Status Process::CheckOwner() const {
  if (owner_ == os::ProcessToken()) return absl::OkStatus();
  return MakeStatus(Code::kForked, "the process belongs to the one that made it");
}

absl::Status Process::CheckStart() {
  absl::Status status = CheckOwner();
  if (!status.ok()) return status;
  if (IsBootstrapping()) {
    return MakeStatus(Code::kState, "this process is still being started, and can start none");
  }
  status = CheckFrozen();
  if (!status.ok()) return status;
  os::ProcessLock::Hold hold(&lock_);
  if (state_ != State::kInitial) {
    return MakeStatus(Code::kState, "cannot start a process twice");
  }
  state_ = State::kStarting;
  return absl::OkStatus();
}

absl::StatusOr<Launched> Process::Launch() {
  LaunchPlan plan;
  plan.options = &options_;
  plan.deadline = Deadline::After(options_.start_timeout_ns == 0 ? kDefaultStartTimeout
                                                                 : options_.start_timeout_ns);
  const SelfFacts self = Self();
  plan.facts.name = Name();
  plan.facts.identity = identity_;
  plan.facts.daemon = IsDaemon();
  plan.facts.authkey = self.authkey;
  plan.facts.parent_pid = getpid();
  plan.facts.parent_name = self.name;
  if (!options_.command.empty()) return LaunchCommand(plan);
  plan.method = options_.method == StartMethod::kDefault ? CurrentStartMethod() : options_.method;
  if (plan.method == StartMethod::kFork) {
    const absl::Status status = CheckFork(options_);
    if (!status.ok()) return status;
    return LaunchFork(plan);
  }
  if (options_.function.run != nullptr) {
    return MakeStatus(Code::kInvalid,
                      absl::StrCat("options.function: the start method is '", NameOf(plan.method),
                                   "'; register it and set entry"));
  }
  return plan.method == StartMethod::kSpawn ? LaunchSpawn(plan) : LaunchByServer(plan);
}

absl::Status Process::Start() {
  const absl::Status status = CheckStart();
  if (!status.ok()) return status;
  ActiveChildren();  // reaps (PROC-20)
  RunExitStepsAtExit();
  absl::StatusOr<Launched> launched = Launch();
  if (!launched.ok()) {
    os::ProcessLock::Hold hold(&lock_);
    state_ = State::kInitial;
    return launched.status();
  }
  {
    auto child = std::make_shared<StartedChild>(*std::move(launched));
    os::ProcessLock::Hold hold(&lock_);
    pid_ = child->pid();
    child_ = std::move(child);
    state_ = State::kStarted;
  }
  EnterChild(shared_from_this());
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<StartedChild>> Process::Child() const {
  const absl::Status status = CheckOwner();
  if (!status.ok()) return status;
  os::ProcessLock::Hold hold(&lock_);
  if (state_ != State::kStarted) return NotStarted();
  return child_;
}

absl::Status Process::Join(Deadline deadline, os::Interrupt* interrupt) {
  const absl::StatusOr<std::shared_ptr<StartedChild>> child = Child();
  if (!child.ok()) return child.status();
  if (*child == nullptr) return absl::OkStatus();  // closed
  const absl::StatusOr<os::PollResult> awaited = (*child)->Await(deadline, interrupt);
  if (!awaited.ok()) return awaited.status();
  switch (*awaited) {
    case os::PollResult::kReady:
      ActiveChildren();  // it leaves the table
      return absl::OkStatus();
    case os::PollResult::kInterrupted:
      return MakeStatus(Code::kInterrupted, "interrupted by its token");
    case os::PollResult::kTimedOut:
      break;
  }
  return MakeStatus(Code::kTimeout, "the process has not ended");
}

absl::StatusOr<int32_t> Process::ExitStatus() {
  const absl::StatusOr<std::shared_ptr<StartedChild>> child = Child();
  if (CodeOf(child.status()) == Code::kState) return os::kNotEnded;
  if (!child.ok()) return child.status();
  if (*child != nullptr) return (*child)->Poll();
  os::ProcessLock::Hold hold(&lock_);
  return *final_status_;
}

absl::StatusOr<bool> Process::IsAlive() {
  const absl::StatusOr<std::shared_ptr<StartedChild>> child = Child();
  if (CodeOf(child.status()) == Code::kState) return false;
  if (!child.ok()) return child.status();
  return *child != nullptr && (*child)->Poll() == os::kNotEnded;
}

absl::Status Process::Signal(int signal_number) {
  const absl::StatusOr<std::shared_ptr<StartedChild>> child = Child();
  if (!child.ok()) return child.status();
  return *child == nullptr ? absl::OkStatus() : (*child)->Signal(signal_number);
}

absl::Status Process::Terminate() { return Signal(TermSignal()); }

absl::Status Process::Kill() { return Signal(SIGKILL); }

absl::Status Process::Close() {
  const absl::StatusOr<int32_t> status = ExitStatus();
  if (!status.ok()) return status.status();
  os::ProcessLock::Hold hold(&lock_);
  if (state_ == State::kInitial || child_ == nullptr) return absl::OkStatus();
  if (*status == os::kNotEnded) {
    return MakeStatus(Code::kState, "can not close a process while it runs; join or terminate it");
  }
  final_status_ = *status;
  child_.reset();
  return absl::OkStatus();
}

pid_t Process::pid() const {
  os::ProcessLock::Hold hold(&lock_);
  return pid_;
}

absl::StatusOr<int> Process::Sentinel() const {
  const absl::StatusOr<std::shared_ptr<StartedChild>> child = Child();
  if (!child.ok()) return child.status();
  if (*child == nullptr) return MakeStatus(Code::kState, "the process is closed");
  return (*child)->pidfd();
}

std::string Process::Name() const {
  os::ProcessLock::Hold hold(&lock_);
  return name_;
}

absl::Status Process::SetName(std::string name) {
  absl::Status status = CheckOwner();
  if (status.ok()) status = CheckProcessName(name);
  if (!status.ok()) return status;
  os::ProcessLock::Hold hold(&lock_);
  name_ = std::move(name);
  return absl::OkStatus();
}

bool Process::IsDaemon() const {
  os::ProcessLock::Hold hold(&lock_);
  return daemon_;
}

absl::Status Process::SetDaemon(bool daemon) {
  const absl::Status status = CheckOwner();
  if (!status.ok()) return status;
  os::ProcessLock::Hold hold(&lock_);
  if (state_ != State::kInitial) {
    return MakeStatus(Code::kState, "process has already started");
  }
  daemon_ = daemon;
  return absl::OkStatus();
}

std::string Process::StatusText() {
  const absl::StatusOr<std::shared_ptr<StartedChild>> child = Child();
  if (CodeOf(child.status()) == Code::kState) return "initial";
  const absl::StatusOr<int32_t> status = ExitStatus();
  if (!status.ok()) return "unknown";
  if (*status == os::kNotEnded) return "started";
  if (*status == 0) return "stopped";
  if (*status == kExitUnknown) return "stopped[unknown]";
  const char* signal_name = *status < 0 ? sigabbrev_np(-*status) : nullptr;
  if (signal_name != nullptr) return absl::StrCat("stopped[SIG", signal_name, "]");
  return absl::StrCat("stopped[", *status, "]");
}

std::string Process::Describe() {
  const std::string status = StatusText();
  return absl::StrCat("<", KindOf(options_.method), "(", Name(), ", ", status,
                      IsDaemon() ? " daemon" : "", ")>");
}

}  // namespace billiard::process
