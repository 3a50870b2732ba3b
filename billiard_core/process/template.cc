#include "billiard_core/process/template.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/child_process.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/os/message.h"
#include "billiard_core/os/pidfd.h"
#include "billiard_core/process/start_error.h"

namespace billiard::process {
namespace {

constexpr int64_t kSetupPatience = 30 * kNanosPerSecond;
constexpr int64_t kReleasePatience = kNanosPerSecond / 2;

// Waits until one of the two is readable or closed; false after the deadline.
bool PollReadable(int fd, int other_fd, Deadline deadline) {
  pollfd entries[] = {{fd, POLLIN, 0}, {other_fd, POLLIN, 0}};
  while (true) {
    const int64_t left = deadline.Remaining();
    constexpr int64_t kLongest = 60 * kNanosPerSecond;
    const int64_t wait = left < 0 ? kLongest : std::min(left, kLongest);
    const int ready =
        poll(entries, 2, static_cast<int>((wait + kNanosPerMilli - 1) / kNanosPerMilli));
    if (ready > 0) return true;
    if (deadline.Expired()) return false;
  }
}

// Receives one message. A template that ended with requests unread makes the first receive fail
// with ECONNRESET, though what it had sent before is still to come.
ssize_t Receive(int channel, TemplateMessage* message, os::Fd* fd) {
  ssize_t size;
  do {
    size = os::ReceiveMessage(channel, message, sizeof *message, fd, MSG_DONTWAIT);
  } while (size < 0 && errno == ECONNRESET);
  return size;
}

absl::Status Gone() { return MakeStatus(Code::kClosed, "the template process has ended"); }

}  // namespace

Template::Template(std::vector<TemplateCommand> groups, int count)
    : owner_(os::ProcessToken()), groups_(std::move(groups)), count_(count) {}

Template::~Template() {
  if (!IsOwner() || !pidfd_.valid()) return;
  Shutdown();
  WaitUntilGone(Deadline::After(kReleasePatience));
}

bool Template::IsOwner() const { return owner_ == os::ProcessToken(); }

absl::Status Template::Connect(os::Fd channel) {
  channel_ = std::move(channel);
  const absl::Status status = WaitForSetup(Deadline::After(kSetupPatience));
  if (!status.ok()) Kill();
  return status;
}

absl::Status Template::WaitForSetup(Deadline deadline) {
  bool ready = false;
  while (!ready || !pidfd_.valid()) {
    // Looked at before the channel: what a template sends before it ends is not to be missed.
    const bool ended = pidfd_.valid() && os::PidfdHasEnded(pidfd_.get());
    const absl::Status status = ReadSetup(&ready);
    if (status.ok()) continue;
    if (CodeOf(status) != Code::kEmpty) return status;
    if (!pidfd_.valid()) {
      return MakeStatus(Code::kStartFailed, "the template's short-lived parent was killed");
    }
    if (ended) {
      return MakeStatus(Code::kStartFailed,
                        "the template process ended before it was set up (is it of this version?)");
    }
    if (!PollReadable(channel_.get(), pidfd_.get(), deadline)) {
      return MakeStatus(Code::kStartFailed, "the template process did not become ready in 30 s");
    }
  }
  return absl::OkStatus();
}

// One message; kEmpty: there is none now.
absl::Status Template::ReadSetup(bool* ready) {
  TemplateMessage message;
  os::Fd fd;
  const ssize_t size = Receive(channel_.get(), &message, &fd);
  if (size != sizeof message) return MakeStatus(Code::kEmpty, "no message");
  switch (message.kind) {
    case MessageKind::kBorn:
      if (!fd.valid()) return OsStatus(Code::kStartFailed, EMFILE, "the template's pidfd");
      pid_ = message.pid;
      pidfd_ = std::move(fd);
      return absl::OkStatus();
    case MessageKind::kReady:
      *ready = true;
      return absl::OkStatus();
    case MessageKind::kSetupFailed:
      return OsStatus(Code::kStartFailed, message.status, SetupErrorText(message.step));
    default:
      return MakeStatus(Code::kInternal, "unexpected message from the template");
  }
}

absl::Status Template::RequestStart(int place, uint32_t incarnation, int group) {
  const StartRequest request = {place, incarnation, group};
  if (!IsKnown(request)) {
    return MakeStatus(Code::kInvalid, absl::StrCat("place ", place, " or group ", group));
  }
  if (shut_down_) return Gone();
  unsent_.push_back(request);
  return FlushRequests();
}

bool Template::IsKnown(const StartRequest& request) const {
  return request.place >= 0 && request.place < count_ && request.group >= 0 &&
         request.group < static_cast<int>(groups_.size());
}

absl::Status Template::FlushRequests() {
  while (!unsent_.empty()) {
    const StartRequest& request = unsent_.front();
    if (os::SendMessage(channel_.get(), &request, sizeof request, -1, MSG_DONTWAIT) < 0) {
      return errno == EAGAIN ? absl::OkStatus() : Gone();
    }
    unsent_.pop_front();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Template::Event>> Template::ReadEvent() {
  TemplateMessage message;
  os::Fd fd;
  const ssize_t size = Receive(channel_.get(), &message, &fd);
  if (size < 0 && errno == EAGAIN) return std::optional<Event>();
  if (size <= 0) return Gone();
  FlushRequests().IgnoreError();  // a template that has gone says so at the next ReadEvent
  if (size != sizeof message || !IsKnown(message.request)) {
    return MakeStatus(Code::kInternal, "unexpected message from the template");
  }
  return std::optional<Event>(MakeEvent(message, std::move(fd)));
}

Template::Event Template::MakeEvent(const TemplateMessage& message, os::Fd pidfd) const {
  Event event;
  event.place = message.request.place;
  event.incarnation = message.request.incarnation;
  event.pid = message.pid;
  switch (message.kind) {
    case MessageKind::kStarted:
      event.kind = Event::Kind::kStarted;
      event.pidfd = std::move(pidfd);
      break;
    case MessageKind::kExited:
      event.kind = Event::Kind::kExited;
      event.wait_status = message.status;
      break;
    default: {
      event.kind = Event::Kind::kStartFailed;
      event.error_number = message.status;
      const std::vector<std::string>& argv = groups_[message.request.group].argv;
      event.text = StartErrorText(message.step, message.status, argv.empty() ? "" : argv[0]);
    }
  }
  return event;
}

void Template::Shutdown() {
  if (!IsOwner()) return;
  shut_down_ = true;
  unsent_.clear();
  shutdown(channel_.get(), SHUT_WR);  // unlike close, it is seen although a forked child has a copy
}

void Template::Kill() {
  if (IsOwner() && pidfd_.valid()) os::SignalPidfd(pidfd_.get(), SIGKILL);
}

bool Template::WaitUntilGone(Deadline deadline) {
  if (!PollReadable(pidfd_.get(), -1, deadline)) return false;
  // Where this process is a subreaper or pid 1, the template became its child after all.
  siginfo_t info;
  waitid(static_cast<idtype_t>(P_PIDFD), pidfd_.get(), &info, WEXITED | WNOHANG | __WALL);
  return true;
}

}  // namespace billiard::process
