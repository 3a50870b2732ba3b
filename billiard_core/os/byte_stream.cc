#include "billiard_core/os/byte_stream.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"

namespace billiard::os {
namespace {

template <typename Call>
ssize_t ThroughSignals(const Call& call) {
  ssize_t result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

absl::StatusOr<int> SocketOption(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(fd, SOL_SOCKET, option, &value, &size) != 0) return OsStatus(errno, "getsockopt");
  return value;
}

void TakePassed(msghdr* message, std::vector<Fd>* passed) {
  for (cmsghdr* header = CMSG_FIRSTHDR(message); header != nullptr;
       header = CMSG_NXTHDR(message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
      passed->push_back(Fd(fd));
    }
  }
}

ssize_t ReceiveWithPassed(int fd, void* data, size_t size, std::vector<Fd>* passed) {
  iovec part = {data, size};
  alignas(cmsghdr) char control[CMSG_SPACE(ByteStream::kMaxPassed * sizeof(int))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t received =
      ThroughSignals([&] { return recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC); });
  if (received >= 0) TakePassed(&message, passed);
  return received;
}

bool Ready(int fd, short events) {
  pollfd entry = {fd, events, 0};
  return poll(&entry, 1, 0) > 0;
}

// write() that raises no SIGPIPE: it is blocked meanwhile, and taken away when it is due to this write.
ssize_t WriteWithoutSignal(int fd, const iovec* parts, int count) {
  sigset_t pipe, before, due;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigpending(&due);
  const bool was_due = sigismember(&due, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  const ssize_t written = ThroughSignals([&] { return writev(fd, parts, count); });
  if (written == -EPIPE && !was_due) {
    const timespec at_once = {};
    while (sigtimedwait(&pipe, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return written;
}

// A pipe that has room at all has room for PIPE_BUF bytes: so much never blocks, whatever its flags.
ssize_t WriteToFile(int fd, const iovec* parts, int count) {
  if (!Ready(fd, POLLOUT)) return -EAGAIN;
  iovec first = parts[0];
  for (int i = 1; first.iov_len == 0 && i < count; ++i) first = parts[i];
  first.iov_len = std::min<size_t>(first.iov_len, PIPE_BUF);
  return WriteWithoutSignal(fd, &first, 1);
}

}  // namespace

absl::StatusOr<ByteStream> ByteStream::Open(Fd* fd) {
  struct stat about;
  if (fd->get() < 0 || fstat(fd->get(), &about) != 0) {
    return MakeStatus(Code::kInvalid, absl::StrCat("invalid handle ", fd->get()));
  }
  if (!S_ISSOCK(about.st_mode)) return ByteStream(std::move(*fd), Kind::kFile);
  const absl::StatusOr<int> type = SocketOption(fd->get(), SO_TYPE);
  if (!type.ok()) return type.status();
  if (*type != SOCK_STREAM) {
    return MakeStatus(Code::kInvalid, "fd: is a socket that does not carry a stream");
  }
  const absl::StatusOr<int> domain = SocketOption(fd->get(), SO_DOMAIN);
  if (!domain.ok()) return domain.status();
  return ByteStream(std::move(*fd), *domain == AF_UNIX ? Kind::kUnixSocket : Kind::kSocket);
}

absl::StatusOr<std::pair<ByteStream, ByteStream>> ByteStream::CreatePair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
    return OsStatus(errno, "socketpair");
  }
  return std::make_pair(ByteStream(Fd(fds[0]), Kind::kUnixSocket),
                        ByteStream(Fd(fds[1]), Kind::kUnixSocket));
}

ssize_t ByteStream::Read(void* data, size_t size, std::vector<Fd>* passed) const {
  if (kind_ == Kind::kFile) {
    return Ready(fd(), POLLIN) ? ReadOnce(fd(), data, size) : -EAGAIN;
  }
  if (passed != nullptr && passes_descriptors()) {
    return ReceiveWithPassed(fd(), data, size, passed);
  }
  return ThroughSignals([&] { return recv(fd(), data, size, MSG_DONTWAIT); });
}

ssize_t ByteStream::Write(const iovec* parts, int count, const int* passed,
                          size_t passed_count) const {
  if (kind_ == Kind::kFile) return WriteToFile(fd(), parts, count);
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxPassed * sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = static_cast<size_t>(count);
  if (passed_count > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(passed_count * sizeof(int));
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(passed_count * sizeof(int));
    memcpy(CMSG_DATA(header), passed, passed_count * sizeof(int));
  }
  return ThroughSignals([&] { return sendmsg(fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL); });
}

ssize_t ReadOnce(int fd, void* data, size_t size) {
  return ThroughSignals([&] { return read(fd, data, size); });
}

}  // namespace billiard::os
