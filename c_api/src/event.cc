// Shims of event.h.
#include "billiard/event.h"

#include <memory>
#include <utility>

#include "billiard_core/sync/event.h"
#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/object_handle.h"

namespace core = billiard::sync;
using billiard::Deadline;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

struct bp_event : ObjectHandle {
  bp_event(ObjectHandle handle, core::Event::State* state)
      : ObjectHandle(std::move(handle)), core(state) {}

  static absl::StatusOr<std::unique_ptr<bp_event>> From(ObjectHandle handle) {
    const absl::StatusOr<core::Event::State*> state = handle.StateAt<core::Event::State>(0);
    if (!state.ok()) return state.status();
    return std::make_unique<bp_event>(std::move(handle), *state);
  }

  core::Event core;
};

bp_status bp_event_create(const bp_object_options* options, bp_event** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    ObjectWishes wishes;
    BP_RETURN_IF_ERROR(ReadObjectOptions(options, 0, TakesLock::kNo, &wishes));
    return HandOver(
        MakeObject(wishes, ObjectKind::kEvent, sizeof(core::Event::State), nullptr, nullptr), out);
  });
}

bp_status bp_event_attach(bp_segment* segment, uint64_t id, bp_event** out, bp_error** error) {
  return AttachHandle(segment, id, ObjectKind::kEvent, out, error);
}

uint64_t bp_event_id(const bp_event* event) { return IdOf(event); }

bp_status bp_event_set(bp_event* event, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(event, "event"));
    event->core.Set();
    return absl::OkStatus();
  });
}

bp_status bp_event_clear(bp_event* event, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(event, "event"));
    event->core.Clear();
    return absl::OkStatus();
  });
}

int bp_event_is_set(const bp_event* event) {
  return event != nullptr && event->Usable().ok() && event->core.IsSet() ? 1 : 0;
}

bp_status bp_event_wait(bp_event* event, int64_t timeout_ns, bp_interrupt* interrupt,
                        bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(event, "event", timeout_ns));
    return event->core.Wait(Deadline::After(timeout_ns), Core(interrupt));
  });
}

uint64_t bp_event_times_set(const bp_event* event) {
  return event == nullptr || !event->Usable().ok() ? 0 : event->core.TimesSet();
}

bp_status bp_event_wait_since(bp_event* event, uint64_t times_set, int64_t timeout_ns,
                              bp_interrupt* interrupt, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(event, "event", timeout_ns));
    return event->core.WaitSince(times_set, Deadline::After(timeout_ns), Core(interrupt));
  });
}

void bp_event_release(bp_event* event) { delete event; }
