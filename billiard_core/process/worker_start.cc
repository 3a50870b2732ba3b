#include "billiard_core/process/worker_start.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "billiard_core/base/fault_point.h"
#include "billiard_core/os/child_process.h"

namespace billiard::process {
namespace {

constexpr int kFirstPassedFd = 3;
constexpr int kCouldNotStart = 127;

[[noreturn]] void GiveUp(const StartContext& context, int place, StartStep step) {
  StartFailure& failure = context.failures[place];
  failure.error_number.store(errno, std::memory_order_relaxed);
  failure.step.store(static_cast<int32_t>(step), std::memory_order_relaxed);  // read after the exit
  _exit(kCouldNotStart);
}

// The process itself: its group, its orphans, its end with the template.
bool TakeOwnPlace(const StartContext& context) {
  setpgid(0, 0);  // the template does the same, whoever comes first
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return false;
  if (getppid() != context.template_pid) _exit(kCouldNotStart);  // it died before the line above
  prctl(PR_SET_NAME, context.host_name);
  return true;
}

// Where memory runs out, the kernel had better choose a worker than its host (USR-4). Errors are ignored.
void OfferToOutOfMemoryKiller() {
  constexpr int kMore = 100;
  constexpr int kMost = 1000;  // of the kernel
  const int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  char text[16] = {};
  if (read(fd, text, sizeof text - 1) > 0) {
    const int own = atoi(text);
    const int size = snprintf(text, sizeof text, "%d", own + kMore < kMost ? own + kMore : kMost);
    if (pwrite(fd, text, static_cast<size_t>(size), 0) < 0) errno = 0;
  }
  close(fd);
}

// A worker must not take the input of its host's terminal. Errors are ignored (PROC-41).
void EmptyStdin() {
  const int fd = open("/dev/null", O_RDONLY);
  if (fd <= 0) return;
  dup2(fd, STDIN_FILENO);
  close(fd);
}

void UnblockSignals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void RunForked(const StartContext& context, const StartRequest& request) {
  sigaction(SIGCHLD, &context.host_sigchld, nullptr);
  signal(SIGINT, SIG_IGN);  // POOL-98
  UnblockSignals();
  const ForkHooks& hooks = context.plan->hooks;
  const int status =
      hooks.child_main(request.place, request.incarnation, request.group, hooks.child_context);
  fflush(nullptr);
  _exit(status);
}

void DefaultSignals() {
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);  // SIGKILL and such refuse
}

void SayWhoYouAre(const GroupPlan& group, const StartRequest& request) {
  static char text[sizeof kWorkerVariable + kMaxWorkerPrefix + 32];
  snprintf(text, sizeof text, "%s=%s%d:%u", kWorkerVariable, group.worker_prefix, request.place,
           request.incarnation);
  group.environment[group.environment_count] = text;
}

[[noreturn]] void RunCommand(const StartContext& context, const StartRequest& request) {
  const GroupPlan& group = context.plan->groups[request.group];
  SayWhoYouAre(group, request);
  if (os::PlaceDescriptors(group.fds, group.fd_count, kFirstPassedFd) != 0) {
    GiveUp(context, request.place, StartStep::kPrepare);
  }
  DefaultSignals();
  UnblockSignals();
  environ = group.environment;  // execvp looks for PATH there
  execvp(group.argv[0], group.argv);
  GiveUp(context, request.place, StartStep::kExecute);
}

[[noreturn]] void BecomeWorker(const StartContext& context, const StartRequest& request) {
  BP_FAULT_ARM();
  BP_FAULT_POINT("start.forked");
  if (!TakeOwnPlace(context)) GiveUp(context, request.place, StartStep::kPrepare);
  close(context.plan->channel);
  close(context.plan->host_pidfd);
  close(context.signal_fd);
  EmptyStdin();
  OfferToOutOfMemoryKiller();
  BP_FAULT_POINT("start.placed");
  if (context.plan->groups[request.group].argv == nullptr) RunForked(context, request);
  RunCommand(context, request);
}

}  // namespace

pid_t ForkByHooks(const ForkHooks& hooks) {
  return hooks.fork_process == nullptr ? fork() : hooks.fork_process(hooks.fork_context);
}

pid_t StartWorker(const StartContext& context, const StartRequest& request) {
  context.failures[request.place].step.store(0, std::memory_order_relaxed);
  // A process that executes a program at once needs nothing of the language's runtime.
  const bool forked = context.plan->groups[request.group].argv == nullptr;
  const pid_t pid = forked ? ForkByHooks(context.plan->hooks) : fork();
  if (pid == 0) BecomeWorker(context, request);
  if (pid > 0) setpgid(pid, pid);
  return pid;
}

}  // namespace billiard::process
