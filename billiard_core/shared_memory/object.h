// One reference of this process to one object in an arena. The object lives until the last reference of
// any process is gone, also of processes that were killed (G-SHM-2).
//
// Threads: Usable() and the accessors, any thread; moving and destroying, one, with no other call under
// way. Processes: each has references of its own. Fork: a child of any libc fork has references of its own
// from the moment it exists, and of a raw clone from its first Usable(); giving one back there never
// touches the parent's (design D2).
//
// I1: from Make, Attach or Open until it is destroyed this process has one reference in the arena's table.
//     A forked child has one too, or Usable() says that the object is gone.
//
//   auto object = Object::Make(arena, ObjectKind::kLock, sizeof(State), nullptr);
//   uint64_t id = object->name().ToId();                       // handed to another process, which does
//   auto same = Object::Attach(arena, ObjectName::FromId(id), ObjectKind::kLock);
#ifndef BILLIARD_CORE_SHARED_MEMORY_OBJECT_H_
#define BILLIARD_CORE_SHARED_MEMORY_OBJECT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/shared_memory/arena.h"
#include "billiard_core/shared_memory/local_reference.h"
#include "billiard_core/shared_memory/object_kind.h"

namespace billiard::shared_memory {

// Names an object of an arena for as long as the arena exists: no later object has the same name (until
// 2^32 others have lain at the same place). Never 0.
struct ObjectName {
  uint32_t granule = 0;
  uint32_t generation = 0;

  constexpr uint64_t ToId() const { return uint64_t{generation} << 32 | granule; }
  static constexpr ObjectName FromId(uint64_t id) {
    return {static_cast<uint32_t>(id), static_cast<uint32_t>(id >> 32)};
  }
  friend constexpr bool operator==(ObjectName a, ObjectName b) { return a.ToId() == b.ToId(); }
};

class Object {
 public:
  static constexpr uint64_t kLargestBytes = uint64_t{1} << 30;

  // Fills a new object's bytes, which are zero, in this arena.
  using Init = std::function<absl::Status(Arena*, std::byte*)>;
  // Looks at the bytes of an object that somebody else made; a failure refuses it. What is read there may
  // be anything.
  using Check = std::function<absl::Status(std::byte*, uint64_t bytes)>;

  // A new object of `bytes` (0 is allowed) in `arena` (null: the default one). Others can attach to it when
  // `init`, which may be null, is done. kTooLarge, kNoMem, kFull, and what init says.
  static absl::StatusOr<Object> Make(std::shared_ptr<Arena> arena, ObjectKind kind, uint64_t bytes,
                                     const Init& init);

  // An object that somebody made in this arena (null: the default one). kNotFound: it is gone; kInvalid:
  // it is of another kind; kFull, kNoMem.
  static absl::StatusOr<Object> Attach(std::shared_ptr<Arena> arena, ObjectName name,
                                       ObjectKind kind);

  // The object of this kind and name, in a segment of its own; made by `init` when no living process has
  // it, else looked at by `check`; either may be null. Errors as NamedSegment::Open; kCorrupt also when
  // the segment holds another kind of object.
  static absl::StatusOr<Object> Open(absl::string_view name, ObjectKind kind, uint64_t bytes,
                                     const Init& init, const Check& check);

  Object(Object&& other) noexcept = default;
  Object& operator=(Object&& other) noexcept;
  // Gives the reference back; the last one frees the object. Never waits for another process.
  ~Object();

  // Whether the object is there for this process: two loads, but in a forked child that has no reference
  // yet. To be called before each use. kState: the object is gone.
  absl::Status Usable() {
    if (local_->BelongsTo(os::ProcessToken())) return absl::OkStatus();
    return local_->Adopt();
  }

  std::byte* data() const { return data_; }  // 64-byte aligned
  uint64_t bytes() const { return bytes_; }  // as asked for when it was made
  // The object as a T; nullptr when it is too small.
  template <typename T>
  T* As() const {
    static_assert(alignof(T) <= 64);
    return bytes_ < sizeof(T) ? nullptr : reinterpret_cast<T*>(data_);
  }

  // Whether the object has a segment of its own; then its name here is of no use to others.
  bool has_own_segment() const { return arena()->root() == name().ToId(); }
  ObjectName name() const { return {local_->granule(), local_->generation()}; }
  const std::shared_ptr<Arena>& arena() const { return local_->arena(); }

 private:
  explicit Object(std::unique_ptr<LocalReference> local);

  std::unique_ptr<LocalReference> local_;  // null: moved from
  std::byte* data_ = nullptr;
  uint64_t bytes_ = 0;
};

}  // namespace billiard::shared_memory

#endif  // BILLIARD_CORE_SHARED_MEMORY_OBJECT_H_
