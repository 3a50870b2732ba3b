#include "c_api/src/typed_handle.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "billiard_core/sync/rlock.h"

namespace billiard::c_api {
namespace {

using shared_memory::Elements;
using shared_memory::ElementType;
using shared_memory::LockSort;
using shared_memory::Overflow;
using shared_memory::TypedLayout;

Overflow OverflowOf(uint32_t flags) {
  return (flags & BP_WRAP) != 0 ? Overflow::kWrap : Overflow::kRefuse;
}

absl::StatusOr<TypedHandle> Open(ObjectHandle object) {
  absl::StatusOr<TypedLayout> layout =
      TypedLayout::ReadFrom(object.object->data(), object.object->bytes());
  if (!layout.ok()) return layout.status();
  TypedHandle handle{std::move(object), *std::move(layout), ChosenLock()};
  absl::StatusOr<ChosenLock> lock =
      handle.layout.lock == LockSort::kOwn
          ? ChosenLock::Own(handle, handle.layout.lock_offset)
          : ChosenLock::Attach(handle.object->arena(), handle.layout.lock,
                               handle.layout.lock_object);
  if (!lock.ok()) return lock.status();
  handle.lock = *std::move(lock);
  return handle;
}

// A new object of this layout, its elements written by `fill`, or the named one.
absl::StatusOr<TypedHandle> MakeLaidOut(ObjectKind kind, const ObjectWishes& wishes,
                                        const TypedLayout& layout,
                                        const std::function<absl::Status(Elements)>& fill) {
  const auto init = [&layout, &fill](Arena*, std::byte* data) {
    layout.WriteTo(data);
    return fill(Elements(&layout.type, data + layout.data_offset, layout.count, layout.overflow));
  };
  const auto same = [&layout](std::byte* data, uint64_t bytes) -> absl::Status {
    const absl::StatusOr<TypedLayout> there = TypedLayout::ReadFrom(data, bytes);
    if (!there.ok()) return there.status();
    if (there->type.text() == layout.type.text() && there->count == layout.count) {
      return absl::OkStatus();
    }
    return MakeStatus(Code::kExists, "the name has another type or length");
  };
  absl::StatusOr<ObjectHandle> object = MakeObject(wishes, kind, layout.bytes, init, same);
  return object.ok() ? Open(*std::move(object)) : object.status();
}

}  // namespace

absl::StatusOr<TypedHandle> MakeTyped(ObjectKind kind, const TypedWishes& typed,
                                      const bp_object_options* options) {
  BP_RETURN_IF_ERROR(NotNull(typed.type, "type"));
  BP_RETURN_IF_ERROR(CheckBytes(typed.data, typed.size));
  absl::StatusOr<ElementType> type = ElementType::Parse(typed.type);
  if (!type.ok()) return type.status();
  ObjectWishes wishes;
  BP_RETURN_IF_ERROR(ReadObjectOptions(options, BP_NO_LOCK | BP_WRAP, TakesLock::kYes, &wishes));
  const absl::StatusOr<LockChoice> lock = ChooseLock(wishes);
  if (!lock.ok()) return lock.status();
  wishes.arena = lock->arena;
  const absl::StatusOr<TypedLayout> layout = TypedLayout::Plan(
      *std::move(type), typed.count, OverflowOf(wishes.flags), lock->sort, lock->object);
  if (!layout.ok()) return layout.status();
  if (typed.size != 0 && typed.size != layout->count * layout->type.bytes()) {
    return MakeStatus(Code::kInvalid, "size: is not that of the type and length");
  }
  return MakeLaidOut(kind, wishes, *layout, [&typed](Elements elements) {
    return typed.size == 0 ? absl::OkStatus() : elements.Write(0, Bytes(typed.data, typed.size));
  });
}

absl::StatusOr<TypedHandle> AttachTyped(const bp_segment* segment, uint64_t id, ObjectKind kind) {
  absl::StatusOr<ObjectHandle> object = AttachObject(ArenaOf(segment), id, kind);
  return object.ok() ? Open(*std::move(object)) : object.status();
}

absl::StatusOr<TypedHandle> CopyTyped(ObjectKind kind, const TypedHandle& from,
                                      const bp_object_options* options) {
  ObjectWishes wishes;
  BP_RETURN_IF_ERROR(ReadObjectOptions(options, BP_NO_LOCK | BP_WRAP, TakesLock::kNo, &wishes));
  if (wishes.name.has_value()) return MakeStatus(Code::kInvalid, "options.name: a copy has none");
  const Overflow overflow = (wishes.flags & BP_WRAP) != 0 ? Overflow::kWrap : from.layout.overflow;
  const absl::StatusOr<TypedLayout> layout =
      TypedLayout::Plan(from.type(), from.layout.count, overflow, LockSort::kNone, 0);
  if (!layout.ok()) return layout.status();
  return MakeLaidOut(kind, wishes, *layout,
                     [&from](Elements elements) { return elements.CopyFrom(from.elements()); });
}

absl::StatusOr<TypedHandle> Synchronize(const TypedHandle& raw, const bp_object_options* options) {
  if (raw.lock.exists()) return MakeStatus(Code::kState, "object already synchronized");
  ObjectWishes wishes;
  BP_RETURN_IF_ERROR(ReadObjectOptions(options, 0, TakesLock::kYes, &wishes));
  if (wishes.name.has_value()) {
    return MakeStatus(Code::kInvalid, "options.name: the object has its own");
  }
  absl::StatusOr<LockChoice> choice = ChooseLock(wishes);
  if (!choice.ok()) return choice.status();
  TypedHandle handle = raw;
  ObjectHandle made;  // holds a new lock until the handle does
  if (choice->sort == LockSort::kOwn) {
    wishes.arena = raw.object->arena();
    absl::StatusOr<ObjectHandle> rlock =
        MakeObject(wishes, ObjectKind::kRLock, sizeof(sync::RLock::State), nullptr, nullptr);
    if (!rlock.ok()) return rlock.status();
    made = *std::move(rlock);
    *choice = {LockSort::kRLock, made.object->name().ToId(), wishes.arena};
  }
  absl::StatusOr<ChosenLock> lock = ChosenLock::Attach(choice->arena, choice->sort, choice->object);
  if (!lock.ok()) return lock.status();
  handle.lock = *std::move(lock);
  return handle;
}

absl::Status Get(const TypedHandle& handle, int64_t index, uint32_t field, int64_t* out) {
  BP_RETURN_IF_ERROR(NotNull(out, "out"));
  return Give(handle.elements().GetInt(index, field), out);
}

absl::Status Get(const TypedHandle& handle, int64_t index, uint32_t field, uint64_t* out) {
  BP_RETURN_IF_ERROR(NotNull(out, "out"));
  return Give(handle.elements().GetUint(index, field), out);
}

absl::Status Get(const TypedHandle& handle, int64_t index, uint32_t field, double* out) {
  BP_RETURN_IF_ERROR(NotNull(out, "out"));
  return Give(handle.elements().GetDouble(index, field), out);
}

absl::Status Set(const TypedHandle& handle, int64_t index, uint32_t field, int64_t number) {
  return handle.elements().SetInt(index, field, number);
}

absl::Status Set(const TypedHandle& handle, int64_t index, uint32_t field, uint64_t number) {
  return handle.elements().SetUint(index, field, number);
}

absl::Status Set(const TypedHandle& handle, int64_t index, uint32_t field, double number) {
  return handle.elements().SetDouble(index, field, number);
}

absl::Status ReadInto(const TypedHandle& handle, int64_t start, int64_t count, bp_buffer* out) {
  const absl::StatusOr<uint64_t> bytes = handle.elements().BytesOfRange(start, count);
  if (!bytes.ok()) return bytes.status();
  if (*bytes == 0) return absl::OkStatus();
  void* data = malloc(*bytes);  // bp_buffer_free frees
  if (data == nullptr) throw std::bad_alloc();
  const absl::Status status = handle.elements().Read(start, count, data, *bytes);
  if (!status.ok()) {
    free(data);
    return status;
  }
  out->data = data;
  out->size = *bytes;
  return absl::OkStatus();
}

const char* FieldName(const TypedHandle* handle, uint32_t field) {
  if (handle == nullptr || field >= handle->type().fields().size()) return nullptr;
  return handle->type().fields()[field].name.c_str();
}

int32_t FieldIndex(const TypedHandle* handle, const char* name) {
  if (handle == nullptr || name == nullptr) return -1;
  return handle->type().FieldNamed(name);
}

int32_t FieldType(const TypedHandle* handle, uint32_t field) {
  if (handle == nullptr || field >= handle->type().fields().size()) return 0;
  return handle->type().fields()[field].code;
}

}  // namespace billiard::c_api
