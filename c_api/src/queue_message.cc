// Shims of queue.h: what is written or read in place.
#include <memory>
#include <utility>

#include "billiard/queue.h"
#include "billiard_core/queue/queue.h"
#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/queue_object.h"

namespace core = billiard::queue;
using billiard::Code;
using billiard::Deadline;
using billiard::MakeStatus;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

bp_status bp_queue_reserve(bp_queue* queue, size_t size, bp_reservation** out, void** data,
                           bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(NotNull(queue, "queue"));
    BP_RETURN_IF_ERROR(NotNull(data, "data"));
    auto reservation = std::make_unique<bp_reservation>();
    reservation->core = queue->core;
    const absl::StatusOr<core::Reservation> reserved = queue->queue()->Reserve(size);
    if (!reserved.ok()) return reserved.status();
    reservation->reserved = *reserved;
    *data = reserved->data;
    *out = reservation.release();
    return absl::OkStatus();
  });
}

bp_status bp_queue_commit(bp_reservation* reservation, size_t size, uint32_t format,
                          int64_t timeout_ns, bp_interrupt* interrupt, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(reservation, "reservation"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    if (reservation->spent) return MakeStatus(Code::kState, "the reservation is committed already");
    if (size > reservation->reserved.size) {
      return MakeStatus(Code::kInvalid, "size: is more than was reserved");
    }
    BP_RETURN_IF_ERROR(reservation->core->Commit(reservation->reserved, size, format,
                                                 Deadline::After(timeout_ns), Core(interrupt)));
    reservation->spent = true;
    return absl::OkStatus();
  });
}

void* bp_reservation_data(bp_reservation* reservation) {
  return reservation == nullptr || reservation->spent ? nullptr : reservation->reserved.data;
}

void bp_reservation_release(bp_reservation* reservation) {
  if (reservation == nullptr) return;
  if (!reservation->spent) reservation->core->Cancel(reservation->reserved);
  delete reservation;
}

bp_status bp_queue_take(bp_queue* queue, int64_t timeout_ns, bp_interrupt* interrupt,
                        bp_message** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckWait(queue, timeout_ns));
    auto message = std::make_unique<bp_message>();
    message->core = queue->core;
    BP_RETURN_IF_ERROR(
        queue->queue()->Take(Deadline::After(timeout_ns), Core(interrupt), &message->taken));
    *out = message.release();
    return absl::OkStatus();
  });
}

bp_view bp_message_payload(const bp_message* message) {
  if (message == nullptr || message->done) return bp_view{"", 0, BP_FORMAT_RAW};
  return bp_view{message->taken.data, message->taken.size, message->taken.format};
}

uint32_t bp_message_redelivered(const bp_message* message) {
  return message == nullptr ? 0 : message->taken.deliveries;
}

bp_status bp_message_ack(bp_message* message, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(message, "message"));
    if (message->done) return MakeStatus(Code::kState, "the message is dealt with already");
    BP_RETURN_IF_ERROR(message->core->Acknowledge(message->taken));
    message->done = true;
    return absl::OkStatus();
  });
}

bp_status bp_message_return(bp_message* message, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(message, "message"));
    if (message->done) return MakeStatus(Code::kState, "the message is dealt with already");
    BP_RETURN_IF_ERROR(message->core->GiveBack(message->taken));
    message->done = true;
    return absl::OkStatus();
  });
}

void bp_message_release(bp_message* message) {
  if (message == nullptr) return;
  const bool again = message->core->delivery() == core::Delivery::kAtLeastOnce;
  if (!message->done) {
    // In a forked child both refuse: the message is the parent's.
    (again ? message->core->GiveBack(message->taken) : message->core->Acknowledge(message->taken))
        .IgnoreError();
  }
  delete message;
}
