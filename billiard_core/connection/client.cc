#include "billiard_core/connection/client.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/connection/authenticate.h"
#include "billiard_core/os/poll.h"
#include "billiard_core/os/stream_socket.h"

namespace billiard::connection {
namespace {

// A full backlog of AF_UNIX tells nobody when it has room again.
constexpr int64_t kRetryNanos = 5 * kNanosPerMilli;

absl::Status EndOf(os::PollResult result) {
  if (result == os::PollResult::kInterrupted) {
    return MakeStatus(Code::kInterrupted, "interrupted");
  }
  return MakeStatus(Code::kTimeout, "not connected in time");
}

// Waits until a connect under way has ended, and says how: errno, or 0.
absl::StatusOr<int> AwaitConnected(int fd, Deadline deadline, os::Interrupt* interrupt) {
  const absl::StatusOr<os::PollResult> result = os::PollOne(fd, POLLOUT, deadline, interrupt);
  if (!result.ok()) return result.status();
  if (*result != os::PollResult::kReady) return EndOf(*result);
  return os::ConnectResult(fd);
}

absl::Status Pause(Deadline deadline, os::Interrupt* interrupt) {
  const Deadline pause = Earlier(deadline, Deadline::After(kRetryNanos));
  const absl::StatusOr<os::PollResult> result = os::Poll(nullptr, 0, pause, interrupt);
  if (!result.ok()) return result.status();
  if (*result == os::PollResult::kInterrupted || deadline.Expired()) return EndOf(*result);
  return absl::OkStatus();
}

absl::StatusOr<os::Fd> ConnectSocket(const os::SocketAddress& address, Deadline deadline,
                                     os::Interrupt* interrupt) {
  absl::StatusOr<os::Fd> fd = os::NewStreamSocket(address.family());
  if (!fd.ok()) return fd;
  for (;;) {
    int error = os::BeginConnect(fd->get(), address);
    if (error == EINPROGRESS) {
      const absl::StatusOr<int> ended = AwaitConnected(fd->get(), deadline, interrupt);
      if (!ended.ok()) return ended.status();
      error = *ended;
    }
    if (error == 0) return fd;
    if (error != EAGAIN) {
      return OsStatus(error, absl::StrCat("connect to ", os::AddressText(address)));
    }
    if (absl::Status status = Pause(deadline, interrupt); !status.ok()) return status;
  }
}

// A name of the abstract namespace is anybody's to take.
absl::Status CheckUser(int fd) {
  const absl::StatusOr<uid_t> user = os::PeerUser(fd);
  if (!user.ok()) return user.status();
  if (*user == geteuid() || *user == 0) return absl::OkStatus();
  return MakeStatus(Code::kAuthentication, "the listener is another user's");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connect(absl::string_view address,
                                                    const ClientOptions& options, Deadline deadline,
                                                    os::Interrupt* interrupt) {
  if (options.authenticates) {
    if (absl::Status status = CheckKey(options.key); !status.ok()) return status;
  }
  const absl::StatusOr<os::SocketAddress> to = ParseAddress(address, options.family);
  if (!to.ok()) return to.status();
  absl::StatusOr<os::Fd> fd = ConnectSocket(*to, deadline, interrupt);
  if (!fd.ok()) return fd.status();
  if (to->family() == AF_UNIX && !options.any_user) {
    if (absl::Status status = CheckUser(fd->get()); !status.ok()) return status;
  }
  os::SetNoDelay(fd->get());
  auto connection = Connection::FromFd(&*fd, ConnectionOptions{.max_message = options.max_message});
  if (connection.ok() && options.authenticates) {
    absl::Status status =
        Authenticate(connection->get(), Side::kClient, options.key, deadline, interrupt);
    if (!status.ok()) return status;
  }
  return connection;
}

}  // namespace billiard::connection
