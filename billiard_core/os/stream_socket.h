// Sockets that listen and connect, and their addresses.
#ifndef BILLIARD_CORE_OS_STREAM_SOCKET_H_
#define BILLIARD_CORE_OS_STREAM_SOCKET_H_

#include <sys/socket.h>
#include <sys/types.h>

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/os/fd.h"

namespace billiard::os {

// An address of AF_UNIX, AF_INET or AF_INET6, as the kernel has it.
struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;

  int family() const { return storage.ss_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// A path, or "@name" of the abstract namespace: kInvalid when it is empty, too long or has a NUL.
absl::StatusOr<SocketAddress> UnixAddress(absl::string_view text);
// A host by name or number, and a port. `family`: AF_INET, AF_INET6, or AF_UNSPEC for either. kNotFound:
// no such host. Blocks for as long as the system looks for the name.
absl::StatusOr<SocketAddress> InetAddress(const std::string& host, uint16_t port, int family);
// "/path", "@name", "host:port", "[host]:port"; "" for a peer without a name.
std::string AddressText(const SocketAddress& address);

// A non-blocking, listening, close-on-exec socket; the file of a path is made with mode 0600.
absl::StatusOr<Fd> Listen(const SocketAddress& address, int backlog);
absl::StatusOr<SocketAddress> LocalAddress(int socket);

// Accepts one that waits: an invalid Fd where none does, or where it left already. *peer is its address.
absl::StatusOr<Fd> Accept(int listening, SocketAddress* peer);

// A non-blocking socket of the family, and the first step of connecting it: 0, or errno (EINPROGRESS: it is
// connected or has failed when it is writable; EAGAIN: the backlog is full, try again).
absl::StatusOr<Fd> NewStreamSocket(int family);
int BeginConnect(int socket, const SocketAddress& address);
// errno of a connect that has ended, 0 for success.
int ConnectResult(int socket);

// Small messages go out at once, over TCP.
void SetNoDelay(int socket);

// The user of the process at the other end of an AF_UNIX socket, as of when it connected or listened.
absl::StatusOr<uid_t> PeerUser(int socket);

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_STREAM_SOCKET_H_
