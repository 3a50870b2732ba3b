// The worker that serves this process's own tasks: from READY to the end of the process, with hooks,
// signals and what tasks throw.
#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/exit_text.h"
#include "billiard_core/base/status.h"
#include "billiard_core/logging/logger.h"
#include "billiard_core/pool/task_registry.h"
#include "billiard_core/pool/user_code.h"
#include "billiard_core/pool/worker.h"

namespace billiard::pool {
namespace {

void LogInfo(absl::string_view text) {
  if (logging::Enabled(logging::kInfo)) logging::Log(logging::kInfo, text);
}

// A hook that throws ends nothing.
template <typename Call>
void CallHook(const char* name, const Call& call) {
  const absl::optional<Thrown> thrown = CallUser(call);
  if (!thrown) return;
  logging::Log(logging::kError, absl::StrCat("worker: ", name, " raised exception: ",
                                             thrown->class_name, ": ", thrown->what));
}

}  // namespace

absl::Status Worker::Run(os::Interrupt* interrupt) {
  const int32_t pid = getpid();
  const bool loop = segment_->header()->event_loop.load(std::memory_order_relaxed) != 0;
  orderly_exit_ = OrderlyExit::Install(
      loop ? OrderlyExit::Signals::kFew : OrderlyExit::Signals::kAll, interrupt);
  LogInfo(absl::StrCat("child process ", pid, " calling self.run()"));
  absl::Status status;
  const std::string refusal = Initialize();
  if (refusal.empty()) {
    status = RunJobs(interrupt);
  } else {
    (void)Failed(refusal);
    status = MakeStatus(Code::kState, absl::StrCat("worker: its initializer failed: ", refusal));
  }
  if (!status.ok()) exit_status_ = kExitFailed;
  if (AskedToDie()) exit_status_ = -orderly_exit_->signal_number();
  if (hooks_.on_process_exit) {
    CallHook("on_process_exit", [&] { hooks_.on_process_exit(pid, exit_status_); });
  }
  LogInfo(absl::StrCat("process ", pid, " exiting with ", ExitStatusText(exit_status_)));
  if (AskedToDie()) {
    fflush(nullptr);
    orderly_exit_->Die();
  }
  orderly_exit_.reset();
  return status;
}

// Why this worker can not be; empty when it can.
std::string Worker::Initialize() {
  std::string refusal;
  if (!hooks_.initializer) return refusal;
  const absl::optional<Thrown> thrown = CallUser([&] { refusal = hooks_.initializer(); });
  return thrown ? absl::StrCat(thrown->class_name, ": ", thrown->what) : refusal;
}

absl::Status Worker::RunJobs(os::Interrupt* interrupt) {
  ReadyOptions options;
  struct sigaction now = {};
  const bool free = sigaction(SIGUSR1, nullptr, &now) == 0 && now.sa_handler == SIG_DFL;
  if (free) options.soft_signal = SoftSignalUse::kHandler;
  const absl::Status ready = Ready(TaskRegistry::OfProcess().Names(), options);
  if (!ready.ok()) return ready;
  if (hooks_.on_loop_start) CallHook("on_loop_start", [&] { hooks_.on_loop_start(getpid()); });
  const absl::Status status = ServeUntilClosed(interrupt);
  if (hooks_.on_loop_stop) CallHook("on_loop_stop", [&] { hooks_.on_loop_stop(getpid()); });
  return status;
}

absl::Status Worker::ServeUntilClosed(os::Interrupt* interrupt) {
  while (!AskedToDie()) {
    const absl::StatusOr<Job*> job =
        Next(Deadline::Forever(), interrupt == nullptr ? DeathToken() : interrupt);
    if (AskedToDie() && !job.ok()) break;
    if (!job.ok()) {
      return CodeOf(job.status()) == Code::kClosed ? absl::OkStatus() : job.status();
    }
    ServeOne(*job);
  }
  return absl::OkStatus();
}

void Worker::ServeOne(Job* job) {
  const TaskFunction task = TaskRegistry::OfProcess().Find(job->task());
  if (!task) {
    (void)job->Fail({"UnknownTask", absl::StrCat("task '", job->task(), "' has no function"), ""});
    return;
  }
  int returned = 0;
  const absl::optional<Thrown> thrown = CallUser([&] { returned = task(*job); });
  if (job->answered()) return;
  // The end of this process is no failure of its task: the job is lost with it (POOL-93).
  if ((thrown || returned != 0) && AskedToDie()) return;
  if (thrown) {
    (void)job->Fail({thrown->class_name, thrown->what, ""});
  } else if (returned != 0 && job->SoftLimitReached()) {
    (void)job->Fail({"SoftTimeLimitExceeded", "SoftTimeLimitExceeded()", ""});
  } else if (returned != 0) {
    (void)job->Fail({"TaskError", absl::StrCat("task returned ", returned), ""});
  } else if (job->refusal_.empty()) {
    (void)job->Reply("", 0);
  } else {
    (void)job->Fail(job->WhyUnanswered());
  }
}

}  // namespace billiard::pool
