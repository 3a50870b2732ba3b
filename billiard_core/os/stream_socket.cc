#include "billiard_core/os/stream_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"

namespace billiard::os {
namespace {

constexpr size_t kPathOffset = offsetof(sockaddr_un, sun_path);
// A path is kept with its NUL; a name of the abstract namespace after one.
constexpr size_t kMaxUnixText = sizeof(sockaddr_un::sun_path) - 1;

std::string UnixText(const SocketAddress& address) {
  const auto* const unix_address = reinterpret_cast<const sockaddr_un*>(&address.storage);
  if (address.size <= kPathOffset) return "";
  const size_t size = address.size - kPathOffset;
  if (unix_address->sun_path[0] == '\0') {
    return absl::StrCat("@", absl::string_view(unix_address->sun_path + 1, size - 1));
  }
  return std::string(unix_address->sun_path, strnlen(unix_address->sun_path, size));
}

}  // namespace

absl::StatusOr<SocketAddress> UnixAddress(absl::string_view text) {
  if (text.empty() || text == "@") return MakeStatus(Code::kInvalid, "address: is empty");
  if (text.size() > kMaxUnixText) {
    return MakeStatus(Code::kInvalid, absl::StrCat("address: an AF_UNIX path has at most ",
                                                   kMaxUnixText, " bytes, not ", text.size()));
  }
  if (text.find('\0') != absl::string_view::npos) {
    return MakeStatus(Code::kInvalid, "address: has a NUL");
  }
  SocketAddress address;
  auto* const unix_address = reinterpret_cast<sockaddr_un*>(&address.storage);
  unix_address->sun_family = AF_UNIX;
  memcpy(unix_address->sun_path, text.data(), text.size());
  const bool abstract = text[0] == '@';
  if (abstract) unix_address->sun_path[0] = '\0';
  address.size = static_cast<socklen_t>(kPathOffset + text.size() + (abstract ? 0 : 1));
  return address;
}

absl::StatusOr<SocketAddress> InetAddress(const std::string& host, uint16_t port, int family) {
  addrinfo hints = {};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) {
    return MakeStatus(Code::kNotFound, absl::StrCat(host, ": ", gai_strerror(failed)));
  }
  SocketAddress address;
  memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  freeaddrinfo(found);
  return address;
}

std::string AddressText(const SocketAddress& address) {
  if (address.family() == AF_UNIX) return UnixText(address);
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (getnameinfo(address.get(), address.size, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "";
  }
  const bool brackets = address.family() == AF_INET6;
  return absl::StrCat(brackets ? "[" : "", host, brackets ? "]:" : ":", port);
}

absl::StatusOr<Fd> NewStreamSocket(int family) {
  Fd fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return OsStatus(errno, "socket");
  return fd;
}

absl::StatusOr<Fd> Listen(const SocketAddress& address, int backlog) {
  absl::StatusOr<Fd> made = NewStreamSocket(address.family());
  if (!made.ok()) return made;
  const int fd = made->get();
  const int on = 1;
  if (address.family() == AF_UNIX) {
    // Before the bind: the file never has another mode.
    if (fchmod(fd, S_IRUSR | S_IWUSR) != 0) return OsStatus(errno, "fchmod");
  } else if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
    return OsStatus(errno, "setsockopt SO_REUSEADDR");
  }
  if (bind(fd, address.get(), address.size) != 0) {
    return OsStatus(errno, absl::StrCat("bind ", AddressText(address)));
  }
  if (listen(fd, backlog) != 0) return OsStatus(errno, "listen");
  return made;
}

absl::StatusOr<SocketAddress> LocalAddress(int socket) {
  SocketAddress address;
  address.size = sizeof address.storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address.storage), &address.size) != 0) {
    return OsStatus(errno, "getsockname");
  }
  return address;
}

absl::StatusOr<Fd> Accept(int listening, SocketAddress* peer) {
  peer->size = sizeof peer->storage;
  int fd;
  do {
    fd = accept4(listening, reinterpret_cast<sockaddr*>(&peer->storage), &peer->size,
                 SOCK_CLOEXEC | SOCK_NONBLOCK);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0) return Fd(fd);
  switch (errno) {
    case EAGAIN:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case EHOSTDOWN:
    case ENETUNREACH:
    case EHOSTUNREACH:
      return Fd();
    default:
      return OsStatus(errno, "accept");
  }
}

int BeginConnect(int socket, const SocketAddress& address) {
  if (connect(socket, address.get(), address.size) == 0) return 0;
  // A connect that a signal interrupted goes on by itself.
  return errno == EINTR ? EINPROGRESS : errno;
}

int ConnectResult(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

void SetNoDelay(int socket) {
  const int on = 1;
  // Fails on AF_UNIX, where nothing is delayed.
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

absl::StatusOr<uid_t> PeerUser(int socket) {
  ucred credentials = {};
  socklen_t size = sizeof credentials;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return OsStatus(errno, "getsockopt SO_PEERCRED");
  }
  return credentials.uid;
}

}  // namespace billiard::os
