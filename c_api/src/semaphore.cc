// Shims of semaphore.h.
#include "billiard/semaphore.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/types/optional.h"
#include "billiard_core/sync/semaphore.h"
#include "billiard_core/sync/tracked_semaphore.h"
#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/object_handle.h"

namespace core = billiard::sync;
using billiard::Code;
using billiard::CodeOf;
using billiard::Deadline;
using billiard::MakeStatus;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

struct bp_semaphore : ObjectHandle {
  // One of the two.
  absl::optional<core::Semaphore> plain;
  absl::optional<core::TrackedSemaphore> tracked;
  bool bounded = false;

  // Calls use(semaphore) for the one.
  template <typename Use>
  auto With(const Use& use) {
    return plain.has_value() ? use(*plain) : use(*tracked);
  }
};

namespace {

using PlainState = core::Semaphore::State;
using TrackedState = core::TrackedSemaphore::State;

absl::Status HandOver(absl::StatusOr<ObjectHandle> object, ObjectKind kind, bp_semaphore** out) {
  if (!object.ok()) return object.status();
  auto handle = std::make_unique<bp_semaphore>();
  static_cast<ObjectHandle&>(*handle) = *std::move(object);
  handle->bounded = kind != ObjectKind::kSemaphore;
  if (kind == ObjectKind::kTrackedSemaphore) {
    const absl::StatusOr<TrackedState*> state = handle->StateAt<TrackedState>(0);
    if (!state.ok()) return state.status();
    handle->tracked.emplace(handle->context(), *state, handle->object->bytes());
  } else {
    const absl::StatusOr<PlainState*> state = handle->StateAt<PlainState>(0);
    if (!state.ok()) return state.status();
    handle->plain.emplace(handle->context(), *state);
  }
  *out = handle.release();
  return absl::OkStatus();
}

absl::Status OtherBound() { return MakeStatus(Code::kExists, "the name has another bound"); }

absl::StatusOr<ObjectHandle> MakePlain(const ObjectWishes& wishes, int64_t value, bool bounded) {
  const auto init = [value, bounded](Arena*, std::byte* data) {
    auto* state = reinterpret_cast<PlainState*>(data);
    return bounded ? core::BoundedSemaphore::Init(state, value)
                   : core::Semaphore::Init(state, value);
  };
  const auto same_bound = [value, bounded](std::byte* data, uint64_t bytes) {
    if (!bounded || bytes < sizeof(PlainState)) return absl::OkStatus();
    const auto* state = reinterpret_cast<const PlainState*>(data);
    return state->bound.load(std::memory_order_relaxed) == value ? absl::OkStatus() : OtherBound();
  };
  return MakeObject(wishes, bounded ? ObjectKind::kBoundedSemaphore : ObjectKind::kSemaphore,
                    sizeof(PlainState), init, same_bound);
}

absl::StatusOr<ObjectHandle> MakeTracked(const ObjectWishes& wishes, int64_t value) {
  const uint64_t bytes = core::TrackedSemaphore::BytesFor(static_cast<uint32_t>(value));
  const auto init = [value](Arena*, std::byte* data) {
    return core::TrackedSemaphore::Init(reinterpret_cast<TrackedState*>(data), value);
  };
  const auto same_bound = [bytes](std::byte*, uint64_t there) {
    return there == bytes ? absl::OkStatus() : OtherBound();
  };
  return MakeObject(wishes, ObjectKind::kTrackedSemaphore, bytes, init, same_bound);
}

bp_status Create(int64_t value, bool bounded, const bp_object_options* options, bp_semaphore** out,
                 bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    ObjectWishes wishes;
    BP_RETURN_IF_ERROR(ReadObjectOptions(options, BP_TRACKED, TakesLock::kNo, &wishes));
    const bool tracked = (wishes.flags & BP_TRACKED) != 0;
    if (value < 0) return MakeStatus(Code::kInvalid, "value: is below 0");
    if (value > (tracked ? BP_TRACKED_VALUE_MAX : BP_SEM_VALUE_MAX)) {
      return MakeStatus(Code::kInvalid, "value: is over its largest");
    }
    if (tracked) return HandOver(MakeTracked(wishes, value), ObjectKind::kTrackedSemaphore, out);
    const ObjectKind kind = bounded ? ObjectKind::kBoundedSemaphore : ObjectKind::kSemaphore;
    return HandOver(MakePlain(wishes, value, bounded), kind, out);
  });
}

