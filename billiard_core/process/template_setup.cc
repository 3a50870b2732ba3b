#include "billiard_core/process/template_setup.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "billiard_core/os/child_process.h"

namespace billiard::process {
namespace {

// All signals stay blocked, but for those that report a fault of the running code: so Ctrl-C, a
// hangup or a terminal's stop do not matter, and the host's handlers do not run here, although they
// stay in place for its forks. Only SIGCHLD needs a change where the host ignores it, since ignored
// children leave no status.
int TakeSignals(StartContext* context) {
  sigset_t mask;
  sigfillset(&mask);
  for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT}) {
    sigdelset(&mask, fault);
  }
  if (sigprocmask(SIG_SETMASK, &mask, nullptr) != 0) return errno;

  if (sigaction(SIGCHLD, nullptr, &context->host_sigchld) != 0) return errno;
  if (signal(SIGCHLD, SIG_DFL) == SIG_ERR) return errno;
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  context->signal_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  return context->signal_fd < 0 ? errno : 0;
}

int ShareFailures(int places, StartContext* context) {
  void* failures = mmap(nullptr, places * sizeof(StartFailure), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (failures == MAP_FAILED) return errno;
  context->failures = static_cast<StartFailure*>(failures);
  return 0;
}

}  // namespace

int BecomeTemplate(const TemplatePlan& plan, StartContext* context) {
  context->plan = &plan;
  context->template_pid = getpid();
  setpgid(0, 0);
  prctl(PR_GET_NAME, context->host_name);
  prctl(PR_SET_NAME, "billiard-templ");
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return errno;
  // That the descriptor is a pidfd; a host that has died already is seen by the loop.
  if (os::SignalPidfd(plan.host_pidfd, 0) != 0 && errno != ESRCH) return errno;
  if (const int error = TakeSignals(context); error != 0) return error;
  return ShareFailures(plan.count, context);
}

}  // namespace billiard::process
