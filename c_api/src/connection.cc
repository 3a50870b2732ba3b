// Shims of connection.h: pipes, and what a connection is.
#include "billiard/connection.h"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "billiard_core/connection/authenticate.h"
#include "billiard_core/connection/pipe.h"
#include "billiard_core/connection/wait.h"
#include "billiard_core/os/byte_stream.h"
#include "billiard_core/os/fd.h"
#include "c_api/src/connection_object.h"
#include "c_api/src/interrupt_object.h"

namespace core = billiard::connection;

static_assert(BP_MESSAGE_MAX == core::kLongestFrame);
static_assert(BP_PASSED_MAX == billiard::os::ByteStream::kMaxPassed);

namespace billiard::c_api {

absl::Status ReadMaxMessage(uint32_t max_message, uint32_t* read) {
  if (max_message > BP_MESSAGE_MAX) {
    return MakeStatus(Code::kInvalid, "options.max_message: is above 2147483647");
  }
  *read = max_message == 0 ? core::kDefaultMaxMessage : max_message;
  return absl::OkStatus();
}

absl::Status CheckFlag(uint32_t flag, absl::string_view name) {
  if (flag <= 1) return absl::OkStatus();
  return MakeStatus(Code::kInvalid, "options." + std::string(name) + ": must be 0 or 1");
}

absl::Status GiveConnection(absl::StatusOr<std::unique_ptr<core::Connection>> made,
                            bp_connection** out) {
  if (!made.ok()) return made.status();
  *out = new bp_connection{*std::move(made)};
  return absl::OkStatus();
}

namespace {

absl::Status ReadPipeOptions(const bp_pipe_options* options, core::PipeOptions* read) {
  bp_pipe_options full;
  BP_RETURN_IF_ERROR(ReadOptions(options, &full, "options"));
  BP_RETURN_IF_ERROR(CheckFlag(full.one_way, "one_way"));
  BP_RETURN_IF_ERROR(CheckFlag(full.first_nonblocking, "first_nonblocking"));
  BP_RETURN_IF_ERROR(CheckFlag(full.second_nonblocking, "second_nonblocking"));
  read->duplex = full.one_way == 0;
  read->first_blocks = full.first_nonblocking == 0;
  read->second_blocks = full.second_nonblocking == 0;
  return ReadMaxMessage(full.max_message, &read->max_message);
}

absl::Status ReadConnectionOptions(const bp_connection_options* options,
                                   core::ConnectionOptions* read) {
  bp_connection_options full;
  BP_RETURN_IF_ERROR(ReadOptions(options, &full, "options"));
  BP_RETURN_IF_ERROR(CheckFlag(full.no_read, "no_read"));
  BP_RETURN_IF_ERROR(CheckFlag(full.no_write, "no_write"));
  BP_RETURN_IF_ERROR(CheckFlag(full.nonblocking, "nonblocking"));
  read->readable = full.no_read == 0;
  read->writable = full.no_write == 0;
  read->blocking = full.nonblocking == 0;
  return ReadMaxMessage(full.max_message, &read->max_message);
}

using PollCall = absl::StatusOr<bool> (core::Connection::*)(Deadline, os::Interrupt*);

bp_status PollWith(PollCall poll, bp_connection* connection, int64_t timeout_ns,
                   bp_interrupt* interrupt, int* ready, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(ready, "ready"));
    *ready = 0;
    BP_RETURN_IF_ERROR(CheckWait(connection, timeout_ns));
    const absl::StatusOr<bool> there =
        (connection->core.get()->*poll)(Deadline::After(timeout_ns), Core(interrupt));
    if (!there.ok()) return there.status();
    *ready = *there ? 1 : 0;
    return absl::OkStatus();
  });
}

using ProofCall = absl::Status (*)(core::Connection*, absl::string_view, Deadline, os::Interrupt*);

bp_status ProveWith(ProofCall prove, bp_connection* connection, const void* key, size_t key_size,
                    int64_t timeout_ns, bp_interrupt* interrupt, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(connection, timeout_ns));
    BP_RETURN_IF_ERROR(NotNull(key, "key"));
    return prove(connection->core.get(), Bytes(key, key_size), Deadline::After(timeout_ns),
                 Core(interrupt));
  });
}

}  // namespace
}  // namespace billiard::c_api

using billiard::Code;
using billiard::Deadline;
using billiard::MakeStatus;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

void bp_pipe_options_init(bp_pipe_options* options, size_t size) { InitOptions(options, size); }

void bp_connection_options_init(bp_connection_options* options, size_t size) {
  InitOptions(options, size);
}

