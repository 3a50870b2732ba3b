// The two ends of a pipe, and a raw peer, for tests of connections.
#ifndef BILLIARD_TESTS_CORE_CONNECTION_ENDS_H_
#define BILLIARD_TESTS_CORE_CONNECTION_ENDS_H_

#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "billiard_core/base/status.h"
#include "billiard_core/connection/connection.h"
#include "billiard_core/connection/pipe.h"
#include "billiard_core/os/fd.h"
#include "gtest/gtest.h"

namespace billiard::connection {

struct Ends {
  std::unique_ptr<Connection> first, second;
};

inline Ends MakeEnds(const PipeOptions& options = {}) {
  auto pipe = MakePipe(options);
  EXPECT_TRUE(pipe.ok()) << pipe.status();
  if (!pipe.ok()) return {};
  return {std::move(pipe->first), std::move(pipe->second)};
}

// A connection whose other side is a bare socket that sends whatever bytes a test likes.
struct WithRawPeer {
  explicit WithRawPeer(const ConnectionOptions& options = {}) {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    os::Fd own(fds[0]);
    raw.Reset(fds[1]);
    auto made = Connection::FromFd(&own, options);
    EXPECT_TRUE(made.ok()) << made.status();
    if (made.ok()) connection = *std::move(made);
  }
  void Write(const std::string& bytes) {
    EXPECT_EQ(send(raw.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  os::Fd raw;
  std::unique_ptr<Connection> connection;
};

inline Code SendCode(Connection* connection, absl::string_view message,
                     Deadline deadline = Deadline::Forever()) {
  const absl::StatusOr<Sent> sent = connection->Send(message, deadline, nullptr);
  if (!sent.ok()) return CodeOf(sent.status());
  return *sent == Sent::kAll ? Code::kOk : Code::kPending;
}

// The message that comes next, or "!" and the number of the failure.
inline std::string ReceiveText(Connection* connection, Deadline deadline = Deadline::Forever(),
                               int64_t max_length = -1) {
  Bytes message;
  const absl::Status status = connection->Receive(max_length, deadline, nullptr, &message);
  if (!status.ok()) return "!" + std::to_string(static_cast<int>(CodeOf(status)));
  return std::string(message.view());
}

inline std::string Failure(Code code) { return "!" + std::to_string(static_cast<int>(code)); }

}  // namespace billiard::connection

#endif  // BILLIARD_TESTS_CORE_CONNECTION_ENDS_H_
