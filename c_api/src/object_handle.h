// What the handles of all objects in shared memory have in common: how they are made, opened by name,
// attached by id, and looked at before each call.
//
//   struct bp_event : billiard::c_api::ObjectHandle {
//     explicit bp_event(ObjectHandle handle);      // views of handle.object
//   };
#ifndef BILLIARD_C_API_OBJECT_HANDLE_H_
#define BILLIARD_C_API_OBJECT_HANDLE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "billiard/object.h"
#include "billiard_core/shared_memory/arena.h"
#include "billiard_core/shared_memory/object.h"
#include "billiard_core/shared_memory/object_kind.h"
#include "billiard_core/sync/context.h"
#include "c_api/src/guard.h"

namespace billiard::c_api {

using shared_memory::Arena;
using shared_memory::Object;
using shared_memory::ObjectKind;
using shared_memory::ObjectName;

struct ObjectHandle {
  std::shared_ptr<Object> object;  // shared with the handles of a lock that lies inside
  bool named = false;

  // Whether the object is there, also for a forked child; before each use.
  absl::Status Usable() const { return object->Usable(); }
  uint64_t id() const { return named ? 0 : object->name().ToId(); }
  sync::Context context() const { return {object->arena()->participants()}; }
  // The state at `offset` of the object; kCorrupt when it does not lie inside.
  template <typename State>
  absl::StatusOr<State*> StateAt(uint64_t offset) const {
    if (object->bytes() < offset + sizeof(State)) {
      return MakeStatus(Code::kCorrupt, "the object is of another version");
    }
    return reinterpret_cast<State*>(object->data() + offset);
  }
};

// The caller's wishes, read and checked.
struct ObjectWishes {
  std::shared_ptr<Arena> arena;  // null: the default one
  absl::optional<std::string> name;
  uint32_t flags = 0;
  bp_lock* lock = nullptr;
  bp_rlock* rlock = nullptr;
};

// kInvalid for a flag outside `known_flags`, for a lock unless `takes_lock`, and for contradictions.
enum class TakesLock { kNo, kYes };
absl::Status ReadObjectOptions(const bp_object_options* options, uint32_t known_flags,
                               TakesLock takes_lock, ObjectWishes* wishes);

// A new object, or the named one: `init` fills a new one, `check` looks at an existing one.
absl::StatusOr<ObjectHandle> MakeObject(const ObjectWishes& wishes, ObjectKind kind, uint64_t bytes,
                                        const Object::Init& init, const Object::Check& check);

// The object `id` of a segment (null: the default one).
absl::StatusOr<ObjectHandle> AttachObject(const std::shared_ptr<Arena>& arena, uint64_t id,
                                          ObjectKind kind);
std::shared_ptr<Arena> ArenaOf(const bp_segment* segment);

// Makes a handle of an object and gives it to the caller. Handle::From(ObjectHandle) ->
// absl::StatusOr<std::unique_ptr<Handle>>.
template <typename Handle>
absl::Status HandOver(absl::StatusOr<ObjectHandle> object, Handle** out) {
  if (!object.ok()) return object.status();
  absl::StatusOr<std::unique_ptr<Handle>> handle = Handle::From(*std::move(object));
  if (!handle.ok()) return handle.status();
  *out = handle->release();
  return absl::OkStatus();
}

// The whole of a bp_X_attach whose object is of one kind.
template <typename Handle>
bp_status AttachHandle(const bp_segment* segment, uint64_t id, ObjectKind kind, Handle** out,
                       bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    return HandOver(AttachObject(ArenaOf(segment), id, kind), out);
  });
}

template <typename Handle>
uint64_t IdOf(const Handle* handle) {
  return handle == nullptr ? 0 : handle->id();
}

// The handle is there, and so is its object.
template <typename Handle>
absl::Status CheckHandle(const Handle* handle, absl::string_view name) {
  BP_RETURN_IF_ERROR(NotNull(handle, name));
  return handle->Usable();
}

// The same for a call that waits.
template <typename Handle>
absl::Status CheckWait(const Handle* handle, absl::string_view name, int64_t timeout_ns) {
  BP_RETURN_IF_ERROR(CheckHandle(handle, name));
  return CheckTimeout(timeout_ns);
}

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_OBJECT_HANDLE_H_
