// Shims of listener.h.
#include "billiard/listener.h"

#include <string>
#include <utility>

#include "billiard_core/connection/client.h"
#include "c_api/src/connection_object.h"
#include "c_api/src/interrupt_object.h"

namespace core = billiard::connection;

namespace billiard::c_api {
namespace {

constexpr uint32_t kMaxBacklog = 65535;

absl::Status ReadFamily(uint32_t family, core::Family* read) {
  if (family > BP_FAMILY_INET6) return MakeStatus(Code::kInvalid, "unrecognized family");
  *read = static_cast<core::Family>(family);
  return absl::OkStatus();
}

// 0 is the default, -1 none.
absl::Status ReadLimit(int64_t limit, absl::string_view name, int64_t* read) {
  if (limit < -1) {
    return MakeStatus(Code::kInvalid, "options." + std::string(name) + ": is below -1");
  }
  *read = limit == 0 ? core::kHandshakeNanos : limit;
  return absl::OkStatus();
}

absl::Status ReadKey(const void* key, size_t size, bool* authenticates, std::string* read) {
  *authenticates = key != nullptr;
  if (key == nullptr && size > 0) return NotNull(key, "options.key");
  if (key != nullptr) *read = std::string(Bytes(key, size));
  return absl::OkStatus();
}

absl::Status ReadListenerOptions(const bp_listener_options* options, core::ListenerOptions* read) {
  bp_listener_options full;
  BP_RETURN_IF_ERROR(ReadOptions(options, &full, "options"));
  BP_RETURN_IF_ERROR(ReadFamily(full.family, &read->family));
  if (full.backlog > kMaxBacklog) {
    return MakeStatus(Code::kInvalid, "options.backlog: is above 65535");
  }
  if (full.backlog > 0) read->backlog = static_cast<int>(full.backlog);
  BP_RETURN_IF_ERROR(ReadKey(full.key, full.key_size, &read->authenticates, &read->key));
  BP_RETURN_IF_ERROR(
      ReadLimit(full.handshake_timeout_ns, "handshake_timeout_ns", &read->handshake_timeout_ns));
  if (full.max_pending > 0) read->max_pending = full.max_pending;
  BP_RETURN_IF_ERROR(CheckFlag(full.any_user, "any_user"));
  read->any_user = full.any_user == 1;
  return ReadMaxMessage(full.max_message, &read->max_message);
}

absl::Status ReadClientOptions(const bp_client_options* options, core::ClientOptions* read,
                               int64_t* time_limit_ns) {
  bp_client_options full;
  BP_RETURN_IF_ERROR(ReadOptions(options, &full, "options"));
  BP_RETURN_IF_ERROR(ReadFamily(full.family, &read->family));
  BP_RETURN_IF_ERROR(CheckFlag(full.any_user, "any_user"));
  read->any_user = full.any_user == 1;
  BP_RETURN_IF_ERROR(ReadKey(full.key, full.key_size, &read->authenticates, &read->key));
  BP_RETURN_IF_ERROR(ReadLimit(full.time_limit_ns, "time_limit_ns", time_limit_ns));
  return ReadMaxMessage(full.max_message, &read->max_message);
}

}  // namespace
}  // namespace billiard::c_api

using billiard::Deadline;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

void bp_listener_options_init(bp_listener_options* options, size_t size) {
  InitOptions(options, size);
}

void bp_client_options_init(bp_client_options* options, size_t size) { InitOptions(options, size); }

bp_status bp_listener_open(const char* address, const bp_listener_options* options,
                           bp_listener** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    core::ListenerOptions read;
    BP_RETURN_IF_ERROR(ReadListenerOptions(options, &read));
    auto listener = core::Listener::Open(address == nullptr ? "" : address, read);
    if (!listener.ok()) return listener.status();
    *out = new bp_listener{*std::move(listener)};
    return absl::OkStatus();
  });
}

bp_status bp_listener_accept(bp_listener* listener, int64_t timeout_ns, bp_interrupt* interrupt,
                             bp_connection** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(NotNull(listener, "listener"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    return GiveConnection(listener->core->Accept(Deadline::After(timeout_ns), Core(interrupt)),
                          out);
  });
}

bp_status bp_listener_poll(bp_listener* listener, int64_t timeout_ns, bp_interrupt* interrupt,
                           int* ready, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(ready, "ready"));
    *ready = 0;
    BP_RETURN_IF_ERROR(NotNull(listener, "listener"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    const absl::StatusOr<bool> there =
        listener->core->Poll(Deadline::After(timeout_ns), Core(interrupt));
    if (!there.ok()) return there.status();
    *ready = *there ? 1 : 0;
    return absl::OkStatus();
  });
}

bp_status bp_listener_fd(const bp_listener* listener, int* fd, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(fd, "fd"));
    *fd = -1;
    BP_RETURN_IF_ERROR(NotNull(listener, "listener"));
    const absl::StatusOr<int> its = listener->core->fd();
    if (!its.ok()) return its.status();
    *fd = *its;
    return absl::OkStatus();
  });
}

bp_status bp_listener_address(const bp_listener* listener, char* text, size_t capacity,
                              size_t* length, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(length, "length"));
    *length = 0;
    BP_RETURN_IF_ERROR(NotNull(listener, "listener"));
    const absl::StatusOr<std::string> address = listener->core->address();
    if (!address.ok()) return address.status();
    *length = WriteText(*address, text, capacity);
    return absl::OkStatus();
  });
}

size_t bp_listener_last_accepted(const bp_listener* listener, char* text, size_t capacity) {
  return WriteText(listener == nullptr ? "" : listener->core->last_accepted(), text, capacity);
}

uint64_t bp_listener_dropped(const bp_listener* listener) {
  return listener == nullptr ? 0 : listener->core->dropped();
}

void bp_listener_close(bp_listener* listener) {
  if (listener != nullptr) listener->core->Close();
}

void bp_listener_release(bp_listener* listener) { delete listener; }

bp_status bp_client_connect(const char* address, const bp_client_options* options,
                            int64_t timeout_ns, bp_interrupt* interrupt, bp_connection** out,
                            bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(NotNull(address, "address"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    core::ClientOptions read;
    int64_t time_limit_ns = 0;
    BP_RETURN_IF_ERROR(ReadClientOptions(options, &read, &time_limit_ns));
    const Deadline deadline = Earlier(Deadline::After(timeout_ns), Deadline::After(time_limit_ns));
    return GiveConnection(core::Connect(address, read, deadline, Core(interrupt)), out);
  });
}
