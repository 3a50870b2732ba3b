#include "c_api/src/object_handle.h"

#include "c_api/src/segment_object.h"

namespace billiard::c_api {
namespace {

absl::Status Invalid(absl::string_view what) { return MakeStatus(Code::kInvalid, what); }

}  // namespace

absl::Status ReadObjectOptions(const bp_object_options* options, uint32_t known_flags,
                               TakesLock takes_lock, ObjectWishes* wishes) {
  bp_object_options full;
  BP_RETURN_IF_ERROR(ReadOptions(options, &full, "options"));
  if ((full.flags & ~known_flags) != 0) {
    return Invalid("options.flags: one has no meaning for this kind of object");
  }
  const bool has_lock = full.lock != nullptr || full.rlock != nullptr;
  if (has_lock && takes_lock == TakesLock::kNo) {
    return Invalid("options.lock: this kind of object takes none");
  }
  if (full.lock != nullptr && full.rlock != nullptr) {
    return Invalid("options.lock: there is an rlock too");
  }
  if (has_lock && (full.flags & BP_NO_LOCK) != 0) {
    return Invalid("options.lock: BP_NO_LOCK is set too");
  }
  if (full.name != nullptr) {
    if (full.segment != nullptr) return Invalid("options.segment: there is a name too");
    if (has_lock) return Invalid("options.lock: there is a name too");
    wishes->name = std::string(full.name);
  }
  wishes->arena = ArenaOf(full.segment);
  wishes->flags = full.flags;
  wishes->lock = full.lock;
  wishes->rlock = full.rlock;
  return absl::OkStatus();
}

absl::StatusOr<ObjectHandle> MakeObject(const ObjectWishes& wishes, ObjectKind kind, uint64_t bytes,
                                        const Object::Init& init, const Object::Check& check) {
  absl::StatusOr<Object> object = wishes.name.has_value()
                                      ? Object::Open(*wishes.name, kind, bytes, init, check)
                                      : Object::Make(wishes.arena, kind, bytes, init);
  if (!object.ok()) return object.status();
  return ObjectHandle{std::make_shared<Object>(*std::move(object)), wishes.name.has_value()};
}

absl::StatusOr<ObjectHandle> AttachObject(const std::shared_ptr<Arena>& arena, uint64_t id,
                                          ObjectKind kind) {
  absl::StatusOr<Object> object = Object::Attach(arena, ObjectName::FromId(id), kind);
  if (!object.ok()) return object.status();
  return ObjectHandle{std::make_shared<Object>(*std::move(object))};
}

std::shared_ptr<Arena> ArenaOf(const bp_segment* segment) {
  return segment == nullptr ? nullptr : segment->arena;
}

}  // namespace billiard::c_api

using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

void bp_object_options_init(bp_object_options* options, size_t size) { InitOptions(options, size); }
