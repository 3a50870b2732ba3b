// Shims of connection.h: sending and receiving.
#include <cstring>
#include <utility>
#include <vector>

#include "billiard/connection.h"
#include "billiard_core/connection/passing.h"
#include "billiard_core/os/fd.h"
#include "c_api/src/connection_object.h"
#include "c_api/src/interrupt_object.h"

namespace core = billiard::connection;

namespace billiard::c_api {
namespace {

// A call that returns absl::StatusOr<core::Sent>.
template <typename Call>
bp_status GuardSent(bp_error** error, const Call& call) {
  bp_status success = BP_OK;
  const bp_status status = Guard(error, [&]() -> absl::Status {
    const absl::StatusOr<core::Sent> sent = call();
    if (!sent.ok()) return sent.status();
    if (*sent == core::Sent::kPending) success = BP_PENDING;
    return absl::OkStatus();
  });
  return status == BP_OK ? success : status;
}

void MoveTo(core::Bytes* message, bp_buffer* out) {
  out->size = message->size();
  out->format = BP_FORMAT_RAW;
  out->data = message->Release();
  if (out->size == 0) {
    free(out->data);
    out->data = nullptr;
  }
}

absl::Status CheckSlice(size_t size, int64_t offset, int64_t count) {
  if (offset < 0) return MakeStatus(Code::kInvalid, "offset: is negative");
  if (static_cast<uint64_t>(offset) > size) {
    return MakeStatus(Code::kInvalid, "offset: is beyond the end");
  }
  if (count < -1) return MakeStatus(Code::kInvalid, "count: is negative");
  if (count >= 0 && static_cast<uint64_t>(count) > size - static_cast<size_t>(offset)) {
    return MakeStatus(Code::kInvalid, "count: reaches beyond the end");
  }
  return absl::OkStatus();
}

absl::Status Receive(bp_connection* connection, int64_t max_length, int64_t timeout_ns,
                     bp_interrupt* interrupt, core::Bytes* message,
                     std::vector<os::Fd>* passed = nullptr) {
  BP_RETURN_IF_ERROR(CheckWait(connection, timeout_ns));
  return connection->core->Receive(max_length, Deadline::After(timeout_ns), Core(interrupt),
                                   message, passed);
}

}  // namespace
}  // namespace billiard::c_api

using billiard::Code;
using billiard::Deadline;
using billiard::MakeStatus;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

bp_status bp_connection_send(bp_connection* connection, const void* data, size_t size,
                             int64_t timeout_ns, bp_interrupt* interrupt, bp_error** error) {
  return bp_connection_send_fds(connection, data, size, nullptr, 0, timeout_ns, interrupt, error);
}

bp_status bp_connection_send_slice(bp_connection* connection, const void* data, size_t size,
                                   int64_t offset, int64_t count, int64_t timeout_ns,
                                   bp_interrupt* interrupt, bp_error** error) {
  return GuardSent(error, [&]() -> absl::StatusOr<core::Sent> {
    BP_RETURN_IF_ERROR(CheckWait(connection, timeout_ns));
    BP_RETURN_IF_ERROR(CheckBytes(data, size));
    BP_RETURN_IF_ERROR(CheckSlice(size, offset, count));
    absl::string_view slice = Bytes(data, size).substr(static_cast<size_t>(offset));
    if (count >= 0) slice = slice.substr(0, static_cast<size_t>(count));
    return connection->core->Send(slice, Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_connection_send_fds(bp_connection* connection, const void* data, size_t size,
                                 const int* fds, size_t fd_count, int64_t timeout_ns,
                                 bp_interrupt* interrupt, bp_error** error) {
  return GuardSent(error, [&]() -> absl::StatusOr<core::Sent> {
    BP_RETURN_IF_ERROR(CheckWait(connection, timeout_ns));
    BP_RETURN_IF_ERROR(CheckBytes(data, size));
    if (fd_count > 0) BP_RETURN_IF_ERROR(NotNull(fds, "fds"));
    if (fd_count > BP_PASSED_MAX) return MakeStatus(Code::kInvalid, "fd_count: is above 64");
    return connection->core->Send(Bytes(data, size), Deadline::After(timeout_ns), Core(interrupt),
                                  std::vector<int>(fds, fds + fd_count));
  });
}

bp_status bp_connection_flush(bp_connection* connection, int64_t timeout_ns,
                              bp_interrupt* interrupt, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(connection, timeout_ns));
    return connection->core->Flush(Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_connection_send_raw(bp_connection* connection, const void* data, size_t size,
                                 size_t* written, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(written, "written"));
    *written = 0;
    BP_RETURN_IF_ERROR(NotNull(connection, "connection"));
    BP_RETURN_IF_ERROR(CheckBytes(data, size));
    const absl::StatusOr<size_t> sent = connection->core->SendRaw(Bytes(data, size));
    if (!sent.ok()) return sent.status();
    *written = *sent;
    return absl::OkStatus();
  });
}

bp_status bp_connection_recv(bp_connection* connection, int64_t max_length, int64_t timeout_ns,
                             bp_interrupt* interrupt, bp_buffer* out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    core::Bytes message;
    BP_RETURN_IF_ERROR(Receive(connection, max_length, timeout_ns, interrupt, &message));
    MoveTo(&message, out);
    return absl::OkStatus();
  });
}