bool IsThere(const bp_semaphore* semaphore) {
  return semaphore != nullptr && semaphore->Usable().ok();
}

// Looking at a tracked semaphore gives back the units of the dead.
bp_semaphore* Mutable(const bp_semaphore* semaphore) {
  return const_cast<bp_semaphore*>(semaphore);  // NOLINT: handles are made by new
}

}  // namespace

bp_status bp_semaphore_create(int64_t value, const bp_object_options* options, bp_semaphore** out,
                              bp_error** error) {
  return Create(value, false, options, out, error);
}

bp_status bp_bounded_semaphore_create(int64_t value, const bp_object_options* options,
                                      bp_semaphore** out, bp_error** error) {
  return Create(value, true, options, out, error);
}

bp_status bp_semaphore_attach(bp_segment* segment, uint64_t id, bp_semaphore** out,
                              bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    absl::Status refusal;
    for (ObjectKind kind :
         {ObjectKind::kSemaphore, ObjectKind::kBoundedSemaphore, ObjectKind::kTrackedSemaphore}) {
      refusal = HandOver(AttachObject(ArenaOf(segment), id, kind), kind, out);
      if (CodeOf(refusal) != Code::kInvalid) return refusal;
    }
    return refusal;
  });
}

uint64_t bp_semaphore_id(const bp_semaphore* semaphore) { return IdOf(semaphore); }

bp_status bp_semaphore_acquire(bp_semaphore* semaphore, int64_t timeout_ns, bp_interrupt* interrupt,
                               bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(semaphore, "semaphore", timeout_ns));
    return semaphore->With(
        [&](auto& chosen) { return chosen.Acquire(Deadline::After(timeout_ns), Core(interrupt)); });
  });
}

bp_status bp_semaphore_wait(bp_semaphore* semaphore, int64_t timeout_ns, bp_interrupt* interrupt,
                            bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(semaphore, "semaphore", timeout_ns));
    return semaphore->With([&](auto& chosen) {
      return chosen.WaitFree(Deadline::After(timeout_ns), Core(interrupt));
    });
  });
}

bp_status bp_semaphore_post(bp_semaphore* semaphore, int64_t units, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(semaphore, "semaphore"));
    if (units < 1) return MakeStatus(Code::kInvalid, "units: is below 1");
    // More than any semaphore holds is refused by the semaphore itself.
    const auto count = static_cast<uint32_t>(std::min<int64_t>(units, UINT32_MAX));
    return semaphore->With([count](auto& chosen) { return chosen.Release(count); });
  });
}

int64_t bp_semaphore_value(const bp_semaphore* semaphore) {
  if (!IsThere(semaphore)) return 0;
  return Mutable(semaphore)->With([](auto& chosen) -> int64_t { return chosen.Value(); });
}

int64_t bp_semaphore_bound(const bp_semaphore* semaphore) {
  if (!IsThere(semaphore)) return 0;
  return Mutable(semaphore)->With([](auto& chosen) -> int64_t { return chosen.Bound(); });
}

uint64_t bp_semaphore_returned(const bp_semaphore* semaphore) {
  return IsThere(semaphore) && semaphore->tracked.has_value() ? semaphore->tracked->Returned() : 0;
}

size_t bp_semaphore_describe(const bp_semaphore* semaphore, char* text, size_t capacity) {
  if (!IsThere(semaphore)) return WriteText("", text, capacity);
  const std::string value = std::to_string(bp_semaphore_value(semaphore));
  const std::string bound = std::to_string(bp_semaphore_bound(semaphore));
  return WriteText(semaphore->bounded
                       ? "<BoundedSemaphore(value=" + value + ", maxvalue=" + bound + ")>"
                       : "<Semaphore(value=" + value + ")>",
                   text, capacity);
}

void bp_semaphore_release(bp_semaphore* semaphore) { delete semaphore; }
