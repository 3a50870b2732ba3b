#include "billiard_core/process/template_loop.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "billiard_core/base/fault_point.h"
#include "billiard_core/os/child_process.h"
#include "billiard_core/os/message.h"
#include "billiard_core/process/outbox.h"
#include "billiard_core/process/strangers.h"
#include "billiard_core/process/template_setup.h"
#include "billiard_core/process/worker_start.h"
#include "billiard_core/process/worker_table.h"

namespace billiard::process {
namespace {

constexpr int kRetryMillis = 20;
constexpr int kDeathsAtOnce = 64;
constexpr int kSetupExit = 3;

class TemplateLoop {
 public:
  explicit TemplateLoop(const TemplatePlan& plan) : plan_(plan) {}

  // 0, or errno of what could not be set up.
  int SetUp();
  void Serve();

 private:
  void ReadRequests();
  void Start(const StartRequest& request);
  void Publish(const StartRequest& request, ChildState state, int status);
  void Answer(MessageKind kind, const StartRequest& request, pid_t pid, int status, StartStep step,
              os::Fd pidfd);

  void HandleDeaths();
  void EndWorker(int place, const siginfo_t& info);
  void BeginEnding();

  const TemplatePlan& plan_;
  StartContext start_ = {};
  WorkerTable workers_;
  Outbox outbox_;
  bool ending_ = false;
  bool more_deaths_ = false;
  bool all_gone_ = false;  // no child is left; only of interest while ending
};

int TemplateLoop::SetUp() {
  if (const int error = BecomeTemplate(plan_, &start_); error != 0) return error;
  return workers_.Create(plan_.count) && outbox_.Create(plan_.count) ? 0 : ENOMEM;
}

void TemplateLoop::Serve() {
  while (!(ending_ && all_gone_)) {
    const Outbox::Sending sending = outbox_.Send(plan_.channel);
    BP_FAULT_POINT("template.told");
    const bool full = sending == Outbox::Sending::kFull;
    const short wanted =
        static_cast<short>(POLLRDHUP | (full ? POLLOUT : 0) | (outbox_.empty() ? POLLIN : 0));
    pollfd events[] = {
        {start_.signal_fd, POLLIN, 0},
        {ending_ ? -1 : plan_.host_pidfd, POLLIN, 0},
        {ending_ ? -1 : plan_.channel, wanted, 0},
    };
    const bool retry = sending == Outbox::Sending::kRetry || (ending_ && full);
    const int patience = more_deaths_ ? 0 : retry ? kRetryMillis : -1;
    if (poll(events, 3, patience) < 0) continue;  // EINTR: a debugger

    const bool host_ended = events[1].revents != 0;
    const bool asked = (events[2].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
    if (host_ended || asked) BeginEnding();
    if (events[0].revents != 0 || more_deaths_ || ending_) HandleDeaths();
    if (!ending_ && (events[2].revents & POLLIN) != 0) ReadRequests();
  }
  outbox_.Send(plan_.channel);  // the last deaths, if the host still reads
}

void TemplateLoop::ReadRequests() {
  StartRequest request;
  while (outbox_.empty()) {
    const ssize_t size =
        os::ReceiveMessage(plan_.channel, &request, sizeof request, nullptr, MSG_DONTWAIT);
    if (size != sizeof request) return;  // nothing there now; the end of the stream is for poll
    Start(request);
    outbox_.Send(plan_.channel);
    BP_FAULT_POINT("template.started");
  }
}

void TemplateLoop::Start(const StartRequest& request) {
  const bool valid = request.place >= 0 && request.place < plan_.count && request.group >= 0 &&
                     request.group < plan_.group_count;
  if (!valid) return;  // the host checks before it sends
  if (workers_.pid(request.place) != 0) {
    Answer(MessageKind::kStartFailed, request, 0, EBUSY, StartStep::kOccupied, os::Fd());
    return;
  }
  Publish(request, ChildState::kStarting, 0);
  BP_FAULT_POINT("template.asked");
  const pid_t pid = StartWorker(start_, request);
  if (pid < 0) {
    const int error = errno;
    Publish(request, ChildState::kStartFailed, error);
    Answer(MessageKind::kStartFailed, request, 0, error, StartStep::kFork, os::Fd());
    return;
  }
  BP_FAULT_POINT("template.forked");
  os::Fd pidfd(os::OpenPidfd(pid));  // not reaped yet, so the pid is still this worker's
  workers_.Put(request, pid);
  plan_.entries[request.place].pid.store(pid, std::memory_order_relaxed);  // ordered by the word
  Publish(request, ChildState::kRunning, 0);
  BP_FAULT_POINT("template.entered");
  Answer(MessageKind::kStarted, request, pid, 0, StartStep::kNothing, std::move(pidfd));
}

void TemplateLoop::Publish(const StartRequest& request, ChildState state, int status) {
  ChildEntry& entry = plan_.entries[request.place];
  entry.wait_status.store(status, std::memory_order_relaxed);  // ordered by the word
  entry.word.store(ChildWord(request.incarnation, state),
                   std::memory_order_release);  // [CHILD-ENTRY] I1
}

void TemplateLoop::Answer(MessageKind kind, const StartRequest& request, pid_t pid, int status,
                          StartStep step, os::Fd pidfd) {
  const TemplateMessage message = {kind, request, pid, status, step};
  outbox_.Add(message, std::move(pidfd));
}

// One signal may stand for many deaths, so all are looked for. A dead child is first only looked
// at: while it is not reaped its pid and its process group can not be anybody else's. Strangers get
// their signal after a limited number of deaths: a chain of processes that fork and exit never runs
// dry.
void TemplateLoop::HandleDeaths() {
  signalfd_siginfo signals[8];
  while (read(start_.signal_fd, signals, sizeof signals) > 0) {
  }
  more_deaths_ = true;
  for (int i = 0; i < kDeathsAtOnce; ++i) {
    siginfo_t info = {};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0) {
      all_gone_ = errno == ECHILD;
      more_deaths_ = false;
      return;
    }
    if (info.si_pid == 0) {
      more_deaths_ = false;
      break;
    }
    BP_FAULT_POINT("template.seen");
    const int place = workers_.Find(info.si_pid);
    if (place >= 0) EndWorker(place, info);
    BP_FAULT_POINT("template.noted");
    waitid(P_PID, info.si_pid, &info, WEXITED | __WALL);
    BP_FAULT_POINT("template.reaped");
  }
  KillStrangers(workers_);
}

void TemplateLoop::EndWorker(int place, const siginfo_t& info) {
  const pid_t pid = info.si_pid;
  kill(-pid, SIGKILL);  // the rest of its process group
  const StartRequest& request = workers_.request(place);
  const StartFailure& failure = start_.failures[place];
  const auto step = static_cast<StartStep>(failure.step.load(std::memory_order_relaxed));
  if (step != StartStep::kNothing) {
    const int error = failure.error_number.load(std::memory_order_relaxed);
    Publish(request, ChildState::kStartFailed, error);
    Answer(MessageKind::kStartFailed, request, pid, error, step, os::Fd());
  } else {
    const int status = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
    Publish(request, ChildState::kExited, status);
    Answer(MessageKind::kExited, request, pid, status, StartStep::kNothing, os::Fd());
  }
  workers_.Remove(place);
}

// From now on everybody is a stranger but the workers that are dying already.
void TemplateLoop::BeginEnding() {
  ending_ = true;
  for (int place = 0; place < workers_.places(); ++place) {
    const pid_t pid = workers_.pid(place);
    if (pid == 0) continue;
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);  // it may have left its group
  }
}

}  // namespace

void RunTemplate(const TemplatePlan& plan) {
  BP_FAULT_ARM();
  TemplateLoop loop(plan);
  TemplateMessage message = {};
  message.kind = MessageKind::kReady;
  message.pid = getpid();
  message.status = loop.SetUp();
  if (message.status != 0) message.kind = MessageKind::kSetupFailed;
  message.step = StartStep::kPrepare;
  BP_FAULT_POINT("template.set_up");
  os::SendMessage(plan.channel, &message, sizeof message, -1);
  if (message.status != 0) _exit(kSetupExit);
  loop.Serve();
  _exit(0);
}

}  // namespace billiard::process
