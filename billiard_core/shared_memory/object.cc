#include "billiard_core/shared_memory/object.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "billiard_core/base/fault_point.h"
#include "billiard_core/base/status.h"
#include "billiard_core/shared_memory/buddy_heap.h"
#include "billiard_core/shared_memory/references.h"

namespace billiard::shared_memory {
namespace {

absl::StatusOr<std::shared_ptr<Arena>> ArenaOrDefault(std::shared_ptr<Arena> arena) {
  if (arena != nullptr) return arena;
  return Arena::Default();
}

absl::Status CheckSize(uint64_t bytes) {
  if (bytes <= Object::kLargestBytes) return absl::OkStatus();
  return MakeStatus(Code::kTooLarge, "bytes: is above 1 GiB");
}

// Room for one object and the heap's own: granule 1 begins the largest block that fits.
uint64_t RoomFor(uint64_t bytes) {
  return std::max(Arena::kSmallestMaxBytes, 2 * std::bit_ceil(std::max<uint64_t>(bytes, 1)));
}

// A block with an initialised object in it that nobody else can see yet.
absl::StatusOr<Granule> Build(Arena* arena, uint64_t bytes, const Object::Init& init, Owner me) {
  BuddyHeap* const heap = arena->heap();
  absl::StatusOr<Granule> granule = heap->Allocate(bytes, me);
  if (CodeOf(granule.status()) == Code::kNoMem) {
    arena->Recover();  // perhaps the memory is with the dead
    granule = heap->Allocate(bytes, me);
  }
  if (!granule.ok()) return granule;
  BP_FAULT_POINT("object_allocated");
  if (init != nullptr) {
    if (absl::Status status = init(arena, heap->Data(*granule)); !status.ok()) {
      heap->Free(*granule, me).IgnoreError();
      return status;
    }
  }
  BP_FAULT_POINT("object_initialised");
  return granule;
}

// Makes the one object of a named segment, before anybody else has the segment.
absl::Status BuildRoot(Arena* arena, ObjectKind kind, uint64_t bytes, const Object::Init& init) {
  const absl::StatusOr<Owner> me = arena->Self();
  if (!me.ok()) return me.status();
  const absl::StatusOr<Granule> granule = Build(arena, bytes, init, *me);
  if (!granule.ok()) return granule.status();
  const absl::StatusOr<uint32_t> generation = arena->references()->BeginForGood(*granule, bytes);
  if (!generation.ok()) return generation.status();
  absl::Status status = arena->heap()->Publish(*granule, *me, static_cast<uint32_t>(kind)).status();
  if (status.ok()) arena->set_root(ObjectName{*granule, *generation}.ToId());
  return status;
}

absl::Status Damaged() { return MakeStatus(Code::kCorrupt, "the named object is damaged"); }

// The one object of a named segment that somebody else made.
absl::Status CheckRoot(Arena* arena, ObjectKind kind, const Object::Check& check) {
  const ObjectName root = ObjectName::FromId(arena->root());
  std::byte* const data = arena->heap()->Data(root.granule);
  if (data == nullptr || root.generation == 0 ||
      arena->heap()->SharedAt(root.granule).kind != static_cast<uint32_t>(kind) ||
      arena->references()->GenerationOf(root.granule) != root.generation ||
      arena->references()->CountHolders(root.granule) == 0) {
    return Damaged();
  }
  if (check == nullptr) return absl::OkStatus();
  return check(data, arena->references()->BytesOf(root.granule));
}

}  // namespace

Object::Object(std::unique_ptr<LocalReference> local)
    : local_(std::move(local)),
      data_(arena()->heap()->Data(local_->granule())),
      bytes_(arena()->references()->BytesOf(local_->granule())) {}

Object::~Object() = default;

Object& Object::operator=(Object&& other) noexcept = default;

absl::StatusOr<Object> Object::Make(std::shared_ptr<Arena> arena, ObjectKind kind, uint64_t bytes,
                                    const Init& init) {
  if (absl::Status status = CheckSize(bytes); !status.ok()) return status;
  absl::StatusOr<std::shared_ptr<Arena>> home = ArenaOrDefault(std::move(arena));
  if (!home.ok()) return home.status();
  const absl::StatusOr<Owner> me = (*home)->Self();
  if (!me.ok()) return me.status();
  (*home)->RecoverSometimes();
  BuddyHeap* const heap = (*home)->heap();
  const absl::StatusOr<Granule> granule = Build(home->get(), bytes, init, *me);
  if (!granule.ok()) return granule.status();
  // Counted before it is published: nobody may find it with a count of 0.
  const absl::StatusOr<TakenReference> taken = (*home)->references()->Begin(*granule, bytes, *me);
  if (!taken.ok()) {
    heap->Free(*granule, *me).IgnoreError();
    return taken.status();
  }
  BP_FAULT_POINT("object_counted");
  absl::Status status = heap->Publish(*granule, *me, static_cast<uint32_t>(kind)).status();
  if (!status.ok()) return status;
  BP_FAULT_POINT("object_published");
  return Object(std::make_unique<LocalReference>(*std::move(home), *granule, taken->generation,
                                                 taken->record, *me));
}

absl::StatusOr<Object> Object::Attach(std::shared_ptr<Arena> arena, ObjectName name,
                                      ObjectKind kind) {
  absl::StatusOr<std::shared_ptr<Arena>> home = ArenaOrDefault(std::move(arena));
  if (!home.ok()) return home.status();
  const absl::StatusOr<Owner> me = (*home)->Self();
  if (!me.ok()) return me.status();
  const absl::StatusOr<uint32_t> record =
      (*home)->references()->Add(name.granule, name.generation, *me);
  if (!record.ok()) return record.status();
  BP_FAULT_POINT("object_attached");
  // Ours from here on: looked at while it can not go away.
  const uint32_t its_kind = (*home)->heap()->SharedAt(name.granule).kind;
  auto local = std::make_unique<LocalReference>(*std::move(home), name.granule, name.generation,
                                                *record, *me);
  if (its_kind != static_cast<uint32_t>(kind)) {
    return MakeStatus(Code::kInvalid, "id: names another kind of object");
  }
  Object object(std::move(local));
  if (object.data() == nullptr) return Damaged();
  return object;
}

absl::StatusOr<Object> Object::Open(absl::string_view name, ObjectKind kind, uint64_t bytes,
                                    const Init& init, const Check& check) {
  if (absl::Status status = CheckSize(bytes); !status.ok()) return status;
  const ArenaOptions options = {.max_bytes = RoomFor(bytes)};
  absl::StatusOr<std::shared_ptr<Arena>> arena = Arena::OpenNamedAs(
      NameLetter(kind), name, options,
      [&](Arena* made) { return BuildRoot(made, kind, bytes, init); },
      [&](Arena* opened) { return CheckRoot(opened, kind, check); });
  if (!arena.ok()) return arena.status();
  const ObjectName root = ObjectName::FromId((*arena)->root());
  absl::StatusOr<Object> object = Attach(*std::move(arena), root, kind);
  // Nobody can have freed the root.
  if (CodeOf(object.status()) == Code::kNotFound) return Damaged();
  return object;
}

}  // namespace billiard::shared_memory
