// Shims of connection.h: descriptors for processes that no connection leads to.
#include "billiard/connection.h"
#include "billiard_core/connection/fd_sharer.h"
#include "c_api/src/buffer.h"
#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"

namespace core = billiard::connection;

using billiard::Deadline;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

bp_status bp_fd_share(int fd, bp_buffer* ticket, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    if (ticket == nullptr) return NotNull(ticket, "ticket");
    *ticket = bp_buffer{};
    const absl::StatusOr<std::string> text = core::ShareFd(fd);
    if (!text.ok()) return text.status();
    return FillBuffer(text->data(), text->size(), BP_FORMAT_RAW, ticket);
  });
}

bp_status bp_fd_claim(const void* ticket, size_t size, int64_t timeout_ns, bp_interrupt* interrupt,
                      int* fd, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(fd, "fd"));
    *fd = -1;
    BP_RETURN_IF_ERROR(NotNull(ticket, "ticket"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    absl::StatusOr<billiard::os::Fd> claimed =
        core::ClaimFd(Bytes(ticket, size), Deadline::After(timeout_ns), Core(interrupt));
    if (!claimed.ok()) return claimed.status();
    *fd = claimed->Release();
    return absl::OkStatus();
  });
}

bp_status bp_fd_sharing_stop(int64_t timeout_ns, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    return core::StopSharingFds(Deadline::After(timeout_ns));
  });
}
