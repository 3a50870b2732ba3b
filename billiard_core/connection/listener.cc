#include "billiard_core/connection/listener.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "billiard_core/base/status.h"
#include "billiard_core/connection/challenge.h"
#include "billiard_core/os/fork_gate.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/os/poll.h"
#include "billiard_core/os/stream_socket.h"

namespace billiard::connection {
namespace {

// Clients taken from the system in one go, before the handshakes under way get their turn again.
constexpr int kAcceptedAtOnce = 16;

absl::Status Closed() { return MakeStatus(Code::kClosed, "listener is closed"); }

absl::Status CheckOptions(const ListenerOptions& options) {
  if (options.authenticates) {
    if (absl::Status status = CheckKey(options.key); !status.ok()) return status;
  }
  if (options.backlog < 1) return MakeStatus(Code::kInvalid, "backlog: is below 1");
  if (options.max_pending < 1) return MakeStatus(Code::kInvalid, "max_pending: is 0");
  if (options.max_message == 0 || options.max_message > kLongestFrame) {
    return MakeStatus(Code::kInvalid, "max_message: must be 1 to 2147483647");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(absl::string_view address,
                                                         const ListenerOptions& options) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  const absl::StatusOr<os::SocketAddress> wanted =
      address.empty() ? ArbitraryAddress(options.family) : ParseAddress(address, options.family);
  if (!wanted.ok()) return wanted.status();
  absl::StatusOr<os::Fd> socket = os::Listen(*wanted, options.backlog);
  if (!socket.ok()) return socket.status();
  const absl::StatusOr<os::SocketAddress> bound = os::LocalAddress(socket->get());
  if (!bound.ok()) return bound.status();
  const std::string text = os::AddressText(*bound);
  std::unique_ptr<Listener> listener(new Listener(*std::move(socket), options, text));
  listener->is_unix_ = bound->family() == AF_UNIX;
  if (listener->is_unix_ && text[0] != '@') listener->path_ = std::make_unique<SocketPath>(text);
  os::ForkGate::Install();
  if (absl::Status status = listener->MakeReadySet(); !status.ok()) return status;
  return listener;
}

absl::Status Listener::MakeReadySet() {
  absl::StatusOr<os::ReadySet> ready = os::ReadySet::Create();
  if (!ready.ok()) return ready.status();
  if (absl::Status status = ready->Add(socket_.get()); !status.ok()) return status;
  listening_ = true;
  ready_ = std::make_unique<os::ReadySet>(*std::move(ready));
  admissions_ = std::make_unique<Admissions>(ready_.get(),
                                             options_.authenticates ? options_.key : std::string(),
                                             options_.handshake_timeout_ns, options_.max_pending);
  ready_fd_.store(ready_->fd(), std::memory_order_relaxed);
  process_ = os::ProcessToken();
  return absl::OkStatus();
}

absl::Status Listener::RemakeInFork() {
  if (process_ == os::ProcessToken()) return absl::OkStatus();
  const os::ForkGate::Hold whole;
  admissions_->Abandon();
  return MakeReadySet();
}

bool Listener::Welcome(int client) const {
  if (!is_unix_ || options_.any_user) return true;
  const absl::StatusOr<uid_t> user = os::PeerUser(client);
  return user.ok() && (*user == geteuid() || *user == 0);
}

absl::Status Listener::AcceptSome() {
  for (int i = 0; i < kAcceptedAtOnce && admissions_->HasPlace(); ++i) {
    os::SocketAddress peer;
    absl::StatusOr<os::Fd> client = os::Accept(socket_.get(), &peer);
    if (!client.ok()) return client.status();
    if (!client->valid()) break;
    if (!Welcome(client->get())) {
      admissions_->CountDropped();
      continue;
    }
    os::SetNoDelay(client->get());
    auto connection =
        Connection::FromFd(&*client, ConnectionOptions{.max_message = options_.max_message});
    if (!connection.ok()) return connection.status();
    admissions_->Add(*std::move(connection), os::AddressText(peer));
    // Without a handshake to wait for, the others stay in the system's queue.
    if (admissions_->has_admitted()) break;
  }
  return absl::OkStatus();
}

absl::Status Listener::GetOn() {
  const os::ForkGate::Hold whole;
  absl::Status status;
  for (const int fd : ready_->Ready()) {
    if (fd == socket_.get()) {
      status = AcceptSome();
    } else {
      admissions_->GoOn(fd);
    }
  }
  admissions_->DropLate();
  const bool has_place = admissions_->NextPlace().Expired();
  if (has_place != listening_) {
    // Without a place, clients wait in the system's queue, and must not wake anybody.
    if (has_place && !ready_->Add(socket_.get()).ok()) return status;
    if (!has_place) ready_->Remove(socket_.get());
    listening_ = has_place;
  }
  SetTimer();
  dropped_.store(admissions_->dropped(), std::memory_order_relaxed);
  return status;
}

void Listener::SetTimer() {
  Deadline next = admissions_->NextEnd();
  if (!listening_) next = Earlier(next, admissions_->NextPlace());
  if (admissions_->has_admitted()) next = Deadline::Now();
  ready_->SetTimer(next);
}

absl::Status Listener::Enter(Deadline deadline, os::Interrupt* interrupt) {
  if (closed()) return Closed();
  return turn_.Take(deadline, interrupt);
}

absl::StatusOr<bool> Listener::AwaitAdmitted(Deadline deadline, os::Interrupt* interrupt) {
  if (closed()) return Closed();
  if (absl::Status status = RemakeInFork(); !status.ok()) return status;
  for (;;) {
    if (admissions_->has_admitted()) return true;
    if (absl::Status status = GetOn(); !status.ok()) return status;
    if (admissions_->has_admitted()) return true;
    const absl::StatusOr<os::PollResult> result =
        os::PollOne(ready_->fd(), POLLIN, deadline, interrupt, &closing_);
    if (!result.ok()) return result.status();
    if (closing_.raised()) return Closed();
    if (*result == os::PollResult::kInterrupted) {
      return MakeStatus(Code::kInterrupted, "interrupted");
    }
    if (*result == os::PollResult::kTimedOut) return false;
  }
}

absl::StatusOr<bool> Listener::Poll(Deadline deadline, os::Interrupt* interrupt) {
  const absl::Status entered = Enter(deadline, interrupt);
  if (CodeOf(entered) == Code::kTimeout) return false;
  if (!entered.ok()) return entered;
  Turn::Hold hold(&turn_);
  return AwaitAdmitted(deadline, interrupt);
}

absl::StatusOr<std::unique_ptr<Connection>> Listener::Accept(Deadline deadline,
                                                             os::Interrupt* interrupt) {
  if (absl::Status status = Enter(deadline, interrupt); !status.ok()) return status;
  Turn::Hold hold(&turn_);
  const absl::StatusOr<bool> there = AwaitAdmitted(deadline, interrupt);
  if (!there.ok()) return there.status();
  if (!*there) return MakeStatus(Code::kTimeout, "no client in time");
  const os::ForkGate::Hold whole;
  Admitted admitted = admissions_->Take();
  SetTimer();
  if (!admitted.status.ok()) return admitted.status;
  os::ProcessLock::Hold names(&lock_);
  last_accepted_ = std::move(admitted.peer);
  return std::move(admitted.connection);
}

bool Listener::closed() const {
  os::ProcessLock::Hold hold(&lock_);
  return closed_;
}

absl::StatusOr<std::string> Listener::address() const {
  if (closed()) return Closed();
  return address_;
}

std::string Listener::last_accepted() const {
  os::ProcessLock::Hold hold(&lock_);
  return last_accepted_;
}

absl::StatusOr<int> Listener::fd() const {
  if (closed()) return Closed();
  return ready_fd_.load(std::memory_order_relaxed);
}

void Listener::Close() {
  {
    os::ProcessLock::Hold hold(&lock_);
    if (std::exchange(closed_, true)) return;
  }
  closing_.Raise();
  if (!turn_.Take(Deadline::Forever(), nullptr).ok()) return;
  Turn::Hold hold(&turn_);
  const os::ForkGate::Hold whole;
  if (path_ != nullptr) path_->Remove();
  if (process_ != os::ProcessToken()) admissions_->Abandon();
  admissions_.reset();
  ready_.reset();
  socket_.Reset();
}

}  // namespace billiard::connection
