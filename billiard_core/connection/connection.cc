#include "billiard_core/connection/connection.h"

#include <poll.h>

#include <cerrno>
#include <utility>

#include "billiard_core/base/status.h"
#include "billiard_core/os/poll.h"

namespace billiard::connection {
namespace {

absl::Status CheckOptions(const ConnectionOptions& options) {
  if (!options.readable && !options.writable) {
    return MakeStatus(Code::kInvalid, "a connection must be readable or writable");
  }
  if (options.max_message == 0 || options.max_message > kLongestFrame) {
    return MakeStatus(Code::kInvalid, "max_message: must be 1 to 2147483647");
  }
  return absl::OkStatus();
}

absl::Status Closed() { return MakeStatus(Code::kClosed, "handle is closed"); }

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::FromFd(os::Fd* fd,
                                                               const ConnectionOptions& options) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  absl::StatusOr<os::ByteStream> stream = os::ByteStream::Open(fd);
  if (!stream.ok()) return stream.status();
  return std::make_unique<Connection>(*std::move(stream), options);
}

Connection::Connection(os::ByteStream stream, const ConnectionOptions& options)
    : options_(options),
      blocking_(options.blocking),
      readable_(options.readable),
      stream_(std::make_shared<const os::ByteStream>(std::move(stream))),
      reader_(options.max_message) {}

Connection::Stream Connection::stream_of_this() const {
  os::ProcessLock::Hold hold(&stream_lock_);
  return stream_;
}

absl::StatusOr<Connection::Stream> Connection::OpenFor(short events) const {
  Stream stream = stream_of_this();
  if (stream == nullptr) return Closed();
  if (events == POLLIN && !readable()) {
    return MakeStatus(Code::kState, "connection is write-only");
  }
  if (events == POLLOUT && !writable()) {
    return MakeStatus(Code::kState, "connection is read-only");
  }
  return stream;
}

absl::StatusOr<int> Connection::fd() const {
  const Stream stream = stream_of_this();
  if (stream == nullptr) return Closed();
  return stream->fd();
}

ConnectionOptions Connection::options() const {
  ConnectionOptions options = options_;
  options.readable = readable();
  options.blocking = blocking();
  return options;
}

void Connection::Close() {
  Stream last;  // closed after the lock is given back
  os::ProcessLock::Hold hold(&stream_lock_);
  last = std::exchange(stream_, nullptr);
  if (last != nullptr) closing_.Raise();
}

absl::Status Connection::TakeTurn(Turn* turn, Deadline deadline, os::Interrupt* interrupt) {
  absl::Status status = turn->Take(deadline, interrupt);
  if (status.ok() && closed()) {
    turn->Give();
    return Closed();
  }
  if (CodeOf(status) == Code::kTimeout && !blocking()) {
    return OsStatus(Code::kAgain, EAGAIN, "another thread uses the connection");
  }
  return status;
}

absl::Status Connection::Await(const os::ByteStream& stream, short events, Deadline deadline,
                               os::Interrupt* interrupt) {
  const absl::StatusOr<os::PollResult> result =
      os::PollOne(stream.fd(), events, Within(deadline), interrupt, &closing_);
  if (!result.ok()) return result.status();
  if (*result == os::PollResult::kReady) return absl::OkStatus();
  if (closing_.raised()) return Closed();
  if (*result == os::PollResult::kInterrupted) {
    return MakeStatus(Code::kInterrupted, "interrupted");
  }
  if (!blocking()) return OsStatus(Code::kAgain, EAGAIN, "the connection does not block");
  return MakeStatus(Code::kTimeout, events == POLLIN ? "no whole message in time"
                                                     : "no room for the message in time");
}

absl::StatusOr<bool> Connection::PollFor(short events, Deadline deadline,
                                         os::Interrupt* interrupt) {
  const absl::StatusOr<Stream> stream = OpenFor(events);
  if (!stream.ok()) return stream.status();
  const absl::StatusOr<os::PollResult> result =
      os::PollOne((*stream)->fd(), events, deadline, interrupt, &closing_);
  if (!result.ok()) return result.status();
  if (*result == os::PollResult::kReady) return true;
  if (closing_.raised()) return Closed();
  if (*result == os::PollResult::kInterrupted) {
    return MakeStatus(Code::kInterrupted, "interrupted");
  }
  return false;
}

absl::StatusOr<bool> Connection::Poll(Deadline deadline, os::Interrupt* interrupt) {
  return PollFor(POLLIN, deadline, interrupt);
}

absl::StatusOr<bool> Connection::PollWritable(Deadline deadline, os::Interrupt* interrupt) {
  return PollFor(POLLOUT, deadline, interrupt);
}

}  // namespace billiard::connection
