#include "billiard_core/process/child/server_connection.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "billiard_core/base/status.h"
#include "billiard_core/os/message.h"
#include "billiard_core/os/process_lock.h"
#include "billiard_core/process/child/executable.h"
#include "billiard_core/process/child/spawn_program.h"
#include "billiard_core/process/child/started_child.h"

namespace billiard::process {
namespace {

struct Connection {
  LibraryFd fd;
  std::shared_ptr<StartedChild> server;  // in the process that started it
};

// Held while a server is started, too: others who need it would start another one.
constinit os::ProcessLock connection_lock;
Connection* connection = nullptr;  // never freed: a child may find it half-changed

Connection& Locked(const os::ProcessLock::Hold& hold) {
  if (connection == nullptr || hold.IsNewProcess()) connection = new Connection;
  return *connection;
}

void Forget(Connection* known) {
  known->fd.Reset();
  if (known->server != nullptr) known->server->Poll();  // reaps it, when it was our child
  known->server.reset();
}

absl::Status StartServer(Connection* known, Deadline deadline) {
  absl::StatusOr<std::pair<LibraryFd, LibraryFd>> ends = LibraryFd::MakeSocketPair();
  if (!ends.ok()) return ends.status();
  Preparation preparation;
  preparation.facts.name = "ForkServer";
  preparation.facts.parent_pid = getpid();
  preparation.facts.authkey = Self().authkey;
  preparation.method = StartMethod::kForkServer;
  preparation.is_server = true;
  preparation.executable = ChosenExecutable();
  preparation.preload = Preload();
  absl::StatusOr<LibraryFd> none = NoServerConnection();
  if (!none.ok()) return none.status();
  absl::StatusOr<Launched> server =
      SpawnPrepared(std::move(preparation), none->get(), {ends->second.get()}, deadline);
  if (!server.ok()) return server.status();
  known->fd = std::move(ends->first);
  known->server = std::make_shared<StartedChild>(*std::move(server));
  return absl::OkStatus();
}

bool Send(const Connection& known, int channel) {
  const char request = 'f';
  return os::SendMessage(known.fd.get(), &request, 1, channel) == 1;
}

}  // namespace

absl::StatusOr<LibraryFd> NoServerConnection() {
  return LibraryFd::Make([]() -> absl::StatusOr<os::Fd> {
    os::Fd fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return OsStatus(errno, "open /dev/null");
    return fd;
  });
}

void AdoptServerConnection(os::Fd fd) {
  int type = 0;
  socklen_t size = sizeof type;
  const bool is_socket = getsockopt(fd.get(), SOL_SOCKET, SO_TYPE, &type, &size) == 0;
  os::ProcessLock::Hold hold(&connection_lock);
  Connection& known = Locked(hold);
  known = Connection();
  if (!is_socket) return;
  absl::StatusOr<LibraryFd> own =
      LibraryFd::Make([&]() -> absl::StatusOr<os::Fd> { return std::move(fd); });
  if (own.ok()) known.fd = *std::move(own);
}

int ServerConnectionNumber() {
  os::ProcessLock::Hold hold(&connection_lock);
  return Locked(hold).fd.get();
}

absl::StatusOr<LibraryFd> CopyOfServerConnection() {
  os::ProcessLock::Hold hold(&connection_lock);
  const int number = Locked(hold).fd.get();
  if (number < 0) return NoServerConnection();
  return LibraryFd::Make([&]() -> absl::StatusOr<os::Fd> {
    os::Fd copy(fcntl(number, F_DUPFD_CLOEXEC, 0));
    if (!copy.valid()) return OsStatus(errno, "can not copy a descriptor");
    return copy;
  });
}

absl::Status RequestFork(int channel, Deadline deadline) {
  os::ProcessLock::Hold hold(&connection_lock);
  Connection& known = Locked(hold);
  if (known.fd.valid() && Send(known, channel)) return absl::OkStatus();
  Forget(&known);
  const absl::Status status = StartServer(&known, deadline);
  if (!status.ok()) return status;
  if (Send(known, channel)) return absl::OkStatus();
  return OsStatus(Code::kStartFailed, errno, "the fork server does not listen");
}

void ForgetServer() {
  os::ProcessLock::Hold hold(&connection_lock);
  Forget(&Locked(hold));
}

}  // namespace billiard::process