bp_status bp_connection_recv_into(bp_connection* connection, void* buffer, size_t size,
                                  int64_t offset, int64_t timeout_ns, bp_interrupt* interrupt,
                                  size_t* received, bp_buffer* whole, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (received != nullptr) *received = 0;
    if (whole != nullptr) *whole = bp_buffer{};
    BP_RETURN_IF_ERROR(NotNull(received, "received"));
    BP_RETURN_IF_ERROR(NotNull(whole, "whole"));
    if (size > 0) BP_RETURN_IF_ERROR(NotNull(buffer, "buffer"));
    BP_RETURN_IF_ERROR(CheckSlice(size, offset, -1));
    core::Bytes message;
    BP_RETURN_IF_ERROR(Receive(connection, -1, timeout_ns, interrupt, &message));
    if (message.size() > size - static_cast<size_t>(offset)) {
      MoveTo(&message, whole);
      return MakeStatus(Code::kTooShort, "the buffer is too short for the message");
    }
    *received = message.size();
    if (message.size() > 0) {
      memcpy(static_cast<char*>(buffer) + offset, message.data(), message.size());
    }
    return absl::OkStatus();
  });
}

bp_status bp_connection_recv_fds(bp_connection* connection, int* fds, size_t capacity,
                                 size_t* fd_count, int64_t timeout_ns, bp_interrupt* interrupt,
                                 bp_buffer* out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (fd_count != nullptr) *fd_count = 0;
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(NotNull(fd_count, "fd_count"));
    if (capacity > 0) BP_RETURN_IF_ERROR(NotNull(fds, "fds"));
    core::Bytes message;
    std::vector<billiard::os::Fd> passed;
    BP_RETURN_IF_ERROR(Receive(connection, -1, timeout_ns, interrupt, &message, &passed));
    MoveTo(&message, out);
    if (passed.size() > capacity) {
      return MakeStatus(Code::kTooShort, "capacity: more descriptors came with the message");
    }
    for (billiard::os::Fd& fd : passed) fds[(*fd_count)++] = fd.Release();
    return absl::OkStatus();
  });
}

bp_status bp_connection_send_connection(bp_connection* connection, const bp_connection* passed,
                                        int64_t timeout_ns, bp_interrupt* interrupt,
                                        bp_error** error) {
  return GuardSent(error, [&]() -> absl::StatusOr<core::Sent> {
    BP_RETURN_IF_ERROR(CheckWait(connection, timeout_ns));
    BP_RETURN_IF_ERROR(NotNull(passed, "passed"));
    return core::SendConnection(connection->core.get(), *passed->core, Deadline::After(timeout_ns),
                                Core(interrupt));
  });
}

bp_status bp_connection_recv_connection(bp_connection* connection, int64_t timeout_ns,
                                        bp_interrupt* interrupt, bp_connection** out,
                                        bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckWait(connection, timeout_ns));
    return GiveConnection(core::ReceiveConnection(connection->core.get(),
                                                  Deadline::After(timeout_ns), Core(interrupt)),
                          out);
  });
}