bp_status bp_pipe_create(const bp_pipe_options* options, bp_connection** first,
                         bp_connection** second, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (first != nullptr) *first = nullptr;
    if (second != nullptr) *second = nullptr;
    BP_RETURN_IF_ERROR(NotNull(first, "first"));
    BP_RETURN_IF_ERROR(NotNull(second, "second"));
    core::PipeOptions read;
    BP_RETURN_IF_ERROR(ReadPipeOptions(options, &read));
    auto ends = core::MakePipe(read);
    if (!ends.ok()) return ends.status();
    auto first_end = std::make_unique<bp_connection>(bp_connection{std::move(ends->first)});
    *second = new bp_connection{std::move(ends->second)};
    *first = first_end.release();
    return absl::OkStatus();
  });
}

bp_status bp_connection_from_fd(int fd, const bp_connection_options* options, bp_connection** out,
                                bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    core::ConnectionOptions read;
    BP_RETURN_IF_ERROR(ReadConnectionOptions(options, &read));
    billiard::os::Fd taken(fd);
    absl::Status status = GiveConnection(core::Connection::FromFd(&taken, read), out);
    taken.Release();  // what was refused stays the caller's
    return status;
  });
}

size_t bp_connection_pending(const bp_connection* connection) {
  return connection == nullptr ? 0 : connection->core->pending();
}

bp_status bp_connection_poll(bp_connection* connection, int64_t timeout_ns, bp_interrupt* interrupt,
                             int* ready, bp_error** error) {
  return PollWith(&core::Connection::Poll, connection, timeout_ns, interrupt, ready, error);
}

bp_status bp_connection_poll_send(bp_connection* connection, int64_t timeout_ns,
                                  bp_interrupt* interrupt, int* ready, bp_error** error) {
  return PollWith(&core::Connection::PollWritable, connection, timeout_ns, interrupt, ready, error);
}

void bp_connection_set_blocking(bp_connection* connection, int blocking) {
  if (connection != nullptr) connection->core->set_blocking(blocking != 0);
}

int bp_connection_readable(const bp_connection* connection) {
  return connection != nullptr && connection->core->readable() ? 1 : 0;
}

int bp_connection_writable(const bp_connection* connection) {
  return connection != nullptr && connection->core->writable() ? 1 : 0;
}

int bp_connection_closed(const bp_connection* connection) {
  return connection == nullptr || connection->core->closed() ? 1 : 0;
}

bp_status bp_connection_fd(const bp_connection* connection, int* fd, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(fd, "fd"));
    *fd = -1;
    BP_RETURN_IF_ERROR(NotNull(connection, "connection"));
    const absl::StatusOr<int> its = connection->core->fd();
    if (!its.ok()) return its.status();
    *fd = *its;
    return absl::OkStatus();
  });
}

bp_status bp_connection_deliver_challenge(bp_connection* connection, const void* key,
                                          size_t key_size, int64_t timeout_ns,
                                          bp_interrupt* interrupt, bp_error** error) {
  return ProveWith(core::DeliverChallenge, connection, key, key_size, timeout_ns, interrupt, error);
}

bp_status bp_connection_answer_challenge(bp_connection* connection, const void* key,
                                         size_t key_size, int64_t timeout_ns,
                                         bp_interrupt* interrupt, bp_error** error) {
  return ProveWith(core::AnswerDelivered, connection, key, key_size, timeout_ns, interrupt, error);
}

bp_status bp_wait_readable(const int* fds, size_t count, int64_t timeout_ns,
                           bp_interrupt* interrupt, uint8_t* ready, size_t* ready_count,
                           bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(ready_count, "ready_count"));
    *ready_count = 0;
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    if (count > 0) {
      BP_RETURN_IF_ERROR(NotNull(fds, "fds"));
      BP_RETURN_IF_ERROR(NotNull(ready, "ready"));
    }
    const absl::StatusOr<size_t> found =
        core::WaitReadable(fds, count, Deadline::After(timeout_ns), Core(interrupt), ready);
    if (!found.ok()) return found.status();
    *ready_count = *found;
    return absl::OkStatus();
  });
}

bp_status bp_fd_read(int fd, void* buffer, size_t size, int64_t length, size_t* got,
                     bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(got, "got"));
    *got = 0;
    if (length < 0) return MakeStatus(Code::kInvalid, "length: is negative");
    if (static_cast<uint64_t>(length) > size) {
      return MakeStatus(Code::kInvalid, "length: is above the buffer's size");
    }
    if (size == 0) return billiard::OsStatus(EINVAL, "read into an empty buffer");
    BP_RETURN_IF_ERROR(NotNull(buffer, "buffer"));
    const size_t wanted = length == 0 ? size : static_cast<size_t>(length);
    const ssize_t read = billiard::os::ReadOnce(fd, buffer, wanted);
    if (read < 0) return billiard::OsStatus(static_cast<int>(-read), "read");
    *got = static_cast<size_t>(read);
    return absl::OkStatus();
  });
}

void bp_connection_close(bp_connection* connection) {
  if (connection != nullptr) connection->core->Close();
}

void bp_connection_release(bp_connection* connection) { delete connection; }
